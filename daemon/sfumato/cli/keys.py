"""Single keys from the terminal, without Enter and without waiting."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Pressed = Callable[[], str]


@contextmanager
def keys() -> Iterator[Pressed]:
    """A function that returns the key that was pressed, or an empty string at once.

    The terminal is as it was after the block. Where standard input is none, nothing is pressed.
    """
    if not sys.stdin.isatty():
        yield lambda: ""
    elif sys.platform == "win32":
        yield _windows()
    else:
        with _unix() as pressed:
            yield pressed


def _windows() -> Pressed:
    import msvcrt

    return lambda: msvcrt.getwch() if msvcrt.kbhit() else ""  # type: ignore[attr-defined,no-any-return,unused-ignore]


@contextmanager
def _unix() -> Iterator[Pressed]:
    import os
    import select
    import termios
    import tty

    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)

    def pressed() -> str:
        ready, _, _ = select.select([terminal], [], [], 0)
        return os.read(terminal, 1).decode("ascii", "ignore") if ready else ""

    try:
        tty.setcbreak(terminal)  # Ctrl+C stays what it is.
        yield pressed
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
