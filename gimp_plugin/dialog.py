"""The options of Inpaint, as GIMP's own dialog for a procedure."""

from __future__ import annotations

from gi.repository import Gimp, GimpUi, Gtk

from sfumato_client import Client, can_be_used, preset_named, preset_title
from sfumato_client.wire.models_pb2 import ListModelsResponse
from sfumato_client.wire.parameters_pb2 import Operation

from . import arguments, presets
from .fields import Fields, folded, hint, run
from .rows import Rows, one_of

NO_MODEL = (
    "Generate needs a model. Get one with `sfumato models pull NAME`; `sfumato models available` "
    "lists them. Without a prompt, what is selected is removed now."
)


def ask(procedure: Gimp.Procedure, config: Gimp.ProcedureConfig, client: Client) -> None:
    """Let the artist set ``config``. Raises ``Cancelled`` if they think better of it."""
    known = client.models()
    can_generate = Operation.OPERATION_GENERATE in client.capabilities().operations
    dialog = GimpUi.ProcedureDialog.new(procedure, config, "Sfumato: Inpaint")

    def name_the_button(*_: object) -> None:
        removing = not config.get_property("prompt").strip()
        dialog.set_ok_label("Remo_ve" if removing else "_Generate")
        dialog.set_response_sensitive(Gtk.ResponseType.OK, removing or can_generate)

    content = [_main(config, known), folded(_advanced(config, known))]
    if not can_generate:
        content.insert(0, hint(NO_MODEL))
    name_the_button()
    watch = config.connect("notify::prompt", name_the_button)
    try:
        run(dialog, *content)
    finally:
        config.disconnect(watch)


def _main(config: Gimp.ProcedureConfig, known: ListModelsResponse) -> Rows:
    fields = Fields(config, known)
    rows = fields.rows(arguments.PROMPT, arguments.ENHANCE)

    def fill(name: str) -> None:
        values = presets.filled(preset_named(known, name), config.get_property("model"))
        for argument, value in values.items():
            config.set_property(argument, value)

    usable = filter(can_be_used, known.presets)
    titles = [(preset.name, preset_title(preset)) for preset in usable]
    named = one_of(config, arguments.PRESET, [("", "None"), *titles], fill)
    rows.add_row(arguments.PRESET, named)
    for argument in (arguments.STRENGTH, arguments.VARIATIONS):
        rows.add_row(argument, fields.widget(argument))
    return rows


def _advanced(config: Gimp.ProcedureConfig, known: ListModelsResponse) -> Rows:
    fields = Fields(config, known)
    rows = fields.rows(
        arguments.MODEL,
        arguments.NEGATIVE_PROMPT,
        arguments.STEPS,
        arguments.GUIDANCE,
        arguments.MASKED_CONTENT,
        arguments.SEED,
        arguments.GROW,
        arguments.FEATHER,
        arguments.GRAY,
        arguments.SOURCE,
        arguments.CONTEXT,
    )
    margin = fields.widget(arguments.MARGIN)
    rows.add_row(arguments.MARGIN, margin)
    rows.add_row(arguments.OPERATION, fields.widget(arguments.OPERATION))

    def follow(*_: object) -> None:
        margin.set_sensitive(config.get_property("context") == "margin")

    follow()
    config.connect("notify::context", follow)
    return rows
