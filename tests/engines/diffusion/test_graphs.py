"""Recorded passes are the plain ones to the bit. Collected where there is a GPU."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch

from sfumato.engines.diffusion.adapters import load_adapter
from sfumato.engines.diffusion.denoise import rows_of
from sfumato.engines.diffusion.graphs import PLAIN
from sfumato.engines.diffusion.placement import Thrift
from sfumato.engines.diffusion.prepare import Masking, Picture, Preparation
from sfumato.engines.diffusion.request import NOTHING_ADDED, Rows
from sfumato.models.description import describe
from sfumato.models.families import families
from tests.support.diffusion import as_amount, as_pixels, photograph
from tests.support.parity import hard_mask, sampling
from tests.support.tiny_models import tiny_model

pytestmark = pytest.mark.cuda
CARD = torch.device("cuda")


@pytest.fixture(params=["sd15-inpaint", "sdxl"])
def model(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A tiny model of its own: nothing is recorded of it yet."""
    described = describe(request.param, tiny_model(request.param))
    adapter = load_adapter(described, CARD, torch.bfloat16)
    adapter.tune(compiled=False)
    adapter.equip(NOTHING_ADDED)
    with torch.inference_mode():
        yield adapter


def rows(model: Any, seed: int, count: int = 2) -> Rows:
    """Rows of some requests at their first step."""
    name = model.family.name
    picture = Picture(as_pixels(photograph()), as_amount(hard_mask()), Masking.BLEND)
    preparation = Preparation(name, model)
    chosen = [sampling(families()[name].scheduler, 1.0, seed + each) for each in range(count)]
    return rows_of([preparation.request(picture, f"thing {seed}", "", each) for each in chosen])


def recorded(model: Any) -> int:
    return len(model._graphs._recordings)


def record(model: Any, count: int = 2) -> None:
    """Predict until passes of this size are recorded."""
    for seed in range(PLAIN + 1):
        model.predict(rows(model, seed, count))


def test_a_recorded_pass_computes_what_a_plain_one_does(model: Any) -> None:
    record(model)
    assert recorded(model) == 1
    given = [rows(model, seed) for seed in (40, 50)]
    first, second = (model.predict(each) for each in given)
    kept = first.clone()
    model.predict(given[1])
    assert torch.equal(first, kept)  # it is the caller's own
    model._graphs.stop()
    assert torch.equal(first, model.predict(given[0]))
    assert torch.equal(second, model.predict(given[1]))


def test_sizes_that_share_memory_do_not_disturb_each_other(model: Any) -> None:
    for count in (1, 4, 2):
        record(model, count)
    assert recorded(model) == 3
    given = [rows(model, 60, count) for count in (4, 1, 2, 4)]
    replayed = [model.predict(each) for each in given]
    model._graphs.stop()
    for each, one in zip(given, replayed, strict=True):
        assert torch.equal(one, model.predict(each))


def test_weights_that_moved_are_recorded_anew(model: Any) -> None:
    record(model)
    given = rows(model, 40)
    before = model.predict(given)
    model.placement.spare_as(Thrift.PARTS)
    assert torch.equal(before, model.predict(given))
    assert recorded(model) == 0
    model.relax(10**12)
    assert model.placement.thrift is Thrift.WHOLE
    record(model)
    assert recorded(model) == 1
    assert torch.equal(before, model.predict(given))


def test_memory_that_is_short_is_had_from_recordings_first(model: Any) -> None:
    record(model)
    assert model.spare()
    assert model.placement.thrift is Thrift.WHOLE
    record(model)
    assert recorded(model) == 0  # none are made while memory is short
    assert model.spare()
    assert model.placement.thrift is Thrift.TILED
    model.relax(10**12)
    record(model)
    assert recorded(model) == 1
