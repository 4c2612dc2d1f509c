"""The plug-in as GIMP sees it: its procedures and their places in the menus."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from gi.repository import Gegl, Gimp, GimpUi, Gio, GLib, GObject

from sfumato_client import Cancelled, SfumatoError

from . import arguments, run
from .arguments import Argument, Number, Pick, Text, Tick, Whole

MENU = "<Image>/Filters/Sfumato"
_READWRITE = GObject.ParamFlags.READWRITE
_ANY_CHOICE = (
    Gimp.ProcedureSensitivityMask.DRAWABLE
    | Gimp.ProcedureSensitivityMask.DRAWABLES
    | Gimp.ProcedureSensitivityMask.NO_DRAWABLES
)


class Edit(NamedTuple):
    """A procedure that works on a picture."""

    label: str
    blurb: str
    help: str
    arguments: tuple[Argument, ...]
    run: Callable[[run.Call], list[Gimp.Layer]]
    makes_layers: bool = True


EDITS = {
    "plug-in-sfumato-inpaint": Edit(
        "_Inpaint...",
        "Replace what is selected by what you describe",
        "Makes a layer over the selection with what the prompt says, or without a prompt with what "
        "the surroundings suggest. Returns the topmost new layer. -1 leaves a value to Sfumato.",
        arguments.INPAINT,
        run.inpaint,
    ),
    "plug-in-sfumato-remove": Edit(
        "_Remove Selection",
        "Take away what is selected and continue its surroundings",
        "Makes a layer over the selection that continues what lies around it. Returns the topmost "
        "new layer. -1 leaves a value to Sfumato.",
        arguments.REMOVE,
        run.remove,
    ),
    "plug-in-sfumato-outpaint": Edit(
        "E_xtend Canvas...",
        "Add canvas around the picture and paint what is new",
        "Makes the canvas grow by the pixels given for its sides, or to an aspect, and makes a "
        "layer there with what the prompt says or, without a prompt, with the picture going on. "
        "Returns the topmost new layer. -1 leaves a value to Sfumato.",
        arguments.OUTPAINT,
        run.outpaint,
    ),
    "plug-in-sfumato-select": Edit(
        "_Select...",
        "Select what lies in a box or at a point, faces, the subject, or what words describe",
        "Replaces the selection by what is found. -1 leaves a value to Sfumato.",
        arguments.SELECT,
        run.select,
        makes_layers=False,
    ),
    "plug-in-sfumato-repeat": Edit(
        "Repeat _Last",
        "Do the chosen layer's edit again, or the last one, with another seed",
        "Makes another layer from the same input with the same parameters but for the given ones. "
        "Returns the topmost new layer. -1 leaves a value as it was, and draws a new seed.",
        arguments.REPEAT,
        run.repeat,
    ),
}
CONNECTION = "plug-in-sfumato-connection"
# The name is that of the ids in help/en/gimp-help.xml. Every procedure's help id is its own name.
HELP_DOMAIN, HELP = "sfumato", Path(__file__).with_name("help")


class Sfumato(Gimp.PlugIn):
    """Registers the procedures and runs them."""

    def do_set_i18n(self, _name: str) -> bool:
        """No translations yet."""
        return False

    def do_query_procedures(self) -> list[str]:
        """Their names, which are public. GIMP's help learns where their pages are."""
        self.set_help_domain(HELP_DOMAIN, Gio.File.new_for_path(str(HELP)))
        return [*EDITS, CONNECTION]

    def do_create_procedure(self, name: str) -> Gimp.Procedure:
        """One of them, with its arguments."""
        return _connection(self) if name == CONNECTION else _edit(self, name, EDITS[name])


def main() -> None:
    """Answer GIMP."""
    Gimp.main(Sfumato.__gtype__, sys.argv)


def _edit(plugin: Gimp.PlugIn, name: str, edit: Edit) -> Gimp.Procedure:
    kind = Gimp.PDBProcType.PLUGIN
    procedure = Gimp.ImageProcedure.new(plugin, name, kind, _run_edit, edit)
    procedure.set_image_types("RGB*, GRAY*")
    procedure.set_sensitivity_mask(_ANY_CHOICE)
    procedure.set_documentation(edit.blurb, edit.help, name)
    procedure.set_menu_label(edit.label)
    procedure.set_attribution("The Sfumato developers", "The Sfumato developers", "2026")
    procedure.add_menu_path(MENU)
    for argument in edit.arguments:
        _declare(procedure, argument)
    if edit.makes_layers:
        about = ("layer", "Layer", "The topmost new layer")
        procedure.add_layer_return_value(*about, True, _READWRITE)
    return procedure


