"""Loading beside running jobs: a thread that stands still while they take a step.

Loading is mostly Python that makes thousands of small modules. Two busy threads of Python share one
interpreter so badly that steps would take many times as long. So the loading thread stops at
its next call of any function when a step begins, and has a turn of its own after each step. What
else takes long beside the steps is done the same way.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from types import FrameType
from typing import Any, Generic, TypeVar

import torch

TURN = 0.35
"""After a step loading goes on for this part of the step's time."""

Loaded = TypeVar("Loaded")


class Loader(Generic[Loaded]):
    """Does one piece of loading at a time. All methods belong to one thread."""

    def __init__(self) -> None:
        self._future: Future[Loaded] | None = None
        self._may_run = threading.Event()
        self._may_run.set()
        self._stopped = False

    @property
    def busy(self) -> bool:
        """Whether something was begun and not taken yet."""
        return self._future is not None

    @property
    def ready(self) -> bool:
        """Whether something can be taken."""
        return self._future is not None and self._future.done()

    def begin(self, load: Callable[[], Loaded]) -> None:
        """Load in a thread; nothing else may be on its way."""
        assert self._future is None
        # The library would load in further threads, which nothing here could stop.
        os.environ.setdefault("HF_DEACTIVATE_ASYNC_LOAD", "1")
        future = self._future = Future[Loaded]()
        threading.Thread(target=self._run, args=(load, future), name="loader", daemon=True).start()

    def wait(self, seconds: float) -> None:
        """Let it go on; returns earlier if it is done."""
        if self._future is not None:
            try:
                self._future.exception(seconds)
            except TimeoutError:
                return

    def take(self) -> Loaded:
        """What was loaded and is ready; raises what loading it raised."""
        assert self._future is not None
        future, self._future = self._future, None
        return future.result()

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """Take a step meanwhile; afterwards loading has its turn."""
        if not self.busy or self.ready:
            yield
            return
        self._stopped = True
        self._may_run.clear()
        # Libraries set this for the whole process while they make modules.
        theirs = torch.get_default_dtype()
        torch.set_default_dtype(torch.float32)
        began = time.monotonic()
        try:
            yield
        finally:
            torch.set_default_dtype(theirs)
            self._stopped = False
            self._may_run.set()
        self.wait(TURN * (time.monotonic() - began))

    def close(self) -> None:
        """Wait for what is on its way, and forget it."""
        future, self._future = self._future, None
        if future is not None:
            future.exception()

    def _run(self, load: Callable[[], Loaded], future: Future[Loaded]) -> None:
        sys.setprofile(self._give_way)
        try:
            future.set_result(load())
        except BaseException as error:
            future.set_exception(error)
        finally:
            sys.setprofile(None)

    def _give_way(self, frame: FrameType, event: str, argument: Any) -> None:
        """Called by Python at each call and return in the loading thread."""
        if self._stopped:
            self._may_run.wait()
