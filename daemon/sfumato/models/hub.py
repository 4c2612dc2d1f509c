"""Fetching models from a Hugging Face hub, as users of that ecosystem know it.

``HF_HOME``, ``HF_ENDPOINT``, ``HF_TOKEN`` and ``HF_HUB_OFFLINE`` mean what they always mean; models
lie in the hub's own cache, shared with every other program. Only what is needed is fetched: JSON,
text and safetensors. A broken download goes on where it stopped.
"""

from __future__ import annotations

import errno
import hashlib
import re
from pathlib import Path
from typing import Any

import huggingface_hub
from huggingface_hub import errors as hub_errors

# What a diffusers directory is made of, without pickles, previews and weights of other frameworks.
INDEX = "model_index.json"
PATTERNS = [INDEX, "*/*.json", "*/*.txt", "*/*.model", "*/*.safetensors"]
# What a directory of one network is made of.
SUFFIXES = (".json", ".txt", ".safetensors")
SHA256 = re.compile("[0-9a-f]{64}")
BLOCK = 1 << 22
# ``model.fp16.safetensors`` or, in several parts, ``model.fp16-00001-of-00002.safetensors``.
VARIANT = re.compile(r"\.(fp16|bf16|fp32|non_ema|ema_only)[.-][^/]*$")


class CannotPull(Exception):
    """The model could not be fetched; the message says why and what to do."""


def pull(repository: str, variant: str = "", progress: Any = None) -> Path:
    """Fetch a repository and return its directory; raises ``CannotPull``.

    ``variant`` picks the weights of one precision where there are several. ``progress`` is a tqdm
    class for bars; None: the hub's own.
    """
    try:
        names = huggingface_hub.list_repo_files(repository)
        directory = Path(
            huggingface_hub.snapshot_download(
                repository,
                allow_patterns=PATTERNS if INDEX in names else _single(names),
                ignore_patterns=_other_variants(names, variant),
                tqdm_class=progress,
                library_name="sfumato",
            )
        )
    # The hub's client also raises its transport's errors, whose classes it does not promise.
    except Exception as error:
        raise CannotPull(_sentence(repository, error)) from error
    _verify(directory)
    return directory


def _single(names: list[str]) -> list[str]:
    """The files of a repository that is one network."""
    return [name for name in names if "/" not in name and name.endswith(SUFFIXES)]


def _other_variants(names: list[str], variant: str) -> list[str]:
    """Patterns of weights that are there in another precision than the wanted one."""
    weights = [name for name in names if name.endswith(".safetensors") and "/" in name]
    variants = {name: match[1] for name in weights if (match := VARIANT.search(name))}
    folders = {name.rpartition("/")[0] for name, found in variants.items() if found == variant}
    return [
        name
        for name in weights
        if variants.get(name, "") != (variant if name.rpartition("/")[0] in folders else "")
    ]


def _verify(directory: Path) -> None:
    """Compare large files with the checksums the hub gave them; wrong ones are removed."""
    damaged = []
    for file in directory.rglob("*.safetensors"):
        blob = file.resolve()
        if SHA256.fullmatch(blob.name) and _sha256(blob) != blob.name:
            blob.unlink()
            file.unlink(missing_ok=True)
            damaged.append(file.relative_to(directory).as_posix())
    if damaged:
        raise CannotPull(
            f"Damaged on the way, by the hub's checksums: {', '.join(damaged)}. The damaged files "
            "were removed; pull again to fetch them anew."
        )


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _sentence(repository: str, error: Exception) -> str:
    if isinstance(error, hub_errors.GatedRepoError):
        return (
            f"{repository} asks you to accept its licence first. Open "
            f"https://huggingface.co/{repository}, accept it, and log in with `hf auth login`."
        )
    if isinstance(error, hub_errors.RepositoryNotFoundError):
        return f"The hub has no {repository}, or you may not see it. Check the name."
    if isinstance(error, hub_errors.OfflineModeIsEnabled):
        return f"{repository} is not here and HF_HUB_OFFLINE forbids to fetch it."
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return (
            f"The disk is full. Make room, or let HF_HOME name a larger one; {repository} goes on "
            "where it stopped."
        )
    return f"{repository} could not be fetched: {error}. Pull again to go on where it stopped."
