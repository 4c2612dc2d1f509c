"""The real GIMP, started once, doing what tests ask."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.editors.desktop import Desktop

INSIDE = Path(__file__).parent / "gimp_inside"
START_S = 180
# No questions at the start, none about the profiles of opened pictures, and nothing that moves.
GIMPRC = """\
(show-welcome-dialog no)
(check-updates no)
(color-profile-policy keep)
(config-version "3.0.4")
(marching-ants-speed 10000)
"""


# Keys for the procedures, as an artist may set them (GTK has F6, F8 and F10 itself).
KEYS = {"inpaint": "F5", "remove": "F9", "repeat": "F3", "outpaint": "F4", "select": "F12"}

# GIMP's babl times its ways to convert colours and may change to another one at any moment, which
# can be 2 of 65535 away: near enough to see nothing, and too far to compare bits.
EXACT = {"BABL_TOLERANCE": "0.000001"}


class SceneError(AssertionError):
    """A scene failed inside GIMP; the message is its traceback there."""


class Gimp:
    """A running GIMP with the packed plug-in and the tests' hand (``gimp_inside``) in it.

    Without ``windows`` it is ``gimp-console``, as scripts and servers use it.
    """

    def __init__(
        self,
        desktop: Desktop,
        package: Path,
        environ: Mapping[str, str],
        *,
        windows: bool = False,
    ) -> None:
        self.share = desktop.share
        self.desktop = desktop
        self._environ = {**EXACT, **environ}
        self._windows = windows
        self._install(package)

    @property
    def plug_in(self) -> Path:
        """The script that GIMP starts for every procedure."""
        return self.desktop.home / ".config/GIMP/3.0/plug-ins/sfumato/sfumato.py"

    def _install(self, package: Path) -> None:
        # What the user guide says: unpack into the plug-ins folder. Python forgets the mode.
        plugins = self.plug_in.parent.parent
        with zipfile.ZipFile(package) as archive:
            archive.extractall(plugins)
        self.plug_in.chmod(0o755)
        (plugins.parent / "gimprc").write_text(GIMPRC)
        keys = [f'(action "plug-in-sfumato-{name}" "{key}")' for name, key in KEYS.items()]
        (plugins.parent / "shortcutsrc").write_text("\n".join(["(file-version 1)", *keys, ""]))
        shutil.copytree(INSIDE, self.share / "gimp_inside", dirs_exist_ok=True)

    def __enter__(self) -> Self:
        port = self.share / "gimp.port"
        port.unlink(missing_ok=True)
        serve = (
            f"import sys; sys.path.insert(0, {str(self.share)!r}); "
            f"from gimp_inside import driver; driver.serve({str(port)!r})"
        )
        program = ["gimp", "-ns"] if self._windows else ["gimp-console", "-is"]
        batch = ["-df", "--batch-interpreter=python-fu-eval", "-b", serve]
        with (self.share / "gimp.log").open("wb") as log:
            self._process = self.desktop.start([*program, *batch, "--quit"], log, self._environ)
        self._peer = self._connect(port)
        self._lines = self._peer.makefile("rw", encoding="utf-8", newline="\n")
        return self

    def _connect(self, port: Path) -> socket.socket:
        deadline = time.monotonic() + START_S
        while not port.exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"GIMP did not start:\n{self.log}")
            time.sleep(0.05)
        return socket.create_connection(("127.0.0.1", int(port.read_text())))

    @property
    def log(self) -> str:
        """What GIMP printed so far."""
        return (self.share / "gimp.log").read_text(errors="replace")

    def play(self, scene: str, **args: Any) -> Any:
        """Run ``module.function`` of ``gimp_inside`` and return what it returns.

        Raises ``SceneError`` with the traceback if it fails, or with GIMP's log if GIMP died.
        """
        self._lines.write(json.dumps({"scene": scene, "args": args}) + "\n")
        self._lines.flush()
        line = self._lines.readline()
        if not line:
            raise SceneError(f"GIMP is gone ({self._process.poll()}):\n{self.log[-4000:]}")
        answer = json.loads(line)
        if "error" in answer:
            raise SceneError(answer["error"])
        return answer["value"]

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.wait(20)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # GIMP quits when its batch command returns.
        self._lines.close()
        self._peer.close()
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self.kill()
            if error is None:
                raise
