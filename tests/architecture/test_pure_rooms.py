"""Rules and decisions are pure: they look at no clock, no database and no network; time is an argument.

And no statement of the business reads the database's clock: else replay and simulations would live in two times.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src" / "yihao"
PURE = sorted(
    {
        *SOURCE.glob("worktime/*.py"),
        *SOURCE.glob("profile/*.py"),
        *SOURCE.glob("seal/*.py"),
        *SOURCE.glob("*/rules.py"),
        *SOURCE.glob("*/model.py"),
        *SOURCE.glob("orders/decisions/*.py"),
        SOURCE / "lines" / "dial.py",
        *(SOURCE / "orders" / f"{name}.py" for name in ("table", "draft", "bodies", "describe")),
    }
)
IMPURE = {
    "asyncio", "asyncpg", "http", "httpx", "litestar", "multiprocessing", "psycopg", "requests", "sched", "select",
    "selectors", "smtplib", "socket", "socketserver", "sqlite3", "ssl", "subprocess", "threading", "time", "urllib",
    "yihao.clock", "yihao.store", "yihao.web", "yihao.cli",
}  # fmt: skip
WALL_CLOCKS = {"now", "utcnow", "today", "time", "time_ns"}
STOP_WATCHES = {"monotonic", "monotonic_ns", "perf_counter", "process_time"}
SYSTEM_CLOCK = {
    "clock.py": "the one that asks for everybody",
    "replay/scratch.py": "how old the scratch database of a killed run is",
}
"""Who asks the system what time it is, and why; stop watches are free to all but the pure."""

DATABASE_CLOCK = re.compile(
    r"\b(?:now\s*\(\s*\)|current_(?:timestamp|date|time)\b|localtime(?:stamp)?\b"
    r"|(?:clock|statement|transaction)_timestamp\s*\()",
    re.IGNORECASE,
)
TRANSPORT = {
    "orders/reads.sql": "a dead message is tried again at once: when it leaves the house is no business time",
    "orders/checkpoints.py": "a checkpoint says when it was taken by the clock that also wrote recorded_at",
    "orders/presence.sql": "who has an order open right now is about screens; it is told by no record",
    "orders/housekeeping.py": "an idempotency key is dropped so long after the row was written",
    "web/health.py": "how long messages and followers wait, by the clock that wrote when they came",
}
"""Files outside ``store`` that may ask the database's clock, and why; ``store`` keeps transport and audit only."""


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


def impure(tree: ast.Module) -> set[str]:
    """Modules a pure one must not know."""
    return {
        name for name in imported(tree) if any(name == banned or name.startswith(f"{banned}.") for banned in IMPURE)
    }


def clocks(tree: ast.Module, names: set[str]) -> set[str]:
    """Calls that ask the system's clock: ``datetime.now()``, ``date.today()`` …"""
    return {
        f"{ast.unparse(node.func)}:{node.lineno}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in names
        and ast.unparse(node.func.value).rpartition(".")[2] in ("datetime", "date", "time")
    }


def words(file: Path) -> list[str]:
    """The statements of a file: all of an SQL file but its comments, the strings of a program but its docstrings."""
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".sql":
        return [re.sub(r"--[^\n]*", "", text)]
    tree = ast.parse(text)
    documents = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant)}
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documents
    ]


@pytest.mark.parametrize("file", PURE, ids=lambda file: str(file.relative_to(SOURCE)))
def test_pure(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    assert impure(tree) == set()
    assert clocks(tree, WALL_CLOCKS | STOP_WATCHES) == set()


def test_the_list_of_pure_modules_is_no_empty_promise() -> None:
    names = {str(file.relative_to(SOURCE)) for file in PURE}
    assert {"orders/rules.py", "orders/table.py", "orders/decisions/closing.py", "worktime/rules.py"} <= names
    assert len(PURE) > 40


def test_the_searches_find_what_they_search() -> None:
    tree = ast.parse(
        "import time\nfrom yihao.store.db import Database\nimport datetime\n"
        "datetime.datetime.now()\ndate.today()\nself.now()\ncontext.today\n"
    )
    assert impure(tree) == {"time", "yihao.store.db", "yihao.store.db.Database"}
    assert {found.partition(":")[0] for found in clocks(tree, WALL_CLOCKS)} == {"datetime.datetime.now", "date.today"}
    assert DATABASE_CLOCK.search("SELECT NOW ()") and DATABASE_CLOCK.search("DEFAULT current_timestamp")
    assert not DATABASE_CLOCK.search("SELECT a.now, known(), recorded_at")


def test_who_asks_the_system_for_the_time() -> None:
    for file in SOURCE.rglob("*.py"):
        name = str(file.relative_to(SOURCE))
        if name not in SYSTEM_CLOCK:
            assert clocks(ast.parse(file.read_text(encoding="utf-8")), WALL_CLOCKS) == set(), name


def test_no_statement_of_the_business_asks_the_databases_clock() -> None:
    asking = set()
    for file in (*SOURCE.rglob("*.sql"), *SOURCE.rglob("*.py")):
        name = str(file.relative_to(SOURCE))
        if not name.startswith("store/") and any(DATABASE_CLOCK.search(text) for text in words(file)):
            asking.add(name)
    assert asking == set(TRANSPORT), "a file that needs none any more leaves the list, too"


def test_tables_ask_it_for_when_a_row_was_written_alone() -> None:
    """In the schema: as the default of ``recorded_at`` and ``created_at``, and in the upkeep of the audit's months."""
    for file in sorted(SOURCE.glob("store/migrations/*.sql")):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            statement = line.partition("--")[0]
            if DATABASE_CLOCK.search(statement) and not file.name.startswith(("0003.people", "0012.audit")):
                assert re.match(
                    r"\s*(recorded_at|created_at)\s+timestamptz NOT NULL DEFAULT clock_timestamp\(\)", line
                ), f"{file.name}:{number}: {line.strip()}"
