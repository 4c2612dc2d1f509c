"""What ``sfumato doctor`` finds."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Verdict(StrEnum):
    """How a check came out. Only ``BAD`` makes the doctor fail."""

    GOOD = "good"
    NOTE = "note"
    BAD = "bad"


class Finding(NamedTuple):
    """One check: its subject, how it is, and what to do about it."""

    subject: str
    verdict: Verdict
    message: str
    remedy: str = ""