def _connection(plugin: Gimp.PlugIn) -> Gimp.Procedure:
    kind = Gimp.PDBProcType.PLUGIN
    procedure = Gimp.Procedure.new(plugin, CONNECTION, kind, _run_connection, None)
    procedure.set_documentation(
        "Choose the daemon that does the work",
        "Without windows it takes the given address and token, and fails if no daemon answers.",
        CONNECTION,
    )
    procedure.set_menu_label("_Connection...")
    procedure.set_attribution("The Sfumato developers", "The Sfumato developers", "2026")
    procedure.add_menu_path(MENU)
    procedure.add_enum_argument(
        "run-mode", "Run mode", "", Gimp.RunMode, Gimp.RunMode.NONINTERACTIVE, _READWRITE
    )
    for argument in arguments.CONNECTION:
        _declare(procedure, argument)
    return procedure


def _declare(procedure: Gimp.Procedure, argument: Argument) -> None:
    about = (argument.name, argument.label, argument.blurb)
    if isinstance(argument, Text):
        procedure.add_string_argument(*about, argument.default, _READWRITE)
    elif isinstance(argument, Tick):
        procedure.add_boolean_argument(*about, argument.default, _READWRITE)
    elif isinstance(argument, Pick):
        choice = Gimp.Choice.new()
        for index, (word, label) in enumerate(argument.choices):
            choice.add(word, index, label, "")
        procedure.add_choice_argument(*about, choice, argument.default, _READWRITE)
    else:
        limits = (argument.low, argument.high, argument.default)
        if isinstance(argument, Whole):
            procedure.add_int_argument(*about, *limits, _READWRITE)
        elif isinstance(argument, Number):
            procedure.add_double_argument(*about, *limits, _READWRITE)


def _run_edit(
    procedure: Gimp.Procedure,
    mode: Gimp.RunMode,
    image: Gimp.Image,
    drawables: list[Gimp.Drawable],
    config: Gimp.ProcedureConfig,
    edit: Edit,
) -> Gimp.ValueArray:
    Gegl.init(None)
    if mode == Gimp.RunMode.INTERACTIVE:
        GimpUi.init("sfumato")
    try:
        layers = edit.run(run.Call(procedure, mode, image, drawables, config))
    except SfumatoError as error:
        return _failure(procedure, error)
    values = procedure.new_return_values(Gimp.PDBStatusType.SUCCESS, GLib.Error())
    # For scripts alone. After an artist's run GIMP reads no answer, but holds it until this process
    # has ended: a layer in it would outlive a picture that is closed in between, and GIMP 3.0
    # crashes when it lets go of such a layer.
    if layers and mode == Gimp.RunMode.NONINTERACTIVE:
        values.remove(1)
        values.insert(1, GObject.Value(Gimp.Layer, layers[0]))
    return values


def _run_connection(
    procedure: Gimp.Procedure, config: Gimp.ProcedureConfig, _data: None
) -> Gimp.ValueArray:
    from .connection import connect, use

    try:
        if config.get_property("run-mode") == Gimp.RunMode.INTERACTIVE:
            from .connection_dialog import choose

            GimpUi.init("sfumato")
            choose()
        else:
            use(config.get_property("address"), config.get_property("token"))
            connect().close()
    except SfumatoError as error:
        return _failure(procedure, error)
    return procedure.new_return_values(Gimp.PDBStatusType.SUCCESS, GLib.Error())


def _failure(procedure: Gimp.Procedure, error: SfumatoError) -> Gimp.ValueArray:
    if isinstance(error, Cancelled):
        return procedure.new_return_values(Gimp.PDBStatusType.CANCEL, GLib.Error())
    sentence = GLib.Error.new_literal(Gimp.PlugIn.error_quark(), error.message, 0)
    return procedure.new_return_values(Gimp.PDBStatusType.EXECUTION_ERROR, sentence)
