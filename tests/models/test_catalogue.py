"""What is checked in about models is whole and sensible: the catalogue and the families."""

from __future__ import annotations

import re
import tomllib
from importlib import resources
from typing import Any

import pytest

from sfumato.models.buckets import bucket_grid, buckets
from sfumato.models.catalogue import recommended
from sfumato.models.decoders import DecoderKind
from sfumato.models.families import Family, families
from sfumato.models.loading import PIPELINES
from sfumato.models.selectors import SelectorKind

KEYS = {
    "repository",
    "variant",
    "license",
    "license_url",
    "gated",
    "gigabytes",
    "note",
}
# Licences by the names their owners use; another one has to be looked at before it is added.
LICENSES = {
    "Apache-2.0",
    "MIT",
    "CreativeML Open RAIL-M",
    "CreativeML Open RAIL++-M",
    "Stability AI Community License",
    "FLUX.1 [dev] Non-Commercial License",
}
REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
# Of these families one can be had by name.
WANTED = {
    "sd15-inpaint",
    "sdxl-inpaint",
    "sd3",
    "flux-fill",
    "flux-kontext",
    "qwen-image-edit",
    "flux2-klein",
    "z-image",
}


def tables() -> dict[str, dict[str, Any]]:
    text = resources.files("sfumato.models").joinpath("catalogue.toml").read_text("utf-8")
    return tomllib.loads(text)


@pytest.mark.parametrize("name", tables())
def test_an_offer_is_whole(name: str) -> None:
    table = tables()[name]
    if "selects" in table:
        assert set(table) == KEYS | {"selects", "vram_gigabytes"}
        assert table["selects"] in set(SelectorKind)
    elif "shows" in table:
        assert set(table) == KEYS | {"shows", "vram_gigabytes"}
        assert table["shows"] in set(DecoderKind)
    else:
        assert set(table) == KEYS | {"family"}
        assert table["family"] in families()
    assert REPOSITORY.fullmatch(table["repository"])
    assert table["variant"] in ("", "fp16", "bf16")
    assert table["license"] in LICENSES
    assert table["license_url"].startswith(("https://huggingface.co/", "https://github.com/"))
    assert table["gated"] is True or table["gated"] is False


@pytest.mark.parametrize("name", tables())
def test_an_offers_sizes_agree(name: str) -> None:
    model = recommended()[name]
    memory = model.vram_bytes / 2**30
    least = 1e6 if isinstance(model.kind, DecoderKind) else 1e8
    assert least < model.download_bytes < 1e11
    # What is downloaded is in half precision, but for some parts, and most of it is in memory.
    assert 0.4 < memory / (model.download_bytes / 1e9) < 10
    if not isinstance(model.kind, Family):
        return
    assert memory / (model.download_bytes / 1e9) < 2.5
    told = re.search(r"graphics cards with (\d+) GB", model.note)
    assert told and int(told[1]) >= memory
    assert ("not for commercial use" in model.note) == ("Non-Commercial" in model.license)


def test_every_wanted_family_can_be_had() -> None:
    painters = [offer.kind for offer in recommended().values() if isinstance(offer.kind, Family)]
    assert {family.name for family in painters} >= WANTED


def test_offers_come_the_smallest_first_and_each_once() -> None:
    offers = list(recommended().values())
    painters = [offer for offer in offers if isinstance(offer.kind, Family)]
    assert offers[: len(painters)] == painters
    sizes = [offer.download_bytes for offer in painters]
    assert sizes == sorted(sizes)
    assert len({offer.repository for offer in offers}) == len(offers)


@pytest.mark.parametrize("name", families())
def test_a_family_has_few_sizes_of_about_its_native_area(name: str) -> None:
    family = families()[name]
    grid = bucket_grid(family.native_side, family.grid)
    sizes = buckets(family.native_side, grid)
    assert 1 <= len(sizes) <= 9
    for size in sizes:
        assert size.width % grid == size.height % grid == 0
        assert abs(size.area / family.native_side**2 - 1) < 0.1


@pytest.mark.parametrize("name", families())
def test_a_familys_defaults_are_within_its_bounds(name: str) -> None:
    family = families()[name]
    assert family.scheduler in family.schedulers
    assert 1 <= family.steps <= 100
    assert 0 <= family.guidance_scale <= family.guidance_max
    assert 0 < family.strength <= 1
    assert family.vram_bytes > 2**30
    assert family.name in PIPELINES
