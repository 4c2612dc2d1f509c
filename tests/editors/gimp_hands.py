"""An artist's hands before GIMP's windows: keys, and what stands on the screen."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from tests.editors.desktop import Desktop
from tests.editors.gimp import KEYS

GIMP = "GNU Image Manipulation Program|GIMP$"
"""The title of GIMP's own window."""
PATIENCE_S = 60
TURN_S = 0.05
ANSWER_S = 5


class Hands:
    """Presses keys in windows found by their titles."""

    def __init__(self, desktop: Desktop) -> None:
        self._desktop = desktop
        self._main = ""

    def invoke(self, procedure: str) -> None:
        """Press the key of one of the plug-in's procedures over the picture."""
        # A window that is still being drawn may not take keys yet.
        self._at_rest(GIMP, self._desktop.share / "before-a-key.png")
        self.press(KEYS[procedure], GIMP)

    def press(self, keys: str, title: str) -> None:
        """Press keys ("alt+i", "F5") in a window, once it is there."""
        self._focus(title)
        self._desktop.run(["xdotool", "key", "--clearmodifiers", keys])

    def dismiss(self, keys: str, title: str) -> None:
        """Press keys until their window is gone; a busy one may miss the first press."""

        def gone() -> bool:
            windows = self._windows(title)
            try:
                for window in windows:
                    self._desktop.run(["xdotool", "windowfocus", window, "key", keys])
            except subprocess.CalledProcessError:  # It went meanwhile.
                return False
            deadline = time.monotonic() + ANSWER_S
            while windows and time.monotonic() < deadline:
                time.sleep(TURN_S)
                windows = self._windows(title)
            return not windows

        until(gone, f"still a window {title!r}")

    def settle(self, title: str) -> None:
        """Wait until a window has stopped changing."""
        self._at_rest(title, self._desktop.share / "settling.png")

    def write(self, text: str, title: str) -> None:
        """Write where the window's cursor is."""
        self._focus(title)
        self._desktop.run(["xdotool", "type", "--delay", "15", text])

    def see(self, title: str) -> str:
        """Wait for a window whose title matches; its id."""
        if title == GIMP and self._main:
            return self._main
        found: list[str] = []
        until(lambda: bool(found.extend(self._windows(title)) or found), f"no window {title!r}")
        if title == GIMP:
            # It stays the same, while its title follows what is going on.
            self._main = found[-1]
        return found[-1]

    def enlarge(self, title: str) -> None:
        """Give a window most of the screen."""
        window = self.see(title)
        self._desktop.run(["xdotool", "windowsize", "--sync", window, "1280", "860"])

    def miss(self, title: str) -> None:
        """Wait until no such window is there."""
        until(lambda: not self._windows(title), f"still a window {title!r}")

    def show(self, title: str, name: str) -> None:
        """Take a screenshot of a window once it has stopped changing.

        If ``SFUMATO_SCREENSHOTS`` names a folder it is kept there, for the user guide.
        """
        path = self._desktop.share / f"{name}.png"
        self._at_rest(title, path)
        if folder := os.environ.get("SFUMATO_SCREENSHOTS"):
            shutil.copy(path, folder)

    def _at_rest(self, title: str, path: Path) -> None:
        """Wait until a window looks the same three times in a row; the picture is in ``path``."""
        looks: list[bytes] = []

        def calm() -> bool:
            self._desktop.run(["import", "-window", self.see(title), str(path)])
            with Image.open(path) as picture:
                looks.append(picture.convert("RGB").tobytes())
            return len(looks) > 2 and looks[-1] == looks[-2] == looks[-3]

        until(calm, f"{title!r} does not come to rest")

    def _focus(self, title: str) -> None:
        window = self.see(title)
        # There is no window manager: focus follows the pointer into the window.
        self._desktop.run(["xdotool", "windowraise", window, "windowfocus", "--sync", window])

    def _windows(self, title: str) -> list[str]:
        try:
            found = self._desktop.run(["xdotool", "search", "--onlyvisible", "--name", title])
        except subprocess.CalledProcessError:  # its way to say that there is none
            return []
        return found.split()


def until(condition: Callable[[], bool], otherwise: str) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(otherwise)
        time.sleep(TURN_S)
