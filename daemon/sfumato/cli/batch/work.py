"""One edit of a batch: from its row to its files."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sfumato.cli.batch.rows import Row
from sfumato.cli.batch.thumbnails import Thumbnails
from sfumato.cli.editing import begun_with, prepared
from sfumato.cli.outcome import Outcome
from sfumato.cli.output import Keeping
from sfumato.cli.request import Request
from sfumato.cli.results import Target, files_of, paths_of, targets_of
from sfumato.cli.selecting import target_of
from sfumato.picture.picture import Picture
from sfumato.picture.reading import contents, read
from sfumato.picture.writing import check_target, fitted, format_of, write_atomically
from sfumato_client.batch import Note, Task, Told, key_of
from sfumato_client.edit import Edit
from sfumato_client.events import Event
from sfumato_client.ledger import Ledger
from sfumato_client.session import Session
from sfumato_client.wire.models_pb2 import ListModelsResponse

_MILLISECONDS = 3


@dataclass(frozen=True)
class Bench:
    """What all edits of a batch have in common: ``models`` are the daemon's."""

    out: Path
    keeping: Keeping
    ledger: Ledger
    models: ListModelsResponse
    thumbnails: Thumbnails

    def task(self, row: Row, key: str) -> Task:
        """A row as a task."""
        work = _Work(self, row, key)
        return Task(row.name, key, work.edit, work.save)


def row_key(row: Row, keeping: Keeping) -> str:
    """What tells whether a row is what it was; raises ``PictureError`` for a missing file."""
    kept = f"{keeping.metadata} {keeping.told} {keeping.private}"
    digests = [hashlib.sha256(contents(path)).digest() for path in row.files]
    return key_of(row.asked, kept, *digests)


@dataclass
class _Work:
    """An edit in the making."""

    bench: Bench
    row: Row
    key: str
    targets: list[Target] = field(default_factory=list)
    picture: Picture | None = None
    outcome: Outcome | None = None
    begun: float = 0.0

    async def edit(self, session: Session) -> Edit:
        """The edit as it travels."""
        self.begun = time.perf_counter()
        request = await asyncio.to_thread(self._request)
        assert self.outcome is not None
        models = self.bench.models
        return await prepared(session, models, request, self.outcome, lambda _: None)

    async def save(self, events: Sequence[Event], note: Note) -> Told:
        """Write the results, all files noted before the first is touched."""
        return await asyncio.to_thread(self._save, events, note)

    def _request(self) -> Request:
        row, keeping = self.row, self.bench.keeping
        passes = row.painting.passes
        shown = passes.shown if passes else ()
        self.targets = targets_of(row.output, row.painting.variations, shown)
        for path in paths_of(self.targets):
            path.parent.mkdir(parents=True, exist_ok=True)
            check_target(path, keeping.force or self._ours(path))
        self.picture = keeping.of(read(row.image))
        _, losses = fitted(self.picture, format_of(row.output.out))
        parameters = row.painting.parameters
        parameters.MergeFrom(row.selecting.parameters)
        request = Request(
            self.picture,
            target_of(self.picture.extent, row.selecting, row.pointing),
            parameters,
            row.name,
            row.selecting.grow,
            row.selecting.feather,
            row.painting.added,
            keeping.private,
            passes.messages if passes else (),
        )
        self.outcome = begun_with(request, losses, aloud=False)
        return request

    def _save(self, events: Sequence[Event], note: Note) -> Told:
        assert self.picture is not None
        assert self.outcome is not None
        for event in events:
            self.outcome.take(event)
        told = self.bench.keeping.told
        # All of them before the first is written: they replace what was there together.
        files = dict(files_of(self.picture, self.outcome, self.targets, told))
        made = {self._relative(path): _sha256(data) for path, data in files.items()}
        before = self._known()
        note({"files": {name: [sha, *before.get(name, [])] for name, sha in made.items()}})
        for path, data in files.items():
            write_atomically(path, data)
        self.outcome.seconds["in all"] = time.perf_counter() - self.begun
        self.bench.thumbnails.make(self.row.name, self.picture, self.outcome)
        return self._told({name: [sha] for name, sha in made.items()})

    def _told(self, files: Mapping[str, list[str]]) -> Told:
        assert self.outcome is not None
        return {
            "files": files,
            "seeds": [result.seed for result in self.outcome.results],
            "job": self.outcome.job,
            "seconds": round(self.outcome.seconds["in all"], _MILLISECONDS),
            "parameters": self.outcome.settings,
            "notices": [notice._asdict() for notice in self.outcome.notices],
        }

    def _ours(self, path: Path) -> bool:
        """Whether a file is just as this batch left it."""
        known = self._known().get(self._relative(path), [])
        return bool(known) and path.is_file() and _sha256(path.read_bytes()) in known

    def _known(self) -> Mapping[str, list[str]]:
        """The fingerprints that the files of earlier runs may have."""
        last = self.bench.ledger.get(self.row.name)
        return dict(last.told.get("files", {})) if last is not None else {}

    def _relative(self, path: Path) -> str:
        return path.relative_to(self.bench.out).as_posix()


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
