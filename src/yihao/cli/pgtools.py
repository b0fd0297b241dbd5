"""PostgreSQL's own programs for copying a database: a base backup of the embedded server, a dump of an external one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import IO

import psycopg
from psycopg.conninfo import conninfo_to_dict

from yihao.errors import Misconfigured, Unavailable
from yihao.store import binaries
from yihao.store.dsn import without_password

PIECE = 1 << 20

ROLES = """
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'yihao_app') THEN
    CREATE ROLE yihao_app NOLOGIN NOBYPASSRLS; END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'yihao_worker') THEN
    CREATE ROLE yihao_worker NOLOGIN NOBYPASSRLS; END IF;
END $$;
GRANT yihao_app, yihao_worker TO CURRENT_USER;
"""
"""What a dump does not hold: the roles of migration 0001."""

# Functions that run with the rights of another role must belong to it again after a restore by somebody else.
FOREIGN = """
SELECT format('ALTER %s %s OWNER TO %I', CASE prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END,
              p.oid::regprocedure, r.rolname)
FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner
WHERE p.pronamespace = 'public'::regnamespace AND r.rolname IN ('yihao_app', 'yihao_worker')
UNION ALL
SELECT format('ALTER TABLE %s OWNER TO %I', c.oid::regclass, r.rolname)
FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND r.rolname IN ('yihao_app', 'yihao_worker')
ORDER BY 1
"""


class ToolMissing(Misconfigured):
    """No program fits the server's version."""

    code = "postgresql_tool_missing"
    zh = "找不到适用于 PostgreSQL {major} 的 {name}。请安装该版本的客户端程序，或让 YIHAO_PG_BIN 指向其 bin 目录。"
    en = "No {name} for PostgreSQL {major}. Install its client programs, or let YIHAO_PG_BIN name their folder."


class ToolFailed(Unavailable):
    """PostgreSQL's program ended with an error; its last words are quoted."""

    code = "postgresql_tool_failed"
    zh = "{name} 执行失败：{why}。"
    en = "{name} failed: {why}."


class NeedsBypass(Misconfigured):
    """The account of the DSN is held back by row security and would dump nothing."""

    code = "backup_needs_bypassrls"
    zh = (
        "YIHAO_DATABASE_URL 的账号 {user} 受行级安全限制，无法完整导出。请由数据库管理员执行："
        "ALTER ROLE {user} BYPASSRLS。"
    )
    en = "Row security holds {user} of YIHAO_DATABASE_URL back; it cannot dump everything. ALTER ROLE {user} BYPASSRLS."


def find(name: str, major: int, pg_bin: str) -> Path:
    """The program for a server of that version: the same version before a newer one, never an older one.

    Raises:
        ToolMissing
    """
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin")) + sorted(Path("/usr").glob("pgsql-*/bin"))
    named = [Path(pg_bin)] if pg_bin else []
    on_path = [Path(found).resolve().parent] if (found := shutil.which(name)) else []
    fit: list[tuple[int, int, Path]] = []
    for place, folder in enumerate([*named, *on_path, *system, binaries.find({}, None, Path()).bin]):
        version = _major(folder / name)
        if version >= major:
            fit.append((version, place, folder / name))
    if not fit:
        raise ToolMissing(name=name, major=major)
    return min(fit)[2]


def _major(program: Path) -> int:
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    except OSError:
        return 0
    found = re.search(r"\) (\d+)", said)
    return int(found[1]) if found else 0


def base_backup(dsn: str, folder: Path, write: Callable[[bytes], object]) -> None:
    """A tar of the whole cluster, with the WAL that makes it consistent, while the server goes on.

    Raises:
        ToolFailed
    """
    options = ["--pgdata=-", "--format=tar", "--wal-method=fetch", "--checkpoint=fast", "--no-password"]
    with psycopg.connect(dsn, autocommit=True) as held:
        # A slot of this session keeps the WAL of the meantime from being recycled; it goes with the connection.
        held.execute("SELECT pg_create_physical_replication_slot(%s, true, true)", (f"yihao_backup_{os.getpid()}",))
        with _running([folder / "pg_basebackup", *options, "--dbname", without_password(dsn)], dsn) as tool:
            _pour(tool, write)


