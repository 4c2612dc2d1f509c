"""The service: files that their supervisors read, and a life under a real systemd."""

from __future__ import annotations

import json
import os
import plistlib
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from sfumato.cli import service_checks
from sfumato.cli.app import app
from sfumato.cli.findings import Verdict
from sfumato.supervision.launchd import LABEL, Launchd
from sfumato.supervision.supervisor import Command
from sfumato.supervision.systemd import Systemd
from sfumato.supervision.tasks import TaskScheduler

HERE = Path(__file__).parent
AWKWARD = Command(
    ("/opt/my tools/python", "-m", "sfumato", "serve", "--model", 'a b$%=/x "y" \\z&<'),
    {"SFUMATO_LOG__LEVEL": "debug", "SFUMATO_STATE_DIR": "/srv/my state/100%"},
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    return tmp_path


@pytest.mark.slow
def test_under_systemd_it_starts_comes_back_after_a_kill_and_stops_cleanly(tmp_path: Path) -> None:
    private = ["--mount", "--propagation", "private", "--pid", "--fork", "--mount-proc", "--cgroup"]
    user = [] if os.getuid() == 0 else ["--user", "--map-root-user"]
    script = str(HERE.parent / "support" / "usersystemd.sh")
    inside = ["sh", script, str(tmp_path), sys.executable, str(HERE / "session.py")]
    run = subprocess.run(
        ["unshare", *user, *private, *inside],
        capture_output=True,
        text=True,
        cwd=HERE.parents[1],
        env={key: value for key, value in os.environ.items() if not key.startswith("SFUMATO_")},
    )
    assert run.returncode == 0, (run.stderr, (tmp_path / "manager.log").read_text())
    seen = json.loads(run.stdout)
    assert seen["install"][0] == 0, seen["install"]
    assert seen["answers"]
    assert seen["status"].startswith("running")
    findings = {finding["subject"]: finding for finding in json.loads(seen["doctor"])}
    assert findings["Service"]["verdict"] == "good"
    assert seen["restarted"]
    assert seen["restarts"] == "1"
    assert seen["stopped"] == ["success", "0", "inactive"]
    assert seen["after stop"] == 1
    assert seen["uninstall"][0] == 0, seen["uninstall"]
    assert seen["in the end"] == "not installed"


def test_systemd_verifies_the_unit(home: Path) -> None:
    unit = home / "sfumato.service"
    here = Command((sys.executable, *AWKWARD.argv[1:]), AWKWARD.variables)
    unit.write_text(Systemd().describe(here))
    verified = subprocess.run(
        ["systemd-analyze", "verify", str(unit)], capture_output=True, text=True
    )
    # It looks at other units of this machine, too, and says what it thinks of them.
    about_ours = [line for line in verified.stderr.splitlines() if "sfumato" in line]
    assert about_ours == []


def test_the_unit_names_program_and_variables_as_they_are(home: Path) -> None:
    text = Systemd().describe(AWKWARD)
    assert 'Environment="SFUMATO_STATE_DIR=/srv/my state/100%%"' in text
    Systemd().file.parent.mkdir(parents=True)
    Systemd().file.write_text(text)
    assert Systemd().program() == AWKWARD.argv[0]


def test_the_agent_is_a_property_list_with_the_same_words(home: Path) -> None:
    text = Launchd().describe(AWKWARD)
    agent = plistlib.loads(text.encode())
    assert agent["Label"] == LABEL
    assert tuple(agent["ProgramArguments"]) == AWKWARD.argv
    assert agent["EnvironmentVariables"] == AWKWARD.variables
    assert agent["RunAtLoad"] is True
    assert agent["KeepAlive"] == {"SuccessfulExit": False}
    Launchd().file.parent.mkdir(parents=True)
    Launchd().file.write_text(text)
    assert Launchd().program() == AWKWARD.argv[0]


def test_the_task_is_xml_with_the_same_words(home: Path) -> None:
    text = TaskScheduler().describe(AWKWARD)
    task = ElementTree.fromstring(text.split("?>", 1)[1])
    space = {"t": "http://schemas.microsoft.com/windows/2004/02/mit/task"}
    action = task.find("t:Actions/t:Exec", space)
    assert action is not None
    assert action.findtext("t:Command", namespaces=space) == AWKWARD.argv[0]
    arguments = subprocess.list2cmdline(AWKWARD.argv[1:])
    assert action.findtext("t:Arguments", namespaces=space) == arguments
    assert task.findtext("t:Settings/t:ExecutionTimeLimit", namespaces=space) == "PT0S"
    assert task.find("t:Settings/t:RestartOnFailure", space) is not None
    TaskScheduler().file.parent.mkdir(parents=True)
    TaskScheduler().file.write_text(text, "utf-16")
    assert TaskScheduler().program() == AWKWARD.argv[0]


def test_no_token_goes_into_a_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SFUMATO_TOKEN", "SFUMATO_JOIN", "SFUMATO_ADDRESS"):
        monkeypatch.setenv(name, "not-for-files")
    monkeypatch.setenv("SFUMATO_LOG__LEVEL", "debug")
    command = Command.serving(("--metrics", "9464"))
    assert command.variables["SFUMATO_LOG__LEVEL"] == "debug"
    for supervisor in (Systemd(), Launchd(), TaskScheduler()):
        assert "not-for-files" not in supervisor.describe(command)


def test_options_that_serve_does_not_know_are_refused_before_anything_is_written(
    home: Path,
) -> None:
    result = CliRunner().invoke(app, ["service", "install", "--", "--lissten", "1"])
    assert result.exit_code == 2
    assert "--lissten" in result.stderr
    assert not Systemd().file.exists()


def test_where_no_systemd_answers_that_is_said(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(home))  # Nobody listens there.
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    result = CliRunner().invoke(app, ["service", "install"])
    assert result.exit_code == 1
    assert "systemctl" in result.stderr


def test_doctor_finds_a_service_whose_program_is_gone(home: Path) -> None:
    [none] = service_checks.service()
    assert none.verdict is Verdict.NOTE and "sfumato service install" in none.remedy
    Systemd().file.parent.mkdir(parents=True)
    Systemd().file.write_text(Systemd().describe(AWKWARD))
    [gone] = service_checks.service()
    assert gone.verdict is Verdict.BAD
    assert "/opt/my tools/python, which is gone" in gone.message
