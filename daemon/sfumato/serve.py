"""The daemon: everything put together, from the settings to the last closed stream."""

from __future__ import annotations

import asyncio
import logging
import signal

from sfumato.jobs.errors import JournalUnusable
from sfumato.jobs.jobs import Jobs
from sfumato.jobs.retention import Limits
from sfumato.models.errors import UnusableModel
from sfumato.models.presets import PresetError
from sfumato.models.registry import Registry
from sfumato.service import logs
from sfumato.service.auth import TokenError, Tokens
from sfumato.service.installed import catalogue, engine_specs
from sfumato.service.server import Server
from sfumato.service.servicer import Servicer
from sfumato.service.state import CannotServe, StateDir
from sfumato.settings import Settings

log = logging.getLogger(__name__)

_SECONDS_A_DAY = 86400.0


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; ``CannotServe`` with a sentence if that cannot begin.

    One line on standard output, ``sfumato: listening on HOST:PORT``, says when clients may come.
    """
    logs.configure(settings.log)
    asyncio.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    stop = _stop_signal()
    state = StateDir(settings.state_dir)
    with state.owned():
        try:
            directories = Registry(settings.state_dir).directories() | settings.models
            tokens = Tokens.of(state.path)
            models = catalogue(directories, settings.presets)
        except (TokenError, UnusableModel, PresetError) as error:
            raise CannotServe(str(error)) from error
        jobs = Jobs(
            engine_specs(
                directories, settings.device, settings.idle_host_seconds, settings.safety_checker
            ),
            state.path,
            _job_limits(settings),
        )
        servicer = Servicer(jobs, models, tokens, settings.limits)
        server = Server(servicer, tokens, settings.limits)
        try:
            await jobs.start()
        except JournalUnusable as error:
            raise CannotServe(error.message) from error
        try:
            listening = await server.start(settings.address, state.last_port)
            state.publish(str(listening))
            jobs.prespawn()
            print(f"sfumato: listening on {listening}", flush=True)
            log.info("serving", extra={"address": listening, "state": state.path})
            await stop.wait()
            log.info("stopping")
            state.withdraw()
            await server.stop(settings.grace_seconds)
        finally:
            await jobs.close()


def _job_limits(settings: Settings) -> Limits:
    return Limits(
        queued_jobs=settings.limits.queued_jobs,
        spool_bytes=settings.limits.spool_bytes,
        kept_bytes=settings.retention.bytes,
        kept_seconds=settings.retention.days * _SECONDS_A_DAY,
    )


def _stop_signal() -> asyncio.Event:
    """Set by SIGTERM and SIGINT, and by Ctrl+Break on Windows."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in ("SIGTERM", "SIGINT", "SIGBREAK"):
        if hasattr(signal, name):
            # Not add_signal_handler, which Windows does not have.
            signal.signal(getattr(signal, name), lambda *_: loop.call_soon_threadsafe(stop.set))
    return stop
