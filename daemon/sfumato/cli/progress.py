"""A job's events as a person sees them: one bar on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from sfumato.cli.console import err, out
from sfumato_client import events


class JobProgress:
    """Shows how far a job is."""

    def __init__(self, bar: Progress, task: TaskID) -> None:
        self._bar = bar
        self._task = task

    def show(self, event: events.Event) -> None:
        """Show one event; notices, results and the end are the caller's."""
        match event:
            case events.Queued(position=position):
                self.say(f"Number {position} in the queue" if position else "Paused")
            case events.Started(model=model):
                self.say(f"Working ({model})")
            case events.Progress(step=step, steps=steps, phase=phase):
                self._bar.update(self._task, completed=step, total=steps)
                if phase:
                    self.say(phase)
            case events.Reconnecting(delay=delay):
                self.say(f"Connection lost, trying again in {delay:.0f} s")

    def say(self, text: str) -> None:
        """Show in a few words what is going on."""
        self._bar.update(self._task, description=text[:1].upper() + text[1:])


@contextmanager
def job_progress() -> Iterator[JobProgress]:
    """A bar on standard error while the block runs; nothing where that is no terminal."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    )
    with bar:
        yield JobProgress(bar, bar.add_task("Sending", total=None))


class BatchProgress:
    """Shows how far a batch is, and what was last heard of it."""

    def __init__(self, bar: Progress, task: TaskID) -> None:
        self._bar = bar
        self._task = task

    def show(self, name: str, event: events.Event) -> None:
        """Show one event of an edit."""
        match event:
            case events.Started(model=model):
                self._bar.update(self._task, description=f"{escape(name)} ({escape(model)})")
            case events.Reconnecting(delay=delay):
                text = f"Connection lost, trying again in {delay:.0f} s"
                self._bar.update(self._task, description=text)

    def advance(self) -> None:
        """One more has ended."""
        self._bar.advance(self._task)


@contextmanager
def batch_progress(edits: int, done: int) -> Iterator[BatchProgress]:
    """A bar on standard error for ``edits`` of which ``done`` are; nothing without a terminal."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=err,
        transient=True,
        disable=not err.is_terminal,
        # Results are printed above the bar, unless they go to a file.
        redirect_stdout=out.is_terminal,
    )
    with bar:
        yield BatchProgress(bar, bar.add_task("Looking", total=edits, completed=done))


@contextmanager
def phases() -> Iterator[Callable[[str], None]]:
    """What is going on, for a call that tells no more than that; shown like a job's progress."""
    with job_progress() as progress:
        yield progress.say
