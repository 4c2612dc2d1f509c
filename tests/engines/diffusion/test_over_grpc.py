"""Every tiny model behind the real daemon, asked by the real client."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sfumato_client import Bounds, Edit, Extent, GrayMeaning, Operation, Parameters, Raster
from sfumato_client import Priority, Region, Samples
from sfumato_client.blocking import Client
from sfumato_client.endpoint import Endpoint
from sfumato_client.errors import SfumatoError
from sfumato_client.events import Done, Event, Notice, Preview, Progress, Queued, Result
from sfumato_client.wire.parameters_pb2 import ControlImage, Lora, ReferenceImage, Scheduler
from tests.support.daemon import running_daemon
from tests.support.diffusion import photograph
from tests.support.model_edits import GUARD, ask, colour_and_mask, edit
from tests.support.tiny_additions import (
    tiny_control_net,
    tiny_depth_estimator,
    tiny_ip_adapter,
    tiny_lora,
)
from tests.support.tiny_models import FAMILIES, tiny_model

pytestmark = [pytest.mark.slow, pytest.mark.timeout(2 * GUARD)]
WIDTH, HEIGHT = 77, 60
COMPANY = {"cpu": 1, "cuda": 8}
"""Levels of 8 bit that company may change: a daemon on a GPU has bfloat16, where passes of other
sizes round otherwise. It is less than bfloat16 itself changes in so tiny a model."""


@pytest.fixture(scope="module")
def client(device: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A client of a daemon with every tiny model."""
    state = tmp_path_factory.mktemp("state")
    paths = {name: tiny_model(name) for name in FAMILIES}
    paths |= {"edges": tiny_control_net("sd15"), "deep": tiny_control_net("sd15", "depth")}
    paths |= {"near": tiny_depth_estimator(), "style": tiny_ip_adapter("sd15")}
    paths |= {"ink": tiny_lora("sd15"), "quick": tiny_lora("sd15", 2, name="sd15-lcm-lora")}
    models = [text for name, path in paths.items() for text in ("--model", f"{name}={path}")]
    with running_daemon(state, *models, "--device", device, OMP_NUM_THREADS="1") as daemon:
        client = Client(Endpoint(daemon.address, daemon.token), "tests", "1")
        yield client
        client.close()


def rectangle() -> np.ndarray:
    selection = np.zeros((HEIGHT, WIDTH), np.uint8)
    selection[16:40, 20:50] = 255
    return selection


def test_the_models_are_listed_with_what_they_take(client: Client) -> None:
    models = {model.name: model for model in client.models().models}
    assert set(FAMILIES) < set(models)
    assert models["flux-fill"].family == "flux-fill"
    assert 1 <= len(models["sdxl"].buckets) <= 9
    assert models["sd15"].defaults.steps == 25


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_an_edit_changes_what_is_masked_and_no_other_pixel(client: Client, family: str) -> None:
    picture = photograph(HEIGHT, WIDTH)
    wanted = edit(picture, rectangle(), model=family, steps=6, feather=6)
    result, events = ask(client, wanted)
    colour, mask = colour_and_mask(result)
    assert (mask == 0).any()
    assert np.array_equal(colour[mask == 0], picture[mask == 0])
    assert (colour != picture)[mask == 255].any(axis=-1).mean() > 0.9
    done = [event for event in events if isinstance(event, Done)]
    assert done[0].resolved.steps == 6
    assert [event for event in events if isinstance(event, Progress)]


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_partial_keeps_black_and_changes_white_most(client: Client, family: str) -> None:
    """Pixels of eight gray bands; the tiny VAEs are random, so only the ends are compared."""
    picture = np.full((64, 64, 3), 128, np.uint8)
    bands = np.linspace(0, 255, 8).round().astype(np.uint8)
    selection = np.tile(np.repeat(bands, 8), (64, 1))
    wanted = edit(
        picture, selection, model=family, steps=8, gray=GrayMeaning.GRAY_MEANING_PARTIAL
    )
    colour, mask = colour_and_mask(ask(client, wanted)[0])
    assert np.array_equal(colour[:, :8], picture[:, :8])
    assert (mask == np.where(selection > 0, 255, 0)).all()


