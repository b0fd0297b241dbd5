"""The pure parts of the embedded server's supervisor."""

from pathlib import Path

import pytest

from yihao.store.binaries import version_of
from yihao.store.cluster import Home, PidFile, belongs, failure, holds_socket
from yihao.store.dsn import socket_dsn, with_database, without_password
from yihao.store.embedded import settings
from yihao.store.faults import ClusterBroken, NoRoom, StartFailed


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("postgres (PostgreSQL) 18.6\n", "18.6"),
        ("postgres (PostgreSQL) 17.2 (Debian 17.2-1)", "17.2"),
        ("postgres (PostgreSQL) 19beta1", "19beta1"),
        ("", None),
        ("postgres: command not found", None),
    ],
)
def test_version(said: str, version: str | None) -> None:
    assert version_of(said) == version


def test_pid_file() -> None:
    text = "4711\n/data\n1760000000\n5432\n/sock\n\n  1234 5\nready   \n"
    assert PidFile.parse(text) == PidFile(pid=4711, status="ready")
    assert PidFile.parse("4711\n/data\n") == PidFile(pid=4711, status="starting")
    assert PidFile.parse("") is None
    assert PidFile.parse("\n") is None


@pytest.mark.parametrize(
    ("command", "ours"),
    [
        (b"/x/postgres\0-D\0/v/cluster\0-c\0fsync=on\0", True),
        (b"postgres: yihao-1: checkpointer \0", True),
        (b"postgres: yihao-12: checkpointer \0", False),
        (b"/x/postgres\0-D\0/v/cluster2\0", False),
        (b"/x/initdb\0-D\0/v/cluster\0", False),
        (b"vi\0/v/cluster\0", False),
        (b"", False),
    ],
)
def test_which_processes_are_the_servers(command: bytes, ours: bool) -> None:
    assert belongs(command, Path("/v/cluster"), "yihao-1") is ours


def test_socket_paths_that_libpq_cannot_reach() -> None:
    assert holds_socket(Path("/var/lib/yihao"))
    assert holds_socket(Path("/" + "a" * 88))
    assert not holds_socket(Path("/" + "a" * 90))
    assert not holds_socket(Path("/" + "数" * 30))
    assert not holds_socket(Path("/a,b"))


def test_durability_and_privacy_do_not_depend_on_the_configuration_file() -> None:
    fixed = settings(Path("/s"), "n")
    assert {fixed[name] for name in ("fsync", "full_page_writes", "synchronous_commit")} == {"on"}
    assert fixed["listen_addresses"] == ""
    assert (fixed["log_error_verbosity"], fixed["log_min_error_statement"]) == ("terse", "panic")


def test_urls() -> None:
    dsn = socket_dsn(Path("/a b/数"), user="yihao", password="p/w", database="yihao")
    assert dsn == "postgresql://yihao:p%2Fw@/yihao?host=%2Fa%20b%2F%E6%95%B0&port=5432"
    assert with_database(dsn, "scratch").startswith("postgresql://yihao:p%2Fw@/scratch?host=")
    assert without_password("postgresql://u:secret@h:1/d") == "postgresql://u@h:1/d"
    assert without_password("postgresql://h/d") == "postgresql://h/d"


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("FATAL:  could not write lock file: No space left on device", NoRoom),
        ("PANIC:  could not locate a valid checkpoint record", ClusterBroken),
        ("FATAL:  database files are incompatible with server", ClusterBroken),
        ("FATAL:  could not map anonymous shared memory: Cannot allocate memory", StartFailed),
        ("", StartFailed),
    ],
)
def test_what_a_person_is_told(said: str, kind: type[Exception]) -> None:
    told = failure(Home(Path("/v")), said)
    assert type(told) is kind
    assert str(told)
