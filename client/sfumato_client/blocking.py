"""The client for threads: one private thread with an event loop of its own, for picture editors."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Future

from sfumato_client.edit import Edit
from sfumato_client.endpoint import Endpoint
from sfumato_client.errors import Cancelled, JobFailed, SfumatoError, Unavailable
from sfumato_client.events import Event, Result
from sfumato_client.job import Job
from sfumato_client.loop_thread import LoopThread
from sfumato_client.patience import Patience
from sfumato_client.segment import Found, Phases, Search
from sfumato_client.session import Session
from sfumato_client.stopwatch import Stopwatch
from sfumato_client.wire import inpainting_pb2, models_pb2

Listener = Callable[[Event], None]
Ended = Callable[[SfumatoError | None], None]
Answered = Callable[[Found | SfumatoError], None]
Begin = Callable[[Session], Awaitable[Job]]

# A client that is closed waits so long for the daemon to take its last report.
REPORT_SECONDS = 1.0


class Handle:
    """A job begun by ``Client.submit``. All methods may be called from any thread."""

    def __init__(self, thread: LoopThread, listener: Listener, ended: Ended) -> None:
        self._thread = thread
        self._listener = listener
        self._ended = ended
        self._job: Job | None = None
        self._cancelled = False
        self._results: list[Result] = []
        self._outcome: Future[list[Result]] = Future()

    @property
    def id(self) -> str:
        """The daemon's name for the job, empty until it has accepted."""
        return self._job.id if self._job is not None else ""

    @property
    def done(self) -> bool:
        """Whether the job has ended, one way or another."""
        return self._outcome.done()

    def cancel(self) -> None:
        """End the job; returns at once, ``ended`` is called when it is over."""
        self._thread.call_soon(self._cancel_soon)

    def wait(self, timeout: float | None = None) -> list[Result]:
        """Wait for all results; raises the job's error, or ``TimeoutError`` after ``timeout`` s.

        Not to be called from a listener: it runs on the thread that brings the results.
        """
        return self._outcome.result(timeout)

    def _cancel_soon(self) -> None:
        self._cancelled = True
        if self._job is not None:
            self._thread.keep(asyncio.ensure_future(self._cancel_job(self._job)))

    async def _cancel_job(self, job: Job) -> None:
        try:
            await job.cancel()
        except Unavailable:
            return  # the job asks again once the daemon is back
        except SfumatoError as error:
            await job.close()
            self._finish(error)

    async def _run(self, begin: Callable[[], Awaitable[Job]]) -> None:
        error: SfumatoError | None = None
        try:
            self._job = await begin()
            if self._cancelled:
                await self._job.cancel()
            async for event in self._job:
                if isinstance(event, Result) and not event.stage:
                    self._results.append(event)
                self._listener(event)
        except SfumatoError as failure:
            error = failure
        except asyncio.CancelledError:
            error = Cancelled("The client was closed before the job was done.")
        except Exception as fault:
            error = JobFailed(f"The job's events could not be used: {fault!r}")
            error.__cause__ = fault
        if self._job is not None:
            await self._job.close()
        self._finish(error)

    def _finish(self, error: SfumatoError | None) -> None:
        if self._outcome.done():
            return
        if error is None:
            self._outcome.set_result(self._results)
        else:
            self._outcome.set_exception(error)
        self._ended(error)


