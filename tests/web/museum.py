"""A daemon with a page and a long past, and who can visit it."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from playwright.sync_api import BrowserContext, Page

from sfumato.access.tokens import Scope, TokenStore
from sfumato.service.wire.inpainting_pb2_grpc import InpaintingStub
from sfumato_client.wire import inpainting_pb2 as pb
from sfumato_client.wire import jobs_pb2
from tests.support.daemon import GUARD, Daemon
from tests.support.edits import picture, wire_edit
from tests.web.browsing import daemon_with_page, page_of

PAST = 500
CANCELLED = 3
LONG = 1600
"""Pixels a side."""
HOSTILE = "<img src=x onerror=alert(1)>"


@dataclass(frozen=True)
class Museum:
    """The daemon, and the tokens of its owner, another artist and an admin."""

    daemon: Daemon
    tokens: dict[str, str]

    @property
    def page(self) -> str:
        """Where the page is."""
        return page_of(self.daemon)

    def metadata(self, who: str) -> tuple[tuple[str, str], ...]:
        """What opens the daemon over gRPC."""
        return (("authorization", f"Bearer {self.tokens[who]}"),)

    def enter(self, context: BrowserContext, who: str) -> Page:
        """A page that somebody has signed in to with their token."""
        page = context.new_page()
        page.goto(self.page)
        page.get_by_label("Your token").fill(self.tokens[who])
        page.get_by_role("button", name="Sign in").click()
        page.locator("#overview").wait_for()
        return page

    def edit(self, title: str, who: str = "owner", *, to_the_end: bool = True) -> str:
        """Hand an edit in; its id."""
        with self.daemon.stub() as stub:
            return _edit(stub, self.metadata(who), title, to_the_end)

    def long_edit(self, title: str, photograph: np.ndarray | None = None, preset: str = "") -> str:
        """Hand in an edit of the owner's that takes long, with previews; its id."""
        if photograph is None:
            photograph = picture(LONG, LONG)
        height, width, _ = photograph.shape
        edit = wire_edit(width, height)
        edit.header.title = title
        edit.header.parameters.preset = preset
        edit.header.result.preview_side = 256
        edit.replace_plane(0, photograph.tobytes())
        marked = np.zeros((height, width), np.uint8)
        marked[height // 4 : -height // 4, width // 8 : -width // 8] = 255
        edit.replace_plane(1, zlib.compress(marked.tobytes()))
        with self.daemon.stub() as stub:
            call = stub.Inpaint(edit.requests(), metadata=self.metadata("owner"), timeout=GUARD)
            job = next(call).accepted.job_id
            call.cancel()  # It goes on without us.
        return str(job)

    def paused(self, paused: bool) -> None:
        """Let the daemon start nothing, or go on."""
        with self.daemon.stub() as stub:
            request = jobs_pb2.UpdateDaemonRequest(paused=paused)
            stub.UpdateDaemon(request, metadata=self.metadata("admin"), timeout=GUARD)

    def state(self, job: str) -> str:
        """The state of a job of the owner's."""
        with self.daemon.stub() as stub:
            request = jobs_pb2.GetJobRequest(job_id=job)
            record = stub.GetJob(request, metadata=self.metadata("owner"), timeout=GUARD)
        return jobs_pb2.JobState.Name(record.summary.state).removeprefix("JOB_STATE_")


@contextmanager
def museum(state: Path) -> Iterator[Museum]:
    """A daemon where the owner has ``PAST`` edits that have ended, some of them cancelled."""
    with daemon_with_page(state) as daemon:
        store = TokenStore(state)
        tokens = {
            "owner": store.create("owner"),
            "other": store.create("other"),
            "admin": store.create("chief", Scope.ADMIN),
        }
        museum = Museum(daemon, tokens)
        museum.paused(True)
        for number in range(CANCELLED):
            job = museum.edit(f"Given up {number}", to_the_end=False)
            with daemon.stub() as stub:
                cancel = pb.CancelRequest(job_id=job)
                stub.Cancel(cancel, metadata=museum.metadata("owner"), timeout=GUARD)
        museum.paused(False)
        with daemon.stub() as stub, ThreadPoolExecutor(8) as pool:
            titles = [f"Edit {number}" for number in range(PAST - CANCELLED - 1)] + [HOSTILE]
            owner = museum.metadata("owner")
            list(pool.map(lambda title: _edit(stub, owner, title, True), titles))
        yield museum


def _edit(
    stub: InpaintingStub, metadata: tuple[tuple[str, str], ...], title: str, to_the_end: bool
) -> str:
    edit = wire_edit()
    edit.header.title = title
    call = stub.Inpaint(edit.requests(), metadata=metadata, timeout=GUARD)
    job = next(call).accepted.job_id
    if to_the_end:
        *_, last = call
        assert last.HasField("done")
    else:
        call.cancel()  # It goes on without us.
    return str(job)
