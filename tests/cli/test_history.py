"""`sfumato history` and `sfumato replay` against a real daemon."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sfumato.picture.picture import PngForm
from sfumato.picture.reading import read
from tests.support.command import Sfumato, run_in
from tests.support.daemon import GUARD, running_daemon

BOX = (20, 16, 44, 40)
ARGUMENTS = ("inpaint", "in.png", "--box", ",".join(map(str, BOX)), "--seed", "5")


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    state = tmp_path_factory.mktemp("state")
    with running_daemon(state):
        yield state


@pytest.fixture
def sfumato(state: Path, tmp_path: Path) -> Iterator[Sfumato]:
    """Runs the command in a folder with a picture, where a daemon is running; then forgets."""
    y, x = np.mgrid[:60, :80]
    pixels = np.stack([3 * x + y, 2 * y + x, 9 * ((x + y) % 3) + y], axis=-1).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "in.png")
    yield lambda *arguments: run_in(state, *arguments, cwd=tmp_path)
    assert run_in(state, "history", "forget", "--all").code == 0


def jobs(sfumato: Sfumato) -> list[dict[str, object]]:
    done = sfumato("history", "--json")
    assert done.code == 0, done.err
    found: list[dict[str, object]] = json.loads(done.out)
    return found


def test_edits_are_listed_and_one_is_shown_by_the_beginning_of_its_id(sfumato: Sfumato) -> None:
    assert "remembers no jobs" in sfumato("history").out
    assert sfumato(*ARGUMENTS, "-o", "out.png", "--variations", 2).code == 0
    [job] = jobs(sfumato)
    assert (job["state"], job["title"], job["model"]) == ("JOB_STATE_DONE", "in.png", "fill")
    beginning = str(job["job_id"])[:6]
    assert beginning in sfumato("history").out
    shown = sfumato("history", beginning)
    assert "seed 6, SHA-256" in shown.out
    record = json.loads(sfumato("history", beginning, "--json").out)
    assert record["summary"]["job_id"] == job["job_id"]
    assert len(record["result_digests"]) == 2


def test_a_replay_gives_the_same_bits_and_stays_out_of_the_history(sfumato: Sfumato) -> None:
    assert sfumato(*ARGUMENTS, "-o", "out.png", "--variations", 2).code == 0
    [job] = jobs(sfumato)
    done = sfumato("replay", job["job_id"], "--json")
    assert done.code == 0, done.err
    replayed = json.loads(done.out)
    assert replayed["identical"] and len(replayed["variations"]) == 2
    assert "bit-identical" in sfumato("replay", str(job["job_id"])[:8]).out
    assert jobs(sfumato) == [job]


def test_a_replay_that_differs_says_by_how_much(tmp_path: Path) -> None:
    """As if another version had made it: the stored result is changed by one level."""
    state = tmp_path / "state"
    Image.fromarray(np.zeros((60, 80, 3), np.uint8)).save(tmp_path / "in.png")
    with running_daemon(state):
        assert run_in(state, *ARGUMENTS, "-o", "out.png", cwd=tmp_path).code == 0
    [arena] = (state / "spool").glob("*.arena")
    with sqlite3.connect(state / "journal.db") as journal:
        ((text,),) = journal.execute("SELECT submission FROM jobs")
    journal.close()
    offset = json.loads(text)["work"]["regions"][0]["colors"][0]["offset"]
    stored = bytearray(arena.read_bytes())
    stored[offset] ^= 1
    arena.write_bytes(stored)
    with running_daemon(state):
        done = run_in(state, "replay", arena.stem)
    assert done.code == 1
    assert "differs by at most 1 of 255, in 1 pixels" in done.out


def test_an_export_has_everything_as_it_was(sfumato: Sfumato, tmp_path: Path) -> None:
    assert sfumato(*ARGUMENTS, "-o", "out.png").code == 0
    [job] = jobs(sfumato)
    done = sfumato("history", "export", job["job_id"], "saved")
    assert done.code == 0, done.err
    saved = tmp_path / "saved"
    assert {path.name for path in saved.iterdir()} == {
        *("input.png", "selection.png", "result-0.png", "mask.png"),
        *("before.png", "after-0.png", "job.json"),
    }
    described = json.loads((saved / "job.json").read_text())
    [(x, y, width, height)] = described["windows"]
    inside = np.s_[y : y + height, x : x + width]
    whole = np.asarray(Image.open(tmp_path / "in.png"))
    after = np.asarray(Image.open(tmp_path / "out.png"))
    np.testing.assert_array_equal(np.asarray(Image.open(saved / "before.png")), whole[inside])
    np.testing.assert_array_equal(np.asarray(Image.open(saved / "after-0.png")), after[inside])
    assert described["resolved"]["seed"] == "5"
    assert sfumato("history", "export", job["job_id"], "saved").code == 2


def test_jobs_are_forgotten_one_by_one_by_date_or_all(sfumato: Sfumato) -> None:
    for name in ("a.png", "b.png", "c.png"):
        assert sfumato(*ARGUMENTS, "-o", name).code == 0
    found = jobs(sfumato)
    assert sfumato("history", "forget", found[0]["job_id"]).out == "1 forgotten.\n"
    assert jobs(sfumato) == found[1:]
    assert sfumato("history", "forget", "--before", "2001-01-01").out == "0 forgotten.\n"
    assert sfumato("history", "forget", "--before", "2999-01-01").out == "2 forgotten.\n"
    assert sfumato("history", "forget").code == 2
    assert sfumato("history", "no-such-job").code == 2


def test_of_a_private_edit_the_daemon_keeps_nothing(sfumato: Sfumato, state: Path) -> None:
    assert sfumato(*ARGUMENTS, "-o", "out.png", "--private").code == 0
    deadline = time.monotonic() + GUARD  # It is let go of when the command has gone.
    while jobs(sfumato) or list((state / "spool").iterdir()):
        assert time.monotonic() < deadline


@pytest.mark.parametrize(("told", "expected"), [("none", 0), ("parameters", 1), ("prompts", 1)])
def test_a_png_tells_how_it_was_made_as_far_as_is_wanted(
    told: str, expected: int, sfumato: Sfumato, tmp_path: Path
) -> None:
    assert sfumato(*ARGUMENTS, "-o", "out.png", "--record", told).code == 0
    form = read(tmp_path / "out.png").form
    assert isinstance(form, PngForm)
    records = [body for kind, body in form.chunks if kind == b"tEXt" and b"sfumato\0" in body]
    assert len(records) == expected
    for body in records:
        described = json.loads(body.partition(b"\0")[2])
        assert described["seed"] == 5 and described["parameters"]["model"] == "fill"
