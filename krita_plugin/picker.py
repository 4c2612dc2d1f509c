"""Clicks on the canvas, taken before any tool gets them."""

from __future__ import annotations

import math

from krita import Krita, View

from sfumato_client import Bounds

from . import document as documents
from .overlay import FOLLOW_MS, canvas_of, image_to_canvas
from .qt import QPainter, QPen, QPointF, Qt, QTimer, QTransform, QWidget, pyqtSignal
from .question import Click

ARM_PX = 6
"""Half the length of a mark's strokes."""
STROKES = ((Qt.GlobalColor.black, 4), (Qt.GlobalColor.white, 2))
EXCLUDING = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
ENDING = (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Picker(QWidget):
    """Lies over the canvas of one document until Escape, another button, or another view is there.

    ``picked`` has all ``Click``s so far, whenever one is made and they mean something: with Ctrl or
    Alt a click is on what is not meant. ``left`` says that there will be no more. What the artist
    selected and which tool is in hand stays as it is.
    """

    picked = pyqtSignal(object)
    left = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("sfumato_picker")
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.hide()
        self.clicks: tuple[Click, ...] = ()
        self._document = ""
        self._transform = QTransform()
        self._timer = QTimer(self)
        self._timer.setInterval(FOLLOW_MS)
        self._timer.timeout.connect(self._follow)

    def begin(self, document: str) -> bool:
        """Wait for clicks on the document of this identity; False if it is not in front."""
        window = Krita.instance().activeWindow()
        canvas = canvas_of(window) if window is not None else None
        if canvas is None or self._in_front(document) is None:
            return False
        self._document, self.clicks = document, ()
        self.setParent(canvas)
        self.setGeometry(canvas.rect())
        self.show()
        self.raise_()
        self.setFocus()
        self._follow()
        self._timer.start()
        return True

    def put_away(self) -> None:
        """Let the canvas have its clicks again."""
        self._timer.stop()
        if self.isVisible() or self.parentWidget() is not None:
            self.hide()
            # Without a parent it outlives the canvas when the view is closed.
            self.setParent(None)

    def mousePressEvent(self, event: object) -> None:  # noqa: N802
        """Take a click; another button, or a place beside the picture, ends it."""
        view = self._in_front(self._document)
        if view is None or event.button() != Qt.MouseButton.LeftButton:
            self._leave()
            return
        place = image_to_canvas(view).inverted()[0].map(QPointF(event.pos()))
        x, y = math.floor(place.x()), math.floor(place.y())
        document = view.document()
        if not Bounds(0, 0, document.width(), document.height()).contains(Bounds(x, y, 1, 1)):
            self._leave()
            return
        self.clicks = (*self.clicks, Click(x, y, exclude=bool(event.modifiers() & EXCLUDING)))
        self.update()
        if not all(click.exclude for click in self.clicks):
            self.picked.emit(self.clicks)

    def mouseReleaseEvent(self, _event: object) -> None:  # noqa: N802
        """Keep it from the canvas, which did not see the press either."""

    def keyPressEvent(self, event: object) -> None:  # noqa: N802
        """Escape ends it, and so does Return."""
        if event.key() in ENDING:
            self._leave()

    def focusOutEvent(self, event: object) -> None:  # noqa: N802
        """Something else than the canvas is used: the canvas is the artist's again."""
        if self.isVisible():
            self._leave()

    def paintEvent(self, _event: object) -> None:  # noqa: N802
        """Mark the clicks: a plus for what is meant, a minus for what is not."""
        painter = QPainter(self)
        across, down = QPointF(ARM_PX, 0), QPointF(0, ARM_PX)
        for colour, width in STROKES:
            painter.setPen(QPen(colour, width))
            for click in self.clicks:
                place = self._transform.map(QPointF(click.x + 0.5, click.y + 0.5))
                painter.drawLine(place - across, place + across)
                if not click.exclude:
                    painter.drawLine(place - down, place + down)
        painter.end()

    def _follow(self) -> None:
        view = self._in_front(self._document)
        transform = image_to_canvas(view) if view is not None else self._transform
        if transform != self._transform:
            self._transform = transform
            self.update()

    def _leave(self) -> None:
        self.put_away()
        self.left.emit()

    def _in_front(self, document: str) -> View | None:
        window = Krita.instance().activeWindow()
        view = window.activeView() if window is not None else None
        shown = view.document() if view is not None else None
        if shown is None or documents.identity(shown) != document:
            return None
        return view
