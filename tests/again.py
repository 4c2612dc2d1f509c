"""Run the tests that failed in the run before once more, one at a time.

``pytest --last-failed`` does not know tests of a group again, as pytest-xdist adds the group to
their names; a name that is not found is an error here.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

FAILED = Path(__file__).parent.parent / ".pytest_cache/v/cache/lastfailed"

if __name__ == "__main__":
    failed = [re.sub(r"@[\w-]+$", "", name) for name in json.loads(FAILED.read_text())]
    print(f"Once more: {len(failed)} tests that failed.", flush=True)
    sys.exit(pytest.main(["--verbose", *failed]))
