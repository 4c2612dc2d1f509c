"""What lets pictures guide a model: ControlNets, IP-Adapters and estimators of depth.

All are told by their JSON files and headers alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sfumato.engines.parameters import ControlKind
from sfumato.models.errors import UnusableModel
from sfumato.models.fit import UNET, Fit
from sfumato.models.header import SUFFIX, Header, read_header

# Words in names that tell what a ControlNet was trained on: its files do not say.
_KINDS = {
    "canny": ControlKind.CANNY,
    "depth": ControlKind.DEPTH,
    "pose": ControlKind.POSE,
    "lineart": ControlKind.LINEART,
}


@dataclass(frozen=True, slots=True)
class ControlNet:
    """A network that guides structure by one kind of control image."""

    name: str
    directory: Path
    fit: Fit
    kind: ControlKind


@dataclass(frozen=True, slots=True)
class IpAdapter:
    """Weights that let a model look at a reference picture, with the encoder that reads it."""

    name: str
    file: Path
    fit: Fit
    encoder: Path


@dataclass(frozen=True, slots=True)
class DepthEstimator:
    """A network that makes a depth map of a picture."""

    name: str
    directory: Path


def config_of(directory: Path) -> dict[str, Any]:
    """What the directory's ``config.json`` says; empty if there is none."""
    try:
        content = json.loads((directory / "config.json").read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise UnusableModel(f"{directory / 'config.json'} cannot be read: {error}.") from error
    return content if isinstance(content, dict) else {}


def is_control_net(config: dict[str, Any]) -> bool:
    """Whether a directory with this configuration holds a ControlNet."""
    return config.get("_class_name") == "ControlNetModel"


def is_depth_estimator(config: dict[str, Any]) -> bool:
    """Whether a directory with this configuration holds an estimator of depth."""
    classes = config.get("architectures") or []
    return any(str(name).endswith("ForDepthEstimation") for name in classes)


def is_ip_adapter(header: Header) -> bool:
    """Whether a file holds an IP-Adapter."""
    return any(name.startswith("ip_adapter.") for name in header.shapes)


def describe_control_net(name: str, directory: Path) -> ControlNet:
    """The ControlNet in a directory; ``UnusableModel`` if its kind cannot be told."""
    refuse_pickle(directory)
    config = config_of(directory)
    said = [name, str(config.get("_name_or_path", "")), *folder_names(directory)]
    kinds = (kind for text in said for word, kind in _KINDS.items() if word in text.lower())
    kind = next(kinds, None)
    if kind is None:
        raise UnusableModel(
            f"{directory} is a ControlNet, but not even its name says of which kind. Give it a "
            f"name with one of the words {', '.join(_KINDS)}, like canny-1."
        )
    return ControlNet(name, directory, Fit(UNET, int(config.get("cross_attention_dim", 0))), kind)


def describe_depth_estimator(name: str, directory: Path) -> DepthEstimator:
    """The estimator in a directory; ``UnusableModel`` if its weights are pickled."""
    refuse_pickle(directory)
    return DepthEstimator(name, directory)


def describe_ip_adapter(name: str, file: Path) -> IpAdapter:
    """The IP-Adapter in a file; ``UnusableModel`` if its image encoder is nowhere near it."""
    shapes = read_header(file).shapes
    if any("lora" in key for key in shapes):
        raise UnusableModel(
            f"{file} is an IP-Adapter for faces, which needs a face recognition that Sfumato does "
            "not have. Use one for pictures."
        )
    keys = [shape for key, shape in shapes.items() if key.endswith("to_k_ip.weight")]
    # What it takes from the encoder: a projection's input, in the "plus" ones a resampler's.
    taken = {
        shape[-1]
        for key, shape in shapes.items()
        if key in ("image_proj.proj.weight", "image_proj.proj_in.weight")
    }
    for encoder in _encoders(file):
        vision = config_of(encoder)
        if taken & {vision.get("projection_dim"), vision.get("hidden_size")}:
            refuse_pickle(encoder)
            return IpAdapter(name, file, Fit(UNET, keys[0][1] if keys else 0), encoder)
    raise UnusableModel(
        f"{file} is an IP-Adapter, but the image encoder that goes with it is not there. Put its "
        f"folder, image_encoder, beside the file."
    )


def _encoders(file: Path) -> Iterator[Path]:
    """Where an image encoder may lie: beside the file, or as in the repository they come from."""
    for place in (file.parent, file.parent.parent / "models", file.parent.parent / "sdxl_models"):
        if (place / "image_encoder").is_dir():
            yield place / "image_encoder"


def folder_names(directory: Path) -> Iterator[str]:
    """The directory's name, and the repository's where it lies in the hub's cache."""
    yield directory.name
    if directory.parent.name == "snapshots":
        yield directory.parent.parent.name


def refuse_pickle(directory: Path) -> None:
    """Raise ``UnusableModel`` if the weights in a directory are not safetensors."""
    if not any(directory.glob(f"*{SUFFIX}")):
        raise UnusableModel(
            f"{directory} has no weights as {SUFFIX}. Other formats can run code when they are "
            "loaded; look for the same model as safetensors."
        )
