"""The options of Select: what to find, and where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gi.repository import Gdk, GdkPixbuf, Gimp, GimpUi, Gtk

from sfumato_client import Client
from sfumato_client.wire.segment_pb2 import Segmenter

from . import arguments, points
from .fields import Fields, folded, run, sentence
from .points import Point

SIDE = 360
MARK = 5
RED, BLUE = 0xFF0000FF, 0x0060FFFF
RIGHT_BUTTON = 3
HINTS = {
    "box": "Draw a rectangle around it with any selection tool first.",
    "point": "Click on it in the small picture, and with the right button on what is no part of "
    "it. Click on a mark to take it away.",
    "face": "Faces that look at the camera, more or less.",
    "subject": "What the picture is about.",
    "text": "A word or two, such as: the red car.",
}
# What is pointed at is meant, however sure the daemon is of it.
SEARCHED = ("face", "subject", "text")
NARROWING = (arguments.CONFIDENCE, arguments.COUNT)
NEEDS_MODEL = "This needs a model, and the daemon has none for it. Draw a box around it instead."
GET_IT = "Or get one with `sfumato models pull {}`, and start the daemon again."
MODELS = {"text": "owlv2", "subject": "birefnet"}


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
    finer = folded(fields.rows(*NARROWING))

    def show(*_: object) -> None:
        chosen = config.get_property("what")
        note.set_text(HINTS[chosen] if chosen in findable else _lacking(chosen))
        dialog.set_response_sensitive(Gtk.ResponseType.OK, chosen in findable)
        words.set_visible(chosen == "text")
        point.set_visible(chosen == "point")
        finer.set_visible(chosen in SEARCHED)
        # As small as what it asks now.
        dialog.resize(1, 1)

    for widget in (words, point, finer):
        widget.show_all()
        # From here on it depends on what is chosen.
        widget.set_no_show_all(True)
    show()
    watch = config.connect("notify::what", show)
    try:
        run(dialog, what, note, words, point, rest, finer)
    finally:
        config.disconnect(watch)
    if config.get_property("what") not in SEARCHED:
        # GIMP remembers what was set for something else.
        for argument in NARROWING:
            config.set_property(argument.name, arguments.AUTOMATIC)


def _lacking(what: str) -> str:
    return f"{NEEDS_MODEL} {GET_IT.format(MODELS[what])}" if what in MODELS else NEEDS_MODEL


def _findable(segmenters: list[Segmenter]) -> set[str]:
    """What of ``arguments.WHAT`` somebody at the daemon can find."""
    able = {"box": "boxes", "point": "points"}
    words = [word for word, _ in arguments.WHAT.choices]
    return {word for word in words for by in segmenters if getattr(by, able.get(word, word))}


class _Pointer(Gtk.EventBox):  # type: ignore[misc]
    """A small picture; clicks into it set the points of ``config``, and take them away."""

    def __init__(self, image: Gimp.Image, config: Gimp.ProcedureConfig) -> None:
        super().__init__(halign=Gtk.Align.CENTER)
        self._config = config
        self._plain = image.get_thumbnail(SIDE, SIDE, Gimp.PixbufTransparency.SMALL_CHECKS)
        self._scale = self._plain.get_width() / image.get_width()
        self._shown = Gtk.Image()
        self.add(self._shown)
        self.add_events(Gdk.EventMask.BUTTON_PRESS_MASK)
        self.connect("button-press-event", self._pressed)
        # What GIMP remembers are points of an earlier picture.
        self._set({name: [] for name in _MARKS})

    def _pressed(self, _: Gtk.Widget, event: Gdk.EventButton) -> None:
        now = {name: list(points.read(self._config.get_property(name))) for name in _MARKS}
        hit = [
            (name, point)
            for name, some in now.items()
            for point in some
            if self._near(point, event)
        ]
        for name, point in hit:
            now[name].remove(point)
        if not hit:
            name = "exclude" if event.button == RIGHT_BUTTON else "points"
            now[name].append(Point(int(event.x / self._scale), int(event.y / self._scale)))
        self._set(now)

    def _near(self, point: Point, event: Gdk.EventButton) -> bool:
        """Whether a click meets a point's mark."""
        x, y = self._place(point)
        return max(abs(event.x - x), abs(event.y - y)) <= MARK

    def _place(self, point: Point) -> tuple[int, int]:
        """Where a point lies in the small picture."""
        return round((point.x + 0.5) * self._scale), round((point.y + 0.5) * self._scale)

    def _set(self, chosen: Mapping[str, Sequence[Point]]) -> None:
        marked = self._plain.copy()
        for name, mark in _MARKS.items():
            self._config.set_property(name, points.write(chosen[name]))
            for point in chosen[name]:
                mark(marked, *self._place(point))
        self._shown.set_from_pixbuf(marked)


def _plus(picture: GdkPixbuf.Pixbuf, x: int, y: int) -> None:
    _box(picture, RED, x - MARK, y - 1, x + MARK + 1, y + 1)
    _box(picture, RED, x - 1, y - MARK, x + 1, y + MARK + 1)


def _minus(picture: GdkPixbuf.Pixbuf, x: int, y: int) -> None:
    _box(picture, BLUE, x - MARK, y - 1, x + MARK + 1, y + 1)


_MARKS = {"points": _plus, "exclude": _minus}


def _box(picture: GdkPixbuf.Pixbuf, color: int, left: int, top: int, *end: int) -> None:
    """Fill a rectangle, as far as it lies in the picture."""
    right, bottom = end
    left, top = max(0, left), max(0, top)
    across = min(picture.get_width(), right) - left
    down = min(picture.get_height(), bottom) - top
    if across > 0 and down > 0:
        picture.new_subpixbuf(left, top, across, down).fill(color)
