"""Whether what the daemon is told of can be used."""

from __future__ import annotations

from collections.abc import Iterator

from sfumato.cli.findings import Finding, Verdict
from sfumato.configuration import SettingsError, load
from sfumato.models.errors import UnusableModel
from sfumato.models.library import Library
from sfumato.models.registry import Registry


def models() -> Iterator[Finding]:
    """Whether each model that was added, or that the settings name, can be used."""
    try:
        settings = load()
        paths = Registry(settings.state_dir).directories() | settings.models
    except SettingsError:
        return  # `settings` says what is wrong with them.
    except UnusableModel as error:
        yield Finding("Models", Verdict.BAD, str(error), "")
        return
    unusable = Library(paths).unusable()
    for name, reason in unusable.items():
        remedy = f"Mend it, or run `sfumato models remove {name}`; then restart the daemon."
        yield Finding(f"Model {name}", Verdict.BAD, reason, remedy)
    if usable := [name for name in paths if name not in unusable]:
        yield Finding("Models", Verdict.GOOD, ", ".join(usable))
