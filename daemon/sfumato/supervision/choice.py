"""Which supervisor this computer has."""

from __future__ import annotations

import sys

from sfumato.supervision.launchd import Launchd
from sfumato.supervision.supervisor import CannotSupervise, Supervisor
from sfumato.supervision.systemd import Systemd
from sfumato.supervision.tasks import TaskScheduler


def this_computers() -> Supervisor:
    """The supervisor of the system that this is; ``CannotSupervise`` if there is none we know."""
    match sys.platform:
        case "linux":
            return Systemd()
        case "darwin":
            return Launchd()
        case "win32":
            return TaskScheduler()
    raise CannotSupervise(f"There is no service to be had on {sys.platform}; run `sfumato serve`.")
