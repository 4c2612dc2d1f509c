"""``sfumato models info`` tells what a model is from its files and from the catalogue."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from sfumato.cli.failures import BadInput
from sfumato.cli.model_info import facts_of
from sfumato.models.catalogue import recommended
from tests.support.command import run_in
from tests.support.tiny_additions import tiny_lora
from tests.support.tiny_models import FAMILIES, tiny_model


@pytest.mark.parametrize("name", recommended())
def test_an_offer_is_told_with_its_licence_and_needs(name: str) -> None:
    facts = facts_of(name, {}, recommended())
    assert facts["licence"] == recommended()[name].license
    assert facts["graphics_memory_gigabytes"] > 0
    assert "family" not in facts or 5 <= len(facts["working_sizes"]) <= 9


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_an_added_model_is_told_from_its_files(family: str) -> None:
    facts = facts_of("mine", {"mine": tiny_model(family)}, {})
    assert facts["family"] == family
    assert facts["native_size"] == "64 x 64"
    assert facts["path"] == str(tiny_model(family))
    assert set(facts["parts"]) >= {"vae", "text_encoder"}


def test_what_goes_with_models_is_told_too() -> None:
    assert "LoRA" in facts_of("ink", {"ink": tiny_lora("sd15")}, {})["what_it_is"]


def test_a_name_nobody_knows_is_answered_with_those_there_are() -> None:
    with pytest.raises(BadInput, match=r"Added are: mine.*sdxl-inpaint"):
        facts_of("none", {"mine": tiny_model("sd15")}, recommended())


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    directory = Path(shutil.copytree(tiny_model("sd15"), tmp_path / "model"))
    [weights] = (directory / "unet").glob("*.safetensors")
    weights.write_bytes(weights.read_bytes()[:-9])
    with pytest.raises(BadInput, match=weights.name):
        facts_of("mine", {"mine": directory}, {})


def test_the_command_prints_it_for_people_and_programs(tmp_path: Path) -> None:
    told = run_in(tmp_path, "models", "info", "sdxl-inpaint")
    assert told.code == 0, told.err
    assert "RAIL++" in told.out and "1024 x 1024" in told.out
    read = run_in(tmp_path, "models", "info", tiny_model("sd15"), "--json")
    assert json.loads(read.out)["family"] == "sd15"


def test_the_list_of_offers_names_licences_in_full(tmp_path: Path) -> None:
    listed = run_in(tmp_path, "models", "available", COLUMNS="300")
    assert listed.code == 0, listed.err
    assert all(offer.license in listed.out for offer in recommended().values())
