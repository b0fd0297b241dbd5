"""A database of a replay's own: made beside the installation's, filled with a demonstration place, dropped at the end.

It is never the installation's database: it is made here under a new name, and a database marked as live is refused.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

import psycopg
from psycopg import sql

from yihao.errors import Misconfigured
from yihao.store.dsn import with_database
from yihao.store.installation import refuse_live
from yihao.store.migrate import migrate

PREFIX: Final = "yihao_replay_"
LEFT_BEHIND: Final = 24 * 3600
"""Seconds after which a scratch database nobody is connected to was left by a killed replay."""


class NoScratch(Misconfigured):
    """The server does not let this account make a database."""

    code = "no_scratch"


@contextmanager
def scratch_database(server_dsn: str) -> Iterator[str]:
    """A new, migrated database on that server; its URL. Dropped at the end, whatever happened.

    Raises:
        NoScratch: the account may not make databases.
        DatabaseLive: cannot happen; asked all the same, before the first row is written.
    """
    name = f"{PREFIX}{int(time.time())}_{secrets.token_hex(4)}"
    with psycopg.connect(server_dsn, autocommit=True) as connection:
        _sweep(connection)
        try:
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        except psycopg.errors.InsufficientPrivilege as error:
            raise NoScratch(
                where="YIHAO_DATABASE_URL",
                why="该数据库账号不能新建数据库",
                mend="授予 CREATEDB，或清空该设置改用内置数据库",
            ) from error
    dsn = with_database(server_dsn, name)
    try:
        refuse_live(dsn, "replay")
        migrate(dsn)
        yield dsn
    finally:
        # A server that is gone has told so already; what stays behind is swept by a later replay.
        with suppress(psycopg.OperationalError), psycopg.connect(server_dsn, autocommit=True) as connection:
            _drop(connection, name)


def _sweep(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    """Drop what killed replays left behind."""
    rows = connection.execute(
        "SELECT d.datname FROM pg_database d WHERE starts_with(d.datname, %s) AND pg_has_role(d.datdba, 'USAGE') "
        "AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datname = d.datname)",
        (PREFIX,),
    ).fetchall()
    for (name,) in rows:
        made = str(name).removeprefix(PREFIX).partition("_")[0]
        if made.isdigit() and int(made) < time.time() - LEFT_BEHIND:
            _drop(connection, str(name))


def _drop(connection: psycopg.Connection[tuple[object, ...]], name: str) -> None:
    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
