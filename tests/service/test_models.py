"""A diffusion model behind the real daemon."""

from __future__ import annotations

from pathlib import Path

import pytest

from sfumato_client.wire import models_pb2
from sfumato_client.wire import parameters_pb2 as pp
from tests.support.daemon import running_daemon, start
from tests.support.edits import wire_edit
from tests.support.tiny_models import tiny_model

PATIENCE = 300
"""Seconds in which torch and diffusers are imported even on a busy computer."""


@pytest.mark.slow
@pytest.mark.timeout(2 * PATIENCE)
def test_a_model_named_at_the_start_paints_what_a_prompt_describes(tmp_path: Path) -> None:
    model = f"tiny={tiny_model('sd15')}"
    with running_daemon(tmp_path, "--model", model, "--device", "cpu") as daemon:
        edit = wire_edit(64, 64)
        edit.header.parameters.MergeFrom(pp.Parameters(prompt="a cat", steps=2, seed=3))
        with daemon.stub() as stub:
            models = stub.ListModels(models_pb2.ListModelsRequest(), metadata=daemon.metadata)
            events = list(stub.Inpaint(edit.requests(), metadata=daemon.metadata, timeout=PATIENCE))
    assert [model.name for model in models.models] == ["fill", "tiny"]
    assert models.default_model == "tiny"
    done = events[-1].done
    assert (done.resolved.model, done.resolved.steps, done.seed) == ("tiny", 2, 3)
    assert done.resolved.scheduler != pp.SCHEDULER_UNSPECIFIED


def test_a_directory_without_a_model_is_refused_with_a_sentence(tmp_path: Path) -> None:
    process = start(tmp_path / "state", "--model", f"empty={tmp_path}")
    process.communicate()
    assert process.returncode == 1
    log = (tmp_path / "state" / "log").read_text()
    assert "model_index.json" in log
    assert "Traceback" not in log
