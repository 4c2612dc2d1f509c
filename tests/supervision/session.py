"""A user's session with the service: run inside a systemd of its own, tells what it saw as JSON."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

GUARD = 60


def sfumato(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sfumato", *arguments], capture_output=True, text=True, check=False
    )


def shown(name: str) -> str:
    asked = ["systemctl", "--user", "show", "--value", "--property", name, "sfumato.service"]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()


def until(true: Callable[[], bool]) -> bool:
    end = time.monotonic() + GUARD
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.2)
    return False


def main() -> None:
    seen: dict[str, object] = {}
    installed = sfumato("service", "install", "--", "--log-format", "json")
    seen["install"] = installed.returncode, installed.stderr
    seen["answers"] = until(lambda: sfumato("status").returncode == 0)
    first = shown("MainPID")
    seen["status"] = sfumato("service", "status").stdout
    seen["doctor"] = sfumato("doctor", "--json").stdout
    os.kill(int(first), signal.SIGKILL)
    again = until(lambda: shown("MainPID") not in ("0", first))
    seen["restarted"] = again and until(lambda: sfumato("status").returncode == 0)
    seen["restarts"] = shown("NRestarts")
    subprocess.run(["systemctl", "--user", "stop", "sfumato.service"], check=True)
    seen["stopped"] = shown("Result"), shown("ExecMainStatus"), shown("ActiveState")
    seen["after stop"] = sfumato("service", "status").returncode
    removed = sfumato("service", "uninstall")
    seen["uninstall"] = removed.returncode, removed.stderr
    seen["in the end"] = json.loads(sfumato("service", "status", "--json").stdout)["standing"]
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
