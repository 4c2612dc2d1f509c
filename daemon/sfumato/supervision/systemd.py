"""A systemd user unit, as ``man systemd.service`` describes it."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from sfumato.supervision.supervisor import Command, Standing, asked, told

UNIT = "sfumato.service"

# A wrong setting (2) is not mended by trying again. An engine that the kernel kills for its memory
# costs its job, and the daemon starts another: the whole service need not go with it.
_TEXT = """\
[Unit]
Description=Sfumato, inpainting for Krita and GIMP

[Service]
Type=exec
ExecStart={command}
{environment}Restart=on-failure
RestartSec=1
RestartPreventExitStatus=2
OOMPolicy=continue
KillMode=mixed
TimeoutStopSec=30
NoNewPrivileges=yes

[Install]
WantedBy=default.target
"""


class Systemd:
    """The user's own services; they run while the user is logged in, or lingers."""

    name = "systemd"

    @property
    def file(self) -> Path:
        """The unit, where systemd looks for those of the user."""
        home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
        return Path(home) / "systemd" / "user" / UNIT

    def describe(self, command: Command) -> str:
        """The unit's text."""
        environment = "".join(
            f"Environment={_quoted(f'{name}={value}')}\n"
            for name, value in sorted(command.variables.items())
        )
        words = " ".join(_quoted(word).replace("$", "$$") for word in command.argv)
        return _TEXT.format(command=words, environment=environment)

    def program(self) -> str:
        """The program that the unit runs."""
        for line in self.file.read_text("utf-8").splitlines():
            if line.startswith("ExecStart="):
                words = shlex.split(line.removeprefix("ExecStart="))
                return words[0].replace("%%", "%").replace("$$", "$") if words else ""
        return ""

    def install(self, command: Command) -> None:
        """Write the unit, enable it, and have it run what it says now."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text(self.describe(command), "utf-8")
        told("systemctl", "--user", "daemon-reload")
        told("systemctl", "--user", "enable", "--quiet", UNIT)
        told("systemctl", "--user", "restart", UNIT)

    def uninstall(self) -> None:
        """Stop and disable the unit, and delete it."""
        if not self.file.exists():
            return
        told("systemctl", "--user", "disable", "--quiet", "--now", UNIT)
        self.file.unlink()
        told("systemctl", "--user", "daemon-reload")

    def standing(self) -> Standing:
        """What systemd says of it."""
        if not self.file.exists():
            return Standing.ABSENT
        said = asked("systemctl", "--user", "is-active", UNIT).stdout.strip()
        match said:
            case "active" | "activating" | "reloading":
                return Standing.RUNNING
            case "failed":
                return Standing.FAILED
        return Standing.STOPPED


def _quoted(word: str) -> str:
    """A word as units are written, where % and the quotes' own signs mean something."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"'
