"""Which daemon to use, in a file that only its owner may read, as it holds a token."""

from __future__ import annotations

import json
import os
import uuid
from dataclasses import asdict, dataclass, field
from pathlib import Path

FILE = "sfumato.json"


@dataclass(frozen=True)
class Settings:
    """Empty texts mean the daemon of this machine. ``client_id`` names this GIMP."""

    address: str = ""
    token: str = ""
    trust: str = ""
    client_id: str = field(default_factory=lambda: str(uuid.uuid4()))


def load(folder: Path) -> Settings:
    """Read the settings in GIMP's folder; what is missing or not text keeps its default."""
    try:
        stored = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return Settings()
    known = asdict(Settings())
    texts = {name: stored[name] for name in known if isinstance(stored.get(name), str)}
    return Settings(**texts)


def save(settings: Settings, folder: Path) -> None:
    """Write the settings; raises ``OSError`` if that is impossible."""
    fresh = folder / f"{FILE}.new"
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(asdict(settings), file)
    fresh.replace(folder / FILE)
