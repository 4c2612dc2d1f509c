"""What an error of gRPC says."""

from __future__ import annotations

import grpc
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo
from google.rpc.status_pb2 import Status


def details(error: grpc.RpcError) -> Status:
    """The ``google.rpc.Status`` of an error, of the sync or the async client."""
    trailers = dict(error.trailing_metadata() or ())
    return Status.FromString(trailers["grpc-status-details-bin"])


def reason(error: grpc.RpcError) -> str:
    """Its stable reason."""
    info = ErrorInfo()
    for detail in details(error).details:
        if detail.Unpack(info):
            assert info.domain == "sfumato"
            return info.reason
    return ""


def field(error: grpc.RpcError) -> str:
    """The field it blames."""
    bad = BadRequest()
    for detail in details(error).details:
        if detail.Unpack(bad):
            return bad.field_violations[0].field
    return ""
