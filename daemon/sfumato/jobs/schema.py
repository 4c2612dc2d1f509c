"""The journal's file: its tables, their versions, and what is done with a file that is no use.

Migrations are numbered by their place and never change once released. A file of a newer daemon is
refused, as nobody knows what is in it; a damaged one is set aside, never deleted.
"""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from sfumato.jobs.errors import JournalUnusable

MIGRATIONS: tuple[str, ...] = (
    """
    -- One row a job. `submission` is what was asked and `course` what has become of it, both JSON;
    -- the columns beside them are what rows are found and ordered by.
    CREATE TABLE jobs (
        id TEXT PRIMARY KEY,
        owner TEXT NOT NULL,
        request_id TEXT NOT NULL,
        number INTEGER NOT NULL UNIQUE,
        submission TEXT NOT NULL,
        course TEXT NOT NULL,
        round INTEGER NOT NULL,
        UNIQUE (owner, request_id)
    ) STRICT;
    CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
    """,
    """
    -- What ended jobs are looked up by, so that they need not be in memory: when they ended (a
    -- Julian day), whether they have pictures, and whether they were private and are of no use any
    -- more. A row that cannot be read has none of it.
    ALTER TABLE jobs ADD COLUMN ended_at REAL AS (
        CASE WHEN json_valid(course) THEN julianday(json_extract(course, '$.ended_at')) END);
    ALTER TABLE jobs ADD COLUMN arena_kept INTEGER AS (
        CASE WHEN json_valid(course) THEN json_extract(course, '$.arena_kept') END);
    ALTER TABLE jobs ADD COLUMN seen INTEGER AS (
        CASE WHEN json_valid(course) AND json_valid(submission) THEN
            json_extract(submission, '$.private') AND (json_extract(course, '$.delivered')
                OR json_extract(course, '$.state') = 'cancelled') END);
    CREATE INDEX jobs_of_owners ON jobs (owner, number);
    CREATE INDEX jobs_by_end ON jobs (ended_at);
    CREATE INDEX jobs_with_pictures ON jobs (number) WHERE arena_kept AND ended_at IS NOT NULL;
    CREATE INDEX jobs_seen ON jobs (number) WHERE seen AND ended_at IS NOT NULL;
    """,
)
"""What each version adds to the one before."""

_ASIDE = "damaged"
_HEADER = b"SQLite format 3\x00"
_VERSION_AT = 60
_COMPANIONS = ("", "-wal", "-shm")


def opened(path: Path) -> tuple[sqlite3.Connection, Path | None]:
    """The journal at ``path``, made or brought up to date; and where a damaged one was put.

    Raises ``JournalUnusable`` for one that is newer than this daemon, and if the disk is full or
    may not be written to.
    """
    try:
        try:
            return _connected(path), None
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            aside = _set_aside(path)
            return _connected(path), aside
    except (sqlite3.Error, OSError) as error:
        raise JournalUnusable(
            f"The journal {path} cannot be used: {error}. See that its folder may be written to "
            "and has room, or choose another state directory with --state-dir."
        ) from error


def version_of(path: Path) -> int:
    """The version of the journal at ``path`` as its header tells it; 0 if there is none."""
    try:
        with path.open("rb") as file:
            header = file.read(_VERSION_AT + 4)
    except FileNotFoundError:
        return 0
    if not header.startswith(_HEADER):
        return 0
    return int.from_bytes(header[_VERSION_AT:], "big")


def set_aside(path: Path) -> list[Path]:
    """The damaged journals that lie beside ``path``, oldest first."""
    found = path.parent.glob(f"{path.stem}.{_ASIDE}-*{path.suffix}")
    return sorted(found)


def _connected(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        # Exclusive: no other process reads along, and nothing is mapped, so that a home on a
        # network file system will do. The state directory's lock keeps other daemons out.
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA fullfsync = ON")
        connection.execute("PRAGMA checkpoint_fullfsync = ON")
        # Deleted rows are overwritten: what is forgotten holds prompts.
        connection.execute("PRAGMA secure_delete = ON")
        ((health,),) = connection.execute("PRAGMA quick_check(1)").fetchall()
        if health != "ok":
            raise sqlite3.DatabaseError(health)
        _migrate(connection, path)
    except BaseException:
        connection.close()
        raise
    if path.exists():
        path.chmod(0o600)
    return connection


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(MIGRATIONS):
        raise JournalUnusable(
            f"The journal {path} was written by a newer Sfumato (version {version}; this one knows "
            f"up to {len(MIGRATIONS)}). Update Sfumato, or choose another state directory with "
            "--state-dir."
        )
    for number, migration in enumerate(MIGRATIONS[version:], start=version + 1):
        connection.executescript(f"BEGIN; {migration}; PRAGMA user_version = {number}; COMMIT;")


def _set_aside(path: Path) -> Path:
    """Rename a damaged journal and its companions; their new name."""
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
    target = path.with_name(f"{path.stem}.{_ASIDE}-{stamp}{path.suffix}")
    for companion in _COMPANIONS:
        source = path.with_name(path.name + companion)
        if source.exists():
            source.rename(target.with_name(target.name + companion))
    return target
