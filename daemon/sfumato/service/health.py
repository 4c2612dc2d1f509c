"""``grpc.health.v1``: whether the daemon serves.

Not grpc-health-checking's own servicer: its watchers write while they hold a lock, so that one who
does not read keeps all others waiting, and the daemon from its end.
"""
# ruff: noqa: N802 (the methods have the wire's names)

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import grpc
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthServicer

from sfumato.service.streams import Context


class Health(HealthServicer):
    """One answer for the daemon and for each of its ``services``."""

    def __init__(self, *services: str) -> None:
        self._services = {"", *services}
        self._serving = False
        self._changed = asyncio.Event()

    def set(self, serving: bool) -> None:
        """Tell everybody whether the daemon serves."""
        self._serving = serving
        self._changed.set()
        self._changed = asyncio.Event()

    async def Check(self, request: HealthCheckRequest, context: Context) -> HealthCheckResponse:
        """Whether it serves now."""
        if request.service not in self._services:
            context.set_code(grpc.StatusCode.NOT_FOUND)
            context.set_details(f"There is no service {request.service!r}.")
        return self._told(request.service)

    async def Watch(
        self, request: HealthCheckRequest, context: Context
    ) -> AsyncGenerator[HealthCheckResponse]:
        """Whether it serves, and every change."""
        while True:
            changed = self._changed
            yield self._told(request.service)
            await changed.wait()

    def _told(self, service: str) -> HealthCheckResponse:
        if service not in self._services:
            return HealthCheckResponse(status=HealthCheckResponse.SERVICE_UNKNOWN)
        status = HealthCheckResponse.SERVING if self._serving else HealthCheckResponse.NOT_SERVING
        return HealthCheckResponse(status=status)
