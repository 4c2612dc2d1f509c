"""Steps of an edit that several tests in Krita begin with."""

from __future__ import annotations

from typing import Any

import numpy as np
import skimage.data
from numpy.typing import NDArray

from tests.editors.krita_easel import Easel
from tests.editors.krita_studio import Studio
from tests.editors.scripted_daemon import HANG_S, ScriptedDaemon

Plane = NDArray[np.uint8]


def photograph() -> NDArray[np.uint8]:
    """A real one, 600x400."""
    return skimage.data.coffee()


def box(top: int, left: int, height: int, width: int) -> Plane:
    """A rectangle on the photograph."""
    plane = np.zeros(photograph().shape[:2], np.uint8)
    plane[top : top + height, left : left + width] = 255
    return plane


def prepared(studio: Studio, easel: Easel, prompt: str = "a red jacket") -> Plane:
    """The photograph with a prompt and a selection, which is returned."""
    easel.open(photograph())
    selection = box(120, 200, 80, 120)
    easel.select(selection)
    studio.play("artist.write_prompt", text=prompt)
    return selection


def generate(studio: Studio) -> dict[str, Any]:
    """Generate and wait for the end."""
    return studio.play("artist.edit", action="sfumato_generate")


def begin(studio: Studio, daemon: ScriptedDaemon, action: str = "sfumato_generate") -> None:
    """Start an edit that the daemon holds at its first step."""
    daemon.hold()
    studio.play("artist.trigger", action=action)
    assert daemon.at_work.wait(HANG_S), studio.play("artist.state")
    studio.play("artist.until_preview")


def finish(studio: Studio, daemon: ScriptedDaemon) -> dict[str, Any]:
    """Let it go on to its end."""
    daemon.release()
    return studio.play("artist.ended")
