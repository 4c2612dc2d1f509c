"""GIMP's own progress bar, below the picture, with a Cancel that ends the plug-in."""

from __future__ import annotations

from types import TracebackType

from gi.repository import Gimp

from sfumato_client import Event, Told, told

SENDING = "Sending the picture"


class ProgressBar:
    """Shows a job's events while entered."""

    def __enter__(self) -> ProgressBar:
        Gimp.progress_init(SENDING)
        return self

    def show(self, event: Event) -> None:
        """Show what an event tells."""
        now = told(event)
        if now is not None:
            self._tell(now)

    def say(self, text: str) -> None:
        """Show what is going on while nobody knows for how long."""
        self._tell(Told(text))

    def _tell(self, now: Told) -> None:
        Gimp.progress_set_text(now.text)
        if now.fraction is None:
            Gimp.progress_pulse()
        else:
            Gimp.progress_update(now.fraction)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        Gimp.progress_end()
