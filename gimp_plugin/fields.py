"""A widget for each argument, by its kind, and the frame that all our dialogs have."""

from __future__ import annotations

import random

from gi.repository import Gimp, GimpUi, Gtk

from sfumato_client import Cancelled, Context, Shape, doer, unused
from sfumato_client.wire.models_pb2 import ListModelsResponse

from . import arguments
from .arguments import Argument, Number, Pick, Text, Tick, Whole
from .options import Options
from .rows import Rows, dismiss, left_to, one_of

# Where a number starts once it is no longer left to others.
FIRST = {"strength": 0.75, "steps": 30, "guidance": 6.0, "grow": 4, "feather": 8, "overlap": 32}
# What decides who does an edit.
DECIDE = {"prompt", "model", "operation"}


class Fields:
    """Makes rows of widgets that show and set a procedure's ``config``."""

    def __init__(self, config: Gimp.ProcedureConfig, known: ListModelsResponse) -> None:
        self._config = config
        self._known = known

    def rows(self, *declared: Argument) -> Rows:
        """One row for each argument."""
        rows = Rows()
        for argument in declared:
            if isinstance(argument, Tick):
                rows.add_tick(argument, self._config)
            else:
                rows.add_row(argument, self.widget(argument))
        return rows

    def widget(self, argument: Argument) -> Gtk.Widget:
        """The widget of one argument, to be set where whoever does the edit has a use for it."""
        made = self._made(argument)
        field = argument.name.replace("-", "_")
        deciding = DECIDE & {spec.name for spec in self._config.list_properties()}

        def follow(*_: object) -> None:
            values = {name: self._config.get_property(name) for name in deciding}
            asked = Options.of(values).parameters(Shape(0.0, 0.0, Context()))
            made.set_sensitive(field not in unused(doer(self._known, asked)))

        if field in unused(None):
            follow()
            for name in deciding:
                self._config.connect(f"notify::{name}", follow)
        return made

    def _made(self, argument: Argument) -> Gtk.Widget:
        name = argument.name
        if isinstance(argument, Pick):
            return GimpUi.prop_choice_combo_box_new(self._config, name)
        if isinstance(argument, Text):
            return self._text(argument)
        if isinstance(argument, Number | Whole) and argument.default == arguments.AUTOMATIC:
            if argument is arguments.SEED:
                return left_to(self._config, argument, random.randrange(2**31), "Random")
            return left_to(self._config, argument, FIRST.get(name, 0), "Automatic")
        step, page = (1, 1) if argument.high <= 8 else (16, 64)
        return GimpUi.prop_spin_button_new(self._config, name, step, page, 0)

    def _text(self, argument: Text) -> Gtk.Widget:
        if argument is arguments.PROMPT:
            return _written(self._config)
        if argument is arguments.MODEL:
            installed = [model for model in self._known.models if model.installed]
            named = [(model.name, model.title or model.name) for model in installed]
            return one_of(self._config, argument, [("", "Default"), *named])
        return GimpUi.prop_entry_new(self._config, argument.name, -1)


def run(dialog: GimpUi.ProcedureDialog, *content: Gtk.Widget) -> None:
    """Show a dialog with this content below each other. Raises ``Cancelled`` if it is given up."""
    column = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=12, border_width=12)
    for widget in content:
        column.pack_start(widget, False, False, 0)
    column.show_all()
    dialog.get_content_area().pack_start(column, True, True, 0)
    accepted = dialog.run()
    dismiss(dialog)
    if not accepted:
        raise Cancelled("The dialog was cancelled.")


def folded(rows: Rows) -> Gtk.Widget:
    """Rows that few need, behind "Advanced"."""
    rows.set_margin_top(6)
    rows.set_margin_start(12)
    expander = Gtk.Expander.new_with_mnemonic("_Advanced")
    expander.add(rows)
    # The dialog grows with it and shrinks again.
    expander.set_resize_toplevel(True)
    return expander


def sentence(text: str = "") -> Gtk.Label:
    """A line or two of text."""
    return Gtk.Label(label=text, wrap=True, xalign=0.0, max_width_chars=60)


def hint(text: str) -> Gtk.Widget:
    """A sentence that should not be missed."""
    icon = Gtk.Image.new_from_icon_name(GimpUi.ICON_DIALOG_INFORMATION, Gtk.IconSize.DIALOG)
    row = Gtk.Box(spacing=12)
    row.pack_start(icon, False, False, 0)
    row.pack_start(sentence(text), True, True, 0)
    return row


def _written(config: Gimp.ProcedureConfig) -> Gtk.Widget:
    buffer = GimpUi.prop_text_buffer_new(config, "prompt", -1)
    view = Gtk.TextView(buffer=buffer, wrap_mode=Gtk.WrapMode.WORD_CHAR, accepts_tab=False)
    view.set_border_width(4)
    frame = Gtk.ScrolledWindow(shadow_type=Gtk.ShadowType.IN, can_focus=False)
    frame.set_size_request(400, 76)
    frame.add(view)
    view.connect("realize", Gtk.Widget.grab_focus)
    frame.connect("mnemonic-activate", lambda *_: view.grab_focus() or True)
    return frame
