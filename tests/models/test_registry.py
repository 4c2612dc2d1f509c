"""Models that a user added are remembered, and only real ones are."""

from __future__ import annotations

from pathlib import Path

import pytest

from sfumato.models.errors import UnusableModel
from sfumato.models.registry import FILE, Registry
from sfumato_client.wire import models_pb2
from tests.support.daemon import GUARD, running_daemon
from tests.support.tiny_models import tiny_model


def test_added_models_are_there_for_the_next_daemon(tmp_path: Path) -> None:
    Registry(tmp_path).add("mine", tiny_model("sd15"))
    Registry(tmp_path).add("other", tiny_model("sdxl"))
    assert Registry(tmp_path).directories() == {
        "mine": tiny_model("sd15"),
        "other": tiny_model("sdxl"),
    }


def test_a_removed_model_is_forgotten_but_not_deleted(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    registry.add("mine", tiny_model("sd15"))
    assert registry.remove("mine") == tiny_model("sd15")
    assert registry.directories() == {}
    assert tiny_model("sd15").is_dir()


def test_removing_what_is_not_there_names_what_is(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    registry.add("mine", tiny_model("sd15"))
    with pytest.raises(UnusableModel, match="Added are: mine"):
        registry.remove("yours")


@pytest.mark.parametrize("name", ["", "fill", "a=b", "a,b"])
def test_names_that_could_not_be_asked_for_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(UnusableModel, match="cannot be a model's name"):
        Registry(tmp_path).add(name, tiny_model("sd15"))


def test_a_directory_without_a_model_is_not_remembered(tmp_path: Path) -> None:
    with pytest.raises(UnusableModel):
        Registry(tmp_path).add("mine", tmp_path)
    assert Registry(tmp_path).directories() == {}


@pytest.mark.parametrize("content", ["{", "[]", '{"a": 1}'])
def test_a_damaged_file_is_named(content: str, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(content)
    with pytest.raises(UnusableModel, match="damaged"):
        Registry(tmp_path).directories()


def test_a_daemon_serves_what_was_added(tmp_path: Path) -> None:
    Registry(tmp_path).add("mine", tiny_model("sd15"))
    with running_daemon(tmp_path) as daemon, daemon.stub() as stub:
        reply = stub.ListModels(
            models_pb2.ListModelsRequest(), metadata=daemon.metadata, timeout=GUARD
        )
    assert [model.name for model in reply.models] == ["fill", "mine"]
    assert reply.default_model == "mine"
