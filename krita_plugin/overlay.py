"""Previews over the canvas: no layer, no undo step, and the brush goes right through.

The overlay is a widget no larger than what it shows, as Qt draws anew whatever lies below it.
"""

from __future__ import annotations

from collections.abc import Sequence

from krita import Krita, View, Window

from . import document as documents
from .images import Placed
from .qt import QMdiArea, QPainter, QRect, QRectF, Qt, QTimer, QTransform, QWidget

CANVAS_CLASSES = ("KisOpenGLCanvas2", "KisQPainterCanvas")
FOLLOW_MS = 40


class Overlay(QWidget):
    """Shows images of one document over its canvas, through zoom, rotation and mirror."""

    def __init__(self) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()
        self._images: Sequence[Placed] = ()
        self._document = ""
        self._front: QWidget | None = None
        self._transform = QTransform()
        self._timer = QTimer(self)
        self._timer.setInterval(FOLLOW_MS)
        self._timer.timeout.connect(self._follow)

    def show_images(self, document: str, images: Sequence[Placed]) -> None:
        """Show images over the document of this identity; none of them hides the overlay."""
        self._document, self._images = document, images
        if images:
            self._follow()
            self._timer.start()
            self.update()
        else:
            self._put_away()

    def paintEvent(self, _event: object) -> None:  # noqa: N802
        """Draw the images where the canvas shows their pixels."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.translate(-self.x(), -self.y())
        painter.setTransform(self._transform, True)
        for part in self._images:
            painter.drawImage(QRectF(*part.bounds), part.image)
        painter.end()

    def _put_away(self) -> None:
        self._timer.stop()
        self.hide()
        # Without a parent it outlives the canvas when the view is closed.
        self.setParent(None)

    def _follow(self) -> None:
        window = Krita.instance().activeWindow()
        view = window.activeView() if window is not None else None
        shown = view.document() if view is not None else None
        canvas = self._canvas(window) if window is not None else None
        if (
            view is None
            or shown is None
            or canvas is None
            or documents.identity(shown) != self._document
        ):
            self.hide()
            self.setParent(None)
            return
        if self.parentWidget() is not canvas:
            self.setParent(canvas)
        transform = image_to_canvas(view)
        place = self._place(transform) & canvas.rect()
        if self.geometry() != place or transform != self._transform or not self.isVisible():
            self._transform = transform
            self.setGeometry(place)
            self.show()
            self.raise_()
            self.update()

    def _canvas(self, window: Window) -> QWidget | None:
        """The canvas in front, which is looked for only when another view came to the front."""
        front, canvas = _front_of(window), self.parentWidget()
        if front is not self._front or canvas is None or not canvas.isVisible():
            self._front, canvas = front, _canvas_in(front)
        return canvas

    def _place(self, transform: QTransform) -> QRect:
        """Where the images lie on the canvas' widget, with a pixel around for smooth edges."""
        everything = QRectF()
        for part in self._images:
            everything |= transform.mapRect(QRectF(*part.bounds))
        return everything.toAlignedRect().adjusted(-1, -1, 1, 1)


def canvas_of(window: Window) -> QWidget | None:
    """The canvas of the view in front; looked for in there alone, as a window has many widgets."""
    return _canvas_in(_front_of(window))


def _front_of(window: Window) -> QWidget | None:
    area = window.qwindow().centralWidget().findChild(QMdiArea)
    return area.activeSubWindow() if area is not None else None


def _canvas_in(front: QWidget | None) -> QWidget | None:
    for widget in front.findChildren(QWidget) if front is not None else ():
        if widget.metaObject().className() in CANVAS_CLASSES and widget.isVisible():
            return widget
    return None


def image_to_canvas(view: View) -> QTransform:
    """From pixels of the picture to those of the canvas' widget."""
    return view.flakeToImageTransform().inverted()[0] * view.flakeToCanvasTransform()
