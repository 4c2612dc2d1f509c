"""The real GIMP, started once, doing what tests ask."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path

from tests.editors.desktop import Desktop
from tests.editors.editor import Editor

INSIDE = Path(__file__).parent / "gimp_inside"
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


class Gimp(Editor):
    """A running GIMP with the packed plug-in and the tests' hand (``gimp_inside``) in it.

    Without ``windows`` it is ``gimp-console``, as scripts and servers use it.
    """

    name = "GIMP"

    def __init__(
        self,
        desktop: Desktop,
        package: Path,
        environ: Mapping[str, str],
        *,
        windows: bool = False,
    ) -> None:
        super().__init__(desktop, environ)
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

    def start(self) -> None:
        """Start it with a batch command that serves the tests."""
        serve = (
            f"import sys; sys.path.insert(0, {str(self.share)!r}); "
            f"from gimp_inside import driver; driver.serve({str(self.port)!r})"
        )
        program = ["gimp", "-ns"] if self._windows else ["gimp-console", "-is"]
        batch = ["-df", "--batch-interpreter=python-fu-eval", "-b", serve]
        self._start([*program, *batch, "--quit"], {**EXACT, **self._environ})

    def quit(self) -> int:
        """GIMP quits when its batch command returns."""
        self._lines.close()
        self._peer.close()
        return self._process.wait(60)
