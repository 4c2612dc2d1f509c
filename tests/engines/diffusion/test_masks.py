"""Change maps: what may change, how far, and when it is let go."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from sfumato.engines.diffusion.masks import (
    blend_map,
    held,
    held_back,
    hole_of,
    partial_map,
    stock_map,
    without_hole,
)

SCALE = 8


def amounts(values: list[int]) -> torch.Tensor:
    """A 32 x 32 amount with one gray value at each of some pixels."""
    amount = torch.zeros(1, 1, 32, 32)
    for number, value in enumerate(values):
        amount[0, 0, (number * 37) % 32, (number * 61) % 32] = value / 255
    return amount


@given(st.lists(st.integers(0, 255), max_size=20))
def test_blend_frees_every_latent_that_covers_a_masked_pixel(values: list[int]) -> None:
    mask = amounts(values)
    hole = hole_of(blend_map(mask, SCALE), SCALE)
    assert (hole[mask > 0] == 1).all()
    assert set(hole.unique().tolist()) <= {0.0, 1.0}


@given(st.lists(st.integers(0, 255), max_size=20))
def test_partial_gives_each_pixel_at_least_the_change_it_asks_for(values: list[int]) -> None:
    amount = amounts(values)
    change = partial_map(amount, SCALE)
    assert (change.repeat_interleave(SCALE, -1).repeat_interleave(SCALE, -2) >= amount).all()


def test_the_stock_map_is_binary_at_a_half() -> None:
    amount = torch.tensor([127 / 255, 128 / 255]).repeat_interleave(SCALE).expand(1, 1, SCALE, -1)
    assert stock_map(amount, SCALE).tolist() == [[[[0.0, 1.0]]]]


@given(st.integers(1, 60), st.floats(0, 1), st.floats(0, 1))
def test_a_freer_latent_is_let_go_no_later(total: int, one: float, other: float) -> None:
    change = torch.tensor([min(one, other), max(one, other)])
    for done in range(total + 1):
        less, more = held_back(change, done, total).tolist()
        assert less or not more


@given(st.integers(1, 60))
def test_full_change_is_never_held_and_no_change_always(total: int) -> None:
    for done in range(total + 1):
        assert held_back(torch.tensor([0.0, 1.0]), done, total).tolist() == [True, False]


def test_half_change_is_let_go_for_the_second_half() -> None:
    half = torch.tensor([0.5])
    assert [bool(held_back(half, done, 10)) for done in (0, 4, 5, 10)] == [True, True, False, False]


def test_held_latents_are_the_originals_bits() -> None:
    latents, original = torch.randn(1, 4, 2, 2), torch.randn(1, 4, 2, 2)
    holding = torch.tensor([[True, False], [False, True]])[None, None]
    result = held(latents, original, holding)
    assert torch.equal(result[..., 0, 0], original[..., 0, 0])
    assert torch.equal(result[..., 0, 1], latents[..., 0, 1])


def test_a_model_cannot_see_what_was_in_the_hole() -> None:
    picture = torch.ones(1, 3, 16, 16)
    hole = hole_of(torch.tensor([[[[0.2, 0.0], [0.0, 0.0]]]]), SCALE)
    seen = without_hole(picture, hole)
    assert (seen[..., :8, :8] == 0).all()
    assert (seen[..., 8:, :] == 1).all()
