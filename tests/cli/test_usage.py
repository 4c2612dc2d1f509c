"""What is wrong with a command line is said in a sentence, with exit code 2, before any work."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import sfumato
from sfumato.cli.app import app
from sfumato.cli.commands import COMMANDS
from tests.support.command import COMMAND_GUARD, environment
from tests.support.pictures import noise, write


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a directory with a picture, with no daemon in reach."""
    monkeypatch.chdir(tmp_path)
    for name in ("SFUMATO_ADDRESS", "SFUMATO_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SFUMATO_STATE_DIR", str(tmp_path / "state"))
    write(tmp_path / "in.png", noise(40, 30, 3, 8))


def refusal(*arguments: str) -> str:
    """Run the command, expect exit code 2, and return what it said, on one line."""
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    return " ".join(result.stderr.replace("│", " ").split())


BOX = ("--box", "1,2,9,9")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("inpaint",), "Missing argument 'IMAGE'"),
        (("inpaint", "in.png", *BOX), "Missing option '--out'"),
        (("inpaint", "in.png", "-o", "out.png"), "Say what to change: --mask MASK, --box"),
        (("inpaint", "missing.png", "-o", "out.png", *BOX), "There is no file missing.png."),
        (("inpaint", ".", "-o", "out.png", *BOX), ". is a directory"),
        (
            ("inpaint", "in.png", "-o", "out.bmp", *BOX),
            "let it end in .png, .jpg,",
        ),
        (("inpaint", "in.png", "-o", "in.png", *BOX), "in.png exists already"),
        (("inpaint", "in.png", "-o", "no/out.png", *BOX), "There is no directory no"),
        (("inpaint", "in.png", "-o", "out.png", "--box", "90,90,99,99"), "Nothing is selected"),
        (("inpaint", "in.png", "-o", "out.png", "--box", "9,9,1,1"), "is empty"),
        (("inpaint", "in.png", "-o", "out.png", "--polygon", "1,1", "9,9"), "three corners"),
        (("inpaint", "in.png", "-o", "out.png", "--mask", "no.png"), "There is no file no.png."),
        (("inpaint", "in.png", "-o", "o.png", *BOX, "--strength", "2"), "less than or equal to 1"),
        (
            ("inpaint", "in.png", "-o", "o.png", *BOX, "--feather", "-1"),
            "greater than or equal to 0",
        ),
        (("inpaint", "in.png", "-o", "o.png", *BOX, "--steps", "many"), "valid int"),
        (("inpaint", "in.png", "-o", "o.png", *BOX, "--scheduler", "x"), "euler"),
        (("inpaint", "in.png", "-o", "o.png", *BOX, "--context", "10"), "32 to 4096"),
        (("inpaint", "in.png", "-o", "o.png", *BOX, "--layer", "l.jpg"), "name it .png or .tif"),
        (("inpaint", "in.png", "-o", "o.png", *BOX, "--layer", "o.png"), "the same file"),
        (("paint",), "No such command 'paint'"),
    ],
)
def test_bad_usage_is_refused_with_a_sentence(arguments: tuple[str, ...], words: str) -> None:
    assert words in refusal(*arguments)
    assert sorted(path.name for path in Path().iterdir()) == ["in.png"]


def test_a_mask_of_another_size_is_refused() -> None:
    write(Path("mask.png"), np.full((30, 41, 1), 255, np.uint8))
    said = refusal("inpaint", "in.png", "-o", "out.png", "--mask", "mask.png")
    assert "mask.png is 41x30, the picture 40x30" in said


def test_a_black_mask_is_refused() -> None:
    write(Path("mask.png"), np.zeros((30, 40, 1), np.uint8))
    said = refusal("inpaint", "in.png", "-o", "out.png", "--mask", "mask.png")
    assert "mask.png is black everywhere" in said


@pytest.mark.parametrize("content", [b"", b"text", b"\x89PNG\r\n\x1a\n123", b"\xff\xd8\xff\xe0"])
def test_an_unreadable_picture_is_refused(content: bytes) -> None:
    Path("broken.png").write_bytes(content)
    assert "broken.png" in refusal("inpaint", "broken.png", "-o", "out.png", *BOX)


def test_transparency_is_not_lost_in_a_jpeg() -> None:
    write(Path("alpha.png"), noise(40, 30, 4, 8))
    said = refusal("inpaint", "alpha.png", "-o", "out.jpg", *BOX)
    assert "JPEG cannot hold transparency" in said


def test_every_numbered_target_is_checked() -> None:
    Path("out-3.png").touch()
    said = refusal("inpaint", "in.png", "-o", "out.png", *BOX, "--variations", "3")
    assert "out-3.png exists already" in said


@pytest.mark.parametrize("arguments", [("status",), ("models",)])
def test_without_a_daemon_one_is_told_how_to_start_it(arguments: tuple[str, ...]) -> None:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 1
    assert "Start it with `sfumato serve`" in result.stderr


def test_a_named_daemon_that_is_not_there_is_not_replaced_by_another() -> None:
    result = CliRunner().invoke(
        app,
        ["inpaint", "in.png", "-o", "o.png", *BOX, "--address", "127.0.0.1:1", "--token", "t"],
    )
    assert result.exit_code == 1
    assert "127.0.0.1:1" in result.stderr
    assert "was started for this call" not in result.stderr


def test_the_version_is_the_packages() -> None:
    result = CliRunner().invoke(app, ["--version"])
    assert (result.exit_code, result.stdout) == (0, f"sfumato {sfumato.__version__}\n")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    result = CliRunner().invoke(app, [command, "--help"], prog_name="sfumato")
    assert result.exit_code == 0
    assert f"Usage: sfumato {command}" in result.stdout


@pytest.mark.parametrize("arguments", [("inpaint", "--help"), ("presets",), ("presets", "--json")])
def test_a_reader_who_has_had_enough_is_no_error(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "sfumato", *arguments],
        env=environment(tmp_path / "state"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    said = process.stderr.read()
    process.wait(COMMAND_GUARD)
    assert said == b""
