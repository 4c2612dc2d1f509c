"""A headless Chromium in a Debian root of its own, and axe-core to look at pages with.

The browser is Debian's, so that its age is the suite's and no other build of it is downloaded.
Playwright drives it from here, over the DevTools protocol.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from playwright.sync_api import Browser, sync_playwright

from tests.support.debian import cache, root_of

PACKAGES = ("chromium", "fonts-dejavu-core", "fonts-inter")
_FLAGS = (
    "--headless",
    "--no-sandbox",  # It is root in its own small world, and sees our page alone.
    "--disable-gpu",
    "--no-first-run",
    "--remote-debugging-port=0",
    "--force-color-profile=srgb",
)
_READY = re.compile(r"DevTools listening on (ws://\S+)")
_SECONDS = 60

AXE = "axe-core-4.14.1"
_AXE_URL = f"https://registry.npmjs.org/axe-core/-/{AXE}.tgz"
_AXE_SHA512 = (
    "1477dafa598d8d065f273d6af302aa203c02e83131707b7fa648cd41bd3d6b73"
    "4f8c22a0dab86ee6a6f64b8afbe804b214d36db85a2826965edfb3a0b9d546b5"
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running browser; fails with what to install where none can be made."""
    root = root_of("browser", PACKAGES)
    if root is None:
        raise RuntimeError(
            "The page's tests need a Chromium in a Debian root, which takes debootstrap (as root), "
            "or mmdebstrap and uidmap with user namespaces allowed, to be made. Install them, or "
            "run everything else with `pytest --ignore tests/web`."
        )
    # Of few letters, as it holds sockets.
    share = Path(tempfile.mkdtemp(prefix="sfumato-page-"))
    profile = f"--user-data-dir={share / 'profile'}"
    command = root.command(
        ["chromium", *_FLAGS, profile, "about:blank"], {"HOME": str(share)}, share
    )
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        address = _address(process)
        # Where the browser can put what is downloaded, and the driver can read it.
        with patch.dict(os.environ, TMPDIR=str(share)), sync_playwright() as driver:
            browser = driver.chromium.connect_over_cdp(address)
            yield browser
            browser.close()
    finally:
        process.terminate()
        process.wait(_SECONDS)
        assert process.stderr is not None
        process.stderr.close()
        shutil.rmtree(share, ignore_errors=True)


def axe() -> str:
    """The source of axe-core (MPL-2.0), from npm once a machine and checked."""
    kept = cache() / f"{AXE}.js"
    if not kept.is_file():
        with urllib.request.urlopen(_AXE_URL, timeout=_SECONDS) as answer:
            archive = answer.read()
        assert hashlib.sha512(archive).hexdigest() == _AXE_SHA512, f"{AXE} is not what it was"
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            source = files.extractfile("package/axe.min.js")
            assert source is not None
            fresh = kept.with_suffix(".new")
            fresh.write_bytes(source.read())
        fresh.rename(kept)
    return kept.read_text("utf-8")


def _address(process: subprocess.Popen[str]) -> str:
    """Where it listens for its driver; what it says later is read and thrown away."""
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if found := _READY.search(line):
            threading.Thread(target=process.stderr.read, daemon=True).start()
            return found[1]
    raise AssertionError("Chromium did not start:\n" + "".join(said))
