"""The client against the real daemon, in a process of its own, also when that is killed."""

import numpy as np
import pytest

from sfumato_client import (
    Accepted,
    Bounds,
    Cancelled,
    Done,
    Edit,
    Endpoint,
    Extent,
    Operation,
    Parameters,
    Patience,
    Raster,
    Reconnecting,
    Refused,
    Region,
    Result,
    Samples,
    Selection,
    Session,
    Unauthenticated,
    find_endpoint,
    flatten,
    make_mask,
    plan,
)
from tests.support.daemon import running_daemon


@pytest.fixture(scope="module")
def daemon(tmp_path_factory):
    """The real one, in the place of the fake."""
    with running_daemon(tmp_path_factory.mktemp("state")) as running:
        yield running


def endpoint_of(daemon):
    return find_endpoint(environ={"SFUMATO_STATE_DIR": str(daemon.state)})


def photograph(width, height, seed=0):
    """Smooth colours with some grain, as bytes of RGB."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    waves = np.stack([np.sin(x / 37), np.cos(y / 29), np.sin((x + y) / 53)], axis=-1)
    picture = 128 + 60 * waves + rng.normal(0, 4, (height, width, 3))
    return np.clip(picture, 0, 255).astype(np.uint8)


def removal(canvas_pixels, selected, grow=4.0, feather=8.0, **fields):
    """An edit as a plugin makes it: trimmed selection, windows, masks."""
    height, width = canvas_pixels.shape[:2]
    canvas = Extent(width, height)
    selection = Selection.trimmed(Bounds(0, 0, width, height), selected.tobytes())
    regions = []
    for window, core in plan(selection, canvas, grow=grow, feather=feather):
        crop = canvas_pixels[window.y : window.bottom, window.x : window.right]
        inside = selection.over(window)
        mask = make_mask(inside, window.extent, grow, feather)
        raster = Raster(window.extent, Samples.RGB, 8, crop.tobytes())
        regions.append(Region(window, raster, inside, mask, core))
    parameters = Parameters(
        operation=Operation.OPERATION_REMOVE, grow=grow, feather=feather, seed=1
    )
    return Edit(canvas, parameters, tuple(regions), **fields)


def square(width, height, *boxes):
    selected = np.zeros((height, width), np.uint8)
    for left, top, right, bottom in boxes:
        selected[top:bottom, left:right] = 255
    return selected


async def test_a_removal_comes_back_as_a_layer_that_changes_nothing_outside_its_mask(daemon):
    picture = photograph(500, 400)
    edit = removal(picture, square(500, 400, (200, 150, 260, 200)))
    async with Session(endpoint_of(daemon), "test", "1") as session:
        told = [event async for event in await session.inpaint(edit)]
    assert isinstance(told[0], Accepted)
    assert isinstance(told[-1], Done)
    (result,) = [event for event in told if isinstance(event, Result)]
    layer = flatten(result.pieces)
    x, y, width, height = layer.bounds
    color = np.frombuffer(layer.color.data, np.uint8).reshape(height, width, 3)
    mask = np.frombuffer(layer.mask, np.uint8).reshape(height, width)
    before = picture[y : y + height, x : x + width]
    assert (color[mask == 0] == before[mask == 0]).all()
    assert mask.max() == 255
    assert layer.mask == edit.regions[0].mask


async def test_a_scattered_selection_comes_back_in_pieces_that_make_one_layer(daemon):
    picture = photograph(1600, 1200)
    spots = [(100, 100, 112, 112), (1400, 150, 1410, 160), (700, 1100, 720, 1110)]
    edit = removal(picture, square(1600, 1200, *spots), grow=2, feather=4)
    assert len(edit.regions) == 3
    async with Session(endpoint_of(daemon), "test", "1") as session:
        results = [e async for e in await session.inpaint(edit) if isinstance(e, Result)]
    layer = flatten(results[0].pieces)
    mask = np.frombuffer(layer.mask, np.uint8).reshape(layer.bounds.height, layer.bounds.width)
    for left, top, right, bottom in spots:
        x, y = left - layer.bounds.x, top - layer.bounds.y
        assert (mask[y : y + bottom - top, x : x + right - left] == 255).all()


async def test_the_same_request_gives_the_same_pixels(daemon):
    edit = removal(photograph(300, 300), square(300, 300, (100, 100, 150, 140)))
    async with Session(endpoint_of(daemon), "test", "1") as session:
        found = []
        for _ in range(2):
            results = [e async for e in await session.inpaint(edit) if isinstance(e, Result)]
            found.append(bytes(results[0].pieces[0].color.data))
    assert found[0] == found[1]


async def test_what_the_daemon_refuses_comes_with_its_sentence(daemon):
    edit = removal(photograph(300, 300), square(300, 300, (100, 100, 150, 140)))
    bad = Parameters(operation=Operation.OPERATION_REMOVE, steps=-3)
    async with Session(endpoint_of(daemon), "test", "1") as session:
        with pytest.raises(Refused) as caught:
            await session.inpaint(Edit(edit.canvas, bad, edit.regions))
    assert caught.value.reason
    assert caught.value.message.endswith((".", ")"))


async def test_a_stranger_is_not_let_in(daemon):
    stranger = Endpoint(endpoint_of(daemon).address, "guess")
    with pytest.raises(Unauthenticated):
        async with Session(stranger, "test", "1"):
            pass


async def test_a_job_can_be_cancelled_and_taken_up_again(daemon):
    picture = photograph(1500, 1500)
    edit = removal(picture, square(1500, 1500, (300, 300, 1200, 1200)))
    async with Session(endpoint_of(daemon), "test", "1") as session:
        job = await session.inpaint(edit)
        await job.cancel()
        with pytest.raises(Cancelled):
            async for _ in job:
                pass
        with pytest.raises(Cancelled):
            async for _ in await session.attach(job.id):
                pass
        assert job.id in [known.job_id async for known in session.jobs()]


@pytest.mark.slow
@pytest.mark.parametrize("kill", [True, False], ids=["killed", "stopped"])
async def test_a_job_outlives_a_daemon_that_is_started_again(tmp_path, kill):
    edit = removal(photograph(1100, 1100), square(1100, 1100, (250, 250, 800, 800)))
    patience = Patience(answer=60.0, silence=5.0, in_all=240.0)
    with running_daemon(tmp_path, SFUMATO_GRACE_SECONDS="0.1") as first:
        async with Session(endpoint_of(first), "test", "1", patience=patience) as session:
            job = await session.inpaint(edit)
            told = [await anext(job)]
            if kill:
                first.process.kill()
            else:
                first.process.terminate()
            while not isinstance(told[-1], Reconnecting):
                told.append(await anext(job))
            first.process.wait(60)
            with running_daemon(tmp_path):  # on the same port, if it is free
                told += [event async for event in job]
    assert isinstance(told[-1], Done)
    assert any(isinstance(event, Result) for event in told)
