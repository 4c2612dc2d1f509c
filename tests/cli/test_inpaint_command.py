"""``sfumato inpaint`` as a command: what it repeats, tells, refuses, and starts."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.command import Sfumato
from tests.support.edited_files import assert_changed_only_under_the_layer, photograph
from tests.support.pictures import noise, samples, write


def test_the_same_seed_gives_the_same_file(sfumato: Sfumato, tmp_path: Path) -> None:
    image = write(tmp_path / "in.png", photograph(200, 150, 3, 8))
    for name in ("a.png", "b.png"):
        arguments = ("--box", "80,60,110,80", "--seed", 7, "--record", "none")  # It names the job.
        done = sfumato("inpaint", image, *arguments, "-o", name)
        assert done.code == 0, done.err
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_variations_are_numbered(sfumato: Sfumato, tmp_path: Path) -> None:
    image = write(tmp_path / "in.png", photograph(307, 211, 3, 8))
    done = sfumato(
        "inpaint", image, "--box", "120,80,170,120", "--variations", 2, "--seed", 3,
        "-o", "out.png", "--layer", "layer.png",
    )  # fmt: skip
    assert done.code == 0, done.err
    names = ["in.png", "layer-1.png", "layer-2.png", "out-1.png", "out-2.png"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    for number in (1, 2):
        assert_changed_only_under_the_layer(
            image, tmp_path / f"out-{number}.png", tmp_path / f"layer-{number}.png"
        )


def test_json_tells_a_script_everything(sfumato: Sfumato, tmp_path: Path) -> None:
    image = write(tmp_path / "in.png", noise(400, 300, 3, 8))
    done = sfumato("inpaint", image, "--box", "8,8,20,20", "-o", "out.png", "--seed", 5, "--json")
    assert done.code == 0, done.err
    report = json.loads(done.out)
    assert report["results"] == [{"out": "out.png", "layer": None, "seed": 5}]
    assert report["parameters"]["model"] == "fill"
    assert report["pixels"]["picture"] == 400 * 300
    assert 0 < report["pixels"]["sent"] < 400 * 300
    assert report["seconds"]["in all"] > 0


def test_an_existing_file_is_overwritten_only_by_force(sfumato: Sfumato, tmp_path: Path) -> None:
    image = write(tmp_path / "in.png", photograph(200, 150, 3, 8))
    (tmp_path / "out.png").write_bytes(b"precious")
    arguments = ("inpaint", image, "--box", "80,60,110,80", "-o", "out.png")
    done = sfumato(*arguments)
    assert done.code == 2
    assert "--force" in done.err
    assert (tmp_path / "out.png").read_bytes() == b"precious"
    assert sfumato(*arguments, "--force").code == 0
    assert samples(tmp_path / "out.png").shape == (150, 200, 3)


def test_a_prompt_without_a_model_says_how_to_get_one(sfumato: Sfumato, tmp_path: Path) -> None:
    image = write(tmp_path / "in.png", photograph(200, 150, 3, 8))
    done = sfumato("inpaint", image, "--box", "80,60,110,80", "--prompt", "a cat", "-o", "out.png")
    assert done.code == 2
    assert "model" in done.err
    assert not (tmp_path / "out.png").exists()


def test_an_unknown_model_is_refused_by_name(sfumato: Sfumato, tmp_path: Path) -> None:
    image = write(tmp_path / "in.png", photograph(200, 150, 3, 8))
    done = sfumato("inpaint", image, "--box", "8,6,11,8", "--model", "nonesuch", "-o", "out.png")
    assert done.code == 2
    assert "nonesuch" in done.err


def test_a_wrong_token_is_said_so(sfumato: Sfumato, tmp_path: Path, daemon_state: Path) -> None:
    image = write(tmp_path / "in.png", photograph(200, 150, 3, 8))
    done = sfumato(
        "inpaint", image, "--box", "8,6,11,8", "-o", "out.png", "--token", "not-the-token"
    )
    assert done.code == 1
    assert "token" in done.err


def test_without_a_daemon_one_is_started_and_ended(without_daemon: Sfumato, tmp_path: Path) -> None:
    import socket

    image = write(tmp_path / "in.png", photograph(200, 150, 3, 8))
    done = without_daemon("inpaint", image, "--box", "80,60,110,80", "-o", "out.png")
    assert done.code == 0, done.err
    assert "one was started for this call (127.0.0.1:" in done.err
    port = int(done.err.split("(127.0.0.1:")[1].split(")")[0])
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0
    assert not (tmp_path / "no-state").exists()


def test_nothing_is_coloured_or_animated_beyond_a_terminal(
    sfumato: Sfumato, tmp_path: Path
) -> None:
    image = write(tmp_path / "in.png", photograph(200, 150, 3, 8))
    done = sfumato("inpaint", image, "--box", "80,60,110,80", "-o", "out.png")
    assert "\x1b" not in done.out + done.err
    assert done.out == "out.png\n"
    assert len(done.err.splitlines()) == 1
