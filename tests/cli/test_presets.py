from __future__ import annotations

import json
from pathlib import Path

from sfumato.models import recipes
from sfumato.models.presets import shipped
from tests.support.command import Sfumato, run_in
from tests.support.daemon import start
from tests.support.edited_files import photograph
from tests.support.pictures import write


def test_a_running_daemon_tells_its_presets(sfumato: Sfumato) -> None:
    done = sfumato("presets", "--json")
    assert done.code == 0, done.err
    listed = {preset["name"]: preset for preset in json.loads(done.out)}
    assert list(listed) == [*shipped(), *recipes.shipped()]
    stages = [stage["name"] for stage in listed["careful"]["stages"]]
    assert stages == ["broad", "refine", "boundary"]
    assert "stages" not in listed["remove"]


def test_without_a_daemon_the_presets_are_those_that_one_would_have(
    without_daemon: Sfumato,
) -> None:
    done = without_daemon("presets")
    assert done.code == 0, done.err
    for name in (*shipped(), *recipes.shipped()):
        assert name in done.out
    assert "2 stages" in done.out
    assert "needs a model" in " ".join(done.out.split())


def test_a_preset_sets_grow_and_feather_and_options_win(sfumato: Sfumato, tmp_path: Path) -> None:
    write(tmp_path / "in.png", photograph(160, 120, 3, 8))
    edit = ("inpaint", "in.png", "--box", "60,40,100,44", "--preset", "repair", "--json", "-f")
    told = json.loads(sfumato(*edit, "-o", "a.png").out)["parameters"]
    assert (told["preset"], told["grow"], told["feather"]) == ("repair", 2.0, 4.0)
    told = json.loads(sfumato(*edit, "-o", "b.png", "--feather", "9").out)["parameters"]
    assert (told["grow"], told["feather"]) == (2.0, 9.0)


def test_an_unknown_preset_is_refused_with_the_known_ones(sfumato: Sfumato, tmp_path: Path) -> None:
    write(tmp_path / "in.png", photograph(80, 60, 3, 8))
    done = sfumato("inpaint", "in.png", "--box", "10,10,20,20", "--preset", "x", "-o", "o.png")
    assert done.code == 2
    assert "There is no preset 'x'" in done.err
    assert "repair" in done.err


def test_a_daemon_with_a_wrong_preset_does_not_start_and_says_which(tmp_path: Path) -> None:
    (tmp_path / "presets").mkdir()
    (tmp_path / "presets" / "mine.toml").write_text("strength = 7\n")
    process = start(tmp_path / "state", SFUMATO_PRESETS=str(tmp_path / "presets"))
    process.communicate()
    assert process.returncode == 1
    log = (tmp_path / "state" / "log").read_text()
    assert "mine.toml: strength is 7" in log
    assert "Traceback" not in log


def test_own_presets_are_marked(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('based_on = "replace"\nstrength = 0.7\n')
    done = run_in(tmp_path / "state", "presets", cwd=tmp_path, SFUMATO_PRESETS=str(tmp_path))
    assert done.code == 0, done.err
    assert "mine (own)" in done.out