def test_previews_arrive_on_the_way(client: Client) -> None:
    wanted = edit(photograph(HEIGHT, WIDTH), rectangle(), model="sd15", steps=100)
    _, events = ask(client, wanted)
    kinds = [type(event) for event in events]
    assert Preview in kinds
    assert kinds.index(Preview) < kinds.index(Result)


def test_editors_who_ask_at_once_get_what_they_get_alone(client: Client, device: str) -> None:
    wanted = [
        edit(photograph(HEIGHT, WIDTH), rectangle(), model="sd15", steps=12, seed=seed)
        for seed in range(6)
    ]
    handles = [client.submit(each, lambda event: None, lambda error: None) for each in wanted]
    together = [colour_and_mask(handle.wait(GUARD)[0])[0] for handle in handles]
    for each, shared in zip(wanted, together, strict=True):
        alone, _ = colour_and_mask(ask(client, each)[0])
        assert np.abs(alone.astype(int) - shared).max() <= COMPANY[device]


def test_a_batch_edit_yields_to_an_interactive_one_and_becomes_what_it_would_have_been(
    client: Client,
) -> None:
    long = edit(photograph(HEIGHT, WIDTH), rectangle(), model="sd15", steps=150)
    short = edit(photograph(HEIGHT, WIDTH), rectangle(), model="sd15", steps=8, seed=5)
    alone, _ = colour_and_mask(ask(client, long)[0])
    told: list[tuple[str, Event]] = []
    started = threading.Event()

    def hear(event: Event) -> None:
        told.append(("long", event))
        if isinstance(event, Progress) and event.step > 5:
            started.set()

    batch = client.submit(
        replace(long, priority=Priority.PRIORITY_BATCH), hear, lambda error: None
    )
    assert started.wait(GUARD)
    client.submit(short, lambda event: told.append(("short", event)), lambda error: None).wait(
        GUARD
    )
    yielded, _ = colour_and_mask(batch.wait(GUARD)[0])
    assert np.abs(alone.astype(int) - yielded).max() <= 1
    steps = [(name, event.step) for name, event in told if isinstance(event, Progress)]
    names = [name for name, _ in steps]
    first, last = names.index("short"), len(names) - 1 - names[::-1].index("short")
    # Its own step may still have been under way when the other one came.
    assert names[first + 2 : last].count("long") == 0
    assert [step for name, step in steps if name == "long"] == sorted(
        step for name, step in steps if name == "long"
    )
    assert any(name == "long" and isinstance(event, Queued) for name, event in told)


def test_what_a_model_cannot_do_is_refused_with_a_sentence(client: Client) -> None:
    wanted = edit(photograph(HEIGHT, WIDTH), rectangle(), model="flux", negative_prompt="blue")
    with pytest.raises(SfumatoError) as refused:
        ask(client, wanted)
    assert "negative prompt" in refused.value.message


def test_loras_are_listed_with_the_family_they_fit(client: Client) -> None:
    loras = {lora.name: lora for lora in client.models().loras}
    assert set(loras) == {"ink", "quick"}
    assert loras["ink"].family == "sd15"
    assert loras["ink"].weight == 1.0


def test_a_lora_changes_the_result_and_company_does_not(client: Client, device: str) -> None:
    picture = photograph(HEIGHT, WIDTH)
    wanted = [
        edit(picture, rectangle(), model="sd15", steps=8, loras=loras)
        for loras in ([], [Lora(name="ink", scale=1)], [Lora(name="ink", scale=0.5)], [])
    ]
    handles = [client.submit(each, lambda event: None, lambda error: None) for each in wanted]
    together = [colour_and_mask(handle.wait(GUARD)[0])[0].astype(int) for handle in handles]
    alone = [colour_and_mask(ask(client, each)[0])[0] for each in wanted]
    for one, other in zip(together, alone, strict=True):
        assert np.abs(one - other).max() <= COMPANY[device]
    assert np.array_equal(together[0], together[3])
    assert np.abs(together[0] - together[1]).max() > COMPANY[device]
    assert np.abs(together[1] - together[2]).max() > 1


