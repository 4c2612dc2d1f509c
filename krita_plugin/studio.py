"""What all windows of this Krita share: the connection, a bench per document, the history."""

from __future__ import annotations

import json

from krita import Document, Krita

from . import __version__
from . import document as documents
from .bench import Bench
from .connection import Connection
from .qt import QObject, QTimer
from .settings import read_history, remembered

PATIENCE_S = 1.0


class Studio(QObject):
    """Made once, with Krita."""

    def __init__(self) -> None:
        super().__init__()
        self.connection = Connection(__version__)
        self._benches: dict[str, Bench] = {}
        notifier = Krita.instance().notifier()
        notifier.setActive(True)
        # It also tells of our own clones, and before the document is out of the list.
        notifier.imageClosed.connect(lambda *_: QTimer.singleShot(0, self._clear_away))
        notifier.applicationClosing.connect(self._close)

    def bench(self, document: Document | None) -> Bench | None:
        """The bench of an open document."""
        if document is None or document.rootNode() is None:
            return None
        name = documents.identity(document)
        if name not in self._benches:
            self._benches[name] = Bench(document, self.connection, __version__)
        return self._benches[name]

    def _close(self) -> None:
        """Krita ends: so do its edits, as nobody is left to take their results."""
        for bench in self._benches.values():
            bench.abandon(PATIENCE_S)
        self.connection.close()

    @property
    def history(self) -> list[str]:
        """The prompts of all documents, newest first."""
        return read_history(Krita.instance().readSetting("sfumato", "history", "[]"))

    def remember(self, prompt: str) -> None:
        """Put a prompt in front of the history."""
        history = json.dumps(remembered(self.history, prompt))
        Krita.instance().writeSetting("sfumato", "history", history)

    def _clear_away(self) -> None:
        """Cancel what runs for documents that are gone; nobody will have it."""
        for name in [name for name in self._benches if documents.find(name) is None]:
            self._benches.pop(name).cancel()


_studio: list[Studio] = []


def studio() -> Studio:
    """The one studio."""
    if not _studio:
        _studio.append(Studio())
    return _studio[0]
