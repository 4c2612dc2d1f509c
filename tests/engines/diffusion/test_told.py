"""What an edit is told of itself: progress, previews, refusals, what was used."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import cv2
import numpy as np
import pytest

from sfumato.engines.base import Refused
from sfumato.engines.diffusion.engine import DiffusionEngine
from sfumato.engines.messages import Failed, Finished, Notice, Preview, Progress
from sfumato.engines.parameters import Gray, MaskedContent, Operation, Parameters, Scheduler
from sfumato_client import Bounds
from tests.support.diffusion import photograph
from tests.support.painting import HEIGHT, WIDTH, make, rectangle, wanted
from tests.support.works import results, run, work_of

pytestmark = pytest.mark.usefixtures("nothing_is_left")


def test_progress_only_grows_and_ends_with_everything_resolved(
    engine: DiffusionEngine, tmp_path: Path
) -> None:
    reports = run(engine, make(tmp_path, Parameters(model="sd15", operation=Operation.REMOVE)))
    steps = [report.step for report in reports if isinstance(report, Progress)]
    assert steps == sorted(steps)
    assert isinstance(reports[-1], Finished)
    resolved = reports[-1].resolved
    assert all(getattr(resolved, field.name) is not None for field in fields(resolved))
    assert resolved.masked_content is MaskedContent.FILL


def test_previews_begin_early_are_jpegs_and_are_not_too_many(
    engine: DiffusionEngine, tmp_path: Path
) -> None:
    steps = 120
    reports = run(engine, make(tmp_path, wanted(steps=steps)))
    previews = [report for report in reports if isinstance(report, Preview)]
    first = reports.index(previews[0])
    before = [r for r in reports[:first] if isinstance(r, Progress)]
    assert before[-1].step <= steps / 5
    assert len(previews) <= steps / 4
    for preview in previews:
        decoded = cv2.imdecode(np.frombuffer(preview.image, np.uint8), cv2.IMREAD_COLOR)
        assert decoded is not None
        assert preview.bounds == Bounds(0, 0, WIDTH, HEIGHT)
        assert len(preview.image) <= 64_000


def test_without_a_preview_side_there_are_no_previews(
    engine: DiffusionEngine, tmp_path: Path
) -> None:
    reports = run(engine, make(tmp_path, wanted(), preview_side=0))
    assert not [report for report in reports if isinstance(report, Preview)]


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        (wanted("flux", negative_prompt="blurred"), "NEGATIVE_PROMPT_UNSUPPORTED"),
        (wanted(strength=0.01), "STRENGTH_TOO_LOW"),
    ],
)
def test_what_shows_late_ends_the_job_with_a_sentence(
    engine: DiffusionEngine, parameters: Parameters, code: str, tmp_path: Path
) -> None:
    ending = run(engine, make(tmp_path, parameters))[-1]
    assert isinstance(ending, Failed)
    assert ending.refused
    assert ending.code == code
    assert ending.message.endswith(".")


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        (wanted("nobody"), "MODEL_UNKNOWN"),
        (wanted("flux", scheduler=Scheduler.DDIM), "SCHEDULER_UNSUPPORTED"),
        (wanted(operation=Operation.INSTRUCT), "OPERATION_UNSUPPORTED"),
        (wanted("flux-kontext", operation=Operation.REMOVE), "OPERATION_UNSUPPORTED"),
        (
            wanted(gray=Gray.PARTIAL, masked_content=MaskedContent.BLUR),
            "MASKED_CONTENT_UNSUPPORTED",
        ),
    ],
)
def test_what_shows_at_once_is_refused_at_once(
    engine: DiffusionEngine, parameters: Parameters, code: str, tmp_path: Path
) -> None:
    with pytest.raises(Refused) as refused:
        engine.start(make(tmp_path, parameters))
    assert refused.value.code == code


def test_an_enhanced_prompt_is_told_and_can_be_repeated(
    engine: DiffusionEngine, tmp_path: Path
) -> None:
    picture = photograph(HEIGHT, WIDTH)
    work = work_of(tmp_path / "a", picture, rectangle(), wanted(enhance_prompt=True))
    reports = run(engine, work)
    told = reports[-1]
    assert isinstance(told, Finished)
    [notice] = [report for report in reports if isinstance(report, Notice)]
    assert notice.code == "PROMPT_ENHANCED"
    added = notice.message.removeprefix("Added to the prompt: ").rstrip(".")
    assert told.resolved.prompt == f"a red vase, {added}"
    again = work_of(tmp_path / "b", picture, rectangle(), told.resolved)
    assert run(engine, again)[-1].resolved == told.resolved
    assert np.array_equal(results(again)[0][1], results(work)[0][1])
