"""Starting the daemon from inside the editor."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from sfumato_client import Unavailable

COMMAND_VARIABLE = "SFUMATO_COMMAND"
# What an AppImage or a bundle sets for its own Python and libraries would break another one.
FOREIGN = ("PYTHONHOME", "PYTHONPATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "QT_PLUGIN_PATH")


def find_command(environ: Mapping[str, str] = os.environ) -> str:
    """The `sfumato` command; raises ``Unavailable`` with what to do if there is none."""
    named = environ.get(COMMAND_VARIABLE)
    home = Path(environ.get("HOME") or Path.home())
    places = [*environ.get("PATH", os.defpath).split(os.pathsep), str(home / ".local/bin")]
    found = named or shutil.which("sfumato", path=os.pathsep.join(places))
    if not found:
        raise Unavailable(
            "The command `sfumato` was not found, so the daemon cannot be started from here. "
            "Install Sfumato as its README says, or run `sfumato serve` yourself, or enter the "
            "address of a running daemon."
        )
    return found


def start(environ: Mapping[str, str] = os.environ) -> None:
    """Start `sfumato serve`, which goes on when the editor closes; raises ``Unavailable``."""
    command = find_command(environ)
    clean = {key: value for key, value in environ.items() if key not in FOREIGN}
    detached = (
        {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
        if sys.platform == "win32"
        else {"start_new_session": True}
    )
    try:
        subprocess.Popen(  # noqa: S603 (the artist's own command)
            [command, "serve"],
            env=clean,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **detached,
        )
    except OSError as error:
        raise Unavailable(f"The daemon could not be started: {error}.") from error
