"""One streaming call in both directions at once, with an eye on a daemon that fell silent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any

from grpclib.exceptions import StreamTerminatedError

from sfumato_client.link import Link
from sfumato_client.status import is_loss
from sfumato_client.transport import Call


async def converse(link: Link, method: Any, requests: Iterable[Any]) -> AsyncIterator[Any]:
    """Send all requests and, meanwhile, yield the replies.

    Raises grpclib's errors, for the caller to judge. Close the iterator (``contextlib.aclosing``):
    that ends the call.
    """
    async with link.open(method) as call:
        await asyncio.wait_for(call.send_request(), link.patience.answer)
        sender = asyncio.ensure_future(_send(call, requests))
        try:
            while (reply := await _receive(link, call, sender)) is not None:
                yield reply
            call.check_status()
            if not sender.done():
                raise StreamTerminatedError("The daemon ended the call before it heard all of it")
        finally:
            await _drop(sender)


async def _send(call: Call, requests: Iterable[Any]) -> None:
    for request in requests:
        await call.send_message(request)
    await call.end()


async def _receive(link: Link, call: Call, sender: asyncio.Future[None]) -> Any:
    """Wait for the next reply; after a silence make sure that the daemon is still there."""
    receiver = asyncio.ensure_future(call.recv_message())
    try:
        while True:
            waits = {receiver} if sender.done() else {receiver, sender}
            done, _ = await asyncio.wait(
                waits, timeout=link.patience.silence, return_when=asyncio.FIRST_COMPLETED
            )
            if receiver in done:
                return receiver.result()
            if not done:
                await link.probe()
            elif (fault := sender.exception()) is not None and not is_loss(fault):
                raise fault
    finally:
        await _drop(receiver)


async def _drop(task: asyncio.Future[Any]) -> None:
    """End a task whose outcome is of no more use: the other side has told the daemon's reason."""
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled():
        task.exception()
