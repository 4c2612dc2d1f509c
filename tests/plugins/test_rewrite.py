"""Every form of import finds the private copies after rewriting, and nothing else changes."""

import ast
from pathlib import PurePosixPath

import pytest

from sfumato.plugins.rewrite import dots, rewrite_imports

VENDORED = frozenset({"h2", "google", "sfumato_client"})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from h2 import events", "from ...h2 import (events)"),
        ("from h2.events import A, B as C", "from ...h2.events import (A, B as C)"),
        ("from h2.events import *", "from ...h2.events import *"),
        ("from h2 import (\n    a,\n    b,\n)", "from ...h2 import (a, b)"),
        ("import h2", "from ... import h2"),
        ("import h2 as wire", "from ... import h2 as wire"),
        ("import h2.events as e", "from ...h2 import events as e"),
        (
            "import google.rpc.status_pb2",
            "from ...google.rpc import status_pb2 as _loaded_status_pb2; from ... import google",
        ),
        ("import os, h2", "import os; from ... import h2"),
        ("if x: import h2", "if x: from ... import h2"),
        ("def f():\n    import h2  # why", "def f():\n    from ... import h2  # why"),
        ('"ü"; from h2 import a', '"ü"; from ...h2 import (a)'),
    ],
)
def test_imports_become_relative(before, after):
    rewritten = rewrite_imports(before, "...", VENDORED)
    assert rewritten == after
    ast.parse(rewritten)


@pytest.mark.parametrize(
    "source",
    [
        "import os",
        "from . import h2",
        "from .h2 import x",
        "import h2o",
        'name = "google.protobuf.Any"',
        "# import h2",
        '"""\nimport h2\n"""',
    ],
)
def test_all_else_stays_as_it_is(source):
    assert rewrite_imports(source, "...", VENDORED) == source


def test_a_plugins_own_modules_reach_the_copies_by_the_folders_name():
    path = PurePosixPath("panels/prompt.py")
    rewritten = rewrite_imports("from sfumato_client import A", f"{dots(path)}_vendor", VENDORED)
    assert rewritten == "from .._vendor.sfumato_client import (A)"


def test_generated_messages_belong_to_the_module_that_they_are_in():
    source = "_builder.BuildTopDescriptorsAndMessages(DESCRIPTOR, 'sfumato.v1.jobs_pb2', _globals)"
    assert "DESCRIPTOR, __name__, _globals" in rewrite_imports(source, "...", VENDORED)
