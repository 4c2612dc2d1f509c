"""The options of Extend Canvas: how much to add on which side, and what should be there."""

from __future__ import annotations

from gi.repository import Gimp, GimpUi, Gtk

from sfumato_client import Client, Extent, Refused
from sfumato_client.wire.parameters_pb2 import Operation

from . import arguments
from .fields import Fields, folded, run, sentence
from .growing import Wanted

GOES_ON = "Without a prompt the picture goes on."
NO_MODEL = "The picture goes on. Painting something new there needs a model."
NO_PROMPT = "Without a model there is nothing to be had with a prompt: leave it empty."
ADVANCED = (
    arguments.MODEL,
    arguments.NEGATIVE_PROMPT,
    arguments.STRENGTH,
    arguments.STEPS,
    arguments.GUIDANCE,
    arguments.SEED,
    arguments.OVERLAP,
    arguments.SOURCE,
)
# Where each side's field stands around the picture: column and row.
CELLS = {"left": (0, 1), "top": (1, 0), "right": (2, 1), "bottom": (1, 2)}


def ask(
    procedure: Gimp.Procedure, config: Gimp.ProcedureConfig, client: Client, picture: Extent
) -> None:
    """Let the artist set ``config``. Raises ``Cancelled`` if they think better of it."""
    can_generate = Operation.OPERATION_GENERATE in client.capabilities().operations
    fields = Fields(config, client.models())
    dialog = GimpUi.ProcedureDialog.new(procedure, config, "Sfumato: Extend the Canvas")
    dialog.set_ok_label("E_xtend")
    size = sentence()

    def show_size(*_: object) -> None:
        lacks_a_model = bool(config.get_property("prompt").strip()) and not can_generate
        said, ready = _said(config, picture)
        size.set_text(NO_PROMPT if lacks_a_model else said)
        dialog.set_response_sensitive(Gtk.ResponseType.OK, ready and not lacks_a_model)

    show_size()
    watch = config.connect("notify", show_size)
    shape = fields.rows(arguments.ASPECT, arguments.ANCHOR)
    words = fields.rows(arguments.PROMPT, arguments.ENHANCE, arguments.VARIATIONS)
    note = sentence(GOES_ON if can_generate else NO_MODEL)
    try:
        run(dialog, _around(fields), shape, size, words, note, folded(fields.rows(*ADVANCED)))
    finally:
        config.disconnect(watch)


def _said(config: Gimp.ProcedureConfig, picture: Extent) -> tuple[str, bool]:
    """What becomes of the canvas, and whether that can be done."""
    values = {each.name: config.get_property(each.name) for each in arguments.CANVAS}
    try:
        canvas = Wanted.of(values).growth(picture).canvas
    except Refused as error:
        return error.message, False
    before, after = (f"{size.width}x{size.height}" for size in (picture, canvas))
    return f"From {before} to {after} pixels.", True


def _around(fields: Fields) -> Gtk.Widget:
    grid = Gtk.Grid(column_spacing=12, row_spacing=6, halign=Gtk.Align.CENTER)
    for side in arguments.SIDES:
        label = Gtk.Label.new_with_mnemonic(side.label)
        spin = fields.widget(side)
        spin.set_tooltip_text(side.blurb)
        label.set_mnemonic_widget(spin)
        cell = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=2)
        cell.pack_start(label, False, False, 0)
        cell.pack_start(spin, False, False, 0)
        grid.attach(cell, *CELLS[side.name], 1, 1)
    grid.attach(Gtk.Label(label="the picture", sensitive=False), 1, 1, 1, 1)
    return grid
