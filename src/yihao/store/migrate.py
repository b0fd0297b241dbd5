"""The schema: plain SQL files, applied in order through yoyo-migrations, which keeps the list of those applied.

A file and its mark commit in one transaction, so that a kill between the two cannot leave a migration applied but
unmarked. A file that begins with ``-- transactional: false`` (``CREATE INDEX CONCURRENTLY``) holds one statement and
runs outside a transaction.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import errors
from yoyo.backends.core.postgresql import PostgresqlPsycopgBackend
from yoyo.connections import parse_uri
from yoyo.migrations import Migration, MigrationList, parse_metadata_from_sql_comments

from yihao.store.faults import DatabaseNewer, MigrationBusy, MigrationFailed

FOLDER = Path(__file__).parent / "migrations"
TABLE = "yihao_migration"
LOCK_MS = 4000
STATEMENT_MS = 5000
TURN = 0x59694861
"""Advisory lock of the one migrator at a time. The kernel of the matter: it goes with its connection, a row stays."""
TURN_SECONDS = 60


def migrate(dsn: str, *, folder: Path = FOLDER) -> list[str]:
    """Bring the database up to this version; returns the names applied now, oldest first.

    Raises:
        MigrationBusy: a lock (4 s) or statement (5 s) time-out; nothing of that file was kept. Try again.
        MigrationFailed: the SQL failed and was rolled back; files before it stay applied.
        DatabaseNewer: the database holds migrations this version does not know.
    """
    backend = _Backend(parse_uri(_options(dsn)), TABLE)
    with backend, _turn(backend):
        backend.create_lock_table()
        backend.break_lock()  # a row some killed migrator left; the advisory lock says nobody else is at it
        files = MigrationList([_File(path) for path in sorted(folder.glob("*.sql"))])
        _refuse_newer(backend, files)
        waiting = list(backend.to_apply(files))
        for file in waiting:
            _apply(backend, file)
        return [file.id for file in waiting]


class _Backend(PostgresqlPsycopgBackend):  # type: ignore[misc]  # yoyo ships no type information
    """yoyo's backend, without its look at what DDL can do: PostgreSQL's is transactional."""

    def cursor(self) -> psycopg.Cursor[Any]:
        """Annotated, where yoyo's is not."""
        connection: psycopg.Connection[Any] = self.connection
        return connection.cursor()


class _File(Migration):  # type: ignore[misc]  # yoyo ships no type information
    """One file, executed whole: splitting SQL into statements is left to the server, which knows how."""

    def __init__(self, path: Path) -> None:
        super().__init__(path.name.removesuffix(".sql"), str(path), str(path.parent))
        self.source = path.read_text(encoding="utf-8")
        directives, _, _ = parse_metadata_from_sql_comments(self.source)
        self.use_transactions = directives.get("transactional", "true").strip() != "false"
        self.steps: list[Any] = []
        self._depends: set[Migration] = set()


def _options(dsn: str) -> str:
    """The URL for yoyo's psycopg backend, with the session's time-outs."""
    scheme, _, rest = dsn.partition("://")
    if scheme not in ("postgresql", "postgres"):
        raise ValueError("not a PostgreSQL URL")
    limits = f"-c%20lock_timeout%3D{LOCK_MS}%20-c%20statement_timeout%3D{STATEMENT_MS}"
    return f"postgresql+psycopg://{rest}{'&' if '?' in rest else '?'}options={limits}"


@contextmanager
def _turn(backend: _Backend) -> Iterator[None]:
    """One migrator at a time."""
    end = time.monotonic() + TURN_SECONDS
    while not _row(backend, f"SELECT pg_try_advisory_lock({TURN})"):
        if time.monotonic() > end:
            raise MigrationBusy(name="*")
        time.sleep(0.2)
    yield


def _row(backend: _Backend, statement: str) -> Any:
    found = backend.cursor().execute(statement).fetchone()
    return found[0] if found else None


def _refuse_newer(backend: _Backend, files: MigrationList) -> None:
    backend.ensure_internal_schema_updated()
    applied = backend.cursor().execute(f"SELECT migration_id FROM {TABLE} ORDER BY 1").fetchall()  # noqa: S608 - our constant
    unknown = sorted({str(name) for (name,) in applied} - {file.id for file in files})
    if unknown:
        raise DatabaseNewer(names=", ".join(unknown))


def _apply(backend: _Backend, file: _File) -> None:
    try:
        if file.use_transactions:
            with backend.transaction():
                backend.cursor().execute(file.source)
                backend.mark_one(file, log=False)
            return
        cursor = backend.cursor()
        cursor.execute("SET statement_timeout = 0")  # building an index beside the traffic takes its time
        cursor.execute(file.source)
        cursor.execute(f"SET statement_timeout = {STATEMENT_MS}")
        with backend.transaction():
            backend.mark_one(file, log=False)
    except (errors.LockNotAvailable, errors.QueryCanceled, errors.DeadlockDetected) as error:
        raise MigrationBusy(name=file.id) from error
    except psycopg.Error as error:
        raise MigrationFailed(name=file.id, why=(error.diag.message_primary or str(error)).strip()) from error
