"""`sfumato devices` against a daemon that it changes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from sfumato.access.tokens import TokenStore
from tests.support.command import Run, run_in
from tests.support.daemon import GUARD, Daemon, running_daemon


@pytest.fixture
def lone(tmp_path: Path) -> Iterator[Daemon]:
    with running_daemon(tmp_path) as daemon:
        yield daemon


def names(daemon: Daemon) -> list[str]:
    return [host["name"] for host in json.loads(run_in(daemon.state, "devices", "--json").out)]


def test_hosts_are_shown_join_and_leave(lone: Daemon) -> None:
    def devices(*arguments: str) -> Run:
        return run_in(lone.state, "devices", *arguments)

    shown = devices()
    assert shown.code == 0, shown.err
    rows = {line.split()[0]: line.split() for line in shown.out.splitlines()}
    assert rows["fill@cpu"][1] == "cpu" and "0 of 1" in " ".join(rows["fill@cpu"])

    added = devices("add", "cpu")
    assert (added.code, added.out) == (0, "fill@cpu#2 has joined.\n"), added.err
    removed = devices("remove", "fill@cpu")
    assert (removed.code, removed.out) == (0, "fill@cpu leaves when its edits are done.\n")
    for _ in range(GUARD):
        if "fill@cpu" not in names(lone):
            break
    assert "fill@cpu#2" in names(lone) and "fill@cpu" not in names(lone)
    last = devices("remove", "fill@cpu#2", "--now")
    assert last.code != 0 and "only host of the fill engine" in last.err


def test_an_artist_sees_hosts_and_changes_none(lone: Daemon) -> None:
    anna = ("--address", lone.address, "--token", TokenStore(lone.state).create("anna"))
    assert "fill@cpu" in run_in(lone.state, "devices", *anna).out
    tried = run_in(lone.state, "devices", "add", "cpu", *anna)
    assert tried.code != 0 and "admin's token" in tried.err
    assert "fill@cpu#2" not in names(lone)