def test_a_lora_for_few_steps_brings_its_settings_and_says_so(client: Client) -> None:
    loras = [Lora(name="quick", scale=1)]
    wanted = edit(photograph(HEIGHT, WIDTH), rectangle(), model="sd15", loras=loras)
    [done] = [event for event in ask(client, wanted)[1] if isinstance(event, Done)]
    resolved = done.resolved
    assert (resolved.steps, resolved.guidance) == (4, 1.0)
    assert resolved.scheduler == Scheduler.SCHEDULER_LCM
    assert resolved.loras == loras


@pytest.mark.parametrize(
    ("name", "model", "sentence"),
    [("nope", "sd15", "There is no LoRA 'nope'"), ("ink", "sdxl", "does not fit sdxl")],
)
def test_a_lora_that_cannot_be_used_is_refused(
    client: Client, name: str, model: str, sentence: str
) -> None:
    loras = [Lora(name=name, scale=1)]
    with pytest.raises(SfumatoError) as refused:
        ask(client, edit(photograph(HEIGHT, WIDTH), rectangle(), model=model, loras=loras))
    assert sentence in refused.value.message


def noise(seed: int) -> Raster:
    """A picture of the canvas's size that shows nothing."""
    pixels = np.random.default_rng(seed).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
    return Raster(Extent(WIDTH, HEIGHT), Samples.RGB, 8, pixels.tobytes())


def test_models_tell_what_can_guide_them(client: Client) -> None:
    models = {model.name: model for model in client.models().models}
    for name in ("sd15", "sd15-inpaint"):
        assert list(models[name].controls) == [ControlImage.KIND_CANNY, ControlImage.KIND_DEPTH]
        assert models[name].references
    for name in ("sdxl", "flux", "fill"):
        assert not models[name].controls
        assert not models[name].references


@pytest.mark.parametrize("model", ["sd15", "sd15-inpaint"])
def test_images_guide_an_edit_and_another_one_guides_it_elsewhere(
    client: Client, model: str
) -> None:
    plane = next(edit(photograph(HEIGHT, WIDTH), rectangle()).extra_planes())
    control = ControlImage(kind=ControlImage.KIND_CANNY, plane=plane)
    found = [ControlImage(kind=kind) for kind in (1, 2)]
    reference = ReferenceImage(plane=plane, scale=0.6)
    asked: list[tuple[dict[str, Any], tuple[Raster, ...]]] = [
        ({}, ()),
        ({"controls": [control]}, (noise(1),)),
        ({"controls": [control]}, (noise(2),)),
        ({"controls": found}, ()),
        ({"references": [reference]}, (noise(1),)),
        ({"references": [reference]}, (noise(2),)),
    ]
    wanted = [
        replace(edit(photograph(HEIGHT, WIDTH), rectangle(), model=model, **more), extras=extras)
        for more, extras in asked
    ]
    handles = [client.submit(each, lambda event: None, lambda error: None) for each in wanted]
    results = [colour_and_mask(handle.wait(GUARD)[0])[0] for handle in handles]
    assert len({result.tobytes() for result in results}) == len(asked)


@pytest.mark.parametrize(
    ("model", "more", "sentence"),
    [
        ("sdxl", {"controls": [ControlImage(kind=ControlImage.KIND_CANNY)]}, "controls"),
        ("flux", {"references": [ReferenceImage(plane=2)]}, "references"),
        ("sd15", {"controls": [ControlImage(kind=ControlImage.KIND_POSE)]}, "controls"),
    ],
)
def test_what_a_model_has_no_network_for_is_refused_by_name(
    client: Client, model: str, more: dict[str, Any], sentence: str
) -> None:
    extras = (noise(1),) if "references" in more else ()
    wanted = edit(photograph(HEIGHT, WIDTH), rectangle(), model=model, **more)
    with pytest.raises(SfumatoError) as refused:
        ask(client, replace(wanted, extras=extras))
    assert f"{model} cannot use {sentence}" in refused.value.message
