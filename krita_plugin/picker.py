"""One click on the canvas, taken before any tool gets it."""

from __future__ import annotations

import math

from krita import Krita

from sfumato_client import Bounds

from . import document as documents
from .overlay import canvas_of, image_to_canvas
from .qt import QPointF, Qt, QWidget, pyqtSignal


class Picker(QWidget):
    """Lies over the canvas of one document until a click, Escape, or another view is there.

    ``picked`` has the pixel of the picture, to the right and down; ``given_up`` says that there
    will be none. What the artist selected and which tool is in hand stays as it is.
    """

    picked = pyqtSignal(int, int)
    given_up = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("sfumato_picker")
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.hide()
        self._document = ""

    def begin(self, document: str) -> bool:
        """Wait for a click on the document of this identity; False if it is not in front."""
        window = Krita.instance().activeWindow()
        canvas = canvas_of(window) if window is not None else None
        if canvas is None or self._in_front(document) is None:
            return False
        self._document = document
        self.setParent(canvas)
        self.setGeometry(canvas.rect())
        self.show()
        self.raise_()
        self.setFocus()
        return True

    def put_away(self) -> None:
        """Let the canvas have its clicks again."""
        if self.isVisible() or self.parentWidget() is not None:
            self.hide()
            # Without a parent it outlives the canvas when the view is closed.
            self.setParent(None)

    def mousePressEvent(self, event: object) -> None:  # noqa: N802
        """Tell which pixel it was; another button, or a place beside the picture, gives up."""
        view = self._in_front(self._document)
        if view is None or event.button() != Qt.MouseButton.LeftButton:
            self._give_up()
            return
        place = image_to_canvas(view).inverted()[0].map(QPointF(event.pos()))
        x, y = math.floor(place.x()), math.floor(place.y())
        document = view.document()
        if not Bounds(0, 0, document.width(), document.height()).contains(Bounds(x, y, 1, 1)):
            self._give_up()
            return
        self.put_away()
        self.picked.emit(x, y)

    def keyPressEvent(self, event: object) -> None:  # noqa: N802
        """Escape gives up."""
        if event.key() == Qt.Key.Key_Escape:
            self._give_up()

    def focusOutEvent(self, event: object) -> None:  # noqa: N802
        """Something else than the canvas is used: the canvas is the artist's again."""
        if self.isVisible():
            self._give_up()

    def _give_up(self) -> None:
        self.put_away()
        self.given_up.emit()

    def _in_front(self, document: str) -> object:
        window = Krita.instance().activeWindow()
        view = window.activeView() if window is not None else None
        shown = view.document() if view is not None else None
        if shown is None or documents.identity(shown) != document:
            return None
        return view
