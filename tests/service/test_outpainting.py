"""What new canvas means for an edit's parameters."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sfumato.engines.parameters import Gray, MaskedContent, Parameters
from sfumato.service.outpainting import for_new_canvas, known_picture
from sfumato.service.status import Refusal
from sfumato_client import Growth, Sides
from sfumato_client.geometry import Bounds, Extent
from sfumato_client.wire.parameters_pb2 import Outpaint

ASKED = Parameters(grow=4, feather=9)


def test_the_clients_own_message_is_understood() -> None:
    growth = Growth.of(Extent(300, 200), Sides(10, 0, 30, 5), overlap=24)
    assert known_picture(growth.message, growth.canvas) == Bounds(10, 0, 300, 200)
    found = for_new_canvas(ASKED, growth.message)
    assert (found.grow, found.feather) == (0, 24)


def test_without_an_overlap_the_feather_is_it() -> None:
    assert for_new_canvas(ASKED, Outpaint(left=3)).feather == 9


@pytest.mark.parametrize(
    "changes",
    [
        {"gray": Gray.PARTIAL},
        {"masked_content": MaskedContent.ORIGINAL},
        {"masked_content": MaskedContent.BLUR},
    ],
)
def test_what_needs_a_picture_to_begin_from_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(Refusal, match="New canvas"):
        for_new_canvas(replace(ASKED, **changes), Outpaint(left=3))


def test_beginning_from_noise_is_allowed() -> None:
    noise = replace(ASKED, masked_content=MaskedContent.NOISE)
    assert for_new_canvas(noise, Outpaint(left=3)).masked_content is MaskedContent.NOISE
