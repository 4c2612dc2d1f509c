"""`sfumato doctor` and `sfumato status`: what is wrong, and how to mend it."""

from __future__ import annotations

import json
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sfumato import __version__
from sfumato.access.certificates import make_self_signed
from sfumato.access.pair import usual_pair
from sfumato.access.tokens import TokenStore
from sfumato.cli import access_checks, checks
from sfumato.cli.app import app
from sfumato.cli.findings import Verdict
from sfumato.plugins.package import VERSION_FILE, Editor
from sfumato.plugins.places import Machine, places
from tests.support.command import Sfumato


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty state directory that nobody listens for."""
    folder = tmp_path / "state"
    folder.mkdir()
    monkeypatch.setenv("SFUMATO_STATE_DIR", str(folder))
    for name in ("SFUMATO_ADDRESS", "SFUMATO_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return folder


def test_a_healthy_installation_needs_no_mending(sfumato: Sfumato) -> None:
    done = sfumato("doctor", "--json")
    findings = {finding["subject"]: finding for finding in json.loads(done.out)}
    assert findings["Daemon"]["verdict"] == "good"
    assert findings["Token"]["verdict"] == "good"
    assert findings["Engine fill"]["verdict"] == "good"
    bad = [finding for finding in findings.values() if finding["verdict"] == "bad"]
    assert done.code == (1 if bad else 0)


def test_no_daemon_is_a_note_with_what_to_do(state: Path) -> None:
    [finding] = checks.daemon()
    assert finding.verdict is Verdict.NOTE
    assert "sfumato serve" in finding.remedy


def test_a_daemon_that_died_is_recognised(state: Path) -> None:
    (state / "endpoint.json").write_text('{"address": "127.0.0.1:1"}')
    (state / "token").write_text("x")
    [finding] = checks.daemon()
    assert finding.verdict is Verdict.NOTE
    assert "nothing listens on 127.0.0.1:1" in finding.message


def test_a_token_that_others_can_read_is_bad(state: Path) -> None:
    token = state / "token"
    token.write_text("x")
    token.chmod(0o644)
    [finding] = [finding for finding in checks.state() if finding.subject == "Token"]
    assert finding.verdict is Verdict.BAD
    assert f"chmod 600 {token}" in finding.remedy
    token.chmod(0o600)
    [finding] = [finding for finding in checks.state() if finding.subject == "Token"]
    assert finding.verdict is Verdict.GOOD


def test_others_tokens_that_are_over_or_open_nothing_are_named(state: Path) -> None:
    store = TokenStore(state)
    store.create("anna")
    store.create("guest", lifetime=timedelta(0))
    (state / "tokens" / "broken.json").write_text("{}")
    told = {finding.verdict: finding for finding in access_checks.access()}
    assert "broken.json holds no token" in told[Verdict.BAD].remedy
    assert "guest has expired" in told[Verdict.NOTE].message
    assert told[Verdict.GOOD].message.startswith("2 for others")


def test_the_networks_certificate_its_key_and_its_end_are_looked_at(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = usual_pair(state)
    make_self_signed(pair, ["studio"], timedelta(days=400))
    monkeypatch.setenv("SFUMATO_LISTEN", "0.0.0.0:7878")
    certificate, network = access_checks.access()
    assert certificate.verdict is Verdict.GOOD
    assert network.verdict is Verdict.NOTE
    assert "0.0.0.0:7878" in network.message
    pair.key.chmod(0o644)
    certificate, _ = access_checks.access()
    assert certificate.verdict is Verdict.BAD
    assert "chmod 600" in certificate.message
    make_self_signed(pair, ["studio"], timedelta(days=10))
    certificate, _ = access_checks.access()
    assert certificate.verdict is Verdict.NOTE
    assert "expires in 9 days" in certificate.message


def test_a_wrong_setting_is_named(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SFUMATO_LOG__LEVEL", "loud")
    [finding] = checks.settings()
    assert finding.verdict is Verdict.BAD
    assert "log.level" in finding.message
    result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == 1
    assert "1 to mend" in result.stdout


def test_plugins_are_missing_current_or_outdated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Machine("linux", tmp_path, {})
    monkeypatch.setattr(Machine, "this", lambda: home)
    assert [finding.verdict for finding in checks.editors()] == [Verdict.NOTE, Verdict.NOTE]
    [krita] = places(Editor.KRITA)
    [gimp] = places(Editor.GIMP)
    for folder, version in (
        (krita.plugins / "sfumato", __version__),
        (gimp.plugins / "sfumato" / "sfumato_gimp", "0.0.1"),
    ):
        folder.mkdir(parents=True)
        (folder / VERSION_FILE).write_text(version)
    in_krita, in_gimp = checks.editors()
    assert in_krita.verdict is Verdict.GOOD
    assert in_gimp.verdict is Verdict.BAD
    assert "sfumato plugins install gimp" in in_gimp.remedy


def test_a_full_disk_is_bad(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "_ROOM", 10**18)
    [finding] = [finding for finding in checks.state() if finding.subject == "Disk"]
    assert finding.verdict is Verdict.BAD


def test_a_journal_that_was_set_aside_is_noted_and_a_newer_one_is_bad(state: Path) -> None:
    (state / "journal.damaged-20260101-120000-000000.db").touch()
    with sqlite3.connect(state / "journal.db") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    newer, damaged = checks.journal()
    assert newer.verdict is Verdict.BAD and "newest" in newer.remedy
    assert damaged.verdict is Verdict.NOTE and "set aside" in damaged.message


def test_status_shows_engines_and_queue(sfumato: Sfumato) -> None:
    done = sfumato("status")
    assert done.code == 0, done.err
    assert "fill" in done.out
    assert "0 running, 0 waiting" in done.out
    report = json.loads(sfumato("status", "--json").out)
    assert report["address"].startswith("127.0.0.1:")
    assert next(engine["name"] for engine in report["engines"]) == "fill"


def test_models_lists_fill(sfumato: Sfumato) -> None:
    for arguments in (("models",), ("models", "list")):
        done = sfumato(*arguments)
        assert done.code == 0, done.err
        assert "fill" in done.out
    assert json.loads(sfumato("models", "--json").out)["models"][0]["name"] == "fill"
