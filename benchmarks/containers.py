"""Run a Containerfile's steps in a fresh Debian, without a container engine, and try the result.

``python -m benchmarks.containers [Containerfile.cpu] [NAME=VALUE ...]`` (as root, with debootstrap)
takes the steps, then starts the image's command for the health check, as its user.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.support.containerfile import Step, scripts, settings, steps
from tests.support.debian import DebianRoot, root_of

ROOT = Path(__file__).parents[1]
_LEFT_OUT = shutil.ignore_patterns(
    *(".git", ".venv", "__pycache__", ".*_cache", ".hypothesis", "build", "dist", "tests")
)


def main() -> None:
    """Take the steps and say how long each took."""
    name, *given = sys.argv[1:] or ["Containerfile.cpu"]
    found, wanted = steps(ROOT / name), dict(pair.split("=", 1) for pair in given)
    base = root_of("container-base", ("ca-certificates",))
    if base is None:
        sys.exit("This needs root and debootstrap.")
    with tempfile.TemporaryDirectory() as share:
        fresh = Path(share) / "root"
        subprocess.run(["cp", "-a", str(base.folder), str(fresh)], check=True)
        image = DebianRoot(fresh, (), privileged=True)
        try:
            _build(image, Path(share), found, wanted)
            _look(image, Path(share), found)
        finally:
            subprocess.run(["rm", "-rf", "--one-file-system", str(fresh)], check=True)


def _build(image: DebianRoot, share: Path, found: list[Step], wanted: dict[str, str]) -> None:
    for step, variables in scripts(found, wanted):
        began = time.monotonic()
        if step.instruction == "COPY":
            source, target = step.words.split()
            shutil.copytree(ROOT / source, image.folder / target.strip("/"), ignore=_LEFT_OUT)
        else:
            _run(image, share, step.words, {**_pip(share), **variables})
        print(
            f"{time.monotonic() - began:6.1f} s  {step.instruction} {step.words[:70]}", flush=True
        )


def _look(image: DebianRoot, share: Path, found: list[Step]) -> None:
    """The health check against the daemon, on this computer alone: an image has no certificate."""
    last = {step.instruction: step for step in found}
    variables = {
        name: value
        for step in found
        if step.instruction == "ENV"
        for name, value in settings(step).items()
    }
    health = " ".join(last["HEALTHCHECK"].listed)
    serve = f"{last['ENTRYPOINT'].listed[0]} serve"
    script = (
        f"{serve} & daemon=$!; for try in $(seq 60); do {health} && break; sleep 1; done; "
        "test $try -lt 60; kill -TERM $daemon; wait $daemon"
    )
    user = last["USER"].words
    _run(image, share, f"su -s /bin/sh {user} -c '{script}'", variables)
    print("        it serves, its health check succeeds, and SIGTERM ends it with 0", flush=True)


def _pip(share: Path) -> dict[str, str]:
    """How this machine reaches packages, where it says so."""
    kept = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    bundle = os.environ.get("SSL_CERT_FILE", "")
    if bundle:
        kept["PIP_CERT"] = str(shutil.copy(bundle, _shared(share) / "certificates.crt"))
    return kept


def _shared(share: Path) -> Path:
    """A folder that both sides see."""
    folder = share / "shared"
    folder.mkdir(exist_ok=True)
    return folder


def _run(image: DebianRoot, share: Path, script: str, variables: dict[str, str]) -> None:
    environ = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive"}
    command = image.command(["sh", "-euc", script], {**environ, **variables}, _shared(share))
    subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
