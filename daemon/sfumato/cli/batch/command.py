"""``sfumato batch``: many edits of many pictures, each done once."""

from __future__ import annotations

import sys
from dataclasses import fields
from pathlib import Path
from typing import Annotated

import typer
from filelock import FileLock, Timeout

from sfumato.cli.batch.naming import Names
from sfumato.cli.batch.report import counts, report, write_report
from sfumato.cli.batch.rows import given, rows
from sfumato.cli.batch.running import Batch, Run, mark_again
from sfumato.cli.batch.sheet import write_sheet
from sfumato.cli.batch.sources import listed
from sfumato.cli.console import print_json, say, warn
from sfumato.cli.failures import FAILED, BadInput
from sfumato.cli.grouped import grouped
from sfumato.cli.named import Named
from sfumato.cli.output import Keeping
from sfumato.cli.painting import Changing
from sfumato.cli.pointing import Pointing
from sfumato.cli.selecting import Selecting
from sfumato_client.ledger import Ledger

LEDGER = ".sfumato-batch.jsonl"

Edits = Annotated[
    Path,
    typer.Argument(metavar="EDITS", help="A .jsonl or .csv with fields of `inpaint`, or a folder."),
]


@grouped
def batch(
    context: typer.Context,
    edits: Edits,
    run: Run,
    selecting: Selecting,
    pointing: Pointing,
    painting: Changing,
    keeping: Keeping,
    named: Named,
) -> None:
    """Do many edits, each once: what an earlier run has done is not done again.

    The options of `inpaint` are for all edits; an edit's own win. Others who use the daemon go
    first. DIR gets the results, a report and a contact sheet. Exit code 1 if an edit failed.
    """
    selects = bool(selecting.mask or selecting.box or selecting.polygon or pointing.given)
    found = listed(edits, selects=selects)
    for reason in found.left_out:
        warn(f"{reason} It is left out.")
    groups = (Selecting, Pointing, Changing)
    theirs = {each.name for group in groups for each in fields(group)}
    common = {name: value for name, value in given(context).items() if name in theirs}
    todo = rows(found, common, Names(run.out, run.name, run.layer))
    run.out.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(run.out / f"{LEDGER}.lock", timeout=0), Ledger(run.out / LEDGER) as ledger:
            mark_again(ledger, todo, run.redo or ())
            made = Batch(todo, ledger, run, keeping)
            try:
                made.work(named)
            finally:
                _tell(made, edits)
    except Timeout:
        raise BadInput(f"Another batch is at work in {run.out}; wait until it is done.") from None
    if any(line.error for line in made.report):
        raise typer.Exit(FAILED)


def _tell(made: Batch, edits: Path) -> None:
    """Write what came of it, and say where that is."""
    out, lines = made.run.out, made.report
    write_report(out, lines)
    title = edits.resolve().name
    sheet = write_sheet(out, title, lines, made.thumbnails, sys.argv[1:])
    if made.keeping.json:
        print_json(report(lines))
        return
    found = counts(lines)
    fresh = sum(line.state == "done" and line.fresh for line in lines)
    words = [f"{found['done']} of {len(lines)} are done, {fresh} of them now"]
    words += [f"{found['failed']} failed"] if found["failed"] else []
    words += [f"{found['left']} are left; the same command goes on"] if found["left"] else []
    say("; ".join(words) + f". Contact sheet: {sheet}")
