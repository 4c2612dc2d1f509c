"""Making a Debian with both editors, where a machine has none."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.editors.root import PACKAGES, SUITE, DebianRoot

_ENVIRON = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive"}
_INSTALL = "apt-get update -q && apt-get install -qy --no-install-recommends " + " ".join(PACKAGES)


def make(root: DebianRoot) -> bool:
    """Make ``root`` (about 2.5 GB, some minutes); False if this machine has not the tools.

    Raises ``subprocess.CalledProcessError`` if a tool fails, with its output on the terminal.
    """
    if not (_has_debootstrap() if root.privileged else _has_mmdebstrap()):
        return False
    print(f"making a Debian with Krita and GIMP in {root.folder}: some minutes", flush=True)
    # Made beside and then renamed, so that a broken run leaves nothing that looks whole.
    fresh = DebianRoot(root.folder.with_name("editors.new"), root.privileged)
    _remove(fresh)
    if root.privileged:
        _run(["debootstrap", "--variant=minbase", SUITE, str(fresh.folder)])
        with tempfile.TemporaryDirectory() as share:
            install = ["sh", "-c", f"{_INSTALL} && apt-get clean"]
            _run(fresh.command(install, _ENVIRON, Path(share)))
    else:
        packages = f"--include={','.join(PACKAGES)}"
        _run(["mmdebstrap", "--mode=unshare", "--variant=minbase", packages, SUITE,
              str(fresh.folder)])  # fmt: skip
    _remove(root)
    fresh.folder.rename(root.folder)
    return True


def image(engine: str) -> str:
    """The name of an image of ``engine`` with both editors, built if there is none."""
    recipe = f"FROM debian:{SUITE}-slim\nENV DEBIAN_FRONTEND=noninteractive\nRUN {_INSTALL}\n"
    name = f"sfumato-editors:{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"
    if subprocess.run([engine, "image", "inspect", name], capture_output=True).returncode != 0:
        print(f"making the image {name} with Krita and GIMP: some minutes", flush=True)
        subprocess.run([engine, "build", "--tag", name, "-"], input=recipe.encode(), check=True)
    return name


def _has_debootstrap() -> bool:
    if shutil.which("debootstrap") is None and shutil.which("apt-get") is not None:
        print("installing debootstrap", flush=True)
        _run(["apt-get", "update", "-q"])
        _run(["apt-get", "install", "-qy", "--no-install-recommends", "debootstrap"])
    return shutil.which("debootstrap") is not None


def _has_mmdebstrap() -> bool:
    if shutil.which("mmdebstrap") is None or shutil.which("newuidmap") is None:
        return False
    namespace = DebianRoot(Path("/"), privileged=False).namespace()
    return subprocess.run([*namespace, "true"], capture_output=True).returncode == 0


def _remove(root: DebianRoot) -> None:
    # In a namespace, as without privileges the files belong to users that only exist there.
    if root.folder.exists():
        _run([*root.namespace(), "rm", "-rf", "--one-file-system", str(root.folder)])


def _run(argv: list[str]) -> None:
    subprocess.run(argv, env={**os.environ, **_ENVIRON}, check=True)
