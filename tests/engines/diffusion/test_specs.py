"""What the daemon's settings make of the diffusion engine's host."""

from __future__ import annotations

from pathlib import Path

from sfumato.configuration import load
from sfumato.service.installed import engine_specs
from tests.support.tiny_models import tiny_model


def test_without_models_there_is_no_diffusion_host() -> None:
    assert [spec.name for spec in engine_specs({}, "cpu", 60)] == ["fill"]


def test_models_and_the_safety_checker_are_told_to_the_host() -> None:
    directory = tiny_model("sd15")
    specs = engine_specs({"mine": directory}, "cpu", 60, safety_checker=False)
    assert dict(specs[1].options) == {"model:mine": str(directory), "safety_checker": "off"}


def test_the_safety_checker_is_heard_unless_the_settings_say_otherwise(tmp_path: Path) -> None:
    assert load({"state_dir": tmp_path}).safety_checker
    assert not load({"state_dir": tmp_path, "safety_checker": False}).safety_checker