class Client:
    """A session with a daemon for threads that may block, and for those that must not.

    Nothing connects before the first call. ``listener`` and ``ended`` of ``submit`` are called on
    the private thread: pass what they get to the editor's own thread and return.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        client_name: str,
        client_version: str,
        *,
        client_id: str = "",
        patience: Patience | None = None,
    ) -> None:
        self.endpoint = endpoint
        self._patience = patience or Patience()
        self._identity = (client_name, client_version, client_id)
        self._session: Session | None = None
        self._reports: set[asyncio.Future[None]] = set()
        self._opening = asyncio.Lock()
        self._thread = LoopThread()

    def capabilities(self) -> inpainting_pb2.GetCapabilitiesResponse:
        """Ask the daemon what it can do, now; so this also tells whether it is there."""

        async def capabilities() -> inpainting_pb2.GetCapabilitiesResponse:
            return await (await self._open()).refresh()

        return self._thread.wait(capabilities())

    def models(self, *, include_available: bool = False) -> models_pb2.ListModelsResponse:
        """List models, presets and adapters."""

        async def models() -> models_pb2.ListModelsResponse:
            return await (await self._open()).models(include_available=include_available)

        return self._thread.wait(models())

    def submit(self, edit: Edit, listener: Listener, ended: Ended) -> Handle:
        """Begin an edit and return at once.

        ``listener`` gets every event in order, then ``ended`` is called exactly once: with None
        when the job is done, else with the error.
        """
        return self._begin(lambda session: session.start(edit), listener, ended)

    def attach(self, job_id: str, listener: Listener, ended: Ended) -> Handle:
        """Take up a job of an earlier client, as after a restart of the editor."""
        return self._begin(lambda session: session.attach(job_id), listener, ended)

    def segment(self, search: Search, phases: Phases = lambda _: None) -> Found:
        """Ask what to select, and wait for the answer; ``phases`` is called on another thread."""

        async def ask() -> Found:
            return await (await self._open()).segment(search, phases)

        return self._thread.wait(ask())

    def ask(
        self, search: Search, answered: Answered, phases: Phases = lambda _: None
    ) -> Callable[[], None]:
        """Ask what to select and return at once, with a function that ends the question.

        ``answered`` is called exactly once, on the private thread: with the answer or the error.
        """

        async def ask() -> None:
            answer: Found | SfumatoError
            try:
                answer = await (await self._open()).segment(search, phases)
            except SfumatoError as error:
                answer = error
            except asyncio.CancelledError:
                answer = Cancelled("The question was given up.")
            answered(answer)

        tasks: list[asyncio.Future[None]] = []

        def begin() -> None:
            tasks.append(asyncio.ensure_future(ask()))
            self._thread.keep(tasks[0])

        def end() -> None:
            tasks[0].cancel()

        self._thread.call_soon(begin)
        return lambda: self._thread.call_soon(end)

    def cancel(self, job_id: str) -> int:
        """Cancel a job by its id; return its state (``JobState``) afterwards."""

        async def cancel() -> int:
            return await (await self._open()).cancel(job_id)

        return self._thread.wait(cancel())

    def report(self, job_id: str, stopwatch: Stopwatch, began: float) -> None:
        """Tell the daemon's watchers of a layer, as ``Session.report``; returns at once."""

        async def report() -> None:
            await (await self._open()).report(job_id, stopwatch, began)

        def begin() -> None:
            task = asyncio.ensure_future(report())
            self._reports.add(task)
            self._thread.keep(task)

        self._thread.call_soon(begin)

    def close(self) -> None:
        """End what runs, as ``on_disconnect`` says, and the thread. Idempotent."""
        if self._thread.closed:
            return
        self._thread.wait(self._close())
        self._thread.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _begin(self, begin: Begin, listener: Listener, ended: Ended) -> Handle:
        async def begun() -> Job:
            return await begin(await self._open())

        handle = Handle(self._thread, listener, ended)
        self._thread.call_soon(lambda: self._thread.keep(asyncio.ensure_future(handle._run(begun))))
        return handle

    async def _open(self) -> Session:
        """Return the session, connecting first if there is none yet."""
        async with self._opening:
            if self._session is None:
                name, version, client_id = self._identity
                session = Session(
                    self.endpoint, name, version, client_id=client_id, patience=self._patience
                )
                self._session = await session.__aenter__()
            return self._session

    async def _close(self) -> None:
        if self._reports:
            await asyncio.wait(self._reports, timeout=REPORT_SECONDS)
        await self._thread.cancel_kept()
        if self._session is not None:
            await self._session.__aexit__(None, None, None)
