"""What is asked of the daemon, from the words of a command line."""

from __future__ import annotations

from sfumato.cli.selecting import context
from sfumato.engines.parameters import Gray, MaskedContent, Scheduler
from sfumato_client.wire import parameters_pb2 as wire


def asked(
    *,
    prompt: str = "",
    negative_prompt: str = "",
    instruct: bool = False,
    model: str = "",
    strength: float | None = None,
    steps: int | None = None,
    guidance: float | None = None,
    seed: int | None = None,
    scheduler: Scheduler | None = None,
    masked_content: MaskedContent | None = None,
    preset: str = "",
    enhance: bool = False,
    variations: int = 1,
    gray: Gray = Gray.BLEND,
    surroundings: str = "auto",
) -> wire.Parameters:
    """The parameters of an edit; None and empty leave a value to the preset and the model."""
    return wire.Parameters(
        operation=wire.Operation.OPERATION_INSTRUCT if instruct else None,
        prompt=prompt,
        negative_prompt=negative_prompt,
        model=model,
        strength=strength,
        steps=steps,
        guidance=guidance,
        seed=seed,
        scheduler=f"SCHEDULER_{scheduler.name}" if scheduler else None,
        masked_content=f"MASKED_CONTENT_{masked_content.name}" if masked_content else None,
        preset=preset,
        enhance_prompt=enhance,
        variations=variations,
        gray=f"GRAY_MEANING_{gray.name}",
        context=context(surroundings),
    )
