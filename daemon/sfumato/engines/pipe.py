"""Messages as bytes on the pipe between the daemon and an engine host.

The trust boundary: a host runs as the same user as the daemon, so it is not an adversary, but it
is full of native code that parses models and touches raw memory. What it writes may be anything.
So the daemon reads bounded frames and makes nothing of them but the small frozen classes of this
conversation; any other class or function named in a frame is refused before it is imported, and
whatever does not decode is ``Nonsense``, which costs the host its life.
"""

from __future__ import annotations

import io
import pickle
from typing import Any

from sfumato.engines import messages, parameters, target, work
from sfumato_client.geometry import Bounds, Extent

FRAME_BYTES = 4 << 20
"""Largest message. Previews have 64 kB; work with a thousand regions stays under 1 MB."""

_CLASSES = {
    (kind.__module__, kind.__qualname__): kind
    for kind in (
        Bounds,
        Extent,
        work.PlaneRef,
        work.RegionWork,
        work.Stage,
        work.Work,
        messages.Start,
        messages.Cancel,
        messages.Hold,
        messages.Resume,
        messages.Shutdown,
        messages.Ready,
        messages.Heartbeat,
        messages.Turned,
        messages.Loaded,
        messages.Broken,
        messages.Progress,
        messages.Preview,
        messages.Notice,
        messages.Timings,
        messages.VariationDone,
        messages.Found,
        messages.Held,
        messages.Finished,
        messages.Failed,
        messages.Cancelled,
        parameters.Operation,
        parameters.Gray,
        parameters.MaskedContent,
        parameters.Scheduler,
        parameters.ControlKind,
        parameters.Lora,
        parameters.Control,
        parameters.Reference,
        parameters.Parameters,
        target.Point,
        target.Target,
        target.Instance,
    )
}


class Nonsense(Exception):
    """Bytes that are no message; the text says what is wrong with them."""


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _CLASSES:
            raise Nonsense(f"{module}.{name} is no part of a message")
        return _CLASSES[module, name]


def encode(message: messages.Command | messages.Report) -> bytes:
    """The frame of a message."""
    return pickle.dumps(message, protocol=5)


def decode_command(frame: bytes) -> messages.Command:
    """The command in a frame; ``Nonsense`` if there is none."""
    message = _decode(frame)
    if not isinstance(message, messages.Command):
        raise Nonsense(f"{type(message).__name__} is no command")
    return message


def decode_report(frame: bytes) -> messages.Report:
    """The report in a frame; ``Nonsense`` if there is none."""
    message = _decode(frame)
    if not isinstance(message, messages.Report):
        raise Nonsense(f"{type(message).__name__} is no report")
    return message


def _decode(frame: bytes) -> object:
    try:
        return _Unpickler(io.BytesIO(frame)).load()
    except Nonsense:
        raise
    except Exception as error:  # Broken pickles raise whatever their bytes happen to lead to.
        raise Nonsense(f"{len(frame)} bytes that do not decode ({error})") from error
