"""What ``sfumato doctor`` looks at where the daemon is a service."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sfumato.cli.findings import Finding, Verdict
from sfumato.supervision.choice import this_computers
from sfumato.supervision.supervisor import CannotSupervise, Standing


def service() -> Iterator[Finding]:
    """Whether the service, if there is one, runs, and from an installation that is still there."""
    try:
        supervisor = this_computers()
        standing = supervisor.standing()
        program = "" if standing is Standing.ABSENT else supervisor.program()
    except (CannotSupervise, OSError, ValueError) as error:
        yield Finding("Service", Verdict.NOTE, str(error))
        return
    again = "Run `sfumato service install`, with the options it had."
    if standing is Standing.ABSENT:
        remedy = "For a daemon at every login, run `sfumato service install`."
        yield Finding("Service", Verdict.NOTE, "not installed.", remedy)
    elif not Path(program).exists():
        message = f"{supervisor.file} runs {program}, which is gone."
        yield Finding("Service", Verdict.BAD, message, again)
    elif standing is Standing.RUNNING:
        yield Finding("Service", Verdict.GOOD, f"runs under {supervisor.name}")
    else:
        remedy = (
            "Its log says why: `journalctl --user -u sfumato`."
            if (supervisor.name == "systemd")
            else again
        )
        verdict = Verdict.BAD if standing is Standing.FAILED else Verdict.NOTE
        yield Finding("Service", verdict, f"{standing} ({supervisor.file}).", remedy)
