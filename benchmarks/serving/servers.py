"""Who serves the edits: stock diffusers behind a lock, with static batches, and Sfumato."""

from __future__ import annotations

import dataclasses
import tempfile
from pathlib import Path
from typing import Any, Protocol

import torch
from PIL import Image

from benchmarks.serving.meter import Clock, Split
from benchmarks.serving.trace import Edit
from sfumato.engines.diffusion.engine import DiffusionEngine
from sfumato.engines.diffusion.schedulers import build_scheduler
from sfumato.engines.diffusion.studio import Studio
from sfumato.engines.messages import Finished
from sfumato.engines.parameters import Operation, Parameters
from sfumato.models.families import Family
from tests.support.works import work_of


class Server(Protocol):
    """Takes edits, and does some work at every turn."""

    def submit(self, edit: Edit) -> None:
        """Queue an edit."""

    def turn(self) -> list[int]:
        """Work a little; the numbers of the edits that are now done."""

    def reset(self) -> None:
        """Count from now on what ``told`` tells."""

    def told(self, seconds: float) -> str:
        """What it did in these seconds; empty if nobody knows."""


class StockServer:
    """The stock pipeline, first come first served; ``batches`` puts equal edits into one call."""

    def __init__(self, pipeline: Any, family: Family, batches: bool) -> None:
        self._pipeline = pipeline
        self._sampler = family.scheduler
        self._most = 8 if batches else 1
        self._queue: list[Edit] = []
        self._scheduler_config = pipeline.scheduler.config

    def submit(self, edit: Edit) -> None:
        """Queue an edit."""
        self._queue.append(edit)

    def turn(self) -> list[int]:
        """Serve the first edit, and those that are equal to it."""
        if not self._queue:
            return []
        batch = [edit for edit in self._queue if edit.kind == self._queue[0].kind][: self._most]
        self._queue = [edit for edit in self._queue if edit not in batch]
        first, side = batch[0], batch[0].mask.shape[0]
        self._pipeline.scheduler = build_scheduler(self._sampler, self._scheduler_config)
        self._pipeline(
            prompt=[edit.prompt for edit in batch],
            image=[Image.fromarray(edit.picture) for edit in batch],
            mask_image=[Image.fromarray(edit.mask) for edit in batch],
            generator=[torch.Generator("cpu").manual_seed(edit.number) for edit in batch],
            height=side,
            width=side,
            num_inference_steps=first.steps,
            strength=first.strength,
            guidance_scale=first.guidance,
            output_type="np",
        )
        return [edit.number for edit in batch]

    def reset(self) -> None:
        """See ``Server``: nothing is counted."""

    def told(self, seconds: float) -> str:
        """See ``Server``."""
        return ""


class SfumatoServer:
    """The diffusion engine, from arena to arena."""

    def __init__(self, studio: Studio, folder: Path, clock: Clock) -> None:
        adapter = studio.adapter
        options = {"dtype": str(adapter.dtype).removeprefix("torch.")}
        self._engine = DiffusionEngine(str(adapter.device), options, [studio])
        self._model = studio.model.name
        self._folder = folder
        self._split = Split(clock)
        self._split.watch(self._engine)

    def submit(self, edit: Edit) -> None:
        """Write the edit's arena and hand it to the engine."""
        parameters = Parameters(
            operation=Operation.GENERATE,
            model=self._model,
            prompt=edit.prompt,
            strength=edit.strength,
            steps=edit.steps,
            guidance=edit.guidance,
            seed=edit.number,
        )
        path = Path(tempfile.mkdtemp(dir=self._folder)) / "arena"
        work = work_of(path, edit.picture, edit.mask, parameters, mask=edit.mask, preview_side=0)
        self._engine.start(dataclasses.replace(work, id=str(edit.number)))

    def turn(self) -> list[int]:
        """One turn of the engine's crank."""
        reports = self._engine.step() if self._engine.busy else []
        return [int(report.work_id) for report in reports if isinstance(report, Finished)]

    def reset(self) -> None:
        """See ``Server``."""
        self._split.reset()

    def told(self, seconds: float) -> str:
        """See ``Server``: how the time splits by kind of turn."""
        return self._split.told(seconds)
