"""The private copies: the client and what it needs, chosen, mended and with imports rewritten."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from sfumato.plugins.errors import PluginError
from sfumato.plugins.rewrite import dots, rewrite_imports

VENDORED = frozenset(
    {"sfumato_client", "google", "grpclib", "h2", "hpack", "hyperframe", "multidict"}
)

# What a client needs of each wheel.
_WANTED = re.compile(
    r"""google/protobuf/(internal/)?[^/]+\.py
      | google/rpc/(status|error_details|code)_pb2\.py
      | grpclib/(encoding/)?[^/]+\.py
      | (h2|hpack|hyperframe|multidict)/[^/]+\.py
    """,
    re.VERBOSE,
)
_UNWANTED = re.compile(
    r"""google/protobuf/(service_reflection|proto_builder)\.py
      | .*/testing_refleaks\.py
      | grpclib/(testing|server|_typing)\.py
    """,
    re.VERBOSE,
)

# Modules that look for compiled code, or listen to the editor's environment variables: here they
# say what is true of the private copy.
_REPLACED = {
    "google/protobuf/internal/api_implementation.py": '''\
"""The pure-Python implementation, whatever else is installed (replaced by Sfumato's packer)."""

_c_module = None


def Type():
  return 'python'


def IsPythonDefaultSerializationDeterministic():
  return False
''',
    "multidict/_compat.py": '''\
"""No compiled extension (replaced by Sfumato's packer)."""

USE_EXTENSIONS = False
''',
}

# Passages that would import what is not there, each with its replacement. They must be found.
_MENDED = {
    "google/protobuf/descriptor.py": [
        (r"  if _message is None:\n    from google\.protobuf\.pyext import _message\n", "")
    ],
    "google/protobuf/message_factory.py": [
        (
            r"if api_implementation\.Type\(\) == 'python':\n  (from .*\n)else:\n  from .*\n",
            r"\1",
        )
    ],
    "google/protobuf/runtime_version.py": [
        (r"  disable_flag = os\.getenv\(.*\n  if disable_flag .*\n    return\n", "")
    ],
    "multidict/_multidict_py.py": [
        (r"    from typing_extensions import Self\n", '    Self = "Self"\n')
    ],
    "multidict/__init__.py": [
        (r"(?s)^else:\n    from collections\.abc import ItemsView.*?(?=^\S)", "")
    ],
}


def vendored_files(wheels: list[Path], client: Path) -> dict[PurePosixPath, bytes]:
    """Return the content of ``_vendor``: files by path.

    ``client`` is the folder of ``sfumato_client``. Raises ``PluginError`` when a dependency does
    not look as it should, as after a change of its version.
    """
    sources = dict(_client_sources(client))
    files: dict[PurePosixPath, bytes] = {PurePosixPath("__init__.py"): b""}
    for wheel in wheels:
        sources.update(_wheel_sources(wheel))
        files.update(_licenses(wheel))
    _require(sources)
    for path, source in sources.items():
        text = rewrite_imports(_mended(path, source), dots(path), VENDORED)
        files[path] = text.encode()
    # Namespace packages become plain ones: nothing outside shall join them.
    for package in {parent for path in sources for parent in path.parents if parent.parts}:
        files.setdefault(package / "__init__.py", b"")
    return files


def _client_sources(client: Path) -> Iterator[tuple[PurePosixPath, str]]:
    for path in sorted(client.rglob("*.py")):
        relative = PurePosixPath("sfumato_client", *path.relative_to(client).parts)
        yield relative, path.read_text(encoding="utf-8").replace("\r\n", "\n")


def _wheel_sources(wheel: Path) -> Iterator[tuple[PurePosixPath, str]]:
    with zipfile.ZipFile(wheel) as archive:
        for name in sorted(archive.namelist()):
            if _WANTED.fullmatch(name) and not _UNWANTED.fullmatch(name):
                text = archive.read(name).decode("utf-8").replace("\r\n", "\n")
                yield PurePosixPath(name), text


def _licenses(wheel: Path) -> Iterator[tuple[PurePosixPath, bytes]]:
    with zipfile.ZipFile(wheel) as archive:
        for name in sorted(archive.namelist()):
            distribution, info, rest = name.partition(".dist-info/")
            if info and "licen" in rest.lower() and not name.endswith("/"):
                target = PurePosixPath("LICENSES", distribution, PurePosixPath(rest).name)
                yield target.with_suffix(".txt"), archive.read(name)


def _mended(path: PurePosixPath, source: str) -> str:
    if replaced := _REPLACED.get(str(path)):
        return replaced
    for pattern, replacement in _MENDED.get(str(path), []):
        source, count = re.subn(pattern, replacement, source, count=1, flags=re.MULTILINE)
        if not count:
            raise PluginError(
                f"{path} does not have the passage that is to be replaced. After a change of a "
                "pinned version, look at it and adapt plugins/vendor.py."
            )
    return source


def _require(sources: Mapping[PurePosixPath, str]) -> None:
    for name in (*_REPLACED, *_MENDED):
        if PurePosixPath(name) not in sources:
            raise PluginError(f"{name} is missing from the pinned wheels: adapt plugins/vendor.py.")
