"""The snapshot of the tree: loaded whole, kept per process, looked at again when a second has passed."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, TypeVar

import asyncpg
import msgspec

from yihao.units import queries
from yihao.units.model import CatalogueRow, Category, Jurisdiction, NodeLayer, Officer, Unit, YearEdit
from yihao.units.tree import Tree

FRESH_SECONDS = 1.0
"""How long a connection trusts the snapshot before it asks for the version again."""
MOST_KEPT = 64
"""Databases and connections remembered; a server has one database and tens of connections, a test run many."""

T = TypeVar("T", bound=msgspec.Struct)

_trees: dict[str, Tree] = {}
_seen: dict[int, tuple[float, str]] = {}


async def tree(connection: asyncpg.Connection) -> Tree:
    """The tree as it was at most `FRESH_SECONDS` ago; a transaction that has written to it sees its own writes."""
    # Backend process ids name connections: a process may talk to several databases (tests, replay beside a live one).
    pid = connection.get_server_pid()
    now = time.monotonic()
    checked, name = _seen.get(pid, (-FRESH_SECONDS, ""))
    if now - checked < FRESH_SECONDS and name in _trees:
        return _trees[name]
    head = await connection.fetchrow(queries.VERSION)
    if head["written"]:
        # Not committed: nobody else may be shown it, and it is forgotten if it rolls back.
        return await load(connection)
    kept = _trees.get(head["tree"])
    if kept is None or kept.version < head["version"]:
        kept = await load(connection)
    # While this one was read, another reader may have brought a newer one: an older never takes its place.
    newest = _trees.get(head["tree"])
    if newest is None or newest.version <= kept.version:
        _remember(_trees, head["tree"], kept)
    _remember(_seen, pid, (now, head["tree"]))
    return kept


def forget(connection: asyncpg.Connection) -> None:
    """Let the connection ask for the version at its next look: it is about to write."""
    _seen.pop(connection.get_server_pid(), None)


def look_again() -> None:
    """Let every connection of this process ask for the version at its next look. Call it after an edit's commit.

    Other processes see the edit within `FRESH_SECONDS`.
    """
    _seen.clear()


async def load(connection: asyncpg.Connection) -> Tree:
    """The tree as this transaction sees it now, past the cache."""
    head = await connection.fetchrow(queries.VERSION)
    return Tree.of(
        key=(head["tree"], head["version"]),
        jurisdictions=await _all(connection, queries.JURISDICTIONS, Jurisdiction),
        units=await _all(connection, queries.UNITS, Unit),
        officers=await _all(connection, queries.OFFICERS, Officer),
        categories=await _all(connection, queries.CATEGORIES, Category),
        catalogue=await _all(connection, queries.CATALOGUE, CatalogueRow),
        years=await _all(connection, queries.YEARS, YearEdit),
        layers=[as_layer(row) for row in await connection.fetch(queries.LAYERS)],
    )


def as_struct(row: Mapping[str, Any], shape: type[T]) -> T:
    """A row as the struct of the same column names; arrays become tuples."""
    return shape(**{name: tuple(value) if isinstance(value, list) else value for name, value in row.items()})


def as_layer(row: Mapping[str, Any]) -> NodeLayer:
    """A row as a node's own layer; its files in the order of their names."""
    files = msgspec.json.decode(row["files"], type=dict[str, str])
    return NodeLayer(**{**row, "files": dict(sorted(files.items()))})


async def _all(connection: asyncpg.Connection, sql: str, shape: type[T]) -> list[T]:
    return [as_struct(row, shape) for row in await connection.fetch(sql)]


def _remember(kept: dict[Any, Any], key: Any, value: Any) -> None:
    kept.pop(key, None)
    if len(kept) >= MOST_KEPT:
        kept.pop(next(iter(kept)))
    kept[key] = value
