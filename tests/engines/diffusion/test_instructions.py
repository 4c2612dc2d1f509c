"""Instructions about a picture ("make the vase blue"), over gRPC, with a mask and without."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from sfumato.models.families import families
from sfumato_client import Operation
from sfumato_client.blocking import Client
from sfumato_client.endpoint import Endpoint
from sfumato_client.errors import SfumatoError
from sfumato_client.events import Done
from tests.support.daemon import running_daemon
from tests.support.diffusion import photograph
from tests.support.model_edits import GUARD, ask, colour_and_mask, edit
from tests.support.tiny_models import FAMILIES, tiny_model

pytestmark = [pytest.mark.slow, pytest.mark.timeout(2 * GUARD)]
WIDTH, HEIGHT = 77, 60
INSTRUCTED = ("flux-kontext", "flux2-klein", "flux2-klein-base", "qwen-image-edit")
PICTURE = photograph(HEIGHT, WIDTH)


@pytest.fixture(scope="module")
def client(device: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A client of a daemon with all that follow instructions, and one that does not."""
    state = tmp_path_factory.mktemp("state")
    models = [
        text
        for name in (*INSTRUCTED, "z-image")
        for text in ("--model", f"{name}={tiny_model(name)}")
    ]
    with running_daemon(state, *models, "--device", device, OMP_NUM_THREADS="1") as daemon:
        client = Client(Endpoint(daemon.address, daemon.token), "tests", "1")
        yield client
        client.close()


def instructed(client: Client, family: str, selection: np.ndarray, **more: Any) -> np.ndarray:
    """What comes of an instruction."""
    wanted = edit(
        PICTURE,
        selection,
        model=family,
        operation=Operation.OPERATION_INSTRUCT,
        **({"prompt": "make the vase blue", "steps": 4} | more),
    )
    result, events = ask(client, wanted)
    [done] = [event for event in events if isinstance(event, Done)]
    assert done.resolved.operation == Operation.OPERATION_INSTRUCT
    colour, mask = colour_and_mask(result)
    assert np.array_equal(colour[mask == 0], PICTURE[mask == 0])
    return colour


def rectangle() -> np.ndarray:
    selection = np.zeros((HEIGHT, WIDTH), np.uint8)
    selection[16:40, 20:50] = 255
    return selection


def everything() -> np.ndarray:
    """What an edit without a selection selects."""
    return np.full((HEIGHT, WIDTH), 255, np.uint8)


def test_these_are_all_that_follow_instructions() -> None:
    assert {name for name in FAMILIES if families()[name].instructs} == set(INSTRUCTED)


@pytest.mark.parametrize("family", INSTRUCTED)
def test_an_instruction_changes_what_is_selected_and_no_other_pixel(
    client: Client, family: str
) -> None:
    colour = instructed(client, family, rectangle())
    assert (colour != PICTURE)[16:40, 20:50].any(axis=-1).mean() > 0.9


@pytest.mark.parametrize("family", INSTRUCTED)
def test_without_a_selection_the_whole_picture_is_changed(client: Client, family: str) -> None:
    colour = instructed(client, family, everything())
    assert (colour != PICTURE).any(axis=-1).mean() > 0.9


@pytest.mark.parametrize("family", INSTRUCTED)
def test_other_words_give_another_result(client: Client, family: str) -> None:
    one = instructed(client, family, everything())
    other = instructed(client, family, everything(), prompt="a night with snow, in oil")
    assert not np.array_equal(one, other)


def test_a_model_that_follows_none_says_so_and_what_it_can(client: Client) -> None:
    with pytest.raises(SfumatoError) as refused:
        instructed(client, "z-image", rectangle())
    assert "z-image cannot instruct. It can remove, generate" in refused.value.message
