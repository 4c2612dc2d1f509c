"""The pictures of an edit, as the page hands them out."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from sfumato_client.wire import jobs_pb2
from tests.support.daemon import GUARD
from tests.support.edits import HEIGHT, WIDTH, picture, wire_edit
from tests.web.studio import Studio


@pytest.mark.parametrize("picture", ["before", "mask", "after"])
def test_a_picture_is_small_for_the_eye_and_whole_for_a_file(picture: str, studio: Studio) -> None:
    job, visitor = studio.job(), studio.visitor("the owner")
    eye = visitor.ask("GET", f"/api/jobs/{job}/{picture}?side=16")
    file = visitor.ask("GET", f"/api/jobs/{job}/{picture}?side=0")
    assert (eye.headers["content-type"], file.headers["content-type"]) == (
        "image/webp",
        "image/png",
    )
    assert max(Image.open(io.BytesIO(eye.data)).size) == 16
    assert Image.open(io.BytesIO(file.data)).size == (WIDTH, HEIGHT)


def test_the_downloaded_pictures_are_those_of_the_spool_to_the_bit(studio: Studio) -> None:
    edit = wire_edit()
    metadata = (("authorization", f"Bearer {studio.tokens['the owner']}"),)
    with studio.daemon.stub() as stub:
        events = list(stub.Inpaint(edit.requests(), metadata=metadata, timeout=GUARD))
        job = events[0].accepted.job_id
        request = jobs_pb2.ReadJobRequest(job_id=job, results=True)
        parts = list(stub.ReadJob(request, metadata=metadata, timeout=GUARD))
    color = b"".join(part.chunk.data for part in parts if part.chunk.plane == 0)
    visitor = studio.visitor("the owner")
    before, mask, after = (
        np.asarray(
            Image.open(io.BytesIO(visitor.ask("GET", f"/api/jobs/{job}/{kind}?side=0").data))
        )
        for kind in ("before", "mask", "after")
    )
    made = np.frombuffer(color, np.uint8).reshape(HEIGHT, WIDTH, 3)
    assert (before == picture()).all()
    assert (after[mask == 255] == made[mask == 255]).all()
    assert (after[mask == 0] == before[mask == 0]).all()
    assert (mask == 255).any()
    assert (mask == 0).any()


@pytest.mark.parametrize(
    ("query", "status"),
    [("side=4097", 400), ("side=-1", 400), ("side=x", 400), ("variation=1", 404),
     ("variation=99999", 404), ("side=%D9%A3", 400)],
)  # fmt: skip
def test_a_picture_that_cannot_be_is_refused(query: str, status: int, studio: Studio) -> None:
    path = f"/api/jobs/{studio.job()}/after?{query}"
    assert studio.visitor("the owner").ask("GET", path).status == status
