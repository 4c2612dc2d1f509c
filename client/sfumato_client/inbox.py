"""What has arrived of a stream, until somebody reads it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from grpclib.exceptions import StreamTerminatedError


class Inbox:
    """Takes the place of ``grpclib.protocol.Buffer``, and hands bytes out as they came.

    Reading gives room back to the sender through ``ack``, so a slow reader slows the sender down.
    A stream's window has to be larger than what is read at once.
    """

    def __init__(self, ack: Callable[[int], None]) -> None:
        self._ack = ack
        self._pieces: deque[tuple[memoryview, int]] = deque()
        self._size = 0
        self._arrived = asyncio.Event()
        self.ended = False

    def add(self, data: bytes | memoryview, ack_size: int) -> None:
        """Take a piece in; ``ack_size`` counts its padding, too."""
        self._pieces.append((memoryview(data), ack_size))
        self._size += len(data)
        self._arrived.set()

    def eof(self) -> None:
        """Note that nothing more will come."""
        self.ended = True
        self._arrived.set()

    async def read(self, size: int) -> bytes:
        """Read exactly so many bytes; none at the end of the stream."""
        return b"".join(await self.read_pieces(size))

    async def read_pieces(self, size: int) -> list[memoryview]:
        """Read exactly so many bytes as they came; no pieces at the end of the stream.

        Raises ``StreamTerminatedError`` when the stream ends before.
        """
        while self._size < size and not self.ended:
            self._arrived.clear()
            await self._arrived.wait()
        if self._size < size:
            if self._size == 0:
                return []
            raise StreamTerminatedError("The stream ended in the middle of a message")
        self._size -= size
        taken = []
        while size:
            piece, ack_size = self._pieces.popleft()
            if len(piece) > size:
                self._pieces.appendleft((piece[size:], ack_size))
                piece = piece[:size]
            else:
                self._ack(ack_size)
            size -= len(piece)
            taken.append(piece)
        return taken

    def unacked_size(self) -> int:
        """Give up what was not read; return the room it took."""
        size = sum(ack_size for _, ack_size in self._pieces)
        self._pieces.clear()
        self._size = 0
        return size
