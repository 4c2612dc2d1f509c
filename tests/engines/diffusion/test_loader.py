"""Loading in a thread that gives way: steps come first, and see none of what loading does."""

from __future__ import annotations

import threading
import time

import pytest
import torch

from sfumato.engines.diffusion.loader import Loader

GUARD = 60


class Work:
    """Python that is busy until it is told to end, and counts what it does."""

    def __init__(self) -> None:
        self.done = 0
        self.ending = threading.Event()

    def __call__(self) -> int:
        """Loading, as far as a loader is concerned."""
        while not self.ending.is_set():
            self.done += 1
        return self.done


def goes_on(work: Work) -> bool:
    """Whether it does something within some time."""
    before, deadline = work.done, time.monotonic() + GUARD
    while work.done == before and time.monotonic() < deadline:
        time.sleep(0.001)
    return work.done > before


def stands_still(work: Work) -> bool:
    """Whether it ends the call it is in, and does nothing any more."""
    before = -1
    deadline = time.monotonic() + GUARD
    while before != work.done and time.monotonic() < deadline:
        before = work.done
        time.sleep(0.05)
    return before == work.done


def test_what_was_loaded_is_there_when_it_is_ready() -> None:
    loader: Loader[str] = Loader()
    assert not loader.busy
    loader.begin(lambda: "model")
    assert loader.busy
    loader.wait(GUARD)
    assert loader.ready
    assert loader.take() == "model"
    assert not loader.busy


def test_what_loading_raises_is_raised_where_it_is_taken() -> None:
    loader: Loader[None] = Loader()

    def fail() -> None:
        raise OSError("the disk is gone")

    loader.begin(fail)
    loader.wait(GUARD)
    with pytest.raises(OSError, match="the disk is gone"):
        loader.take()
    assert not loader.busy


def test_loading_stands_still_during_a_step_and_goes_on_after_it() -> None:
    loader: Loader[int] = Loader()
    work = Work()
    loader.begin(work)
    assert goes_on(work)
    with loader.standing_still():
        assert stands_still(work)
    assert goes_on(work)
    work.ending.set()
    loader.close()


def test_a_step_does_not_see_the_number_format_that_loading_sets_for_the_process() -> None:
    loader: Loader[torch.dtype] = Loader()
    inside, ending = threading.Event(), threading.Event()

    def load() -> torch.dtype:
        torch.set_default_dtype(torch.bfloat16)
        inside.set()
        ending.wait(GUARD)
        seen = torch.get_default_dtype()
        torch.set_default_dtype(torch.float32)
        return seen

    loader.begin(load)
    assert inside.wait(GUARD)
    with loader.standing_still():
        assert torch.tensor(0.5).dtype is torch.float32
    ending.set()
    loader.wait(GUARD)
    assert loader.take() is torch.bfloat16
    assert torch.get_default_dtype() is torch.float32
