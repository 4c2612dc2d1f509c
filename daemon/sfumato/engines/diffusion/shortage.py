"""What is said where a device has too little memory."""

from __future__ import annotations

from sfumato.engines.messages import Failed, Notice


def in_parts(work_id: str, model: str) -> Notice:
    """There is no room for a whole model."""
    return Notice(
        work_id,
        "MODEL_IN_PARTS",
        f"The device has too little free memory for all of {model}, so its parts come and go "
        "while it paints, which takes longer. Other programs that use the device may hold memory.",
    )


def unrefined(work_id: str) -> Notice:
    """The second pass did not fit."""
    return Notice(
        work_id,
        "SECOND_PASS_LEFT_OUT",
        "The device has too little memory to refine a selection of this size; the result is less "
        "sharp than it could be.",
    )


def too_large(work_id: str) -> Failed:
    """Nothing made it fit."""
    return Failed(
        work_id,
        "OUT_OF_MEMORY",
        "The device has too little memory for this edit. Select less at once, ask for fewer "
        "variations, or choose a smaller model.",
    )
