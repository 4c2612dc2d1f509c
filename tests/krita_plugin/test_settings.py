"""Settings are remembered, also across versions of the plugin."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from krita_plugin.settings import HISTORY_LENGTH, Settings, read_history, remembered

SETTINGS = st.builds(
    Settings,
    prompt=st.text(),
    negative_prompt=st.text(),
    strength=st.none() | st.floats(0, 1),
    steps=st.none() | st.integers(1, 150),
    guidance=st.none() | st.floats(0, 50),
    seed=st.none() | st.integers(0, 2**31 - 1),
    feather=st.none() | st.integers(0, 512),
    grow=st.none() | st.integers(0, 256),
    enhance=st.booleans(),
    begin_with=st.sampled_from(["", "original", "blur", "fill", "noise"]),
    context=st.sampled_from(["auto", "double", "margin", "whole"]),
    margin=st.integers(32, 4096),
    variations=st.integers(1, 8),
    source=st.sampled_from(["all", "below", "group"]),
    show_on_canvas=st.booleans(),
)


@given(SETTINGS)
def test_settings_come_back_as_they_were(settings: Settings) -> None:
    assert Settings.from_json(settings.to_json()) == settings


@given(st.text() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_what_is_no_settings_gives_plain_ones(text: str) -> None:
    assert Settings.from_json(text) == Settings()


def test_what_another_version_wrote_is_kept_where_it_fits() -> None:
    stored = {"prompt": "lemons", "feather": "wide", "source": "elsewhere", "brightness": 3}
    assert Settings.from_json(json.dumps(stored)) == Settings(prompt="lemons")


def test_a_prompt_moves_to_the_front_of_the_history() -> None:
    assert remembered(["one", "two", "three"], " two ") == ["two", "one", "three"]


def test_the_history_has_an_end() -> None:
    history: list[str] = []
    for number in range(3 * HISTORY_LENGTH):
        history = remembered(history, f"prompt {number}")
    assert len(history) == HISTORY_LENGTH
    assert history[0] == f"prompt {3 * HISTORY_LENGTH - 1}"


def test_an_empty_prompt_is_not_remembered() -> None:
    assert remembered(["one"], "  ") == ["one"]


def test_a_damaged_history_is_an_empty_one() -> None:
    assert read_history("{") == []
    assert read_history('{"a": 1}') == []
    assert read_history('["lemons", 3]') == ["lemons"]
