"""Where the engines of a daemon run, by its settings: beside it, or on a cluster's computers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sfumato.engines.base import EngineSpec
from sfumato.engines.process import HostProcess, Launch
from sfumato.service.state import CannotServe
from sfumato.settings import Settings

if TYPE_CHECKING:
    from sfumato.jobs.jobs import Jobs

_HERE = {"segment"}
"""Engines that stay beside the daemon: what they do is over sooner than its pixels would travel."""
_MISSING = (
    "Engines on a cluster need Ray. Install it with: pip install 'sfumato[ray]', or leave out "
    "--workers ray."
)


@dataclass(frozen=True)
class Workplace:
    """Engines whose hosts are ``here``, those that run ``away``, and how hosts are launched."""

    here: Sequence[EngineSpec]
    away: Sequence[EngineSpec] = ()
    launch: Launch = HostProcess

    @property
    def expected(self) -> set[str]:
        """The engines whose hosts join later."""
        return {spec.name for spec in self.away}

    @property
    def addable(self) -> Sequence[EngineSpec]:
        """The engines that paint, the models' last, whose hosts join at an admin's word.

        On a cluster they join with their computers alone.
        """
        return [] if self.away else [spec for spec in self.here if spec.operations]

    @asynccontextmanager
    async def peopled(self, jobs: Jobs) -> AsyncIterator[None]:
        """Give the jobs the hosts of all computers, as these come and go."""
        if not self.away:
            yield
            return
        from sfumato.cluster.members import Members

        members = Members(jobs, self.away)
        await members.look()
        keeping = asyncio.create_task(members.keep())
        try:
            yield
        finally:
            keeping.cancel()
            with suppress(asyncio.CancelledError):
                await keeping


@asynccontextmanager
async def workplace(settings: Settings, specs: Sequence[EngineSpec]) -> AsyncIterator[Workplace]:
    """Open what the settings say; ``CannotServe`` if that cannot be had."""
    if settings.workers != "ray":
        yield Workplace(specs)
        return
    try:
        from sfumato.cluster import members, remote
    except ImportError as error:
        raise CannotServe(_MISSING) from error
    connection = members.connected(settings.ray_address, settings.devices)
    try:
        await connection.__aenter__()
    except Exception as error:  # Ray says in many ways that nobody answers.
        where = f"The Ray cluster at {settings.ray_address}" if settings.ray_address else "Ray"
        raise CannotServe(f"{where} cannot be used: {error}") from error
    try:
        # Each computer has its own devices, and each of those one host of an engine.
        away = {spec.name: spec for spec in specs if spec.name not in _HERE}
        here = [spec for spec in specs if spec.name in _HERE]
        yield Workplace(here, list(away.values()), remote.launch)
    finally:
        await connection.__aexit__(None, None, None)
