"""The words that are added to a prompt, from pictures of which anybody would say the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sfumato.engines.diffusion.wording import FITTING, KEEPING, context_words
from sfumato.engines.edit import Edit
from sfumato.engines.parameters import Operation, Parameters
from tests.support.works import work_of


def words(folder: Path, colour: tuple[int, int, int], operation: Operation) -> str:
    """For a picture of one colour whose selected part holds another."""
    picture = np.full((40, 60, 3), colour, np.uint8)
    picture[10:30, 20:40] = (0, 90, 255)
    selection = np.zeros((40, 60), np.uint8)
    selection[10:30, 20:40] = 255
    with Edit(work_of(folder / "a", picture, selection, Parameters())) as edit:
        return context_words(edit.patch(0, 0), operation)


@pytest.mark.parametrize(
    ("colour", "seen"),
    [
        ((128, 128, 128), "black and white"),
        ((230, 150, 60), "warm light"),
        ((60, 110, 190), "cool light"),
        ((30, 30, 30), "dark"),
        ((250, 250, 250), "bright"),
    ],
)
def test_light_and_colour_of_the_surroundings_are_told(
    tmp_path: Path, colour: tuple[int, int, int], seen: str
) -> None:
    assert seen in words(tmp_path, colour, Operation.GENERATE)


def test_what_is_generated_is_to_fit_and_what_is_changed_by_instruction_is_to_stay(
    tmp_path: Path,
) -> None:
    assert words(tmp_path, (9, 9, 9), Operation.GENERATE).endswith(FITTING)
    (tmp_path / "b").mkdir()
    assert words(tmp_path / "b", (9, 9, 9), Operation.INSTRUCT).endswith(KEEPING)
