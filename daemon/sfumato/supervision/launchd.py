"""A launchd agent of the user. See ``man launchd.plist``."""

from __future__ import annotations

import os
import plistlib
from pathlib import Path

from sfumato.supervision.supervisor import Command, Standing, asked, told

LABEL = "org.sfumato.daemon"


class Launchd:
    """The user's own agents; they run while the user is logged in."""

    name = "launchd"

    @property
    def file(self) -> Path:
        """The agent, where launchd looks for those of the user."""
        return Path.home() / "Library" / "LaunchAgents" / f"{LABEL}.plist"

    def describe(self, command: Command) -> str:
        """The agent's property list."""
        log = Path.home() / "Library" / "Logs" / "sfumato.log"
        agent = {
            "Label": LABEL,
            "ProgramArguments": list(command.argv),
            "EnvironmentVariables": dict(sorted(command.variables.items())),
            "RunAtLoad": True,
            # After a crash, and not when it was told to stop.
            "KeepAlive": {"SuccessfulExit": False},
            "ExitTimeOut": 30,
            "ProcessType": "Interactive",
            "StandardErrorPath": str(log),
        }
        return plistlib.dumps(agent).decode()

    def program(self) -> str:
        """The program that the agent runs."""
        words = plistlib.loads(self.file.read_bytes()).get("ProgramArguments") or [""]
        return str(words[0])

    def install(self, command: Command) -> None:
        """Write the agent and load it, which starts it."""
        self._unload()
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text(self.describe(command), "utf-8")
        told("launchctl", "bootstrap", _domain(), str(self.file))

    def uninstall(self) -> None:
        """Unload the agent, which stops it, and delete it."""
        if self.file.exists():
            self._unload()
            self.file.unlink()

    def standing(self) -> Standing:
        """What launchd says of it."""
        if not self.file.exists():
            return Standing.ABSENT
        said = asked("launchctl", "print", f"{_domain()}/{LABEL}")
        if said.returncode:
            return Standing.STOPPED
        if "state = running" in said.stdout:
            return Standing.RUNNING
        fine = "last exit code = 0" in said.stdout or "(never exited)" in said.stdout
        return Standing.STOPPED if fine else Standing.FAILED

    def _unload(self) -> None:
        """It may not be loaded: the exit code tells nothing of use."""
        asked("launchctl", "bootout", f"{_domain()}/{LABEL}")


def _domain() -> str:
    return f"gui/{os.getuid()}"
