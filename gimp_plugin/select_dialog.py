"""The options of Select: what to find, and where."""

from __future__ import annotations

from gi.repository import Gdk, GdkPixbuf, Gimp, GimpUi, Gtk

from sfumato_client import Client
from sfumato_client.wire.segment_pb2 import Segmenter

from . import arguments
from .fields import Fields, folded, run, sentence

SIDE = 360
MARK = 5
RED = 0xFF0000FF
HINTS = {
    "box": "Draw a rectangle around it with any selection tool first.",
    "point": "Click on it, here in the small picture.",
    "face": "Faces that look at the camera, more or less.",
    "subject": "What the picture is about.",
    "text": "A word or two, such as: the red car.",
}
NEEDS_MODEL = "This needs a model, and the daemon has none for it. Draw a box around it instead."


def ask(
    procedure: Gimp.Procedure, config: Gimp.ProcedureConfig, client: Client, image: Gimp.Image
) -> None:
    """Let the artist set ``config``. Raises ``Cancelled`` if they think better of it."""
    known = client.models()
    findable = _findable(list(known.segmenters))
    fields = Fields(config, known)
    dialog = GimpUi.ProcedureDialog.new(procedure, config, "Sfumato: Select")
    dialog.set_ok_label("Selec_t")
    what = fields.rows(arguments.WHAT)
    note = sentence()
    words, point = fields.rows(arguments.TEXT), _Pointer(image, config)
    rest = fields.rows(arguments.WIDEN, arguments.INVERT)

    def show(*_: object) -> None:
        chosen = config.get_property("what")
        note.set_text(HINTS[chosen] if chosen in findable else NEEDS_MODEL)
        dialog.set_response_sensitive(Gtk.ResponseType.OK, chosen in findable)
        words.set_visible(chosen == "text")
        point.set_visible(chosen == "point")

    for widget in (words, point):
        widget.show_all()
        # From here on it depends on what is chosen.
        widget.set_no_show_all(True)
    show()
    watch = config.connect("notify::what", show)
    finer = folded(fields.rows(arguments.CONFIDENCE, arguments.COUNT))
    try:
        run(dialog, what, note, words, point, rest, finer)
    finally:
        config.disconnect(watch)


def _findable(segmenters: list[Segmenter]) -> set[str]:
    """What of ``arguments.WHAT`` somebody at the daemon can find."""
    able = {"box": "boxes", "point": "points"}
    words = [word for word, _ in arguments.WHAT.choices]
    return {word for word in words for by in segmenters if getattr(by, able.get(word, word))}


class _Pointer(Gtk.EventBox):  # type: ignore[misc]
    """A small picture; a click into it sets x and y of ``config``."""

    def __init__(self, image: Gimp.Image, config: Gimp.ProcedureConfig) -> None:
        super().__init__(halign=Gtk.Align.CENTER)
        self._config = config
        self._plain = image.get_thumbnail(SIDE, SIDE, Gimp.PixbufTransparency.SMALL_CHECKS)
        self._scale = self._plain.get_width() / image.get_width()
        self._shown = Gtk.Image()
        self.add(self._shown)
        self.add_events(Gdk.EventMask.BUTTON_PRESS_MASK)
        self.connect("button-press-event", self._pressed)
        self._mark()

    def _pressed(self, _: Gtk.Widget, event: Gdk.EventButton) -> None:
        self._config.set_property("x", int(event.x / self._scale))
        self._config.set_property("y", int(event.y / self._scale))
        self._mark()

    def _mark(self) -> None:
        marked = self._plain.copy()
        place = [self._config.get_property(name) for name in ("x", "y")]
        if arguments.AUTOMATIC not in place:
            _cross(marked, *(round((at + 0.5) * self._scale) for at in place))
        self._shown.set_from_pixbuf(marked)


def _cross(picture: GdkPixbuf.Pixbuf, x: int, y: int) -> None:
    """Draw a small cross, as far as it lies in the picture."""
    width, height = picture.get_width(), picture.get_height()
    for left, top, right, bottom in (
        (x - MARK, y - 1, x + MARK + 1, y + 1),
        (x - 1, y - MARK, x + 1, y + MARK + 1),
    ):
        left, top = max(0, left), max(0, top)
        across, down = min(width, right) - left, min(height, bottom) - top
        if across > 0 and down > 0:
            picture.new_subpixbuf(left, top, across, down).fill(RED)
