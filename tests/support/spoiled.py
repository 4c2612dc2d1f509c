"""Edits that are spoiled in one place, and how the daemon refuses them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import grpc
import pytest

from sfumato_client.wire import inpainting_pb2 as pb
from tests.support.daemon import GUARD, Daemon
from tests.support.edits import WireEdit, wire_edit
from tests.support.errors import field, reason

INVALID = grpc.StatusCode.INVALID_ARGUMENT
EXHAUSTED = grpc.StatusCode.RESOURCE_EXHAUSTED
PRECONDITION = grpc.StatusCode.FAILED_PRECONDITION
NOT_FOUND = grpc.StatusCode.NOT_FOUND

Spoil = Callable[[WireEdit], object]
Spoiled = dict[str, tuple[Spoil, grpc.StatusCode, str]]
"""What is wrong: how an edit gets it, the status, and the field that is blamed."""


def refused(daemon: Daemon, requests: Iterator[pb.InpaintRequest]) -> grpc.RpcError:
    with daemon.stub() as stub, pytest.raises(grpc.RpcError) as caught:
        list(stub.Inpaint(requests, metadata=daemon.metadata, timeout=GUARD))
    error = caught.value
    sentence = error.details()
    assert sentence.strip().endswith((".", ")", "`")), sentence
    assert len(sentence.split()) >= 4
    assert reason(error)
    return error


def region(edit: WireEdit) -> pb.Region:
    return edit.header.regions.regions[0]


def parameter(**changes: object) -> Spoil:
    def spoil(edit: WireEdit) -> None:
        for name, value in changes.items():
            setattr(edit.header.parameters, name, value)

    return spoil


def refused_by_name(daemon: Daemon, spoil: Spoil, code: grpc.StatusCode, blamed: str) -> None:
    """The daemon refuses an edit that is spoiled like this, with the field that is at fault."""
    edit = wire_edit()
    spoil(edit)
    error = refused(daemon, edit.requests())
    assert error.code() is code
    assert field(error).startswith(blamed) or blamed == "planes[0]"
