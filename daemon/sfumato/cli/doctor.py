"""``sfumato doctor``: look at everything that can be wrong and say how to mend it."""

from __future__ import annotations

import typer
from rich.markup import escape
from rich.table import Table

from sfumato.cli import options
from sfumato.cli.checks import CHECKS
from sfumato.cli.console import out, print_json
from sfumato.cli.failures import FAILED
from sfumato.cli.findings import Finding, Verdict

_MARKS = {Verdict.GOOD: "[green]✓[/green]", Verdict.NOTE: "[yellow]•[/yellow]"}
_MARKS[Verdict.BAD] = "[red]✗[/red]"


def doctor(json: options.Json = False) -> None:
    """Check this installation, and say how to mend what is wrong. Exit code 1 if anything is."""
    findings = [finding for check in CHECKS for finding in check()]
    if json:
        print_json([finding._asdict() for finding in findings])
    else:
        _tell(findings)
    if any(finding.verdict is Verdict.BAD for finding in findings):
        raise typer.Exit(FAILED)


def _tell(findings: list[Finding]) -> None:
    table = Table.grid(padding=(0, 2))
    for finding in findings:
        table.add_row(_MARKS[finding.verdict], finding.subject, escape(finding.message))
        if finding.remedy:
            table.add_row("", "", f"[bold]{escape(finding.remedy)}[/bold]")
    out.print(table)
    bad = sum(finding.verdict is Verdict.BAD for finding in findings)
    out.print("Nothing to mend." if not bad else f"{bad} to mend.")
