"""The daemon that the artist entered, in a file that nobody else can read, as it holds a token."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

from sfumato_client import Endpoint

NONE = Endpoint("", "", "")
OWNER_ONLY = 0o600


def read(path: Path) -> Endpoint:
    """What was entered; ``NONE`` if nothing was, or if the file is damaged."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return NONE
    if not isinstance(stored, dict):
        return NONE
    return Endpoint(*(str(stored.get(field) or "") for field in Endpoint._fields))


def write(path: Path, endpoint: Endpoint) -> None:
    """Keep it, whole or not at all; ``OSError`` if that cannot be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with suppress(FileNotFoundError):
        part.unlink()
    # Nobody else may read it, not even between its making and a change of its mode.
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY), "w") as file:
        json.dump(endpoint._asdict(), file)
    part.replace(path)
