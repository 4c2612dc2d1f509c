"""LoRAs beside a model's weights: worn for a step, never merged, so taking them off is exact."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from logging import ERROR
from pathlib import Path
from typing import Any, NamedTuple

from transformers.utils import logging

from sfumato.engines.base import Refused

MOST = 8
"""LoRAs that stay in memory with a model; the one worn longest ago makes room."""


class WornLora(NamedTuple):
    """A LoRA's file and the weight it is worn with."""

    file: Path
    weight: float


class Loras:
    """The LoRAs of one loaded pipeline, read by diffusers when they are first worn."""

    def __init__(self, pipeline: Any, most: int = MOST) -> None:
        self._pipeline = pipeline
        self._most = most
        self._names: OrderedDict[Path, str] = OrderedDict()
        self._worn: tuple[WornLora, ...] | None = ()
        self._count = 0

    def wear(self, wanted: Sequence[WornLora]) -> None:
        """From now on the networks compute with exactly these; ``Refused`` if one does not fit."""
        wanted = tuple(wanted)
        if wanted == self._worn:
            return
        self._worn = None  # half dressed, should something go wrong
        for lora in wanted:
            if lora.file not in self._names:
                self._read(lora.file)
            self._names.move_to_end(lora.file)
        if wanted:
            self._pipeline.enable_lora()
            self._pipeline.set_adapters(
                [self._names[lora.file] for lora in wanted], [lora.weight for lora in wanted]
            )
        elif self._names:
            self._pipeline.disable_lora()
        while len(self._names) > max(self._most, len(wanted)):
            self._pipeline.delete_adapters(self._names.popitem(last=False)[1])
        self._worn = wanted

    def _read(self, file: Path) -> None:
        self._count += 1
        name = f"lora-{self._count}"
        verbosity = logging.get_verbosity()
        logging.set_verbosity(ERROR)  # it would report all that a LoRA leaves as it is
        try:
            self._pipeline.load_lora_weights(
                file.parent,
                weight_name=file.name,
                adapter_name=name,
                use_safetensors=True,
                local_files_only=True,
            )
        # What diffusers raises for a LoRA of other shapes or names depends on the file.
        except (ValueError, KeyError, RuntimeError, TypeError, AttributeError) as error:
            raise _unfit(file) from error
        except OSError as error:
            raise Refused("LORA_UNUSABLE", f"The LoRA {file} cannot be read: {error}.") from error
        finally:
            logging.set_verbosity(verbosity)
        held = self._pipeline.get_list_adapters().values()
        if not any(name in names for names in held):  # diffusers only warns
            raise _unfit(file)
        self._names[file] = name


def _unfit(file: Path) -> Refused:
    return Refused(
        "LORA_UNFIT",
        f"The LoRA {file.stem} does not fit this model: its weights have other names or shapes. "
        "Choose a LoRA that was made for this kind of model.",
    )
