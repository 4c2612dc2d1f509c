"""How long GIMP stands still: the beats of a question that its main loop has to answer."""

import time

from gi.repository import Gimp

BEAT_S = 0.002
PATIENCE_S = 60


def watch(image, layers):
    """Ask until the picture has so many layers; the times of the answers, in seconds.

    The clock is the system's monotonic one, which other processes share.
    """
    image = Gimp.Image.get_by_id(image)
    beats = [time.monotonic()]
    while len(image.get_layers()) < layers:
        if beats[-1] > beats[0] + PATIENCE_S:
            raise TimeoutError("the layer did not come")
        beats.append(time.monotonic())
        time.sleep(BEAT_S)
    # What the last step left to be drawn counts too.
    for _ in range(20):
        beats.append(time.monotonic())
        image.get_layers()
    beats.append(time.monotonic())
    return beats
