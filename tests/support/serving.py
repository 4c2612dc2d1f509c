"""A fake daemon on a thread of its own, for tests that block or run other processes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any

from tests.support.fake_daemon import FakeDaemon


class Serving:
    """A running ``FakeDaemon`` and the loop that it runs on."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()
        self.daemon: FakeDaemon = self.run(self._start())

    async def _start(self) -> FakeDaemon:
        daemon = FakeDaemon()
        await daemon.start()
        return daemon

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Do something on its thread."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(20)

    def close(self) -> None:
        """Stop it."""
        self.run(self.daemon.stop())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()
