"""A last look at a packed plugin: it must hold nothing compiled and reach for nothing outside."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from sfumato.plugins.errors import PluginError
from sfumato.plugins.vendor import VENDORED

OLDEST = (3, 10)
# What the editors bring.
_EDITORS = frozenset({"krita", "PyQt5", "PyQt6", "gi"})
# grpclib asks for the one and goes on without; the other is in the library of later Pythons.
_OPTIONAL = frozenset({"certifi", "annotationlib"})
_ALLOWED_SUFFIXES = frozenset(
    {".py", ".txt", ".md", ".html", ".xml", ".css", ".svg", ".png", ".json"}
    | {".desktop", ".action", ""}
)


def verify(files: Mapping[PurePosixPath, bytes]) -> None:
    """Raise ``PluginError`` with all that is wrong with a plugin's files."""
    faults = [fault for path, data in files.items() for fault in _faults(path, data, files)]
    if faults:
        raise PluginError("The plugin cannot be packed:\n" + "\n".join(faults))


def _faults(
    path: PurePosixPath,
    data: bytes,
    files: Mapping[PurePosixPath, bytes],
) -> Iterator[str]:
    if path.suffix not in _ALLOWED_SUFFIXES or "__pycache__" in path.parts:
        yield f"{path}: a plugin carries no such files"
    if path.suffix != ".py":
        return
    try:
        tree = ast.parse(data, feature_version=OLDEST)
    except SyntaxError as error:
        yield f"{path}:{error.lineno}: Python 3.10 cannot read it: {error.msg}"
        return
    for node in _run_nodes(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _absolute(path, node.lineno, alias.name)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield from _absolute(path, node.lineno, node.module or "")
        elif isinstance(node, ast.ImportFrom):
            yield from _relative(path, node, files)
        elif isinstance(node, ast.Call) and _called(node) in ("import_module", "__import__"):
            yield f"{path}:{node.lineno}: an import by a string cannot be rewritten"


def _run_nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes but those that only type checkers read."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            branches: list[ast.AST] = [*node.orelse]
            yield from branches
        else:
            branches = [node]
            yield node
        for branch in branches:
            yield from _run_nodes(branch)


def _absolute(path: PurePosixPath, line: int, module: str) -> Iterator[str]:
    top = module.partition(".")[0]
    if top in VENDORED:
        yield f"{path}:{line}: {module} would be imported from outside the plugin"
    elif top not in sys.stdlib_module_names | _EDITORS | _OPTIONAL:
        yield f"{path}:{line}: {module} is neither in the plugin nor in the editor's Python"


def _relative(
    path: PurePosixPath, node: ast.ImportFrom, files: Mapping[PurePosixPath, bytes]
) -> Iterator[str]:
    if node.level > len(path.parts):
        yield f"{path}:{node.lineno}: the import leaves the plugin"
        return
    package = path.parents[node.level - 1]
    names = [node.module] if node.module else [alias.name for alias in node.names]
    for name in names:
        module = package.joinpath(*name.split("."))
        known = module.with_suffix(".py") in files or module / "__init__.py" in files
        # `from . import x` may also mean something that the package itself defines.
        defined = not node.module and name.encode() in files.get(package / "__init__.py", b"")
        if not known and not defined:
            yield f"{path}:{node.lineno}: there is no {module} in the plugin"


def _called(node: ast.Call) -> str:
    return getattr(node.func, "id", "") or getattr(node.func, "attr", "")
