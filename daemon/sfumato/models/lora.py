"""What a LoRA file is for, read from its header: the models it fits and how it is sampled.

LoRAs come in the spellings of several training programs (diffusers, peft, kohya); diffusers reads
them all. Here only what tells the families apart is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sfumato.engines.parameters import Scheduler
from sfumato.models.errors import UnusableModel
from sfumato.models.fit import UNET, WIDTHS, Fit
from sfumato.models.header import Header, read_header

_LORA = re.compile(r"lora[._](A|B|up|down)\b|lora_(unet|te|te1|te2|transformer)_")
# A UNet's cross attention reads the text with this: the width of its input tells the family.
_READS_TEXT = re.compile(r"attn2[._](processor\.)?to_[kv][._].*(down|lora_A|a1)\b")
# Words in tensors' names that one lineage alone has. FLUX.2 and Qwen share FLUX's other names.
_WORDS = (
    ("flux2", re.compile(r"to_qkv_mlp_proj|double_stream_modulation")),
    ("qwen-image", re.compile(r"img_mlp|txt_mlp|img_mod\b|txt_mod\b")),
    ("flux", re.compile(r"single_transformer_blocks|single_blocks|double_blocks")),
    ("sd3", re.compile(r"joint_blocks|ff_context|transformer_blocks[._]\d+[._]attn[._]")),
    (UNET, re.compile(r"(^|[._])unet[._]|(down|up)_blocks[._]\d+[._]attentions|input_blocks")),
)
# What training programs write into the metadata, by the beginning of the text.
_METADATA_KEYS = ("modelspec.architecture", "ss_base_model_version")
_METADATA = (
    ("stable-diffusion-xl", Fit(UNET, WIDTHS["sdxl"])),
    ("sdxl", Fit(UNET, WIDTHS["sdxl"])),
    ("stable-diffusion-v1", Fit(UNET, WIDTHS["sd15"])),
    ("sd_v1", Fit(UNET, WIDTHS["sd15"])),
    ("stable-diffusion-v2", Fit(UNET, WIDTHS["sd2"])),
    ("sd_v2", Fit(UNET, WIDTHS["sd2"])),
    ("stable-diffusion-3", Fit("sd3")),
    ("sd3", Fit("sd3")),
    ("flux-1", Fit("flux")),
    ("flux1", Fit("flux")),
)


@dataclass(frozen=True, slots=True)
class FewSteps:
    """How a LoRA that was distilled to few steps wants to be sampled; None: as the model is."""

    steps: int
    guidance: float | None = None
    scheduler: Scheduler | None = None


@dataclass(frozen=True, slots=True)
class LoraFile:
    """A LoRA by its name, and what it is for. ``weight`` is the one it was made to be used with."""

    name: str
    file: Path
    fit: Fit
    few_steps: FewSteps | None = None
    weight: float = 1.0


def is_lora(header: Header) -> bool:
    """Whether a file holds a LoRA."""
    return any(_LORA.search(name) for name in header.shapes)


def describe_lora(name: str, file: Path) -> LoraFile:
    """The LoRA in a file; ``UnusableModel`` if it is none that Sfumato can use."""
    header = read_header(file)
    fit = _fit(header)
    if fit is None or fit.lineage not in ("unet", "flux", "sd3"):
        raise UnusableModel(
            f"{file} is a LoRA for a kind of model that Sfumato cannot use LoRAs with. It uses "
            "those for Stable Diffusion 1.5, 2, XL and 3 and for FLUX.1."
        )
    few_steps, weight = _few_steps(name, file, fit)
    return LoraFile(name, file, fit, few_steps, weight)


def _fit(header: Header) -> Fit | None:
    lineage = next((one for one, words in _WORDS if _any(words, header.shapes)), None)
    if lineage not in (None, UNET):
        return Fit(lineage)
    widths = [shape[1] for name, shape in header.shapes.items() if _READS_TEXT.search(name)]
    if widths:
        return Fit(UNET, widths[0])
    said = " ".join(header.metadata.get(key, "").lower() for key in _METADATA_KEYS).split()
    told = (fit for text in said for begin, fit in _METADATA if text.startswith(begin))
    return next(told, Fit(UNET) if lineage else None)


def _any(words: re.Pattern[str], names: Iterable[str]) -> bool:
    return any(words.search(name) for name in names)


_LCM = re.compile(r"\blcm\b")
_LIGHTNING = re.compile(r"lightning\W*(\d+)\W*step")
_HYPER = re.compile(r"hyper\W*(sd15|sdxl|sd3|flux[\w.]*(?:\W*dev)?)\W*(\d+)\W*step(.*)")


def _few_steps(name: str, file: Path, fit: Fit) -> tuple[FewSteps | None, float]:
    """Settings and weight by what the LoRA is called: the authors' own, from their model cards."""
    # In the hub's cache the repository's name is three folders up.
    called = [name, file.stem, *(part.name for part in file.parents[:3])]
    texts = [text.lower().replace("_", "-") for text in called]
    distilled = fit.lineage == UNET
    for text in texts:
        if distilled and _LCM.search(text):
            return FewSteps(4, 1.0, Scheduler.LCM), 1.0
        if distilled and (match := _LIGHTNING.search(text)):
            return FewSteps(int(match[1]), 1.0, Scheduler.TRAILING_EULER), 1.0
        if match := _HYPER.search(text):
            guided = 5.0 if "cfg" in match[3] else 1.0
            if distilled:
                return FewSteps(int(match[2]), guided, Scheduler.TRAILING_EULER), 1.0
            return FewSteps(int(match[2]), guided if "cfg" in match[3] else None), 0.125
    return None, 1.0
