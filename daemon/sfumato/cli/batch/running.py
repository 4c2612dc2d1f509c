"""A batch at work: what is to be done, by which daemon, and what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from sfumato.cli.batch.report import Line
from sfumato.cli.batch.rows import Row
from sfumato.cli.batch.sheet import THUMBNAILS
from sfumato.cli.batch.thumbnails import Thumbnails
from sfumato.cli.batch.work import Bench, row_key
from sfumato.cli.console import complain
from sfumato.cli.console import out as console
from sfumato.cli.daemon import known_endpoint, own_daemon
from sfumato.cli.failures import BadInput, sentence
from sfumato.cli.named import Named, session_with
from sfumato.cli.options import PICTURES
from sfumato.cli.output import Keeping
from sfumato.cli.progress import BatchProgress, batch_progress
from sfumato_client.batch import PARALLEL, Ended, Task, batch, mark, pending
from sfumato_client.endpoint import Endpoint
from sfumato_client.errors import SfumatoError
from sfumato_client.ledger import Ledger, State
from sfumato_client.session import Session

_EVERYTHING = "all"


@dataclass(frozen=True)
class Run:
    """Where a batch goes, and how much of it at once."""

    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", metavar="DIR", help="Where the results go.", rich_help_panel=PICTURES
        ),
    ]
    name: Annotated[
        str,
        typer.Option(
            metavar="TEMPLATE",
            help="Their names: {stem}, {ext}, {folder}, {number}, {model}, {preset}.",
            rich_help_panel=PICTURES,
        ),
    ] = "{stem}.{ext}"
    layer: Annotated[
        str,
        typer.Option(
            metavar="TEMPLATE",
            help="Also write each result alone, as a layer; such as {stem}-layer.png.",
            rich_help_panel=PICTURES,
        ),
    ] = ""
    redo: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Do this result once more; @FILE has one name a line, `all` is all of them.",
        ),
    ] = None
    parallel: Annotated[
        int, typer.Option(min=1, max=32, help="How many edits are at the daemon at once.")
    ] = PARALLEL


@dataclass
class Batch:
    """The edits of a run, and how each is: ``lines`` by the rows' names."""

    rows: Sequence[Row]
    ledger: Ledger
    run: Run
    keeping: Keeping
    lines: dict[str, Line] = field(default_factory=dict)

    @property
    def thumbnails(self) -> Thumbnails:
        """Where small pictures of the results go."""
        return Thumbnails(self.run.out / THUMBNAILS)

    @property
    def report(self) -> list[Line]:
        """Every edit in its order; those that nothing is known of are left."""
        return [self.lines.get(row.name) or Line(row, left=True) for row in self.rows]

    def work(self, named: Named) -> None:
        """Do what is to be done, by the user's daemon or by one started for this.

        Blocks; Ctrl+C cancels what is running. Raises ``SfumatoError`` where the batch as a whole
        cannot go on.
        """
        todo = list(self._due())
        if not todo:
            return
        endpoint = known_endpoint(named)
        with nullcontext(endpoint) if endpoint is not None else own_daemon() as found:
            asyncio.run(self._work(found, todo))

    def _due(self) -> Iterable[tuple[Row, str]]:
        """What is to be done, with its key."""
        for row in self.rows:
            try:
                key = row_key(row, self.keeping)
            except SfumatoError as error:
                self._failed(row, sentence(error))
                continue
            last = self.ledger.get(row.name)
            if last is not None and last.state is State.DONE:
                if not all((self.run.out / name).exists() for name in last.told["files"]):
                    mark(self.ledger, row.name)  # it was deleted to be made anew
                elif last.key != key and not self.keeping.force:
                    self._failed(row, _CHANGED)
                    continue
            if pending(self.ledger, row.name, key) is None and last is not None:
                self.lines[row.name] = Line(row, last.told, fresh=False)
            else:
                yield row, key

    async def _work(self, endpoint: Endpoint, todo: list[tuple[Row, str]]) -> None:
        async with session_with(endpoint) as session:
            bench = Bench(
                self.run.out, self.keeping, self.ledger, await session.models(), self.thumbnails
            )
            tasks = [bench.task(row, key) for row, key in todo]
            rows = {row.name: row for row, _ in todo}
            with batch_progress(len(self.rows), len(self.lines)) as progress:
                async with aclosing(self._started(session, tasks, progress)) as ends:
                    async for ended in ends:
                        self._take(rows[ended.name], ended)
                        progress.advance()

    def _started(
        self, session: Session, tasks: list[Task], progress: BatchProgress
    ) -> AsyncGenerator[Ended, None]:
        return batch(
            session, tasks, self.ledger, parallel=self.run.parallel, listener=progress.show
        )

    def _take(self, row: Row, ended: Ended) -> None:
        if ended.error is not None:
            self._failed(row, sentence(ended.error))
            return
        line = self.lines[row.name] = Line(row, ended.told, fresh=ended.fresh)
        if not self.keeping.json:
            for name in line.files:
                console.print(f"[green]{escape(str(self.run.out / name))}[/green]")

    def _failed(self, row: Row, message: str) -> None:
        complain(f"{row.name}: {message}")
        self.lines[row.name] = Line(row, error=message)


def mark_again(ledger: Ledger, rows: Sequence[Row], marked: Sequence[str]) -> None:
    """Have results made once more; ``BadInput`` for names that none has."""
    known = [row.name for row in rows]
    names = [name for word in marked for name in _names(word, known)]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise BadInput(
            f"There is no result {unknown[0]!r} in this batch; the contact sheet has their names."
        )
    for name in names:
        mark(ledger, name)


def _names(word: str, known: Sequence[str]) -> Sequence[str]:
    """The names that a word stands for."""
    if word == _EVERYTHING and word not in known:
        return known
    if not word.startswith("@"):
        return [word]
    try:
        lines = Path(word[1:]).read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"The list {word[1:]} cannot be read.") from error
    return [line.strip() for line in lines if line.strip()]


_CHANGED = (
    "It was done with other options or another picture, and its result is there. Do it again with "
    "--redo NAME, or all that changed with --force."
)
