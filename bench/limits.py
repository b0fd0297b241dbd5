"""The limits: pgbench with the product's own statements (A) and with a fixed plain one (B).

Limit A is never written down by hand: the statements of one real request are recorded from its connection, arguments
and all, and become a pgbench script. So it follows the product's SQL whatever becomes of it.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg

from bench.measure import Run, cpu_of

HERE = Path(__file__).parent
SEQUENCE = "(:stem::text || (:n + 1000000)::text)"
"""A fresh order number in SQL: 14 characters of day and area, then seven digits. The check character is not computed:
no statement looks at it."""


class Statement(NamedTuple):
    """One statement a request sent, with its arguments."""

    sql: str
    args: tuple[Any, ...]


class Recorder:
    """Notes the statements of a connection while it is attached.

    ``async with pool.acquire() as c, Recorder(c) as sent`` fills ``sent.statements``.
    """

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self.statements: list[Statement] = []

    def _note(self, query: Any) -> None:
        self.statements.append(Statement(query.query, tuple(query.args or ())))

    async def __aenter__(self) -> Recorder:
        self._connection.add_query_logger(self._note)
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.sleep(0)  # asyncpg tells its loggers at the loop's next turn
        self._connection.remove_query_logger(self._note)


def text_of(value: Any) -> str:
    """A value as PostgreSQL reads it."""
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return "{" + ",".join(_element(item) for item in value) + "}"
    return str(value)


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    return '"' + text_of(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


class Script(NamedTuple):
    """A pgbench script and the variables it takes."""

    text: str
    variables: dict[str, str]


def script(statements: Sequence[Statement], *, fresh: Sequence[str] = (), prefix: str = "") -> Script:
    """The statements as one transaction of pgbench.

    Args:
        statements: as recorded: what opens the transaction, what it does, ``COMMIT``.
        fresh: argument values that must be new each time (an order number, an idempotency key).
        prefix: kept before the variables' names, so that several scripts can run side by side.
    """
    lines, variables = [], {}
    if fresh:
        lines += ["\\set i :i + 1", "\\set n :client_id * 100000 + :i"]
    for place, statement in enumerate(statements):
        parts = [part.strip() for part in statement.sql.split(";") if part.strip()] if not statement.args else []
        if len(parts) > 1:  # one round trip in the product, so one here
            lines += ["\\startpipeline", *(part + ";" for part in parts), "\\endpipeline"]
            continue
        names = {}
        for number, value in enumerate(statement.args, 1):
            if value is None:
                names[number] = "NULL"
            elif value == "":
                names[number] = "''"  # pgbench takes no empty variable
            elif value in fresh:
                names[number] = SEQUENCE
            else:
                name = f"{prefix}s{place}p{number}"
                variables[name] = text_of(value)
                names[number] = ":" + name
        sql = re.sub(r"--[^\n]*\n", "\n", statement.sql)
        lines.append(re.sub(r"\$(\d+)", lambda found: names[int(found[1])], sql).strip().rstrip(";") + ";")  # noqa: B023 - used at once
    return Script("\n".join(lines) + "\n", variables)


_runs = itertools.count(1)


class Pgbench:
    """Runs scripts with the given number of clients, prepared mode, in sessions with the given settings."""

    def __init__(self, dsn: str, folder: Path | None, server_pid: int, settings: Mapping[str, str]) -> None:
        self._dsn, self._server = dsn, server_pid
        self._options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        ours = folder / "pgbench" if folder else None
        self.program = str(ours) if ours and ours.exists() else shutil.which("pgbench") or "pgbench"

    def run(self, scripts: Sequence[Script], *, clients: int, seconds: float) -> Run:
        """One round.

        Raises:
            RuntimeError: a transaction failed; nothing failed may count.
        """
        with _files(scripts) as files:
            run = next(_runs)
            variables = {"i": "0", "stem": stem(run), "base": str(run * 1_000_000_000)}
            for one in scripts:
                variables |= one.variables
            command = [self.program, "-n", "-M", "prepared", "-c", str(clients), "-j", "1", "-T", str(round(seconds))]
            command += [f"-D{name}={value}" for name, value in variables.items()]
            command += [f"--file={file}" for file in files]
            server, own = cpu_of(self._server), os.times()
            done = subprocess.run(
                [*command, self._dsn],
                env={**os.environ, "PGOPTIONS": self._options},
                capture_output=True,
                text=True,
                check=False,
            )
            time.sleep(0.3)  # its backends have ended and been waited for
            server, after = cpu_of(self._server) - server, os.times()
        rate = re.search(r"^tps = ([0-9.]+)", done.stdout, re.MULTILINE)
        count = re.search(r"actually processed: ([0-9]+)", done.stdout)
        if done.returncode or not rate or not count or "aborted" in done.stderr:
            raise RuntimeError(f"pgbench: {done.stderr.strip()[-2000:]}")
        client = after.children_user + after.children_system - own.children_user - own.children_system
        each = 1000 / max(1, int(count[1]))
        return Run(rate=float(rate[1]), count=int(count[1]), server_cpu=server * each, load_cpu=client * each)


def stem(run: int) -> str:
    """14 characters that begin the numbers of one run: today in a made-up area."""
    return f"{datetime.now(UTC):%Y%m%d}99{run:04d}"


@contextmanager
def _files(scripts: Sequence[Script]) -> Iterator[list[str]]:
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for number, one in enumerate(scripts):
            file = Path(folder) / f"{number}.sql"
            file.write_text(one.text, encoding="utf-8")
            files.append(str(file))
        yield files
