"""Where a certificate and its key lie. Apart from ``certificates``, as few daemons need those."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

FOLDER = "tls"


class Pair(NamedTuple):
    """A certificate (PEM, with its chain if it has one) and its key (PEM, not encrypted)."""

    certificate: Path
    key: Path


def usual_pair(state_dir: Path) -> Pair:
    """Where ``sfumato tls self-signed`` puts them."""
    return Pair(state_dir / FOLDER / "cert.pem", state_dir / FOLDER / "key.pem")
