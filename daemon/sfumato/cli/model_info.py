"""``sfumato models info``: all there is to know of one model before it is used."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from sfumato.cli import options, status
from sfumato.cli.console import out, print_json
from sfumato.cli.daemon import known_endpoint
from sfumato.cli.failures import BadInput
from sfumato.cli.grouped import grouped
from sfumato.cli.memory import places
from sfumato.cli.named import Named
from sfumato.models.buckets import bucket_grid, buckets
from sfumato.models.catalogue import Recommended, recommended
from sfumato.models.description import Model
from sfumato.models.errors import UnusableModel
from sfumato.models.families import Family
from sfumato.models.library import Item, recognized, told
from sfumato.models.registry import Registry
from sfumato_client.discovery import state_dir

GIGA = 1e9
HALF, FULL = 2, 4
"""Bytes of a weight in half and in full precision."""

Facts = dict[str, Any]


@grouped
def info(
    named: Named,
    name: Annotated[
        str, typer.Argument(help="A model that was added, one of `models available`, or a path.")
    ],
    json: options.Json = False,
) -> None:
    """Tell what a model is, what it takes and needs, and its licence.

    Where a daemon runs that has loaded it, what it takes there now is told, too.
    """
    facts = facts_of(name, Registry(state_dir()).directories(), recommended())
    endpoint = known_endpoint(named)
    devices = asyncio.run(status.ask(endpoint)).queue.devices if endpoint is not None else ()
    if loaded := places(devices, name):
        facts["in_memory"] = loaded
    if json:
        print_json(facts)
        return
    table = Table(box=None, show_header=False, pad_edge=False)
    for fact, value in facts.items():
        table.add_row(fact.replace("_", " "), escape(_text(value)))
    out.print(table)


def facts_of(name: str, added: Mapping[str, Path], known: Mapping[str, Recommended]) -> Facts:
    """What can be told of a name or path; raises ``BadInput`` if nothing has it.

    ``added`` are paths by name. Whatever is here is read from its files, without its weights.
    """
    path = added.get(name) or (Path(name) if Path(name).exists() else None)
    facts: Facts = {"name": name}
    if path is not None:
        try:
            facts |= _of_item(recognized(name, path))
        except UnusableModel as error:
            raise BadInput(str(error)) from error
        facts["path"] = str(path.absolute())
    if name in known:
        facts |= {
            fact: value for fact, value in _of_offer(known[name]).items() if fact not in facts
        }
    elif path is None:
        here = ", ".join(added) or "none"
        raise BadInput(
            f"There is no model {name!r}. Added are: {here}. To be had are: {', '.join(known)}."
        )
    return facts


def _of_item(item: Item) -> Facts:
    if not isinstance(item, Model):
        return {"what_it_is": told(item)}
    parts = item.part_bytes(HALF)
    whole = sum(parts.values())
    return {
        **_of_family(item.family),
        "native_size": f"{item.native_side} x {item.native_side}",
        "working_sizes": [f"{size.width} x {size.height}" for size in item.buckets],
        "gigabytes_in_half_precision": round(whole / GIGA, 3),
        "gigabytes_in_full_precision": round(whole * FULL / HALF / GIGA, 3),
        "parts": {part: round(size / GIGA, 3) for part, size in parts.items()},
    }


def _of_offer(model: Recommended) -> Facts:
    return {
        **(
            _of_painter(model.kind)
            if isinstance(model.kind, Family)
            else {"what_it_is": model.title}
        ),
        "note": model.note,
        "download_gigabytes": round(model.download_bytes / GIGA, 2),
        "graphics_memory_gigabytes": round(model.vram_bytes / 2**30, 2),
        "licence": model.license,
        "licence_page": model.license_url,
        "to_be_accepted_on_its_page": model.gated,
        "page": model.page,
    }


def _of_painter(family: Family) -> Facts:
    sizes = buckets(family.native_side, bucket_grid(family.native_side, family.grid))
    return {
        **_of_family(family),
        "native_size": f"{family.native_side} x {family.native_side}",
        "working_sizes": [f"{size.width} x {size.height}" for size in sizes],
    }


def _of_family(family: Family) -> Facts:
    return {
        "what_it_is": family.title,
        "family": family.name,
        "it_can": [operation.value for operation in family.operations],
        "sees_the_mask": family.sees_mask,
        "samplers": [scheduler.value for scheduler in family.schedulers],
        "steps": family.steps,
        "guidance": family.guidance_scale,
        "negative_prompt": "with true guidance" if family.distilled else "yes",
    }


def _text(value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(value)
        case dict():
            return ", ".join(f"{key} {size} GB" for key, size in value.items())
    return str(value)
