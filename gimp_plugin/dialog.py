"""The options of Inpaint, as GIMP's own dialog for a procedure."""

from __future__ import annotations

import random

from gi.repository import Gimp, GimpUi, Gtk

from sfumato_client import Cancelled, Client, preset_named
from sfumato_client.wire.models_pb2 import ListModelsResponse
from sfumato_client.wire.parameters_pb2 import Operation

from . import arguments, presets
from .rows import Rows, dismiss, left_to, one_of

NO_MODEL = (
    "Without a prompt, what is selected is removed. Pictures from words need a model: start the "
    "daemon with one (sfumato serve --model NAME=DIR)."
)


def ask(procedure: Gimp.Procedure, config: Gimp.ProcedureConfig, client: Client) -> None:
    """Let the artist set ``config``. Raises ``Cancelled`` if they think better of it."""
    known = client.models()
    can_generate = Operation.OPERATION_GENERATE in client.capabilities().operations
    dialog = GimpUi.ProcedureDialog.new(procedure, config, "Sfumato: Inpaint")
    column = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=12, border_width=12)
    if not can_generate:
        column.pack_start(_hint(NO_MODEL), False, False, 0)
    column.pack_start(_main(config, known), False, False, 0)
    column.pack_start(_advanced(config, known), False, False, 0)
    column.show_all()
    dialog.get_content_area().pack_start(column, True, True, 0)

    def name_the_button(*_: object) -> None:
        removing = not config.get_property("prompt").strip()
        dialog.set_ok_label("Remo_ve" if removing else "_Generate")
        dialog.set_response_sensitive(Gtk.ResponseType.OK, removing or can_generate)

    name_the_button()
    watch = config.connect("notify::prompt", name_the_button)
    accepted = dialog.run()
    config.disconnect(watch)
    dismiss(dialog)
    if not accepted:
        raise Cancelled("The dialog was cancelled.")


def _main(config: Gimp.ProcedureConfig, known: ListModelsResponse) -> Gtk.Widget:
    rows = Rows()
    rows.add_row(arguments.PROMPT, _text(config))
    rows.add_tick(arguments.ENHANCE, config)

    def fill(name: str) -> None:
        values = presets.filled(preset_named(known, name), config.get_property("model"))
        for argument, value in values.items():
            config.set_property(argument, value)

    titles = [(preset.name, preset.title or preset.name) for preset in known.presets]
    named = one_of(config, arguments.PRESET, [("", "None"), *titles], fill)
    rows.add_row(arguments.PRESET, named)
    rows.add_row(arguments.STRENGTH, left_to(config, arguments.STRENGTH, 0.75, "Automatic"))
    rows.add_row(arguments.VARIATIONS, GimpUi.prop_spin_button_new(config, "variations", 1, 1, 0))
    return rows


def _advanced(config: Gimp.ProcedureConfig, known: ListModelsResponse) -> Gtk.Widget:
    rows = Rows()
    models = [(model.name, model.title or model.name) for model in known.models if model.installed]
    rows.add_row(arguments.MODEL, one_of(config, arguments.MODEL, [("", "Automatic"), *models]))
    rows.add_row(arguments.NEGATIVE_PROMPT, GimpUi.prop_entry_new(config, "negative-prompt", -1))
    rows.add_row(arguments.STEPS, left_to(config, arguments.STEPS, 30, "Automatic"))
    rows.add_row(arguments.GUIDANCE, left_to(config, arguments.GUIDANCE, 6.0, "Automatic"))
    seed = random.randrange(2**31)
    rows.add_row(arguments.SEED, left_to(config, arguments.SEED, seed, "Random"))
    rows.add_row(arguments.GROW, left_to(config, arguments.GROW, 4, "Automatic"))
    rows.add_row(arguments.FEATHER, left_to(config, arguments.FEATHER, 8, "Automatic"))
    rows.add_row(arguments.GRAY, GimpUi.prop_choice_combo_box_new(config, "gray"))
    rows.add_row(arguments.SOURCE, GimpUi.prop_choice_combo_box_new(config, "source"))
    rows.add_row(arguments.CONTEXT, GimpUi.prop_choice_combo_box_new(config, "context"))
    margin = GimpUi.prop_spin_button_new(config, "margin", 16, 64, 0)
    rows.add_row(arguments.MARGIN, margin)
    rows.add_row(arguments.OPERATION, GimpUi.prop_choice_combo_box_new(config, "operation"))

    def follow(*_: object) -> None:
        margin.set_sensitive(config.get_property("context") == "margin")

    follow()
    config.connect("notify::context", follow)
    rows.set_margin_top(6)
    rows.set_margin_start(12)
    expander = Gtk.Expander.new_with_mnemonic("_Advanced")
    expander.add(rows)
    # The dialog grows with it and shrinks again.
    expander.set_resize_toplevel(True)
    return expander


def _text(config: Gimp.ProcedureConfig) -> Gtk.Widget:
    buffer = GimpUi.prop_text_buffer_new(config, "prompt", -1)
    view = Gtk.TextView(buffer=buffer, wrap_mode=Gtk.WrapMode.WORD_CHAR, accepts_tab=False)
    view.set_border_width(4)
    frame = Gtk.ScrolledWindow(shadow_type=Gtk.ShadowType.IN, can_focus=False)
    frame.set_size_request(400, 76)
    frame.add(view)
    view.connect("realize", Gtk.Widget.grab_focus)
    frame.connect("mnemonic-activate", lambda *_: view.grab_focus() or True)
    return frame


def _hint(sentence: str) -> Gtk.Widget:
    label = Gtk.Label(label=sentence, wrap=True, xalign=0.0, max_width_chars=60)
    row = Gtk.Box(spacing=12)
    row.pack_start(
        Gtk.Image.new_from_icon_name(GimpUi.ICON_DIALOG_INFORMATION, Gtk.IconSize.DIALOG),
        False,
        False,
        0,
    )
    row.pack_start(label, True, True, 0)
    return row
