"""Models come from a hub: whole, checked, and again from where a download broke."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sfumato.models import hub as hub_module
from sfumato.models.catalogue import for_memory, recommended
from sfumato.models.hub import CannotPull, pull
from sfumato.models.memory import device_memory
from tests.support.hub import Hub, serving_hub
from tests.support.tiny_models import tiny_model
from tests.support.tiny_selectors import tiny_sam2

REPOSITORY = "someone/tiny"
# The hub's client writes in blocks of 10 MB; only whole ones are there after a break.
LARGE = 24_000_000


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    """A hub with a tiny model that a test may add to."""
    directory = Path(shutil.copytree(tiny_model("sd15"), tmp_path / "repository"))
    with serving_hub(directory, REPOSITORY) as hub:
        yield hub


def sfumato(
    hub: Hub, state: Path, *arguments: str, **more: str
) -> subprocess.CompletedProcess[str]:
    """The real command, with this hub and a cache of its own."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
    here = {
        "HF_ENDPOINT": hub.address,
        "HF_HOME": str(state / "hf"),
        "SFUMATO_STATE_DIR": str(state),
        "COLUMNS": "300",
    }
    return subprocess.run(
        [sys.executable, "-m", "sfumato", *arguments],
        env=kept | here | more,
        check=False,
        capture_output=True,
        text=True,
        timeout=100,
    )


def test_a_pulled_model_is_added_and_needs_no_second_download(hub: Hub, tmp_path: Path) -> None:
    first = sfumato(hub, tmp_path, "models", "pull", REPOSITORY)
    assert first.returncode == 0, first.stderr
    assert "tiny: Stable Diffusion 1.5" in first.stdout
    hub.asked.clear()
    again = sfumato(hub, tmp_path, "models", "pull", REPOSITORY, "--as", "other")
    assert again.returncode == 0, again.stderr
    assert not [path for kind, path, _ in hub.asked if kind == "GET" and "/resolve/" in path]


def test_a_broken_download_goes_on_where_it_stopped(hub: Hub, tmp_path: Path) -> None:
    (hub.directory / "unet" / "more.safetensors").write_bytes(os.urandom(LARGE))
    hub.cut = LARGE - 1000
    assert sfumato(hub, tmp_path, "models", "pull", REPOSITORY).returncode == 0
    assert [int(part.removeprefix("bytes=").rstrip("-")) > 0 for part in hub.ranges()] == [True]


def test_a_damaged_file_is_found_removed_and_fetched_anew(hub: Hub, tmp_path: Path) -> None:
    hub.damaged = True
    broken = sfumato(hub, tmp_path, "models", "pull", REPOSITORY)
    assert broken.returncode == 1
    assert "Damaged on the way" in broken.stderr
    hub.damaged = False
    again = sfumato(hub, tmp_path, "models", "pull", REPOSITORY)
    assert again.returncode == 0, again.stderr


def test_a_gated_model_says_where_to_accept_its_licence(hub: Hub, tmp_path: Path) -> None:
    hub.gated = True
    refused = sfumato(hub, tmp_path, "models", "pull", REPOSITORY)
    assert refused.returncode == 1
    assert "accept its licence" in refused.stderr


def test_an_unknown_repository_is_named(hub: Hub, tmp_path: Path) -> None:
    refused = sfumato(hub, tmp_path, "models", "pull", "someone/else")
    assert refused.returncode == 1
    assert "someone/else" in refused.stderr


def test_offline_nothing_is_fetched_and_the_sentence_says_so(hub: Hub, tmp_path: Path) -> None:
    refused = sfumato(hub, tmp_path, "models", "pull", REPOSITORY, HF_HUB_OFFLINE="1")
    assert refused.returncode == 1
    assert "HF_HUB_OFFLINE" in refused.stderr
    assert hub.asked == []


def test_pickles_are_not_even_fetched(hub: Hub, tmp_path: Path) -> None:
    (hub.directory / "unet" / "diffusion_pytorch_model.bin").write_bytes(b"pickle")
    assert sfumato(hub, tmp_path, "models", "pull", REPOSITORY).returncode == 0
    assert not [path for _, path, _ in hub.asked if path.endswith(".bin")]


def test_a_model_that_selects_is_fetched_without_what_goes_with_other_programs(
    tmp_path: Path,
) -> None:
    directory = Path(shutil.copytree(tiny_sam2(), tmp_path / "repository"))
    for name in ("pytorch_model.bin", "model.py", "more/model.safetensors"):
        (directory / name).parent.mkdir(exist_ok=True)
        (directory / name).write_bytes(b"other")
    with serving_hub(directory, REPOSITORY) as hub:
        pulled = sfumato(hub, tmp_path, "models", "pull", REPOSITORY)
        assert pulled.returncode == 0, pulled.stderr
        assert "tiny: SAM 2, selects what is clicked at" in pulled.stdout
        fetched = {Path(path).name for _, path, _ in hub.asked if "/resolve/" in path}
    assert fetched == {"config.json", "model.safetensors"}


def test_a_licence_has_to_be_accepted(hub: Hub, tmp_path: Path) -> None:
    refused = sfumato(hub, tmp_path, "models", "pull", "sdxl-inpaint")
    assert refused.returncode != 0
    assert recommended()["sdxl-inpaint"].license in refused.stdout
    assert not [path for _, path, _ in hub.asked if "/resolve/" in path]


def test_a_full_disk_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(hub_module.huggingface_hub, "list_repo_files", lambda _: [])
    monkeypatch.setattr(hub_module.huggingface_hub, "snapshot_download", full)
    with pytest.raises(CannotPull, match="disk is full"):
        pull(REPOSITORY)


def test_only_the_wanted_precision_is_fetched() -> None:
    names = [
        "unet/diffusion_pytorch_model.safetensors",
        "unet/diffusion_pytorch_model.fp16.safetensors",
        "vae/diffusion_pytorch_model.safetensors",
        "text_encoder/model.fp16-00001-of-00002.safetensors",
        "text_encoder/model-00001-of-00002.safetensors",
    ]
    assert set(hub_module._other_variants(names, "fp16")) == {names[0], names[4]}
    assert set(hub_module._other_variants(names, "")) == {names[1], names[3]}


def test_the_catalogue_is_shown_with_what_fits_this_computer(hub: Hub, tmp_path: Path) -> None:
    shown = sfumato(hub, tmp_path, "models", "available")
    assert shown.returncode == 0, shown.stderr
    best = for_memory(device_memory())
    assert [line for line in shown.stdout.splitlines() if line.startswith(f"{best.name} *")]
    assert all(name in shown.stdout for name in recommended())


def test_the_recommendation_fits_the_memory_that_is_there() -> None:
    assert for_memory(2**30).name == "sd15-inpaint"
    assert for_memory(12 * 2**30).name == "sdxl-inpaint"
    assert for_memory(80 * 2**30).vram_bytes > 20 * 2**30
