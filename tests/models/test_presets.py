from __future__ import annotations

from pathlib import Path

import pytest

from sfumato.engines.parameters import MaskedContent, Operation
from sfumato.models.families import families
from sfumato.models.presets import PresetError, presets, shipped


def own(folder: Path, text: str, name: str = "mine") -> Path:
    path = folder / f"{name}.toml"
    path.write_text(text)
    return path


def test_every_intention_is_shipped_with_a_title_and_a_sentence() -> None:
    assert list(shipped()) == [
        "remove",
        "replace",
        "insert",
        "background",
        "recolour",
        "refine",
        "repair",
        "extend",
    ]
    assert all(preset.title and preset.description.endswith(".") for preset in shipped().values())


def test_a_plain_model_removes_by_half_on_top_of_a_fill_and_an_inpainting_model_wholly() -> None:
    remove = shipped()["remove"]
    assert remove.for_family("sd15-inpaint").strength == 1.0
    assert remove.for_family("sd15").strength == 0.5
    assert remove.for_family("sd15").masked_content is MaskedContent.FILL


def test_what_a_family_gives_wins_over_the_rest_of_the_preset() -> None:
    recolour = shipped()["recolour"]
    assert recolour.for_family("sdxl").operation is Operation.GENERATE
    assert recolour.for_family("flux-kontext").operation is Operation.INSTRUCT
    assert recolour.for_family("flux-kontext").feather == recolour.feather


def test_every_preset_can_be_had_for_every_family() -> None:
    for preset in shipped().values():
        for family in families():
            assert 0 < (preset.for_family(family).strength or 0) <= 1


def test_own_presets_are_files_beside_the_shipped_ones(tmp_path: Path) -> None:
    own(tmp_path, "strength = 0.7\ncontext = 96\nfamilies.sdxl.strength = 0.6\n", "my-look")
    found = presets(tmp_path)
    assert list(found) == [*shipped(), "my-look"]
    mine = found["my-look"]
    assert (mine.own, mine.title, mine.context) == (True, "my-look", 96)
    assert mine.for_family("sdxl").strength == 0.6


def test_without_a_folder_there_are_the_shipped_ones(tmp_path: Path) -> None:
    assert presets(tmp_path / "none") == shipped()


def test_an_own_preset_can_begin_from_a_shipped_one(tmp_path: Path) -> None:
    own(tmp_path, 'based_on = "replace"\ntitle = "Bolder"\nstrength = 0.95\nsteps = 40\n')
    mine = presets(tmp_path)["mine"]
    assert mine.title == "Bolder"
    assert mine.masked_content is shipped()["replace"].masked_content
    # What the artist sets holds for families the shipped preset treats otherwise, too.
    assert mine.for_family("flux-fill").strength == 0.95
    assert (mine.steps, mine.steps_factor) == (40, None)


def test_an_own_preset_takes_the_place_of_a_shipped_one_of_its_name(tmp_path: Path) -> None:
    own(tmp_path, "strength = 0.5\n", "insert")
    found = presets(tmp_path)
    assert list(found) == list(shipped())
    assert found["insert"].strength == 0.5


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("strength = 2", "strength is 2"),
        ("strength = 0", "strength is 0"),
        ("steps = 'many'", "steps is 'many'"),
        ("steps = 20\nsteps_factor = 2", "steps and steps_factor cannot both be given"),
        ("strenght = 0.5", "no key strenght"),
        ("name = 'x'", "no key name"),
        ("masked_content = 'grey'", "masked_content is 'grey'"),
        ("context = 5", "context"),
        ("families.dalle.strength = 0.5", "unlike dalle"),
        ("families.sdxl.strength = 3", "families.sdxl.strength is 3"),
        ("based_on = 'nothing'", "based_on is 'nothing'"),
        ("strength =", "is not a TOML file"),
    ],
)
def test_a_wrong_file_is_refused_by_its_name_and_key(tmp_path: Path, text: str, named: str) -> None:
    path = own(tmp_path, text)
    with pytest.raises(PresetError) as refused:
        presets(tmp_path)
    assert str(path) in str(refused.value)
    assert named in str(refused.value)


def test_a_name_with_a_blank_is_refused(tmp_path: Path) -> None:
    own(tmp_path, "strength = 0.5", "my look")
    with pytest.raises(PresetError, match="cannot be a preset's name"):
        presets(tmp_path)
