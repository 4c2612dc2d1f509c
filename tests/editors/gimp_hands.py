"""An artist's hands before GIMP's windows: keys, and what stands on the screen."""

from __future__ import annotations

import contextlib
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
        """Press keys ("alt+i", "F5", or several with blanks between) in a window once it is there.

        The focus and the keys are one command, so that no other window can come in between.
        """
        strokes = ["key", "--clearmodifiers", *keys.split()]
        self._desktop.run(["xdotool", *_focus(self.see(title)), *strokes])

    def dismiss(self, keys: str, title: str) -> None:
        """Press keys that close their window until it is gone.

        Whoever finds that a window does not answer clicks into it and tries again: an open menu of
        another window, say, takes every key until then.
        """

        def gone() -> bool:
            strokes = ["key", "--clearmodifiers", *keys.split()]
            for window in self._windows(title):
                try:
                    self._desktop.run(["xdotool", *_focus(window), *strokes])
                except subprocess.CalledProcessError:  # It went meanwhile.
                    continue
                if self._went(title):
                    return True
                self._click(window)
            return not self._windows(title)

        until(gone, lambda: f"still a window {title!r}; {self._scene()}")

    def _went(self, title: str) -> bool:
        deadline = time.monotonic() + ANSWER_S
        while windows := self._windows(title):
            if time.monotonic() > deadline:
                return False
            time.sleep(TURN_S)
        return not windows

    def _click(self, window: str) -> None:
        """Click into a window's corner, where nothing is."""
        with contextlib.suppress(subprocess.CalledProcessError):  # It went meanwhile.
            self._desktop.run(["xdotool", "mousemove", "--window", window, "3", "3", "click", "1"])

    def _scene(self) -> str:
        """What is on the screen, for whoever has to find out why a key did nothing."""
        path = self._desktop.share / "at-the-end.png"
        self._desktop.screenshot(path)
        focus = self._desktop.run(["xdotool", "getwindowfocus"]).strip()
        titles = {w: self._desktop.run(["xdotool", "getwindowname", w]) for w in self._windows(".")}
        return f"the focus is in {focus}, the screen is in {path}, windows: {titles}"

    def click(self, x: int, y: int, title: str, button: int = 1) -> None:
        """Click at a place of a window; 3 is the right button."""
        place = [*_focus(self.see(title)), "mousemove", "--window", self.see(title), str(x), str(y)]
        self._desktop.run(["xdotool", *place, "click", str(button)])

    def point(self, x: int, y: int, title: str) -> None:
        """Move the pointer to a place of a window."""
        window = self.see(title)
        self._desktop.run(["xdotool", "mousemove", "--window", window, str(x), str(y)])

    def settle(self, title: str) -> None:
        """Wait until a window has stopped changing."""
        self._at_rest(title, self._desktop.share / "settling.png")

    def write(self, text: str, title: str) -> None:
        """Write where the window's cursor is."""
        self._desktop.run(["xdotool", *_focus(self.see(title)), "type", "--delay", "15", text])

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

    def show(self, title: str, name: str) -> Path:
        """Take a screenshot of a window once it has stopped changing; where it is.

        If ``SFUMATO_SCREENSHOTS`` names a folder it is kept there, for the user guide.
        """
        path = self._desktop.share / f"{name}.png"
        self._at_rest(title, path)
        if folder := os.environ.get("SFUMATO_SCREENSHOTS"):
            shutil.copy(path, folder)
        return path

    def _at_rest(self, title: str, path: Path) -> None:
        """Wait until a window looks the same three times in a row; the picture is in ``path``."""
        looks: list[bytes] = []

        def calm() -> bool:
            self._desktop.run(["import", "-window", self.see(title), str(path)])
            with Image.open(path) as picture:
                looks.append(picture.convert("RGB").tobytes())
            return len(looks) > 2 and looks[-1] == looks[-2] == looks[-3]

        until(calm, f"{title!r} does not come to rest")

    def _windows(self, title: str) -> list[str]:
        try:
            found = self._desktop.run(["xdotool", "search", "--onlyvisible", "--name", title])
        except subprocess.CalledProcessError:  # its way to say that there is none
            return []
        return found.split()


def until(condition: Callable[[], bool], otherwise: str | Callable[[], str]) -> None:
    """Wait until something is so; ``otherwise`` says what went wrong if it never is."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(otherwise if isinstance(otherwise, str) else otherwise())
        time.sleep(TURN_S)


def _focus(window: str) -> list[str]:
    """Xdotool's words for bringing a window to the front; there is no window manager."""
    return ["windowraise", window, "windowfocus", "--sync", window]
