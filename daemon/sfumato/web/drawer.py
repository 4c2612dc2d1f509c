"""The process in which pictures are drawn: it reads drawings from its pipe until that ends."""

from __future__ import annotations

import pickle
import signal
import traceback
from multiprocessing.connection import Connection

DRAWN, GONE, FAILED = b"\0", b"\1", b"\2"
"""How an answer begins; a picture, nothing or a traceback follows."""


def main(connection: Connection) -> None:
    """Draw what the daemon asks for."""
    # Ctrl+C goes to all processes of the terminal, and the daemon decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from sfumato.web.pictures import drawn  # The daemon imports this module, but not that.

    while True:
        try:
            drawing = pickle.loads(connection.recv_bytes())  # noqa: S301 (the daemon wrote it)
        except (EOFError, OSError):
            return
        try:
            answer = DRAWN + drawn(drawing)
        except FileNotFoundError:
            answer = GONE
        except Exception:
            answer = FAILED + traceback.format_exc().encode()
        connection.send_bytes(answer)
