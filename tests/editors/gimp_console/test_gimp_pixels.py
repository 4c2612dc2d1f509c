"""Removals in pictures of every kind: what the mask covers changes, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from tests.editors.gimp import Gimp
from tests.editors.gimp_documents import Document, as_float, on_canvas
from tests.editors.gimp_subjects import (
    HARD,
    HEIGHT,
    SOFT,
    WIDTH,
    Plane,
    border_selection,
    expected_mask,
)
from tests.editors.reference import photograph


@dataclass(frozen=True)
class Case:
    """A kind of document and of selection; ``form`` and ``dtype`` are its own pixels."""

    name: str
    form: str
    dtype: str
    selection: Plane
    base: str = "RGB"
    precision: str = "U8_NON_LINEAR"
    profile: str = ""
    rounding: float = 0.0
    """What GIMP's own blending of 32-bit gray may change by, where nothing is covered."""


BORDER = border_selection()
CASES = (
    Case("8 bit, hard", "R'G'B'A u8", "u1", HARD),
    Case("8 bit, soft", "R'G'B'A u8", "u1", SOFT),
    Case("8 bit, at the border", "R'G'B'A u8", "u1", BORDER),
    Case("8 bit linear", "RGBA u8", "u1", HARD, precision="U8_LINEAR"),
    Case("16 bit, soft", "R'G'B'A u16", "<u2", SOFT, precision="U16_NON_LINEAR"),
    Case("half float", "RGBA half", "<f2", HARD, precision="HALF_LINEAR"),
    Case("float", "R'G'B'A float", "<f4", HARD, precision="FLOAT_NON_LINEAR"),
    Case("float linear, soft", "RGBA float", "<f4", SOFT, precision="FLOAT_LINEAR"),
    Case("gray", "Y'A u8", "u1", HARD, base="GRAY"),
    Case("gray, 16 bit, soft", "Y'A u16", "<u2", SOFT, base="GRAY", precision="U16_NON_LINEAR"),
    Case("gray, float", "Y'A float", "<f4", HARD, "GRAY", "FLOAT_NON_LINEAR", rounding=1e-6),
    Case("wide gamut", "R'G'B'A u8", "u1", HARD, profile="adobe"),
    Case("wide gamut, 16 bit", "R'G'B'A u16", "<u2", HARD, "RGB", "U16_NON_LINEAR", "adobe"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_removal_changes_what_the_mask_covers_and_nothing_else(gimp: Gimp, case: Case) -> None:
    picture = as_float(photograph())
    document = Document(
        gimp, picture, base=case.base, precision=case.precision, profile=case.profile
    )
    document.select(case.selection)
    before, state = document.seen(case.form, case.dtype), document.play("state")
    selected = document.selection()

    answer = document.run("remove", seed=1)

    assert (answer.status, answer.sentence) == ("success", "")
    layer = document.made(answer.layer)
    reference = expected_mask(selected, layer)
    mask = on_canvas(layer, reference.shape)
    assert np.abs(mask.astype(int) - reference).max() <= 1
    after = document.seen(case.form, case.dtype)
    untouched = mask == 0
    assert np.abs(after[untouched].astype(float) - before[untouched]).max() <= case.rounding
    if not case.rounding:
        assert after[untouched].tobytes() == before[untouched].tobytes()
    assert (after[mask == 255] != before[mask == 255]).any()
    assert document.selection().tobytes() == selected.tobytes() == case.selection.tobytes()
    assert answer.layer == "Remove 1"
    expected = {**state, "dirty": True, "stack": ["Remove 1", "paper"]}
    assert document.play("state") == expected
    document.close()


def test_a_transparent_picture_keeps_its_transparency(gimp: Gimp) -> None:
    document = Document(gimp, as_float(photograph()))
    document.play("show", name="paper", visible=False)
    cut = np.zeros((HEIGHT, WIDTH, 4), np.float32)
    cut[60:240, 100:330] = (0.3, 0.5, 0.7, 1)
    document.add_layer("cut", cut)
    document.select(HARD)
    before = document.seen("R'G'B'A u8", "u1")
    answer = document.run("remove", seed=1)
    mask = on_canvas(document.made(answer.layer), before.shape)
    after = document.seen("R'G'B'A u8", "u1")
    assert after[mask == 0].tobytes() == before[mask == 0].tobytes()
    document.close()


def test_values_above_white_are_kept_below_the_layer_and_a_notice_says_so(gimp: Gimp) -> None:
    document = Document(gimp, 1.5 * as_float(photograph()), precision="FLOAT_LINEAR")
    document.select(HARD)
    before, said = document.seen("RGBA float", "<f4"), len(gimp.log)
    assert before.max() > 1
    answer = document.run("remove", seed=1)
    mask = on_canvas(document.made(answer.layer), before.shape)
    after = document.seen("RGBA float", "<f4")
    assert after[mask == 0].tobytes() == before[mask == 0].tobytes()
    assert "brighter than white" in gimp.log[said:]
    document.close()
