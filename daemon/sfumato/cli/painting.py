"""What is to be painted, and how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from sfumato.cli.additions import (
    Added,
    Control,
    Lora,
    Reference,
    parse_control,
    parse_lora,
    parse_reference,
)
from sfumato.cli.options import GENERATION, Preset
from sfumato.cli.recipes import recipe
from sfumato.engines.parameters import MaskedContent, Scheduler
from sfumato.models.recipes import Recipe
from sfumato_client.wire import parameters_pb2 as wire


@dataclass(frozen=True)
class Painting:
    """What every edit can be asked; None and empty leave it to the preset and the model."""

    prompt: Annotated[
        str,
        typer.Option(
            metavar="TEXT",
            help="What should be there. Without it, what is selected is removed.",
            rich_help_panel=GENERATION,
        ),
    ] = ""
    negative_prompt: Annotated[
        str,
        typer.Option(metavar="TEXT", help="What should not be there.", rich_help_panel=GENERATION),
    ] = ""
    model: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="A model of `sfumato models`. Default: fill without a prompt.",
            rich_help_panel=GENERATION,
        ),
    ] = ""
    strength: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="How far to change it.", rich_help_panel=GENERATION),
    ] = None
    steps: Annotated[
        int | None,
        typer.Option(min=1, max=150, help="Denoising steps.", rich_help_panel=GENERATION),
    ] = None
    guidance: Annotated[
        float | None,
        typer.Option(min=0, max=50, help="How closely to follow.", rich_help_panel=GENERATION),
    ] = None
    seed: Annotated[
        int | None,
        typer.Option(min=0, max=2**63 - 1, help="Repeats a result.", rich_help_panel=GENERATION),
    ] = None
    scheduler: Annotated[
        Scheduler | None,
        typer.Option("--scheduler", help="The sampler.", rich_help_panel=GENERATION),
    ] = None
    lora: Annotated[
        list[Lora] | None,
        typer.Option(
            "--lora",
            metavar="NAME[:WEIGHT]",
            parser=parse_lora,
            help="A LoRA of `sfumato models`. May be given several times.",
            rich_help_panel=GENERATION,
        ),
    ] = None
    reference: Annotated[
        list[Reference] | None,
        typer.Option(
            "--reference",
            metavar="IMAGE[:WEIGHT]",
            parser=parse_reference,
            help="A picture whose style or subject the result should have.",
            rich_help_panel=GENERATION,
        ),
    ] = None
    preset: Preset = ""
    enhance: Annotated[
        bool,
        typer.Option(
            "--enhance",
            help="Add light, perspective and style of the picture to the prompt, and say what.",
            rich_help_panel=GENERATION,
        ),
    ] = False
    recipe: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Several passes as one edit: careful, seam, fill, one of yours, or a .toml file.",
        ),
    ] = ""
    seam_pass: Annotated[
        bool,
        typer.Option(
            "--seam-pass",
            help="Let the model pass lightly over the seam once more.",
            rich_help_panel=GENERATION,
        ),
    ] = False
    variations: Annotated[
        int,
        typer.Option(
            min=1,
            max=8,
            help="How many results; OUT becomes OUT-1, OUT-2 and so on.",
            rich_help_panel=GENERATION,
        ),
    ] = 1

    @property
    def parameters(self) -> wire.Parameters:
        """The same as the daemon is asked, without what is ``added``."""
        asked = wire.Parameters(
            prompt=self.prompt,
            negative_prompt=self.negative_prompt,
            model=self.model,
            strength=self.strength,
            steps=self.steps,
            guidance=self.guidance,
            seed=self.seed,
            scheduler=f"SCHEDULER_{self.scheduler.name}" if self.scheduler else None,
            preset=self.preset,
            enhance_prompt=self.enhance,
            variations=self.variations,
        )
        if self.seam_pass:
            asked.seam_pass = True
        return asked

    @property
    def passes(self) -> Recipe | None:
        """The recipe that is named; ``BadInput`` for a wrong one."""
        return recipe(self.recipe) if self.recipe else None

    @property
    def added(self) -> Added:
        """What goes with the model."""
        return Added(self.lora or (), references=self.reference or ())


@dataclass(frozen=True)
class Changing(Painting):
    """The same for what stands in the picture already."""

    instruct: Annotated[
        bool,
        typer.Option(
            "--instruct",
            help="The prompt is an instruction, like 'make the jacket red'.",
            rich_help_panel=GENERATION,
        ),
    ] = False
    masked_content: Annotated[
        MaskedContent | None,
        typer.Option(
            "--masked-content", help="What stands there at first.", rich_help_panel=GENERATION
        ),
    ] = None
    control: Annotated[
        list[Control] | None,
        typer.Option(
            "--control",
            metavar="KIND[=IMAGE][:WEIGHT]",
            parser=parse_control,
            help="Keep to the edges (canny) or the depth of IMAGE, or of the picture itself.",
            rich_help_panel=GENERATION,
        ),
    ] = None

    @property
    def parameters(self) -> wire.Parameters:
        """The same as the daemon is asked, without what is ``added``."""
        asked = wire.Parameters(
            operation=wire.Operation.OPERATION_INSTRUCT if self.instruct else None,
            masked_content=(
                f"MASKED_CONTENT_{self.masked_content.name}" if self.masked_content else None
            ),
        )
        asked.MergeFrom(super().parameters)
        return asked

    @property
    def added(self) -> Added:
        """What goes with the model."""
        return Added(self.lora or (), self.control or (), self.reference or ())
