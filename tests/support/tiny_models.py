"""Tiny models with random weights in the real architectures, made offline in the real layout.

Speed and pictures mean nothing here; everything else is as in the real thing: tokenizers, text
encoders, VAE, denoiser, scheduler, ``model_index.json``, safetensors. A checkpoint is built once
and kept in a cache directory outside the repository, under a name that holds the digest of the
modules that make it.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import diffusers
import torch

from tests.support import tiny_flux, tiny_qwen, tiny_stable_diffusion, tiny_vae, tiny_words
from tests.support.tiny_flux import flux, flux2_klein
from tests.support.tiny_qwen import qwen_image, z_image
from tests.support.tiny_stable_diffusion import checked, sd, sd3, sdxl

MAKERS = (tiny_flux, tiny_qwen, tiny_stable_diffusion, tiny_vae, tiny_words)

FAMILIES: dict[str, Callable[[], Any]] = {
    "sd15": lambda: sd(4),
    "sd15-inpaint": lambda: sd(9),
    "sdxl": lambda: sdxl(4),
    "sdxl-inpaint": lambda: sdxl(9),
    "sd3": sd3,
    "flux": lambda: flux(64, diffusers.FluxPipeline),
    "flux-fill": lambda: flux(384, diffusers.FluxFillPipeline),
    "flux-kontext": lambda: flux(64, diffusers.FluxKontextPipeline),
    "z-image": z_image,
    "flux2-klein": lambda: flux2_klein(distilled=True),
    "flux2-klein-base": lambda: flux2_klein(distilled=False),
    "qwen-image": lambda: qwen_image(edits=False),
    "qwen-image-edit": lambda: qwen_image(edits=True),
}

# Stable Diffusion with a safety checker.
CHECKED: dict[str, Callable[[], Any]] = {
    "sd15-objecting": lambda: checked(sd(4), -2.0),
    "sd15-content": lambda: checked(sd(4), 2.0),
}

# Stable Diffusion XL whose text encoders are told apart by their widths, as the real ones are.
NARROW: dict[str, Callable[[], Any]] = {"sdxl-narrow": lambda: sdxl(4, first_width=16)}


def tiny_model(name: str) -> Path:
    """The directory of a tiny model: one of ``FAMILIES``, ``CHECKED``, ``NARROW``."""
    builders = FAMILIES | CHECKED | NARROW
    sources = b"".join(Path(module.__file__).read_bytes() for module in MAKERS)
    digest = hashlib.sha256(Path(__file__).read_bytes() + sources).hexdigest()[:12]
    cache = Path(tempfile.gettempdir()) / f"sfumato-tiny-models-{digest}"
    directory = cache / name
    if not directory.exists():
        cache.mkdir(exist_ok=True)
        half_built = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=cache))
        torch.manual_seed(0)
        builders[name]().save_pretrained(half_built, safe_serialization=True)
        try:
            half_built.rename(directory)
        except OSError:  # another test process was faster
            shutil.rmtree(half_built)
    return directory
