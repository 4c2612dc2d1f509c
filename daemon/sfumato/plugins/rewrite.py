"""Imports of vendored packages, rewritten to find the private copies.

A plugin shares its interpreter with the editor's other plugins, which may bring another protobuf or
grpclib. So nothing vendored is ever imported by its public name: each import becomes a relative one
to ``_vendor``. Rewriting source text is the one way that leaves ``sys.modules`` and ``sys.path``
alone.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Container
from pathlib import PurePosixPath
from typing import NamedTuple


class Edit(NamedTuple):
    """A statement's place in the source (lines from 0, columns in bytes) and its new text."""

    first_line: int
    last_line: int
    first_column: int
    last_column: int
    text: str


def rewrite_imports(source: str, to_vendor: str, vendored: Container[str]) -> str:
    """Return the source with absolute imports of ``vendored`` top-level names made relative.

    ``to_vendor`` is how this module reaches the folder with the copies, as ``"..."`` or
    ``"._vendor"``.
    """
    edits = [
        edit
        for node in ast.walk(ast.parse(source))
        if (edit := _edit(node, to_vendor, vendored)) is not None
    ]
    lines = source.encode().splitlines(keepends=True)
    for edit in sorted(edits, reverse=True):
        head = lines[edit.first_line][: edit.first_column]
        tail = lines[edit.last_line][edit.last_column :]
        lines[edit.first_line : edit.last_line + 1] = [head + edit.text.encode() + tail]
    return _named_after_module(b"".join(lines).decode())


def dots(path: PurePosixPath) -> str:
    """Return the dots with which a module of a package reaches that package itself."""
    return "." * len(path.parts)


def _edit(node: ast.AST, to_vendor: str, vendored: Container[str]) -> Edit | None:
    if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
        if _top(node.module) not in vendored:
            return None
        names = ", ".join(_with_alias(alias) for alias in node.names)
        text = f"from {_under(to_vendor, node.module)} import ({names})"
        if names == "*":
            text = f"from {_under(to_vendor, node.module)} import *"
    elif isinstance(node, ast.Import):
        if not any(_top(alias.name) in vendored for alias in node.names):
            return None
        # One line, whatever the indentation: the statement may stand behind a colon.
        text = "; ".join(_import(alias, to_vendor, vendored) for alias in node.names)
    else:
        return None
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return Edit(node.lineno - 1, node.end_lineno - 1, node.col_offset, node.end_col_offset, text)


def _import(alias: ast.alias, to_vendor: str, vendored: Container[str]) -> str:
    """Rewrite one name of ``import a, b.c, d.e as f``."""
    if _top(alias.name) not in vendored:
        return f"import {_with_alias(alias)}"
    package, _, name = alias.name.rpartition(".")
    if alias.asname:
        return f"from {_under(to_vendor, package)} import {name} as {alias.asname}"
    if not package:
        return f"from {to_vendor} import {name}"
    # `import a.b.c` loads c and binds a.
    return (
        f"from {_under(to_vendor, package)} import {name} as _loaded_{name}; "
        f"from {to_vendor} import {_top(alias.name)}"
    )


def _under(to_vendor: str, module: str) -> str:
    if not module:
        return to_vendor
    return f"{to_vendor}{module}" if to_vendor.endswith(".") else f"{to_vendor}.{module}"


def _with_alias(alias: ast.alias) -> str:
    return f"{alias.name} as {alias.asname}" if alias.asname else alias.name


def _top(module: str) -> str:
    return module.partition(".")[0]


def _named_after_module(source: str) -> str:
    """Let classes made by protobuf's generated code belong to the module that they are in."""
    return re.sub(
        r"(BuildTopDescriptorsAndMessages\(\s*DESCRIPTOR,\s*)(['\"])[\w.]+\2",
        r"\1__name__",
        source,
    )
