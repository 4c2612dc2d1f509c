"""How long the artist's hand waits: figures on a 4096 x 4096 picture, printed with `pytest -rP`.

The plug-in is a process of its own, so that only what it asks of GIMP can hold GIMP up. The bounds
here only catch what hangs: other work on a machine doubles any of these times.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest

from tests.editors.gimp import Gimp
from tests.editors.gimp_documents import Document, as_float
from tests.editors.gimp_hands import GIMP, PATIENCE_S, Hands
from tests.editors.reference import photograph
from tests.editors.scripted_daemon import ScriptedDaemon

HANG_MS = 5000
SIDE = 4096
WAITING_S = 1.0


@pytest.mark.parametrize(
    ("precision", "extent"),
    [
        ("U8_NON_LINEAR", (600, 400)),
        ("U16_NON_LINEAR", (600, 400)),
        ("FLOAT_LINEAR", (600, 400)),
        ("U8_NON_LINEAR", (SIDE // 2, SIDE)),
    ],
    ids=["8 bit", "16 bit", "float", "8 bit, half the canvas"],
)
def test_gimp_answers_while_a_large_picture_is_edited(
    gimp: Gimp,
    hands: Hands,
    daemon: ScriptedDaemon,
    precision: str,
    extent: tuple[int, int],
) -> None:
    height, width = photograph().shape[:2]
    large = np.tile(photograph(), (SIDE // height + 1, SIDE // width + 1, 1))[:SIDE, :SIDE]
    document = Document(gimp, as_float(large), precision=precision)
    selection = np.zeros((SIDE, SIDE), np.uint8)
    wide, high = extent
    top = (SIDE - high) // 2
    selection[top : top + high, 700 : 700 + wide] = 255
    document.select(selection)
    document.play("display")
    # Drawing the new window is GIMP's own affair.
    hands.show(GIMP, "large")
    daemon.hold()
    with ThreadPoolExecutor(1) as pool:
        beats = pool.submit(gimp.play, "gaps.watch", image=document.id, layers=2)
        hands.invoke("remove")
        assert daemon.at_work.wait(PATIENCE_S)
        sent = time.monotonic()
        assert not daemon.edits[-1].cancel_asked.wait(WAITING_S)
        released = time.monotonic()
        daemon.release()
        times = beats.result(PATIENCE_S)
    gaps = {
        "sending": longest(times, 0, sent),
        "waiting": longest(times, sent, released),
        "inserting": longest(times, released, times[-1]),
    }
    print(f"{precision} {wide}x{high} of {SIDE}x{SIDE}: longest gaps in ms {gaps}, "
          f"{1000 * (times[-1] - released):.0f} ms from the result to the layer")  # fmt: skip
    assert max(gaps.values()) < HANG_MS
    document.play("undisplay")


def longest(times: Sequence[float], since: float, until: float) -> int:
    """The longest time without an answer within a span, in ms."""
    gaps = [late - early for early, late in pairwise(times) if late > since and early < until]
    return round(1000 * max(gaps, default=0.0))
