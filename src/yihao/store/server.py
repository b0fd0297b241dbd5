"""The database server: an external one by ``YIHAO_DATABASE_URL``, else the embedded PostgreSQL of the data folder."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import psycopg

from yihao.store.embedded import Embedded
from yihao.store.faults import DatabaseUrl, ExternalUnreachable, FolderClosed, NoRoom, ServerEncoding, ServerTooOld

OLDEST_EXTERNAL = 15


class Server:
    """A running PostgreSQL and the superuser's (or owner's) ``dsn`` to it, usable by asyncpg and psycopg.

    Attributes:
        dsn: URL of the application's database.
        embedded: ``False`` when the server is somebody else's.
        version: major version.
        bin: folder of pg_dump, pg_basebackup ...; ``None`` for an external server.
        cluster: its data directory; ``None`` for an external server.
    """

    dsn: str
    embedded: bool
    version: int
    bin: Path | None
    cluster: Path | None

    def __init__(self, dsn: str, version: int, embedded: Embedded | None) -> None:
        self.dsn = dsn
        self.version = version
        self.embedded = embedded is not None
        self.bin = embedded.binaries.bin if embedded else None
        self.cluster = embedded.home.cluster if embedded else None
        self._embedded = embedded

    @classmethod
    def open(cls, data: Path, *, env: Mapping[str, str] = os.environ, serving: bool = False) -> Self:
        """Start the server of ``data``, or use the one that runs; with ``YIHAO_DATABASE_URL`` only check that one.

        Args:
            data: the installation's folder, made when absent.
            env: where the settings are read from.
            serving: ``yihao up`` says True: only one such process may use a folder at a time.

        Raises:
            Misconfigured, Unavailable: with the mend, from `yihao.store.faults`.
        """
        if url := env.get("YIHAO_DATABASE_URL", "").strip():
            return cls(url, check_external(url), None)
        data = data.resolve()
        with _disk(data):
            embedded = Embedded.prepare(data, env)
            try:
                embedded.open(serving)
            except BaseException:
                embedded.close()
                raise
        return cls(embedded.dsn, embedded.binaries.major, embedded)

    def ensure(self) -> bool:
        """Start the embedded server again if it has died under us (same DSN). Returns whether that was needed."""
        return self._embedded.ensure() if self._embedded else False

    def close(self) -> None:
        """Leave the server; the last to leave stops it (fast shutdown) and waits until it is gone."""
        if self._embedded:
            self._embedded.close()
            self._embedded = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def check_external(url: str) -> int:
    """The major version of an external server that answers, is new enough and stores UTF-8."""
    if urlsplit(url).scheme not in ("postgresql", "postgres"):
        raise DatabaseUrl
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            number = connection.info.server_version
            encoding = connection.info.parameter_status("server_encoding")
    except psycopg.ProgrammingError as error:
        raise DatabaseUrl from error
    except psycopg.OperationalError as error:
        raise ExternalUnreachable(why=str(error).strip().splitlines()[0]) from error
    major = number // 10000
    if major < OLDEST_EXTERNAL:
        raise ServerTooOld(where="YIHAO_DATABASE_URL", found=major, needed=OLDEST_EXTERNAL)
    if encoding != "UTF8":
        raise ServerEncoding(found=encoding)
    return major


@contextmanager
def _disk(data: Path) -> Iterator[None]:
    """Say what a failing file operation means to the person who started us."""
    try:
        yield
    except OSError as error:
        folder = error.filename or data
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NoRoom(folder=folder) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST):
            raise FolderClosed(folder=folder, why=error.strerror) from error
        raise
