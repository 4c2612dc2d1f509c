"""The Containerfiles: they can be read, and say the same but for the device.

``python -m benchmarks.containers`` runs their steps.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.containerfile import scripts, settings, steps

ROOT = Path(__file__).parents[1]
FILES = ("Containerfile", "Containerfile.cpu")


@pytest.mark.parametrize("name", FILES)
def test_it_serves_as_a_user_of_its_own_and_keeps_its_state_in_a_volume(name: str) -> None:
    found = steps(ROOT / name)
    last = {step.instruction: step for step in found}
    assert last["USER"].words == "sfumato"
    assert last["ENTRYPOINT"].listed == ["sfumato"]
    assert last["CMD"].listed[0] == "serve"
    assert last["HEALTHCHECK"].listed == ["sfumato", "status"]
    state = settings(last["ENV"]) | {
        key: value
        for step in found
        if step.instruction == "ENV"
        for key, value in settings(step).items()
    }
    assert state["SFUMATO_STATE_DIR"] == last["VOLUME"].words


@pytest.mark.parametrize("name", FILES)
def test_arguments_reach_the_steps_and_torch_is_the_tested_one(name: str) -> None:
    makefile = (ROOT / "Makefile").read_text()
    ran = list(scripts(steps(ROOT / name), {"TORCH_INDEX": "https://mirror"}))
    variables = ran[-1][1]
    assert variables["TORCH_INDEX"] == "https://mirror"
    assert f"?= {variables['TORCH']}\n" in makefile


def test_both_take_the_same_steps() -> None:
    commands = [[step for step, _ in scripts(steps(ROOT / name), {})] for name in FILES]
    assert commands[0] == commands[1]


def test_what_is_no_containerfile_is_told(tmp_path: Path) -> None:
    file = tmp_path / "Containerfile"
    for text in ("RUN true\n", "FROM debian\nRUNN true\n", ""):
        file.write_text(text)
        with pytest.raises(ValueError, match="Containerfile"):
            steps(file)
