"""The page's port, and the connections to it."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.daemon import GUARD, running_daemon
from tests.web.browsing import daemon_with_page, page_of
from tests.web.studio import Studio


def test_there_is_no_page_unless_it_is_asked_for(tmp_path: Path) -> None:
    with running_daemon(tmp_path) as daemon:
        assert "page" not in (daemon.state / "endpoint.json").read_text()


def test_a_taken_port_is_told_with_what_to_do(tmp_path: Path) -> None:
    with daemon_with_page(tmp_path / "one") as daemon:
        port = page_of(daemon).rstrip("/").rpartition(":")[2]
        refused = pytest.raises(AssertionError, match="Choose another with --web")
        with refused, running_daemon(tmp_path / "two", "--web", port):
            pass


def test_connections_that_ask_nothing_are_given_up(studio: Studio) -> None:
    place = urlsplit(studio.page)
    with socket.create_connection((str(place.hostname), place.port), timeout=GUARD) as silent:
        assert silent.recv(1) == b""


def test_what_somebody_sends_slowly_is_given_up(studio: Studio) -> None:
    visitor = studio.visitor("the owner")
    began = time.monotonic()
    answer = visitor.ask("POST", "/api/GetJob", b"{", {"content-length": "20"})
    assert answer.status == 400
    assert "did not come" in answer.json["message"]
    assert time.monotonic() - began < GUARD
