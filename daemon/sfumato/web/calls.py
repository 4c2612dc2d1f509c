"""The gRPC service's methods over JSON: the same code answers, so the same rules hold."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any, cast

from google.protobuf.json_format import MessageToDict, ParseDict, ParseError
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from sfumato.service.servicer import Servicer
from sfumato.service.status import invalid
from sfumato.service.streams import Context
from sfumato_client.wire import inpainting_pb2, jobs_pb2

METHODS = (
    "GetCapabilities",
    "ListJobs",
    "GetJob",
    "Cancel",
    "UpdateJob",
    "UpdateDaemon",
    "ForgetJobs",
)
"""Those that the page can call: one message in, one out, and they ask nothing of their context."""

_SERVICE = inpainting_pb2.DESCRIPTOR.services_by_name["Inpainting"]
_NO_CONTEXT = cast("Context", None)


async def answered(servicer: Servicer, method: str, body: dict[str, Any]) -> dict[str, Any]:
    """What one of ``METHODS`` answers to a request in JSON; a ``Refusal`` if it is none."""
    request = GetMessageClass(_SERVICE.methods_by_name[method].input_type)()
    try:
        ParseDict(body, request)
    except (ParseError, RecursionError) as error:
        raise invalid("body", f"This is no {type(request).__name__}: {error}") from None
    return as_json(await getattr(servicer, method)(request, _NO_CONTEXT))


async def queue_lines(servicer: Servicer) -> AsyncIterator[bytes]:
    """The queue now and after every change, a line of JSON each."""
    async for told in servicer.WatchQueue(jobs_pb2.WatchQueueRequest(), _NO_CONTEXT):
        yield json.dumps(as_json(told)).encode() + b"\n"


def as_json(message: Message) -> dict[str, Any]:
    """A message with its fields' own names; 64-bit integers are strings, as JavaScript needs."""
    return MessageToDict(message, preserving_proto_field_name=True)
