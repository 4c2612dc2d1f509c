"""A private thread with an event loop, for threads that have none."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from sfumato_client.errors import Unavailable

Value = TypeVar("Value")


class LoopThread:
    """Runs what other threads hand it; ``Unavailable`` for what comes after ``close``."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Future[Any]] = set()
        self._loop = asyncio.SelectorEventLoop()
        self._thread = threading.Thread(target=self._serve, name="sfumato-client", daemon=True)
        self._thread.start()

    @property
    def closed(self) -> bool:
        """Whether it runs no more."""
        return self._loop.is_closed()

    def call_soon(self, function: Callable[[], None]) -> None:
        """Have the thread call this, and return at once."""
        try:
            self._loop.call_soon_threadsafe(function)
        except RuntimeError as error:
            raise _closed() from error

    def wait(self, work: Coroutine[Any, Any, Value]) -> Value:
        """Run on the thread and wait for the outcome."""
        if self.closed:
            work.close()
            raise _closed()
        if threading.current_thread() is self._thread:
            work.close()
            raise RuntimeError("a listener must not wait for the thread that it runs on")
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def keep(self, task: asyncio.Future[Any]) -> None:
        """From the thread: hold on to a task until it is done; the loop itself does not."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def cancel_kept(self) -> None:
        """From the thread: cancel the tasks that are kept, and return when they have ended."""
        tasks = [*self._tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def close(self) -> None:
        """End the thread. Idempotent."""
        if self.closed:
            return
        self.wait(self._shut_down())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _shut_down(self) -> None:
        await self._loop.shutdown_asyncgens()
        await self._loop.shutdown_default_executor()

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()


def _closed() -> Unavailable:
    return Unavailable("This client was closed; make a new one.")
