"""Asking for the daemon when it does not answer, or when the artist wants another."""

from __future__ import annotations

from gi.repository import Gimp, GimpUi, Gtk

from sfumato_client import Cancelled, Client, SfumatoError, Unavailable

from . import settings
from .connection import connect, folder, start_daemon, use
from .rows import dismiss

START = 1


def mend(error: SfumatoError) -> Client:
    """Show why there is no connection, until there is one. Raises ``Cancelled`` if given up."""
    try:
        return _ask(error.message, offers_start=isinstance(error, Unavailable))
    except Cancelled:
        raise
    except SfumatoError as again:
        return mend(again)


def choose() -> None:
    """Let the artist choose the daemon. Raises ``Cancelled`` if they think better of it."""
    try:
        connect().close()
        state = "The daemon answers."
    except SfumatoError as error:
        mend(error).close()
        return
    try:
        _ask(state, offers_start=False).close()
    except Cancelled:
        raise
    except SfumatoError as error:
        mend(error).close()


def _ask(state: str, *, offers_start: bool) -> Client:
    chosen = settings.load(folder())
    dialog = GimpUi.Dialog(title="Sfumato: Connection", role="sfumato-connection")
    dialog.add_button("_Cancel", Gtk.ResponseType.CANCEL)
    if offers_start:
        dialog.add_button("_Start the Daemon", START)
    dialog.add_button("C_onnect", Gtk.ResponseType.OK)
    dialog.set_default_response(START if offers_start else Gtk.ResponseType.OK)
    address = _entry(chosen.address, "join string or host:port; empty for this machine")
    token = _entry(chosen.token, "from its owner; empty for this machine")
    token.set_visibility(False)
    content = dialog.get_content_area()
    content.set_border_width(12)
    content.set_spacing(12)
    content.pack_start(
        Gtk.Label(label=state, wrap=True, xalign=0.0, max_width_chars=56), False, False, 0
    )
    content.pack_start(_grid([("_Address", address), ("_Token", token)]), False, False, 0)
    content.show_all()
    answer = dialog.run()
    wanted = address.get_text(), token.get_text()
    dismiss(dialog)
    if answer == START:
        use("", "")
        Gimp.progress_init("Starting the daemon")
        try:
            return start_daemon()
        finally:
            Gimp.progress_end()
    if answer != Gtk.ResponseType.OK:
        raise Cancelled("The dialog was cancelled.")
    use(*wanted)
    return connect()


def _entry(text: str, hint: str) -> Gtk.Entry:
    return Gtk.Entry(
        text=text, placeholder_text=hint, hexpand=True, width_chars=32, activates_default=True
    )


def _grid(rows: list[tuple[str, Gtk.Entry]]) -> Gtk.Grid:
    grid = Gtk.Grid(column_spacing=12, row_spacing=6)
    for row, (text, entry) in enumerate(rows):
        label = Gtk.Label.new_with_mnemonic(text)
        label.set_xalign(0.0)
        label.set_mnemonic_widget(entry)
        grid.attach(label, 0, row, 1, 1)
        grid.attach(entry, 1, row, 1, 1)
    return grid
