"""Widgets for arguments that GIMP has none for: values left to others, and names of the daemon."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gi.repository import Gdk, Gimp, GObject, Gtk

from .arguments import AUTOMATIC, Argument, Number, Text, Tick, Whole

# So that the values below one another are aligned.
TICK_WIDTH = 110


class Rows(Gtk.Grid):  # type: ignore[misc]
    """Labels on the left, widgets on the right, one argument a row."""

    def __init__(self) -> None:
        super().__init__(column_spacing=12, row_spacing=6)
        self._count = 0

    def add_row(self, argument: Argument, widget: Gtk.Widget) -> None:
        """Append a widget under the argument's own label."""
        label = Gtk.Label.new_with_mnemonic(argument.label)
        label.set_xalign(0.0)
        label.set_yalign(0.0 if widget.get_size_request().height > 0 else 0.5)
        label.set_mnemonic_widget(widget)
        widget.set_tooltip_text(argument.blurb)
        widget.set_hexpand(True)
        self.attach(label, 0, self._count, 1, 1)
        self.attach(widget, 1, self._count, 1, 1)
        self._count += 1

    def add_tick(self, argument: Tick, config: Gimp.ProcedureConfig) -> None:
        """Append a box to tick, which carries its own label."""
        tick = Gtk.CheckButton.new_with_mnemonic(argument.label)
        tick.set_tooltip_text(argument.blurb)
        flags = GObject.BindingFlags.BIDIRECTIONAL | GObject.BindingFlags.SYNC_CREATE
        config.bind_property(argument.name, tick, "active", flags)
        self.attach(tick, 1, self._count, 1, 1)
        self._count += 1


def dismiss(dialog: Gtk.Dialog) -> None:
    """Close a dialog now: without a main loop its window would stand until the work is done."""
    dialog.destroy()
    Gdk.Display.get_default().flush()


def left_to(
    config: Gimp.ProcedureConfig, argument: Number | Whole, first: float, word: str
) -> Gtk.Widget:
    """A box to tick for "left to others" (``word``), and the value for when it is not.

    ``first`` is where the value starts once the box is not ticked.
    """
    whole = isinstance(argument, Whole)
    low = 1 if argument.name == "steps" else 0
    step = 1 if whole or argument.high > 1 else 0.05
    adjustment = Gtk.Adjustment(first, low, argument.high, step, 10 * step)
    value = Gtk.SpinButton(
        adjustment=adjustment, digits=0 if whole else 2 if argument.high <= 1 else 1
    )
    value.set_hexpand(True)
    tick = Gtk.CheckButton.new_with_label(word)
    tick.set_size_request(TICK_WIDTH, -1)
    row = Gtk.Box(spacing=12)
    row.pack_start(tick, False, False, 0)
    row.pack_start(value, True, True, 0)

    def show(*_: object) -> None:
        now = config.get_property(argument.name)
        tick.set_active(now == AUTOMATIC)
        value.set_sensitive(now != AUTOMATIC)
        # A number that is not used is not shown, but keeps its place.
        value.set_opacity(0.0 if now == AUTOMATIC else 1.0)
        if now != AUTOMATIC:
            value.set_value(now)

    def write(*_: object) -> None:
        now = AUTOMATIC if tick.get_active() else value.get_value()
        wanted = int(now) if whole else now
        if config.get_property(argument.name) != wanted:
            config.set_property(argument.name, wanted)

    show()
    tick.connect("toggled", write)
    value.connect("value-changed", write)
    config.connect(f"notify::{argument.name}", show)
    return row


def one_of(
    config: Gimp.ProcedureConfig,
    argument: Text,
    names: Sequence[tuple[str, str]],
    chosen: Callable[[str], object] = lambda _: None,
) -> Gtk.Widget:
    """A list of the daemon's names, each with its title; the first is the default.

    ``chosen`` is called when the artist chooses, and when what they chose once is not to be had.
    """
    combo = Gtk.ComboBoxText()
    for name, title in names:
        combo.append(name, title)

    def show(*_: object) -> None:
        # A remembered name may be another daemon's.
        if not combo.set_active_id(config.get_property(argument.name)):
            combo.set_active(0)

    def write(*_: object) -> None:
        name = combo.get_active_id()
        if config.get_property(argument.name) != name:
            config.set_property(argument.name, name)
            chosen(name)

    show()
    write()
    combo.connect("changed", write)
    config.connect(f"notify::{argument.name}", show)
    return combo
