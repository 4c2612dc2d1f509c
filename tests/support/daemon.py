"""The real daemon in a process of its own, as a user starts it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc

from sfumato.service.wire.inpainting_pb2_grpc import InpaintingStub
from sfumato_client.wire import inpainting_pb2 as pb
from sfumato_client.wire import jobs_pb2

READY = "sfumato: listening on "
GUARD = 120
"""Seconds after which something hangs."""


@dataclass(frozen=True)
class Daemon:
    """A running ``sfumato serve``."""

    process: subprocess.Popen[str]
    address: str
    state: Path

    @property
    def token(self) -> str:
        """Its user's token."""
        return (self.state / "token").read_text().strip()

    @property
    def metadata(self) -> tuple[tuple[str, str], ...]:
        """What opens it."""
        return (("authorization", f"Bearer {self.token}"),)

    @property
    def log(self) -> str:
        """What it wrote to standard error."""
        return (self.state / "log").read_text()

    @contextmanager
    def stub(self) -> Iterator[InpaintingStub]:
        """A client's end of the service; calls need ``metadata``."""
        with grpc.insecure_channel(self.address) as channel:
            yield InpaintingStub(channel)

    def answers(self) -> bool:
        """Whether it serves, asked over a connection of its own."""
        with self.stub() as stub:
            request = pb.GetCapabilitiesRequest()
            reply = stub.GetCapabilities(request, metadata=self.metadata, timeout=GUARD)
        return bool(reply.protocol.major)

    def pause(self, paused: bool) -> None:
        """Let it start nothing, or go on."""
        with self.stub() as stub:
            request = jobs_pb2.UpdateDaemonRequest(paused=paused)
            stub.UpdateDaemon(request, metadata=self.metadata, timeout=GUARD)

    def stop(self) -> int:
        """Ask it to stop as a service manager does; its exit code."""
        self.process.terminate()
        return self.process.wait(GUARD)


def start(state: Path, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    """``sfumato serve`` on ``state``; its standard error goes to ``state/log``."""
    state.mkdir(parents=True, exist_ok=True)
    clean = {key: value for key, value in os.environ.items() if not key.startswith("SFUMATO_")}
    with (state / "log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "sfumato", "serve", *arguments],
            env={**clean, "SFUMATO_STATE_DIR": str(state), **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )


@contextmanager
def running_daemon(state: Path, *arguments: str, **environment: str) -> Iterator[Daemon]:
    """A daemon on a free port that has said it is ready; stopped with the block."""
    process = start(state, *arguments, **environment)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith(READY), (line, (state / "log").read_text())
        yield Daemon(process, line.removeprefix(READY).strip(), state)
    finally:
        process.terminate()
        try:
            process.wait(GUARD)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        finally:
            if process.stdout is not None:
                process.stdout.close()
