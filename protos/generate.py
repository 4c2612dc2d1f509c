"""Generate the Python side of the wire contract from ``protos/``.

Messages and the client stub (grpclib) go to ``client/sfumato_client/wire``, the server stub
(grpcio) to ``daemon/sfumato/service/wire``, so that the client never imports compiled code.
``python protos/generate.py --check`` changes nothing and fails when the files are out of date.

protoc names Python modules after the proto package, ``sfumato.v1``, which would clash with the
package ``sfumato``; so the imports between generated modules are rewritten. The descriptors keep
their names, which is what reflection and the wire see.
"""

from __future__ import annotations

import re
import sys
import sysconfig
import tempfile
from importlib import resources
from pathlib import Path

from grpc_tools import protoc

PROTOS = Path(__file__).resolve().parent
ROOT = PROTOS.parent
MESSAGES = ROOT / "client" / "sfumato_client" / "wire"
SERVER = ROOT / "daemon" / "sfumato" / "service" / "wire"
GENERATED = "*_pb2.py", "*_pb2.pyi", "*_grpc.py"


def main(argv: list[str]) -> int:
    """Write the generated files, or with ``--check`` compare them; return the exit code."""
    wanted = generate()
    stale = [path for path, text in wanted.items() if _read(path) != text]
    stale += [path for path in _present() if path not in wanted]
    if "--check" in argv:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is out of date: run `make protos`")
        return 1 if stale else 0
    for path in stale:
        if path in wanted:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[path], encoding="utf-8", newline="\n")
        else:
            path.unlink()
    print(f"{len(wanted)} files, {len(stale)} changed")
    return 0


def generate() -> dict[Path, str]:
    """Return the text of every generated file by its path."""
    sources = sorted(str(path.relative_to(PROTOS)) for path in PROTOS.rglob("*.proto"))
    well_known = str(resources.files("grpc_tools") / "_proto")
    with tempfile.TemporaryDirectory() as scratch:
        grpclib = Path(sysconfig.get_path("scripts"), "protoc-gen-grpclib_python")
        arguments = [
            "protoc",
            f"-I{PROTOS}",
            f"-I{well_known}",
            f"--plugin=protoc-gen-grpclib_python={grpclib}",
        ]
        for plugin in ("python", "pyi", "grpc_python", "grpclib_python"):
            Path(scratch, plugin).mkdir()
            arguments.append(f"--{plugin}_out={Path(scratch, plugin)}")
        if protoc.main([*arguments, *sources]) != 0:
            raise SystemExit("protoc failed")
        found = {}
        for path in sorted(Path(scratch).rglob("*.py*")):
            target = SERVER if path.name.endswith("_pb2_grpc.py") else MESSAGES
            text = path.read_text(encoding="utf-8")
            if path.name.endswith("_grpc.py") and "class " not in text:
                continue  # a proto without a service
            found[target / path.name] = _rewrite_imports(text)
        return found


def _rewrite_imports(text: str) -> str:
    """Point imports of ``sfumato.v1`` to ``sfumato_client.wire``."""
    text = re.sub(r"\bfrom sfumato\.v1 import\b", "from sfumato_client.wire import", text)
    text = re.sub(
        r"^import sfumato\.v1\.(\w+)$",
        r"from sfumato_client.wire import \1",
        text,
        flags=re.MULTILINE,
    )
    return re.sub(r"\bsfumato\.v1\.(\w+_pb2)\b", r"\1", text)


def _present() -> list[Path]:
    return [
        path for folder in (MESSAGES, SERVER) for glob in GENERATED for path in folder.glob(glob)
    ]


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
