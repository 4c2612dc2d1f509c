"""Debian roots of the tests' own, for programs that this machine may not have.

A root is a folder with a Debian in it, made here (as root with debootstrap, otherwise with
mmdebstrap and unprivileged user namespaces), kept in ``cache()`` and used by every run after. It
shares the network, and one folder at the same path, with the tests. Whether it is whole is read
from its own package database, so that a changed list of packages rebuilds it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

SUITE = "trixie"

_ENVIRON = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive"}

# The root is only ever seen through a private mount namespace; nothing of it leaks to the host.
_ENTER = """
root=$1; share=$2; shift 2
for part in proc dev sys; do mount --rbind "/$part" "$root/$part"; done
mkdir -p "$root$share"; mount --bind "$share" "$root$share"
exec chroot "$root" "$@"
"""


@dataclass(frozen=True)
class DebianRoot:
    """A folder with a Debian in it; without ``privileged`` it is entered by a user namespace."""

    folder: Path
    packages: tuple[str, ...]
    privileged: bool

    def command(self, argv: Sequence[str], environ: Mapping[str, str], share: Path) -> list[str]:
        """The command of this machine that runs ``argv`` there.

        ``environ`` is the whole environment of the program; ``share`` is a folder that both sides
        see at the same path. Signals sent to the command reach the program.
        """
        inside = ["sh", "-euc", _ENTER, "enter", str(self.folder), str(share)]
        return [*self.namespace(), *inside, *only(environ, argv)]

    def namespace(self) -> list[str]:
        """The start of a command that may mount in the folder and write to it."""
        user = [] if self.privileged else ["--user", "--map-root-user", "--map-auto"]
        return ["unshare", *user, "--mount", "--propagation", "private"]

    def is_whole(self) -> bool:
        """Whether it is of the right suite and has every package."""
        release, status = self.folder / "etc/os-release", self.folder / "var/lib/dpkg/status"
        if not (release.is_file() and status.is_file()):
            return False
        entries = status.read_text(encoding="utf-8").split("\n\n")
        installed = {
            entry.split("\n", 1)[0].removeprefix("Package: ")
            for entry in entries
            if "\nStatus: install ok installed\n" in entry
        }
        return f"VERSION_CODENAME={SUITE}" in release.read_text() and installed >= set(
            self.packages
        )


def cache() -> Path:
    """Where roots are kept; made if need be."""
    folder = Path(os.environ.get("SFUMATO_CACHE") or Path.home() / ".cache/sfumato")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def root_of(name: str, packages: tuple[str, ...]) -> DebianRoot | None:
    """The cached root of that name with these packages, made if need be (minutes, once).

    None if this machine has not the tools. Raises ``subprocess.CalledProcessError`` if one fails,
    with its output on the terminal.
    """
    root = DebianRoot(cache() / name, packages, privileged=os.geteuid() == 0)
    with locked(root.folder.with_suffix(".lock")):
        return root if root.is_whole() or _make(root) else None


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Nobody else is in here with the same file."""
    import fcntl

    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def only(environ: Mapping[str, str], argv: Sequence[str]) -> list[str]:
    """The command that runs ``argv`` with this environment and nothing else in it but a path."""
    pairs = {"PATH": "/usr/local/bin:/usr/bin:/bin", **environ}
    return ["/usr/bin/env", "-i", *(f"{key}={value}" for key, value in pairs.items()), *argv]


def install(packages: Sequence[str]) -> str:
    """The shell's words that install packages in a Debian."""
    return f"apt-get update -q && apt-get install -qy --no-install-recommends {' '.join(packages)}"


def _make(root: DebianRoot) -> bool:
    if not (_has_debootstrap() if root.privileged else _has_mmdebstrap()):
        return False
    print(f"making a Debian in {root.folder}: some minutes", flush=True)
    # Made beside and then renamed, so that a broken run leaves nothing that looks whole.
    fresh = replace(root, folder=root.folder.with_name(f"{root.folder.name}.new"))
    _remove(fresh)
    if root.privileged:
        _run(["debootstrap", "--variant=minbase", SUITE, str(fresh.folder)])
        with tempfile.TemporaryDirectory() as share:
            script = f"{install(root.packages)} && apt-get clean"
            _run(fresh.command(["sh", "-c", script], _ENVIRON, Path(share)))
    else:
        packages = f"--include={','.join(root.packages)}"
        _run(["mmdebstrap", "--mode=unshare", "--variant=minbase", packages, SUITE,
              str(fresh.folder)])  # fmt: skip
    _remove(root)
    fresh.folder.rename(root.folder)
    return True


def _has_debootstrap() -> bool:
    if shutil.which("debootstrap") is None and shutil.which("apt-get") is not None:
        print("installing debootstrap", flush=True)
        _run(["apt-get", "update", "-q"])
        _run(["apt-get", "install", "-qy", "--no-install-recommends", "debootstrap"])
    return shutil.which("debootstrap") is not None


def _has_mmdebstrap() -> bool:
    if shutil.which("mmdebstrap") is None or shutil.which("newuidmap") is None:
        return False
    namespace = DebianRoot(Path("/"), (), privileged=False).namespace()
    return subprocess.run([*namespace, "true"], capture_output=True).returncode == 0


def _remove(root: DebianRoot) -> None:
    # In a namespace, as without privileges the files belong to users that only exist there.
    if root.folder.exists():
        _run([*root.namespace(), "rm", "-rf", "--one-file-system", str(root.folder)])


def _run(argv: list[str]) -> None:
    subprocess.run(argv, env={**os.environ, **_ENVIRON}, check=True)
