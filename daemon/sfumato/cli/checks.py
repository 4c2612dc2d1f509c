"""What ``sfumato doctor`` looks at, one function a thing that can be wrong."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path

import sfumato
from sfumato.access.private import others_can_read
from sfumato.cli.findings import Finding, Verdict
from sfumato.cli.model_checks import models
from sfumato.cli.service_checks import service
from sfumato.cli.status import Snapshot, ask
from sfumato.configuration import SettingsError, load
from sfumato.jobs import schema
from sfumato.jobs.archive import DAMAGED, JOURNAL_FILE
from sfumato.plugins.install import installed
from sfumato.plugins.package import Editor
from sfumato.service.ability import UNUSABLE
from sfumato_client.discovery import ENDPOINT_FILE, TOKEN_FILE, find_endpoint, state_dir
from sfumato_client.errors import NotFound, SfumatoError, Unavailable

_LEAST_PYTHON = (3, 11)
_ROOM = 2_000_000_000
_INSTALL = "Install Sfumato again as its README says."


def python() -> Iterator[Finding]:
    """Whether this Python is new enough."""
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < _LEAST_PYTHON:
        yield Finding(
            "Python", Verdict.BAD, f"{version} is too old.", "Install Python 3.11 or newer."
        )
    else:
        yield Finding("Python", Verdict.GOOD, f"{version} ({sys.executable})")


def packages() -> Iterator[Finding]:
    """Whether everything that Sfumato needs is installed, in versions it can use."""
    from packaging.requirements import Requirement

    try:
        wanted = [Requirement(line) for line in metadata.requires("sfumato") or ()]
    except metadata.PackageNotFoundError:
        yield Finding("Packages", Verdict.BAD, "Sfumato is not installed.", _INSTALL)
        return
    wrong = []
    for requirement in wanted:
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            version = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            wrong.append(f"{requirement.name} is missing")
            continue
        if not requirement.specifier.contains(version, prereleases=True):
            wrong.append(f"{requirement.name} is {version}, not {requirement.specifier}")
    if wrong:
        yield Finding("Packages", Verdict.BAD, "; ".join(wrong) + ".", _INSTALL)
    else:
        yield Finding("Packages", Verdict.GOOD, f"sfumato {sfumato.__version__} and what it needs")


def settings() -> Iterator[Finding]:
    """Whether the daemon can read its settings."""
    try:
        found = load()
    except SettingsError as error:
        yield Finding("Settings", Verdict.BAD, str(error), "Mend or remove that setting.")
        return
    yield Finding("Settings", Verdict.GOOD, f"valid; the daemon listens on {found.listen}")


def state() -> Iterator[Finding]:
    """Whether the state directory can be written, the token is private, and there is room."""
    folder = state_dir()
    if folder.exists() and not os.access(folder, os.W_OK | os.X_OK):
        remedy = f"Give yourself the rights to {folder}, or set SFUMATO_STATE_DIR."
        yield Finding("State", Verdict.BAD, f"{folder} may not be written to.", remedy)
        return
    there = folder if folder.exists() else next(p for p in folder.parents if p.exists())
    free = shutil.disk_usage(there).free
    if free < _ROOM:
        yield Finding(
            "Disk",
            Verdict.BAD,
            f"Only {free / 1e9:.1f} GB are free at {there}.",
            "Free some space; jobs and their results are kept there.",
        )
    else:
        yield Finding("Disk", Verdict.GOOD, f"{free / 1e9:.0f} GB free at {there}")
    yield from _token(folder / TOKEN_FILE)


def journal() -> Iterator[Finding]:
    """Whether the daemon can use the journal of its jobs, and whether one was set aside."""
    path = state_dir() / JOURNAL_FILE
    version, known = schema.version_of(path), len(schema.MIGRATIONS)
    if version > known:
        message = f"{path} was written by a newer Sfumato (version {version}, not {known})."
        yield Finding("Journal", Verdict.BAD, message, "Install the newest Sfumato.")
    elif path.exists():
        yield Finding("Journal", Verdict.GOOD, f"version {version} ({path})")
    for damaged in schema.set_aside(path):
        yield Finding(
            "Journal",
            Verdict.NOTE,
            f"A damaged one was set aside as {damaged}; its jobs are not in the history.",
            f"Delete it and {damaged.with_suffix('')} when nobody misses anything.",
        )


def _token(path: Path) -> Iterator[Finding]:
    if not path.exists():
        yield Finding("Token", Verdict.NOTE, "There is none yet; the daemon makes one.")
    elif others_can_read(path):
        yield Finding(
            "Token",
            Verdict.BAD,
            f"Others on this computer can read {path}.",
            f"Run `chmod 600 {path}`, or delete it and restart the daemon for a new one.",
        )
    else:
        yield Finding("Token", Verdict.GOOD, f"private ({path})")


def daemon() -> Iterator[Finding]:
    """Whether a daemon runs and speaks our version."""
    start = "Run `sfumato serve`. `sfumato inpaint` also works without: it starts one for the call."
    try:
        snapshot = asyncio.run(ask(find_endpoint()))
    except Unavailable as error:
        message = error.message
        if (state_dir() / ENDPOINT_FILE).exists():
            message = f"It did not end properly: {_left_behind()}."
        yield Finding("Daemon", Verdict.NOTE, message, start)
        return
    except (SfumatoError, NotFound) as error:
        remedy = "Restart it: end `sfumato serve`, and start it again."
        yield Finding("Daemon", Verdict.BAD, error.message, remedy)
        return
    yield Finding(
        "Daemon",
        Verdict.GOOD,
        f"{snapshot.capabilities.version} answers on {snapshot.endpoint.address}",
    )
    yield from _engines(snapshot)
    for notice in snapshot.capabilities.notices:
        # These are found also when no daemon runs.
        if notice.code not in (DAMAGED, UNUSABLE):
            yield Finding("Jobs", Verdict.BAD, notice.message, "Free some space on its disk.")


def _left_behind() -> str:
    try:
        address = json.loads((state_dir() / ENDPOINT_FILE).read_text("utf-8")).get("address")
    except (OSError, ValueError):
        return f"{state_dir() / ENDPOINT_FILE} is unreadable"
    return f"nothing listens on {address}"


def _engines(snapshot: Snapshot) -> Iterator[Finding]:
    for engine in snapshot.capabilities.engines:
        verdict = Verdict.NOTE if engine.unavailable else Verdict.GOOD
        yield Finding(f"Engine {engine.name}", verdict, engine.unavailable or "ready")


def editors() -> Iterator[Finding]:
    """Whether the plugins stand where Krita and GIMP look for them, in this version."""
    for editor in Editor:
        install = f"Run `sfumato plugins install {editor}` and restart {editor.label}."
        for found in installed(editor):
            subject, where = f"{editor.label} plugin", found.place.plugins
            if found.current:
                yield Finding(subject, Verdict.GOOD, f"{found.version} in {where}")
            elif found.version:
                message = f"{found.version} in {where}, but this is {sfumato.__version__}."
                yield Finding(subject, Verdict.BAD, message, install)
            else:
                yield Finding(
                    subject, Verdict.NOTE, f"not installed ({found.place.kind}).", install
                )


def torch() -> Iterator[Finding]:
    """Whether PyTorch is there for diffusion and sees a GPU, asked in a process of its own."""
    install = "For prompts, install PyTorch and then `pip install 'sfumato[diffusion]'`."
    if importlib.util.find_spec("torch") is None:
        yield Finding("PyTorch", Verdict.NOTE, "not installed; removing works without.", install)
        return
    version = metadata.version("torch")
    missing = [name for name in ("diffusers", "transformers") if not importlib.util.find_spec(name)]
    if missing:
        message = f"{version}, but {' and '.join(missing)} are missing."
        yield Finding("PyTorch", Verdict.NOTE, message, "Run `pip install 'sfumato[diffusion]'`.")
        return
    yield Finding("PyTorch", Verdict.GOOD, f"{version}, {_device()}")


def _device() -> str:
    import subprocess

    question = (
        "import torch;"
        "print(torch.cuda.get_device_name() if torch.cuda.is_available() else "
        "'Apple GPU' if torch.backends.mps.is_available() else 'no GPU: it runs on the CPU')"
    )
    answer = subprocess.run(  # noqa: S603 (our own words to our own Python)
        [sys.executable, "-c", question], capture_output=True, text=True, check=False
    )
    return answer.stdout.strip() or "but it cannot be imported: " + answer.stderr.strip()[-200:]


CHECKS: tuple[Callable[[], Iterator[Finding]], ...] = (
    python,
    packages,
    settings,
    state,
    journal,
    models,
    daemon,
    service,
    editors,
    torch,
)
