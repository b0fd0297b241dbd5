"""Databases for one test each, in a server that many tests use."""

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from yihao.store.dsn import with_database

_number = itertools.count(1)


@contextmanager
def database(server_dsn: str, name: str = "scratch", template: str = "template0") -> Iterator[str]:
    """A new database, copied from ``template``; its URL. Dropped at the end, whoever is still connected."""
    unique = f"{name}_{os.getpid()}_{next(_number)}"
    new, old = sql.Identifier(unique), sql.Identifier(template)
    with psycopg.connect(server_dsn, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(new, old))
    try:
        yield with_database(server_dsn, unique)
    finally:
        with psycopg.connect(server_dsn, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(new))
