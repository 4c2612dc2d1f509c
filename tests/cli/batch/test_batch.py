"""``sfumato batch``: the real command against real daemons, killed and begun anew."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.support.command import COMMAND_GUARD, Run, environment, run_in
from tests.support.daemon import Daemon, running_daemon
from tests.support.pictures import noise, samples, write

pytestmark = pytest.mark.timeout(600)

EDITS = 40


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    """A daemon of this test alone, so that its history tells of this test alone."""
    with running_daemon(tmp_path / "state") as running:
        yield running


@pytest.fixture
def edits(tmp_path: Path) -> Path:
    """Forty edits of forty pictures, each with another box."""
    (tmp_path / "in").mkdir()
    rows = []
    for number in range(EDITS):
        write(tmp_path / "in" / f"{number:02}.png", noise(64, 48, 3, 8, seed=number))
        rows.append({"image": f"in/{number:02}.png", "box": [8, 8, 20 + number % 9, 22]})
    path = tmp_path / "edits.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def batch(daemon: Daemon, edits: Path, *arguments: object, out: str = "out") -> Run:
    """Run a batch to its end."""
    return run_in(daemon.state, "batch", edits, "-o", out, *arguments, cwd=edits.parent)


def begun(state: Path, edits: Path, *arguments: str, out: str = "out") -> subprocess.Popen[str]:
    """A batch at work, which tells each result on standard output as it is there."""
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "sfumato", "batch", str(edits), "-o", out, *arguments],
        env=environment(state),
        cwd=edits.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def killed_after(process: subprocess.Popen[str], results: int) -> None:
    """Let a batch write some results, and kill it as the kernel does."""
    assert process.stdout is not None
    for _ in range(results):
        assert process.stdout.readline()
    process.kill()
    process.communicate(timeout=COMMAND_GUARD)
    assert process.returncode == -signal.SIGKILL


def jobs(daemon: Daemon) -> list[dict[str, Any]]:
    """Every job the daemon has ever had, newest first."""
    done = run_in(daemon.state, "history", "--json", "--limit", "500")
    assert done.code == 0, done.err
    return list(json.loads(done.out))


def reported(out: Path) -> dict[str, Any]:
    return dict(json.loads((out / "report.json").read_text()))


def contents(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(out.glob("*.png"))}


def test_a_batch_killed_in_the_middle_goes_on_and_does_no_edit_twice(
    daemon: Daemon, edits: Path
) -> None:
    out = edits.parent / "out"
    for results in (3, 9):
        killed_after(begun(daemon.state, edits), results)
    early = contents(out)
    assert 12 <= len(early) < EDITS
    done = batch(daemon, edits)
    assert done.code == 0, done.err
    titles = [job["title"] for job in jobs(daemon)]
    assert sorted(titles) == [f"{number:02}.png" for number in range(EDITS)]
    assert {job["state"] for job in jobs(daemon)} == {"JOB_STATE_DONE"}
    late = contents(out)
    assert len(late) == EDITS
    assert early.items() <= late.items()
    told = reported(out)
    assert (told["done"], told["failed"], told["left"]) == (EDITS, 0, 0)
    assert told["done_now"] == EDITS - len(early)
    for number in (0, 20, 39):
        before = samples(edits.parent / "in" / f"{number:02}.png")
        changed = (samples(out / f"{number:02}.png") != before).any(axis=2)
        assert changed[8:22, 8:20].mean() > 0.9
        assert not changed[40:].any()
    again = batch(daemon, edits)
    assert (again.code, again.out) == (0, "")
    assert len(jobs(daemon)) == EDITS


def test_a_daemon_killed_in_the_middle_is_waited_for(edits: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    with running_daemon(state) as first:
        process = begun(state, edits)
        assert process.stdout is not None
        for _ in range(5):
            assert process.stdout.readline()
        first.process.kill()
        first.process.wait()
    with running_daemon(state) as second:
        _, said = process.communicate(timeout=COMMAND_GUARD)
        assert process.returncode == 0, said
        titles = [job["title"] for job in jobs(second)]
    assert sorted(titles) == [f"{number:02}.png" for number in range(EDITS)]
    assert len(contents(tmp_path / "out")) == EDITS


def test_six_marked_results_are_made_once_more_and_the_others_stay(
    daemon: Daemon, edits: Path
) -> None:
    out = edits.parent / "out"
    assert batch(daemon, edits).code == 0
    before = contents(out)
    marked = [f"{number:02}.png" for number in (1, 5, 6, 17, 28, 39)]
    (edits.parent / "marked.txt").write_text("\n".join(marked[2:]) + "\n")
    arguments = ("--redo", marked[0], "--redo", marked[1], "--redo", "@marked.txt")
    done = batch(daemon, edits, *arguments)
    assert done.code == 0, done.err
    assert sorted(Path(line).name for line in done.out.splitlines()) == marked
    titles = [job["title"] for job in jobs(daemon)]
    assert len(titles) == EDITS + len(marked)
    assert sorted(title for title in titles if titles.count(title) == 2) == sorted(marked * 2)
    after = contents(out)
    assert {name for name in after if after[name] != before[name]} == set(marked)
    refused = batch(daemon, edits, "--redo", "99.png")
    assert (refused.code, "no result '99.png'" in refused.err) == (2, True)


def test_what_is_there_is_never_overwritten_unless_it_is_the_batchs_own(
    daemon: Daemon, edits: Path
) -> None:
    out = edits.parent / "out"
    out.mkdir()
    own = write(out / "03.png", noise(9, 9, 3, 8)).read_bytes()
    done = batch(daemon, edits)
    assert done.code == 1
    assert "03.png exists already" in done.err
    assert (out / "03.png").read_bytes() == own
    told = reported(out)
    assert (told["done"], told["failed"]) == (EDITS - 1, 1)
    assert [edit["name"] for edit in told["edits"] if edit["error"]] == ["03.png"]
    # A result that somebody has painted on is theirs, marked or not.
    painted = write(out / "07.png", noise(64, 48, 3, 8, seed=99)).read_bytes()
    done = batch(daemon, edits, "--redo", "07.png")
    assert (done.code, "07.png exists already" in done.err) == (1, True)
    assert (out / "07.png").read_bytes() == painted
    done = batch(daemon, edits, "--force")
    assert done.code == 0, done.err
    assert (out / "07.png").read_bytes() != painted
    assert samples(out / "03.png").shape == (48, 64, 3)


def test_a_changed_row_is_told_and_a_deleted_result_made_anew(daemon: Daemon, edits: Path) -> None:
    out = edits.parent / "out"
    assert batch(daemon, edits).code == 0
    (out / "02.png").unlink()
    rows = [json.loads(line) for line in edits.read_text().splitlines()]
    rows[4]["feather"] = 9
    edits.write_text("".join(json.dumps(row) + "\n" for row in rows))
    before = contents(out)
    done = batch(daemon, edits)
    assert done.code == 1
    assert "04.png: It was done with other options" in done.err
    assert [Path(line).name for line in done.out.splitlines()] == ["02.png"]
    done = batch(daemon, edits, "--redo", "04.png")
    assert done.code == 0, done.err
    after = contents(out)
    assert {name for name in before if after[name] != before[name]} == {"04.png"}
    (edit,) = [edit for edit in reported(out)["edits"] if edit["name"] == "04.png"]
    assert edit["parameters"]["feather"] == 9


def test_an_edit_that_fails_is_told_and_the_others_go_on(daemon: Daemon, tmp_path: Path) -> None:
    write(tmp_path / "a.png", noise(64, 48, 3, 8))
    write(tmp_path / "small.png", np.full((9, 9, 1), 255, np.uint8))
    rows = [
        {"image": "gone.png", "box": "1,1,9,9"},
        {"image": "a.png", "mask": "small.png", "out": "mask.png"},
        {"image": "a.png", "box": "1,1,9,9", "prompt": "a hat", "out": "hat.png"},
        {"image": "a.png", "face": True, "out": "face.png"},
        {"image": "a.png", "box": "1,1,9,9", "out": "good.png"},
    ]
    path = tmp_path / "edits.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = batch(daemon, path, "--json")
    assert done.code == 1
    told = json.loads(done.out)
    assert told == reported(tmp_path / "out")
    errors = [edit["error"] for edit in told["edits"]]
    for error, words in zip(
        errors,
        ("There is no file", "must have the same size", "needs a diffusion model", "found"),
        strict=False,
    ):
        assert words in error
    assert errors[4] is None
    page = (tmp_path / "out" / "contact-sheet.html").read_text("utf-8")
    assert page.count('<article class="failed"') == 4
    assert "Nothing was found." in page
    # What is mended is done by the next run, and nothing else.
    write(tmp_path / "gone.png", noise(64, 48, 3, 8))
    done = batch(daemon, path)
    assert Path(done.out.strip()).name == "gone.png"


def test_metadata_is_kept_or_stripped(daemon: Daemon, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[271], exif[274] = "A camera", 6
    Image.fromarray(noise(64, 48, 3, 8)).save(tmp_path / "a.jpg", exif=exif, comment=b"mine")
    path = tmp_path / "edits.csv"
    path.write_text('image,box\na.jpg,"5,5,20,20"\n')
    assert batch(daemon, path, out="kept").code == 0
    assert batch(daemon, path, "--metadata", "strip", out="bare").code == 0
    assert batch(daemon, path, "--metadata", "strip", "--name", "a.png", out="png").code == 0
    with Image.open(tmp_path / "kept" / "a.jpg") as kept:
        assert (kept.getexif()[271], kept.info["comment"]) == ("A camera", b"mine")
    with Image.open(tmp_path / "bare" / "a.jpg") as bare:
        assert (dict(bare.getexif()), "comment" in bare.info) == ({}, False)
        assert bare.size == (48, 64)  # upright, as nothing says how to turn it any more
    with Image.open(tmp_path / "png" / "a.png") as png:
        assert "sfumato" not in png.info


def test_two_runs_at_once_in_one_place_are_refused(daemon: Daemon, edits: Path) -> None:
    first = begun(daemon.state, edits)
    assert first.stdout is not None
    assert first.stdout.readline()
    daemon.pause(True)
    second = batch(daemon, edits)
    assert (second.code, "Another batch is at work" in second.err) == (2, True)
    daemon.pause(False)
    first.communicate(timeout=COMMAND_GUARD)
    assert first.returncode == 0


def test_ctrl_c_cancels_what_runs_and_the_next_run_goes_on(daemon: Daemon, edits: Path) -> None:
    process = begun(daemon.state, edits)
    assert process.stdout is not None
    for _ in range(4):
        assert process.stdout.readline()
    os.kill(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=COMMAND_GUARD)
    assert process.returncode == 130
    assert "are left" in said
    told = reported(edits.parent / "out")
    assert told["left"] == EDITS - told["done"] > 0
    assert {job["state"] for job in jobs(daemon)} <= {"JOB_STATE_DONE", "JOB_STATE_CANCELLED"}
    done = batch(daemon, edits)
    assert done.code == 0, done.err
    assert reported(edits.parent / "out")["done"] == EDITS


def test_without_a_daemon_one_is_started_and_a_folder_is_a_batch(tmp_path: Path) -> None:
    (tmp_path / "scans").mkdir()
    for name in ("a", "b"):
        write(tmp_path / "scans" / f"{name}.png", noise(64, 48, 3, 8))
        mask = np.zeros((48, 64, 1), np.uint8)
        mask[10:20, 10:30] = 255
        write(tmp_path / "scans" / f"{name}_mask.png", mask)
    arguments = ("--preset", "repair", "--layer", "{stem}-layer.png", "--variations", "2")
    done = run_in(tmp_path / "none", "batch", "scans", "-o", "clean", *arguments, cwd=tmp_path)
    assert done.code == 0, done.err
    assert "one was started" in done.err
    names = sorted(path.name for path in (tmp_path / "clean").glob("*.png"))
    assert names == sorted(
        f"{stem}{layer}-{number}.png"
        for stem in "ab"
        for layer in ("", "-layer")
        for number in (1, 2)
    )
    assert reported(tmp_path / "clean")["edits"][0]["parameters"]["preset"] == "repair"
