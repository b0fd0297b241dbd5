"""Connection URLs: made, pointed at another database, and shown without their password."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit


def socket_dsn(folder: Path, *, user: str, password: str, database: str, port: int = 5432) -> str:
    """The URL of a server behind a unix socket in ``folder``; asyncpg and libpq both read it."""
    who, secret, name, host = (quote(part, safe="") for part in (user, password, database, str(folder)))
    return f"postgresql://{who}:{secret}@/{name}?host={host}&port={port}"


def with_database(dsn: str, database: str) -> str:
    """The same server and account, another database."""
    return urlunsplit(urlsplit(dsn)._replace(path="/" + quote(database, safe="")))


def without_password(dsn: str) -> str:
    """Fit for a log or a screen."""
    parts = urlsplit(dsn)
    account, at, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=account.partition(":")[0] + at + host))
