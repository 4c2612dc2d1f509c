"""The daemon: everything put together, from the settings to the last closed stream."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import TYPE_CHECKING

from sfumato.access.tokens import TokenError
from sfumato.cluster.opening import workplace
from sfumato.jobs.errors import JournalUnusable
from sfumato.jobs.jobs import Jobs
from sfumato.jobs.retention import Limits
from sfumato.listen import Listen
from sfumato.models.errors import UnusableModel
from sfumato.models.presets import PresetError
from sfumato.models.registry import Registry
from sfumato.service import logs
from sfumato.service.auth import Tokens
from sfumato.service.installed import catalogue, engine_specs
from sfumato.service.server import Server
from sfumato.service.servicer import Servicer
from sfumato.service.state import CannotServe, StateDir
from sfumato.settings import Settings
from sfumato.telemetry.observers import Observers
from sfumato.web.behind import Behind
from sfumato.web.opening import page_at

if TYPE_CHECKING:
    from sfumato.access.certificates import Identity

log = logging.getLogger(__name__)

_SECONDS_A_DAY = 86400.0
_TOKENS_SECONDS = 1.0
"""How long it takes at most until a token that was taken back opens nothing any more."""


def serve(settings: Settings, *, with_stdin: bool = False) -> None:
    """Serve until SIGTERM or SIGINT; ``CannotServe`` with a sentence if that cannot begin.

    ``with_stdin`` the end of standard input is a reason to stop, too: so it ends with who started
    it, however that ended.

    One line on standard output, ``sfumato: listening on HOST:PORT``, says when clients may come, a
    second one where the page is, if there is one.
    """
    logs.configure(settings.log)
    asyncio.run(_serve(settings, with_stdin))


async def _serve(settings: Settings, with_stdin: bool) -> None:
    stop = _stop_event(with_stdin)
    state = StateDir(settings.state_dir)
    with state.owned():
        try:
            directories = Registry(settings.state_dir).directories() | settings.models
            tokens = Tokens.of(state.path)
            models = catalogue(directories, settings.presets, settings.recipes)
        except (TokenError, UnusableModel, PresetError) as error:
            raise CannotServe(str(error)) from error
        for name, reason in models.unusable.items():
            log.warning("the model %s is left out: %s", name, reason)
            del directories[name]
        identity = _identity(settings)
        observers = Observers(settings)
        specs = engine_specs(
            directories,
            settings.placed,
            settings.idle_host_seconds,
            safety_checker=settings.safety_checker,
            compiled=settings.compile,
            model_memory=settings.model_memory_bytes,
        )
        async with workplace(settings, specs) as place:
            _heed_signals(stop)  # Ray has its own way with them.
            jobs = Jobs(
                place.here,
                state.path,
                _job_limits(settings),
                observe=observers,
                launch=place.launch,
                expected=place.expected,
            )
            servicer = Servicer(
                jobs, models, settings.limits, observers, tokens.holder, place.addable
            )
            server = Server(servicer, tokens, settings.limits, observers)
            async with (
                observers.serving(jobs.load),
                _started(jobs),
                place.peopled(jobs),
                AsyncExitStack() as stack,
            ):
                listening = await server.start(settings.address, state.last_port, identity)
                behind = Behind(servicer, jobs, tokens, server.gate)
                page = await stack.enter_async_context(page_at(settings.web, behind))
                _announce(state, listening, identity, observers.metrics_at, page)
                jobs.prespawn()
                heeding = asyncio.create_task(_heed_tokens(tokens, server, jobs))
                await stop.wait()
                heeding.cancel()
                log.info("stopping")
                state.withdraw()
                await server.stop(settings.grace_seconds)


@asynccontextmanager
async def _started(jobs: Jobs) -> AsyncIterator[None]:
    try:
        await jobs.start()
    except JournalUnusable as error:
        raise CannotServe(error.message) from error
    try:
        yield
    finally:
        await jobs.close()


def _announce(
    state: StateDir,
    listening: Listen,
    identity: Identity | None,
    metrics: Listen | None,
    page: str,
) -> None:
    fingerprint = identity.fingerprint if identity else ""
    state.publish(listening, fingerprint, page)
    print(f"sfumato: listening on {listening}", flush=True)
    if page:
        print(f"sfumato: page at {page} (`sfumato web` opens it)", flush=True)
    fields: dict[str, object] = {
        "address": listening,
        "state": state.path,
        "certificate": fingerprint or "none",
    }
    if metrics:
        fields["metrics"] = f"http://{metrics.here}/metrics"
    log.info("serving", extra=fields)


def _identity(settings: Settings) -> Identity | None:
    """What to prove the daemon with; ``CannotServe`` if it cannot be used."""
    if settings.pair is None:
        return None
    from sfumato.access import certificates  # The daemon of one computer does without.

    try:
        return certificates.load(settings.pair)
    except certificates.CertificateError as error:
        raise CannotServe(str(error)) from error


async def _heed_tokens(tokens: Tokens, server: Server, jobs: Jobs) -> None:
    """Let new tokens in and those taken back out, for ever."""
    while True:
        await asyncio.sleep(_TOKENS_SECONDS)
        try:
            await server.heed_tokens()
        except OSError as error:
            log.warning("cannot look for new tokens: %s", error)
        await jobs.disown(tokens.knows)


def _job_limits(settings: Settings) -> Limits:
    return Limits(
        queued_jobs=settings.limits.queued_jobs,
        spool_bytes=settings.limits.spool_bytes,
        kept_bytes=settings.retention.bytes,
        kept_seconds=settings.retention.days * _SECONDS_A_DAY,
    )


def _stop_event(with_stdin: bool) -> asyncio.Event:
    """Set by signals to stop, and by the end of standard input if wanted."""
    stop = asyncio.Event()
    _heed_signals(stop)
    loop = asyncio.get_running_loop()

    def stdin_ended() -> None:
        while os.read(0, 1024):
            pass
        with suppress(RuntimeError):  # It has stopped already.
            loop.call_soon_threadsafe(stop.set)

    if with_stdin:
        threading.Thread(target=stdin_ended, name="stdin", daemon=True).start()
    return stop


def _heed_signals(stop: asyncio.Event) -> None:
    """Stop at SIGTERM and SIGINT, and at Ctrl+Break on Windows."""
    loop = asyncio.get_running_loop()
    for name in ("SIGTERM", "SIGINT", "SIGBREAK"):
        if hasattr(signal, name):
            # Not add_signal_handler, which Windows does not have.
            signal.signal(getattr(signal, name), lambda *_: loop.call_soon_threadsafe(stop.set))