def dump(dsn: str, major: int, pg_bin: str, write: Callable[[bytes], object]) -> tuple[str, ...]:
    """A dump of the database in one snapshot; answers the statements that give foreign objects back.

    Raises:
        ToolMissing, ToolFailed, NeedsBypass
    """
    with psycopg.connect(dsn) as connection:
        row = connection.execute(
            "SELECT rolname, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        if row is None or not row[1]:
            raise NeedsBypass(user=row[0] if row else "?")
        connection.execute("SET search_path = ''")  # so that every name below comes with its schema
        foreign = tuple(str(statement) for (statement,) in connection.execute(FOREIGN))
    # Our writer compresses; the directory of a custom dump would be of no use in a stream.
    options = ["--format=custom", "--compress=0", "--no-owner", "--no-password"]
    with _running([find("pg_dump", major, pg_bin), *options, "--dbname", without_password(dsn)], dsn) as tool:
        _pour(tool, write)
    return foreign


def restore(dsn: str, major: int, pg_bin: str, file: Path, foreign: tuple[str, ...]) -> None:
    """Fill an empty database from a dump, whole or not at all.

    Raises:
        ToolMissing, ToolFailed
    """
    with psycopg.connect(dsn) as connection:
        connection.execute(ROLES)
    options = ["--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", "--file=-", "--no-password"]
    with (
        _running([find("psql", major, pg_bin), *options, without_password(dsn)], dsn, feed=True) as psql,
        _running([find("pg_restore", major, pg_bin), "--no-owner", "--file=-", file], dsn) as tool,
    ):
        try:
            for line in tool.out:
                # A newer pg_dump says this to an older server, which does not know it.
                if not line.startswith(b"SET transaction_timeout"):
                    psql.feed.write(line)
            psql.feed.write("".join(f"{statement};\n" for statement in _given_back(foreign)).encode())
        except BrokenPipeError:
            tool.give_up()  # psql's own words are worth more


def _given_back(foreign: tuple[str, ...]) -> Iterator[str]:
    if foreign:
        yield "GRANT CREATE ON SCHEMA public TO yihao_app, yihao_worker"
        yield from foreign
        yield "REVOKE CREATE ON SCHEMA public FROM yihao_app, yihao_worker"


def _pour(tool: Tool, write: Callable[[bytes], object]) -> None:
    """Hand on what a program says."""
    while piece := tool.out.read(PIECE):
        write(piece)


class Tool:
    """A running program of PostgreSQL's; its password goes by the environment, never by its arguments."""

    def __init__(self, command: list[str | Path], dsn: str, *, feed: bool) -> None:
        self.name = Path(command[0]).name
        self.given_up = False
        env = {"LC_ALL": "C", "PATH": os.defpath, "PGPASSWORD": str(conninfo_to_dict(dsn).get("password") or "")}
        self.process = subprocess.Popen(  # noqa: S603 - the installation's own programs
            [str(part) for part in command],
            env=env,
            stdin=subprocess.PIPE if feed else subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if feed else subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd="/",
        )
        self._said: list[str] = []
        # Read beside the work, so that it cannot fill up.
        self._listener = Thread(target=self._listen, daemon=True)
        self._listener.start()

    @property
    def out(self) -> IO[bytes]:
        """What it writes."""
        assert self.process.stdout  # noqa: S101 - it was asked for
        return self.process.stdout

    @property
    def feed(self) -> IO[bytes]:
        """What it reads."""
        assert self.process.stdin  # noqa: S101 - it was asked for
        return self.process.stdin

    def give_up(self) -> None:
        """End it; that it did not come to its own end is no failure of its own."""
        self.given_up = True
        self.process.kill()

    def finish(self) -> None:
        """Wait for its end.

        Raises:
            ToolFailed
        """
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe and not pipe.closed:
                with suppress(BrokenPipeError):
                    pipe.close()
        code = self.process.wait()
        self._listener.join(5)
        if code and not self.given_up:
            raise ToolFailed(name=self.name, why=self._last())

    def _listen(self) -> None:
        assert self.process.stderr  # noqa: S101 - it was asked for
        with self.process.stderr as words:
            for line in words:
                self._said = [*self._said[-5:], line.decode(errors="replace").strip()]

    def _last(self) -> str:
        faults = [line for line in self._said if "error" in line.lower()]
        return (faults or self._said or [f"exit {self.process.returncode}"])[-1][-300:]


@contextmanager
def _running(command: list[str | Path], dsn: str, *, feed: bool = False) -> Iterator[Tool]:
    tool = Tool(command, dsn, feed=feed)
    try:
        yield tool
    except BaseException:
        tool.give_up()
        tool.finish()
        raise
    tool.finish()
