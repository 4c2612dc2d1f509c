"""The canvas that grows, and the guides, which Krita leaves behind when it does.

Growing is an undo step of its own, as Krita's scripts cannot join two. Guides are in no undo step
at all, so they are moved here when the canvas comes to have its other size, by undo or by redo.
"""

from __future__ import annotations

from krita import Document

from sfumato_client import Extent, Growth

from . import document as documents
from .qt import QObject, QTimer

FOLLOW_MS = 200


class Canvas(QObject):
    """The canvas of one document, by its identity."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self._grown: dict[tuple[Extent, Extent], tuple[int, int]] = {}
        self._seen = Extent(0, 0)
        self._timer = QTimer(self)
        self._timer.setInterval(FOLLOW_MS)
        self._timer.timeout.connect(self._follow)

    def grow(self, document: Document, growth: Growth) -> None:
        """Make it larger: layers, selection and guides keep their place in the picture."""
        self._follow()
        left, top = growth.known.x, growth.known.y
        document.resizeImage(-left, -top, *growth.canvas)
        document.waitForDone()
        before, after = growth.known.extent, growth.canvas
        self._seen = before
        self._grown[before, after] = (left, top)
        self._grown[after, before] = (-left, -top)
        self._follow()
        self._timer.start()

    def _follow(self) -> None:
        document = documents.find(self._name)
        if document is None:
            self._timer.stop()
            return
        size = Extent(document.width(), document.height())
        if size != self._seen:
            right, down = self._grown.get((self._seen, size), (0, 0))
            document.setVerticalGuides([x + right for x in document.verticalGuides()])
            document.setHorizontalGuides([y + down for y in document.horizontalGuides()])
            self._seen = size
