"""``sfumato plugins``: pack the editor plugins, and install them where the editors look."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from sfumato.cli.console import complain, out
from sfumato.cli.failures import FAILED
from sfumato.plugins.errors import PluginError
from sfumato.plugins.install import install as install_plugin
from sfumato.plugins.package import Editor
from sfumato.plugins.package import package as pack_plugins

plugins = typer.Typer(
    add_completion=False,
    help="Pack and install the plugins for Krita and GIMP.",
    no_args_is_help=True,
)

_NEXT = {
    Editor.KRITA: "Start Krita again and open Settings > Dockers > Sfumato.",
    Editor.GIMP: "Start GIMP again and look for Filters > Sfumato.",
}


@plugins.command()
def package(
    folder: Annotated[Path, typer.Option("--out", help="Where to put the zips.")] = Path("dist"),
) -> None:
    """Pack both plugins as zips, from a checkout of Sfumato."""
    with _failures():
        for archive in pack_plugins(folder):
            out.print(f"{escape(str(archive))}  {archive.stat().st_size // 1024} kB")


@plugins.command()
def install(
    editor: Annotated[
        Editor | None, typer.Argument(help="One editor only; both if none is named.")
    ] = None,
) -> None:
    """Install the plugins for this user."""
    with _failures():
        for wanted in [editor] if editor else Editor:
            for found in install_plugin(wanted):
                where = escape(str(found.place.plugins))
                out.print(f"{wanted.label} plugin {found.version} in {where}")
            out.print(f"  {_NEXT[wanted]}")


@contextmanager
def _failures() -> Iterator[None]:
    try:
        yield
    except PluginError as error:
        complain(str(error))
        raise typer.Exit(FAILED) from error
