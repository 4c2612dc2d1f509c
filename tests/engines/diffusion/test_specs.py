"""What the daemon's settings make of the diffusion engine's host."""

from __future__ import annotations

from pathlib import Path

from sfumato.configuration import load
from sfumato.engines.parameters import Operation, Parameters
from sfumato.service.ability import resolved
from sfumato.service.installed import catalogue, engine_specs
from tests.support.tiny_models import tiny_model


def test_an_edit_without_a_model_gets_one_that_can_do_it(tmp_path: Path) -> None:
    models = catalogue(
        {name: tiny_model(name) for name in ("sd15", "flux-kontext")}, tmp_path, tmp_path
    )

    def chosen(operation: Operation) -> str:
        asked = Parameters(operation=operation, model="", prompt="a red vase")
        if operation is Operation.REMOVE:
            asked = Parameters(operation=operation, model="")
        return resolved(asked, models)[0].model

    assert chosen(Operation.REMOVE) == "fill"
    assert chosen(Operation.GENERATE) == "sd15"
    assert chosen(Operation.INSTRUCT) == "flux-kontext"


def test_without_models_there_is_no_diffusion_host() -> None:
    assert "diffusion" not in {spec.name for spec in engine_specs({}, ["cpu"], 60)}


def test_models_and_settings_are_told_to_the_host() -> None:
    directory = tiny_model("sd15")
    told = {"safety_checker": False, "compiled": True, "model_memory": 4000}
    specs = engine_specs({"mine": directory}, ["cpu"], 60, **told)
    (diffusion,) = (spec for spec in specs if spec.name == "diffusion")
    assert dict(diffusion.options) == {
        "model:mine": str(directory),
        "safety_checker": "off",
        "compile": "on",
        "memory": "4000",
    }


def test_the_safety_checker_is_heard_unless_the_settings_say_otherwise(tmp_path: Path) -> None:
    assert load({"state_dir": tmp_path}).safety_checker
    assert not load({"state_dir": tmp_path, "safety_checker": False}).safety_checker
