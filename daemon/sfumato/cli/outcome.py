"""What came of an edit: its results, and what is to be told of them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from google.protobuf.json_format import MessageToDict

from sfumato.cli.console import warn
from sfumato.cli.rasters import pixels_of
from sfumato.picture.laying import Patch
from sfumato.picture.picture import Notice
from sfumato.picture.profile import Encoding
from sfumato_client import events
from sfumato_client.geometry import Bounds
from sfumato_client.wire.parameters_pb2 import Parameters


@dataclass
class Outcome:
    """What came of an edit.

    ``seconds`` has a stage's name and its time, in order; ``encoding`` is the picture's.
    ``extended`` tells whether it is new canvas, and ``aloud`` whether notes are told at once.
    ``on_the_way`` are the results of a recipe's earlier passes.
    """

    encoding: Encoding
    extended: bool = False
    aloud: bool = True
    windows: tuple[Bounds, ...] = ()
    results: list[events.Result] = field(default_factory=list)
    on_the_way: list[events.Result] = field(default_factory=list)
    job: str = ""
    done: events.Done | None = None
    notices: list[Notice] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def pixels_sent(self) -> int:
        """Pixels of all windows together."""
        return sum(window.area for window in self.windows)

    @property
    def made(self) -> dict[tuple[str, int], events.Result]:
        """All results by stage and variation; the name of the last stage is empty."""
        return {(each.stage, each.variation): each for each in (*self.results, *self.on_the_way)}

    @property
    def resolved(self) -> Parameters:
        """Every parameter as it was used."""
        return self.done.resolved if self.done is not None else Parameters()

    @property
    def settings(self) -> dict[str, object]:
        """The same as plain values."""
        return dict(MessageToDict(self.resolved, preserving_proto_field_name=True))

    def patches(self, result: events.Result) -> list[Patch]:
        """A result's pieces as arrays."""
        return [_patch(piece) for piece in result.pieces]

    def take(self, event: events.Event) -> None:
        """Collect an event of the job."""
        match event:
            case events.Accepted(job_id=job_id):
                self.job = job_id
            case events.Result(stage=""):
                self.results.append(event)
            case events.Result():
                self.on_the_way.append(event)
            case events.Notice(code=code, message=message):
                self.note(code, message)
            case events.Done(timings=timings):
                self.done = event
                self.seconds |= timings

    def note(self, code: str, message: str) -> None:
        """Keep something the user should know for the report, and tell it."""
        if self.aloud:
            warn(message)
        self.notices.append(Notice(code, message))


def _patch(piece: events.Piece) -> Patch:
    width, height = piece.color.extent
    mask = np.frombuffer(piece.mask, np.uint8).reshape(height, width)
    return Patch(piece.bounds, pixels_of(piece.color), mask)
