"""Work that leaves the artist's hand free: in threads, or a step a turn of the event loop."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from .qt import QObject, QTimer, pyqtSignal

Done = Callable[[Any], None]
Failed = Callable[[Exception], None]


class _Messenger(QObject):
    """Carries a call from any thread to the one it was made in."""

    call = pyqtSignal(object)

    def __init__(self) -> None:
        super().__init__()
        self.call.connect(self._called)

    def _called(self, function: Callable[[], None]) -> None:
        function()


_messenger = _Messenger()


def on_ui_thread(function: Callable[[], None]) -> None:
    """Have ``function`` called by the event loop soon; from any thread."""
    _messenger.call.emit(function)


def in_background(work: Callable[[], Any], done: Done, failed: Failed) -> None:
    """Run ``work`` in a thread; ``done`` or ``failed`` is called on the UI thread."""

    def run() -> None:
        try:
            value = work()
        except Exception as error:
            on_ui_thread(partial(failed, error))
        else:
            on_ui_thread(partial(done, value))

    # A daemon thread does not hold up Krita's end.
    threading.Thread(target=run, name="sfumato-work", daemon=True).start()


def in_turns(steps: Iterator[Any], done: Done, failed: Failed) -> None:
    """Run a generator, one step a turn of the event loop; ``done`` gets its last value."""

    def step(last: Any) -> None:
        try:
            value = next(steps)
        except StopIteration:
            done(last)
        except Exception as error:
            failed(error)
        else:
            QTimer.singleShot(0, partial(step, value))

    step(None)
