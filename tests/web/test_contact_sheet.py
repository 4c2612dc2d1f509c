"""A batch's contact sheet in a real browser: mark results, and run the command that it gives."""

from __future__ import annotations

import json
import shlex
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import run_in
from tests.support.daemon import running_daemon
from tests.support.pictures import noise, write
from tests.web.chromium import axe, chromium

pytestmark = pytest.mark.timeout(300)
ROWS = [
    {"image": "a.png", "box": [8, 8, 20, 22]},
    {"image": "b.png", "box": [8, 8, 20, 22], "out": 'sub/it\'s "best" <b>.png'},
    {"image": "c.png", "box": [8, 8, 20, 22], "variations": 2},
    {"image": "c.png", "box": [8, 8, 20, 22], "prompt": "<i>hat</i>", "out": "hat.png"},
]


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The files of a folder, over HTTP: the browser has a root of its own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=folder))
    threading.Thread(target=server.serve_forever).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def looked_at(page: Any) -> str:
    """Look at the sheet as an artist does; the command that it gives for two marked results."""
    assert page.title() == "edits.jsonl"
    assert page.locator("article").count() == 4
    assert page.locator("article.failed .asked").inner_text() == "<i>hat</i>"
    seen = "each => each.decode().then(() => each.naturalWidth)"
    assert [page.locator("img").nth(k).evaluate(seen) for k in (0, 1)] == [64, 64]
    after = page.locator(".after img").first
    before = page.locator(".before img").first.get_attribute("src")
    own = after.get_attribute("src")
    after.hover()
    page.mouse.down()
    assert after.get_attribute("src").endswith(before)
    page.mouse.up()
    assert after.get_attribute("src").endswith(own)
    page.get_by_role("button", name="Failed").click()
    assert page.locator("article:visible").count() == 1
    page.get_by_role("button", name="All").click()
    assert page.get_by_role("button", name="Copy").is_disabled()
    for number in (1, 2):
        page.locator("article").nth(number).get_by_role("checkbox").check()
    assert page.locator("footer output").inner_text() == "2 marked"
    page.get_by_role("button", name="Marked", exact=True).click()
    assert page.locator("article:visible").count() == 2
    return str(page.locator("footer code").inner_text())


def test_what_is_marked_in_a_browser_is_made_again_by_the_command_it_gives(tmp_path: Path) -> None:
    for name in "abc":
        write(tmp_path / f"{name}.png", noise(64, 48, 3, 8))
    (tmp_path / "edits.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    out = tmp_path / "out"
    with running_daemon(tmp_path / "state") as daemon:
        secret = {"SFUMATO_ADDRESS": daemon.address}
        command = ("batch", "edits.jsonl", "-o", "out", "--token", daemon.token)
        done = run_in(tmp_path / "none", *command, cwd=tmp_path, **secret)
        assert done.code == 1, done.err
        assert daemon.token not in (out / "contact-sheet.html").read_text("utf-8")
        results = {path: path.read_bytes() for path in out.rglob("*.png")}
        assert len(results) == 4
        with served(out) as address, chromium() as browser:
            page = browser.new_page()
            page.goto(f"{address}/contact-sheet.html")
            again = looked_at(page)
            page.evaluate(axe())
            found = page.evaluate("axe.run().then(found => found.violations.map(each => each.id))")
            assert found == []
        assert again.startswith("sfumato batch edits.jsonl -o out --redo ")
        words = shlex.split(again)[1:]
        done = run_in(daemon.state, *words, cwd=tmp_path)
    assert done.code == 1, done.err  # the hat needs a model still
    changed = {path.name for path, data in results.items() if path.read_bytes() != data}
    assert changed == {'it\'s "best" <b>.png', "c-1.png", "c-2.png"}
