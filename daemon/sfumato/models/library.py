"""Everything a daemon was told of, by name: what it is is read from its files."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from sfumato.models.checkpoints import describe_checkpoint, is_checkpoint
from sfumato.models.decoders import TinyDecoder, describe_tiny_decoder, is_tiny_decoder
from sfumato.models.description import Model, describe
from sfumato.models.errors import UnusableModel
from sfumato.models.guides import (
    ControlNet,
    DepthEstimator,
    IpAdapter,
    config_of,
    describe_control_net,
    describe_depth_estimator,
    describe_ip_adapter,
    is_control_net,
    is_depth_estimator,
    is_ip_adapter,
)
from sfumato.models.header import read_header
from sfumato.models.lora import LoraFile, describe_lora, is_lora
from sfumato.models.selectors import Selector, describe_selector, selector_kind

Item = Model | LoraFile | ControlNet | IpAdapter | DepthEstimator | TinyDecoder | Selector
Kind = TypeVar(
    "Kind", Model, LoraFile, ControlNet, IpAdapter, DepthEstimator, TinyDecoder, Selector
)


def recognized(name: str, path: Path) -> Item:
    """What a path holds, by its JSON files and headers; ``UnusableModel`` if it is nothing of use.

    No weights are read and no torch is imported.
    """
    try:
        return _recognized(name, path)
    # What files of others say can be of any type, and where they lie may be forbidden.
    except (OSError, ValueError, TypeError, LookupError, AttributeError) as error:
        raise UnusableModel(
            f"{path} cannot be read as a model: {error or type(error).__name__}."
        ) from error


def _recognized(name: str, path: Path) -> Item:
    if path.is_file():
        header = read_header(path)
        if is_ip_adapter(header):
            return describe_ip_adapter(name, path)
        if is_lora(header):
            return describe_lora(name, path)
        if is_checkpoint(header):
            return describe_checkpoint(name, path)
        raise UnusableModel(
            f"{path} is no model, LoRA or IP-Adapter. If it is one part of a model, name the "
            "model's directory."
        )
    config = config_of(path)
    if is_control_net(config):
        return describe_control_net(name, path)
    if is_depth_estimator(config):
        return describe_depth_estimator(name, path)
    if is_tiny_decoder(config):
        return describe_tiny_decoder(name, path)
    if kind := selector_kind(config):
        return describe_selector(name, path, kind)
    return describe(name, path)


def told(item: Item) -> str:
    """What it is, in a few words for people."""
    match item:
        case Model():
            return item.family.title
        case LoraFile():
            return f"LoRA for {item.fit.title()}"
        case ControlNet():
            return f"ControlNet ({item.kind}) for {item.fit.title()}"
        case IpAdapter():
            return f"IP-Adapter for {item.fit.title()}"
        case DepthEstimator():
            return "depth estimator"
        case TinyDecoder():
            return item.kind.known_as
        case Selector():
            return f"{item.kind.known_as}, {item.kind.does}"


MODEL_OPTION = "model:"
"""Engines' options that begin so name what the daemon was told of: ``("model:NAME", PATH)``."""


class Library:
    """Items by name. Each is read when it is first asked for, as its files may come and go."""

    def __init__(self, paths: Mapping[str, Path]) -> None:
        self.paths = dict(paths)
        self._items: dict[str, Item] = {}

    @classmethod
    def of_options(cls, options: Mapping[str, str]) -> Library:
        """What an engine's options name."""
        return cls(
            {
                option.removeprefix(MODEL_OPTION): Path(path)
                for option, path in options.items()
                if option.startswith(MODEL_OPTION)
            }
        )

    def __contains__(self, name: object) -> bool:
        """Whether there is anything of this name."""
        return name in self.paths

    def item(self, name: str) -> Item:
        """What has this name; ``KeyError`` if nothing has, ``UnusableModel`` if it is of no use."""
        if name not in self._items:
            self._items[name] = recognized(name, self.paths[name])
        return self._items[name]

    def model(self, name: str) -> Model:
        """The model of this name; errors as ``item``, and ``UnusableModel`` if it is no model."""
        item = self.item(name)
        if not isinstance(item, Model):
            raise UnusableModel(f"{name} is no model that paints by itself. Name one beside it.")
        return item

    def unusable(self) -> dict[str, str]:
        """Why each of those is of no use that are of none now."""
        reasons = {}
        for name in self.paths:
            try:
                self.item(name)
            except UnusableModel as error:
                reasons[name] = str(error)
        return reasons

    def usable(self, kind: type[Kind]) -> dict[str, Kind]:
        """All of one kind, in order; what is of no use now is left out."""
        found = {}
        for name in self.paths:
            with suppress(UnusableModel):
                item = self.item(name)
                if isinstance(item, kind):
                    found[name] = item
        return found
