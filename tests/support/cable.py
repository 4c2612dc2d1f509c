"""The cable between a client and a daemon, to be pulled, frozen and mended."""

from __future__ import annotations

import asyncio


class Cable:
    """Forwards TCP connections to a port. ``async with`` lays it; ``port`` is this end of it."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.connected = 0
        self.bytes_up = 0
        self.up_flowed = asyncio.Event()
        self.hung_up = asyncio.Event()
        self.port = 0

    async def __aenter__(self) -> Cable:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.pull()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def pull(self) -> None:
        """Break all connections at once, without goodbye."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    def freeze(self) -> None:
        """Let nothing through any more, as a frozen machine at the other end."""
        self._flowing.clear()

    def thaw(self) -> None:
        """Let everything through again."""
        self._flowing.set()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connected += 1
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, far_writer}
        up = asyncio.ensure_future(self._forward(reader, far_writer, up=True))
        down = asyncio.ensure_future(self._forward(far_reader, writer, up=False))
        self._tasks |= {up, down}

    async def _forward(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, up: bool
    ) -> None:
        try:
            while data := await reader.read(1 << 16):
                await self._flowing.wait()
                writer.write(data)
                await writer.drain()
                if up:
                    self.bytes_up += len(data)
                    self.up_flowed.set()
        except OSError:
            pass  # pulled
        finally:
            self.hung_up.set()
            writer.close()
