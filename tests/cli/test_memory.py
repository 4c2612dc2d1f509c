"""What a device's memory holds, as people read it."""

from __future__ import annotations

import pytest

from sfumato.cli.memory import filling, gigabytes, holding, places
from sfumato_client.wire.jobs_pb2 import Device, LoadedModel

CARD = Device(
    name="cuda:0",
    memory_bytes=24_000_000_000,
    memory_used_bytes=9_500_000_000,
    models=["sdxl", "flux"],
    loaded=[LoadedModel(name="sdxl", memory_bytes=6_900_000_000)],
)


@pytest.mark.parametrize(
    ("size", "told"), [(0, "0.0 MB"), (1_234_567, "1.2 MB"), (6_900_000_000, "6.9 GB")]
)
def test_bytes_are_told_in_what_people_count_in(size: int, told: str) -> None:
    assert gigabytes(size) == told


def test_a_device_tells_what_is_used_and_free() -> None:
    assert filling(CARD) == "9.5 of 24.0 GB, 14.5 free"
    assert filling(Device(name="mps")) == ""


def test_each_model_is_told_with_what_it_takes_where_that_is_known() -> None:
    assert holding(CARD) == ["sdxl 6.9 GB", "flux"]
    assert places([CARD], "sdxl") == ["6.9 GB on cuda:0"]
    assert places([CARD], "flux") == []
