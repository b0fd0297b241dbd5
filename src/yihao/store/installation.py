"""What an installation's database remembers of itself: that it is live, and which keys seal it.

It stands in table ``installation``. Only the owner of the tables writes there, when a server starts or an administrator
is made; requests and workers read.
"""

from __future__ import annotations

from collections.abc import Mapping

import psycopg
from psycopg.types.json import Jsonb

from yihao.errors import Conflict, Misconfigured

LIVE = "live"
KEYS = "keys"


class ForeignKeys(Misconfigured):
    """The keys at hand are not those the data of this database is sealed under."""

    code = "foreign_keys"
    zh = (
        "密钥与数据库不配套：数据库由密钥 {missing} 加密，而 {where} 中没有或内容不同。继续运行会使数据无法解密，已拒绝"
        "启动。请从密钥备份恢复，或用 --data、YIHAO_KEY_FILE 指向正确的密钥。"
    )
    en = (
        "These keys do not belong to this database: it is sealed under {missing}, which {where} lacks or holds "
        "otherwise. Refused. Restore the keys from your key backup, or name the right ones by --data or YIHAO_KEY_FILE."
    )


class DatabaseLive(Conflict):
    """A command for scratch databases was pointed at one in service."""

    code = "database_live"
    zh = "该数据库是正式运行的库，{what} 只能用于空的临时数据库。请用 --data 指定另一个目录。"
    en = "This database is in service; {what} works on an empty scratch database only. Choose another --data."


def adopt(dsn: str, check_values: Mapping[str, str], where: object) -> None:
    """Mark the database as live and sealed under these keys.

    Args:
        dsn: URL of the tables' owner.
        check_values: ``KeyRing.check_values()``.
        where: the key folder or file, for the refusal.

    Raises:
        ForeignKeys: the database remembers a key that is not among them.
    """
    with psycopg.connect(dsn) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('yihao.installation'))")
        known = _value(connection, KEYS) or {}
        missing = sorted(name for name, value in known.items() if check_values.get(name) != value)
        if missing:
            raise ForeignKeys(missing=", ".join(missing), where=where)
        _keep(connection, KEYS, known | dict(check_values))
        _keep(connection, LIVE, True)


def is_live(dsn: str) -> bool:
    """Whether a server or an administrator has taken this database into service."""
    with psycopg.connect(dsn) as connection:
        found = connection.execute("SELECT to_regclass('installation')").fetchone()
        return bool(found and found[0] and _value(connection, LIVE))


def refuse_live(dsn: str, what: str) -> None:
    """Stop a command that must never touch a database in service.

    Raises:
        DatabaseLive
    """
    if is_live(dsn):
        raise DatabaseLive(what=what)


def _value(connection: psycopg.Connection[tuple[object, ...]], name: str) -> dict[str, str] | None:
    row = connection.execute("SELECT value FROM installation WHERE name = %s", (name,)).fetchone()
    return row[0] if row else None  # type: ignore[return-value]  # jsonb comes as what was put in


def _keep(connection: psycopg.Connection[tuple[object, ...]], name: str, value: object) -> None:
    connection.execute(
        "INSERT INTO installation (name, value) VALUES (%s, %s) "
        "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, Jsonb(value)),
    )
