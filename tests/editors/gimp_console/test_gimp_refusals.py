"""What cannot be done is said in a sentence, and leaves no trace."""

from __future__ import annotations

import numpy as np
import pytest

from tests.editors.gimp import Gimp
from tests.editors.gimp_daemons import connect, connected
from tests.editors.gimp_documents import Document
from tests.editors.gimp_subjects import HEIGHT, WIDTH
from tests.editors.scripted_daemon import TOKEN, ScriptedDaemon
from tests.support.daemon import Daemon


def test_refusals_are_sentences_and_leave_no_trace(gimp: Gimp, document: Document) -> None:
    document.play("add_group", name="group")
    document.add_layer("inside", np.zeros((HEIGHT, WIDTH, 4), np.float32), group="group")
    document.play("lock", name="group", locked=True)
    state = document.play("state")
    locked = document.run("remove", chosen="inside", source="below")
    loose = document.run("remove", chosen="paper", source="group")
    words = document.run("inpaint", prompt="a red jacket")
    nothing = document.run("repeat")
    document.select(None)
    empty = document.run("remove")
    answers = (locked, loose, words, nothing, empty)
    assert {answer.status for answer in answers} == {"execution-error"}
    assert 'The group "group" is locked' in locked.sentence
    assert '"paper" is in no group' in loose.sentence
    assert "model" in words.sentence
    assert "no edit to repeat" in nothing.sentence
    assert "Nothing is selected" in empty.sentence
    assert document.play("state") == state


def test_what_a_script_gives_and_fill_cannot_use_is_refused(document: Document) -> None:
    for given in ({"steps": 12}, {"negative_prompt": "rain"}, {"strength": 0.5}):
        answer = document.run("inpaint", **given)
        assert answer.status == "execution-error"
        assert f"cannot use {next(iter(given)).replace('_', ' ')}" in answer.sentence


@pytest.mark.parametrize(
    ("change", "says"), [("index", "indexed colors"), ("float", "floating selection")]
)
def test_pictures_that_cannot_be_worked_on_are_refused(
    document: Document, change: str, says: str
) -> None:
    document.play("change", what=change)
    answer = document.run("remove")
    assert answer.status == "execution-error"
    assert says in answer.sentence


def test_a_daemon_that_cannot_be_used_is_named_in_a_sentence(
    gimp: Gimp, document: Document, daemon: Daemon
) -> None:
    state = document.play("state")
    away = connect(gimp, "127.0.0.1:9", "no-matter")
    still_away = document.run("remove")
    stranger = connect(gimp, daemon.address, "not-its-token")
    garbled = connect(gimp, "nowhere")
    home = connect(gimp)
    assert (home.status, document.play("state")) == ("success", state)
    assert {away.status, still_away.status, stranger.status, garbled.status} == {"execution-error"}
    assert "127.0.0.1:9" in away.sentence
    assert still_away.sentence == away.sentence
    assert "token" in stranger.sentence
    assert "host:port" in garbled.sentence


@pytest.mark.parametrize(("ahead", "side"), [(1, "the plugin"), (-1, "the daemon")])
def test_a_daemon_of_another_version_is_said(
    gimp: Gimp, document: Document, ahead: int, side: str
) -> None:
    state = document.play("state")
    with ScriptedDaemon(ahead=ahead) as other, connected(gimp, other.address, TOKEN) as found:
        answer = document.run("remove")
    assert {found.status, answer.status} == {"execution-error"}
    assert "protocol" in answer.sentence
    assert f"Update {side}" in answer.sentence
    assert document.play("state") == state


def test_a_failing_engine_is_said_and_leaves_nothing(gimp: Gimp, document: Document) -> None:
    state = document.play("state")
    sentence = "The engine ran out of memory. Try a smaller area."
    with ScriptedDaemon(failure=sentence) as failing, connected(gimp, failing.address, TOKEN):
        answer = document.run("inpaint", prompt="a red jacket")
    assert (answer.status, answer.sentence) == ("execution-error", sentence)
    assert document.play("state") == state
    assert failing.edits[0].variations == 0
