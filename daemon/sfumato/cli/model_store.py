"""``sfumato models available|pull|add|remove``: the models that daemons of this user may use."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from sfumato.cli.console import out, say
from sfumato.cli.failures import BadInput
from sfumato.models.catalogue import Recommended, for_memory, recommended
from sfumato.models.errors import UnusableModel
from sfumato.models.library import told
from sfumato.models.memory import device_memory
from sfumato.models.registry import Registry
from sfumato_client.discovery import state_dir
from sfumato_client.errors import Unavailable

GIGA = 1e9
RESTART = "A running daemon uses it after a restart."


def available() -> None:
    """List the models that are known to work, with their licences."""
    best = for_memory(device_memory()).name
    table = Table("Name", "What it is", "Download", "Memory", "Licence", box=None, pad_edge=False)
    for model in recommended().values():
        table.add_row(
            model.name + (" *" if model.name == best else ""),
            escape(f"{model.title}. {model.note}"),
            _gigabytes(model.download_bytes / GIGA),
            _gigabytes(model.vram_bytes / 2**30),
            escape(model.license) + (" (to be accepted on its page)" if model.gated else ""),
        )
    out.print(table)
    out.print("* fits this computer best.", style="dim")
    out.print("Get one with `sfumato models pull NAME`.", style="dim")


def pull(
    name: Annotated[str, typer.Argument(help="A name of `models available`, or OWNER/MODEL.")],
    called: Annotated[str, typer.Option("--as", metavar="NAME", help="What to call it here.")] = "",
    accept_license: Annotated[
        bool, typer.Option("--accept-license", help="Do not ask about the licence.")
    ] = False,
) -> None:
    """Fetch a model from the Hugging Face hub and add it; a broken download goes on."""
    try:
        from sfumato.models.hub import CannotPull
        from sfumato.models.hub import pull as fetch
    except ImportError as error:
        raise BadInput(
            "Models need the diffusion extra. Install it with `pip install 'sfumato[diffusion]'`."
        ) from error
    model = recommended().get(name)
    if model is None and name.count("/") != 1:
        known = ", ".join(recommended())
        raise BadInput(f"There is no model {name!r}. Known are {known}; or name OWNER/MODEL.")
    if model is not None and not accept_license:
        _ask(model)
    repository, variant = (model.repository, model.variant) if model else (name, "")
    try:
        directory = fetch(repository, variant)
    except CannotPull as error:
        raise Unavailable(str(error)) from error
    add(called or name.rpartition("/")[2], directory)


def add(
    name: Annotated[str, typer.Argument(help="What to call it.")],
    path: Annotated[
        Path,
        typer.Argument(
            help="A model's directory, a LoRA, a ControlNet's, a tiny decoder's, an IP-Adapter."
        ),
    ],
) -> None:
    """Add a model, or something that goes with models, that is on this computer."""
    try:
        item = Registry(state_dir()).add(name, path)
    except UnusableModel as error:
        raise BadInput(str(error)) from error
    out.print(f"{escape(name)}: {told(item)}, in {escape(str(path.absolute()))}.")
    say(RESTART)


def remove(name: Annotated[str, typer.Argument(help="A model that was added.")]) -> None:
    """Forget a model; its files stay where they are."""
    try:
        directory = Registry(state_dir()).remove(name)
    except UnusableModel as error:
        raise BadInput(str(error)) from error
    out.print(f"{escape(name)} is forgotten. Its files are still in {escape(str(directory))}.")


def _gigabytes(amount: float) -> str:
    if amount < 0.1:
        return f"{1000 * amount:.0f} MB"
    return f"{amount:.0f} GB" if amount >= 2 else f"{amount:.1f} GB"


def _ask(model: Recommended) -> None:
    """Show the licence and have it accepted."""
    size = _gigabytes(model.download_bytes / GIGA)
    out.print(
        f"{model.name} ({escape(model.repository)}, {size}) comes under the "
        f"{escape(model.license)}: {model.license_url}"
    )
    if not typer.confirm("Do you accept this licence?"):
        raise BadInput("The licence was not accepted, so nothing was fetched.")
