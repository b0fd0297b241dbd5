"""What an external server must be, and that nothing is started beside it."""

from pathlib import Path

import psycopg
import pytest

from yihao.store.dsn import with_database
from yihao.store.faults import DatabaseUrl, ExternalUnreachable, ServerEncoding
from yihao.store.server import Server


def ask(dsn: str, query: str) -> str:
    with psycopg.connect(dsn, autocommit=True) as connection:
        row = connection.execute(query).fetchone()
        return str(row[0]) if row else ""


def test_external(server_dsn: str, open_folder: Path) -> None:
    with Server.open(open_folder / "untouched", env={"YIHAO_DATABASE_URL": server_dsn}) as server:
        assert not server.embedded
        assert server.dsn == server_dsn
        assert server.version == int(ask(server_dsn, "SHOW server_version_num")) // 10000
    assert not (open_folder / "untouched").exists()
    assert ask(server_dsn, "SELECT 1") == "1"


@pytest.mark.parametrize("url", ["mysql://a@b/c", "postgresql://a@b/c?nonsense=1"])
def test_external_url_wrong(url: str, tmp_path: Path) -> None:
    with pytest.raises(DatabaseUrl):
        Server.open(tmp_path, env={"YIHAO_DATABASE_URL": url})


def test_external_unreachable_does_not_tell_the_password(tmp_path: Path) -> None:
    with pytest.raises(ExternalUnreachable) as caught:
        Server.open(tmp_path, env={"YIHAO_DATABASE_URL": "postgresql://a:geheim@127.0.0.1:1/b"})
    assert "geheim" not in caught.value.sentence("zh") + caught.value.sentence("en")


def test_external_database_that_is_not_utf8(server_dsn: str, tmp_path: Path) -> None:
    with psycopg.connect(server_dsn, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS latin")
        locale = "LOCALE_PROVIDER libc LOCALE 'C'"
        connection.execute(f"CREATE DATABASE latin ENCODING 'LATIN1' {locale} TEMPLATE template0")
        try:
            with pytest.raises(ServerEncoding, match="LATIN1"):
                Server.open(tmp_path, env={"YIHAO_DATABASE_URL": with_database(server_dsn, "latin")})
        finally:
            connection.execute("DROP DATABASE latin")


def test_durability_is_not_switched_off(server_dsn: str) -> None:
    for name in ("fsync", "full_page_writes", "synchronous_commit"):
        assert ask(server_dsn, f"SHOW {name}") == "on"
