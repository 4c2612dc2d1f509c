"""A diffusion model behind the real daemon."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from sfumato.models.registry import Registry
from sfumato_client.wire import inpainting_pb2 as pb
from sfumato_client.wire import models_pb2
from sfumato_client.wire import parameters_pb2 as pp
from tests.support.command import run_in
from tests.support.daemon import GUARD, Daemon, running_daemon
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


@pytest.fixture(scope="module")
def with_a_bad_one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon that was told of a model that is gone, one of a strange kind, and a good one."""
    state, strange = tmp_path_factory.mktemp("state"), tmp_path_factory.mktemp("strange")
    Registry(state).add("good", tiny_model("sd15"))
    gone = shutil.copytree(tiny_model("sd15"), strange / "gone")
    Registry(state).add("gone", gone)
    shutil.rmtree(gone)
    # Whatever a file says, its type may be another than anybody thought of.
    config = {"_class_name": "ControlNetModel", "cross_attention_dim": [1]}
    (strange / "config.json").write_text(json.dumps(config))
    (strange / "canny.safetensors").touch()
    with running_daemon(state, "--model", f"strange-canny={strange}", "--device", "cpu") as daemon:
        yield daemon


def test_a_bad_model_is_left_out_and_told_of(with_a_bad_one: Daemon) -> None:
    daemon = with_a_bad_one
    with daemon.stub() as stub:
        found = stub.ListModels(models_pb2.ListModelsRequest(), metadata=daemon.metadata)
        known = stub.GetCapabilities(pb.GetCapabilitiesRequest(), metadata=daemon.metadata)
    assert [model.name for model in found.models] == ["fill", "good"]
    assert found.default_model == "good"
    reasons = {bad.name: bad.reason for bad in found.unusable}
    assert reasons.keys() == {"gone", "strange-canny"}
    assert "model_index.json" in reasons["gone"]
    assert "cannot be read as a model" in reasons["strange-canny"]
    assert {notice.code for notice in known.notices} == {"MODEL_UNUSABLE"}
    for name, reason in reasons.items():
        assert f"the model {name} is left out: {reason}" in daemon.log
    assert "Traceback" not in daemon.log


def test_an_edit_that_names_a_bad_model_gets_the_reason(with_a_bad_one: Daemon) -> None:
    edit = wire_edit()
    edit.header.parameters.MergeFrom(pp.Parameters(model="gone"))
    with with_a_bad_one.stub() as stub, pytest.raises(grpc.RpcError) as refused:
        list(stub.Inpaint(edit.requests(), metadata=with_a_bad_one.metadata, timeout=GUARD))
    assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert "The model gone cannot be used" in refused.value.details()
    assert "model_index.json" in refused.value.details()


def test_people_are_told_of_a_bad_model_wherever_they_look(with_a_bad_one: Daemon) -> None:
    state = with_a_bad_one.state
    for command in (["status"], ["models", "list"]):
        done = run_in(state, *command)
        assert done.code == 0, done.err
        assert "gone" in done.out
        assert "cannot be used" in done.out
    done = run_in(state, "doctor", "--json")
    assert done.code == 1
    findings = {finding["subject"]: finding for finding in json.loads(done.out)}
    assert findings["Model gone"]["verdict"] == "bad"
    assert "sfumato models remove gone" in findings["Model gone"]["remedy"]
    assert "good" in findings["Models"]["message"]
