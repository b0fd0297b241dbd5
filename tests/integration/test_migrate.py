"""The runner of migrations, on folders of its own; and the product's own migrations from nothing."""

import re
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from yihao.store.faults import DatabaseNewer, MigrationBusy, MigrationFailed
from yihao.store.migrate import FOLDER, migrate

Fresh = Callable[..., str]

FUNCTION = """-- 函数体内的分号和美元引号，不能被拆开
CREATE FUNCTION twice(a int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE x text := 'a;b 100%';
BEGIN
  IF a > 1 THEN
    FOR i IN 1..2 LOOP EXECUTE format($q$SELECT %L;$q$, x); END LOOP;
  END IF;
  CASE a WHEN 1 THEN RETURN 2; ELSE RETURN a * 2; END CASE;
END $$;
CREATE FUNCTION one() RETURNS int BEGIN ATOMIC SELECT 1; END;
"""


def folder_of(path: Path, **files: str) -> Path:
    for name, text in files.items():
        number, _, rest = name.lstrip("m").partition("_")
        (path / f"{number}.{rest}.sql").write_text(text, encoding="utf-8")
    return path


def ask(dsn: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        return connection.execute(query).fetchall()


def test_applies_in_order_once(fresh_database: Fresh, tmp_path: Path) -> None:
    dsn = fresh_database()
    folder = folder_of(tmp_path, m0002_b="ALTER TABLE a ADD COLUMN c int;", m0001_a="CREATE TABLE a (b int);")
    assert migrate(dsn, folder=folder) == ["0001.a", "0002.b"]
    assert migrate(dsn, folder=folder) == []
    folder_of(tmp_path, m0003_f=FUNCTION)
    assert migrate(dsn, folder=folder) == ["0003.f"]
    assert ask(dsn, "SELECT twice(3), one()") == [(6, 1)]


def test_a_failing_file_leaves_nothing_and_those_before_it_stay(fresh_database: Fresh, tmp_path: Path) -> None:
    dsn = fresh_database()
    folder = folder_of(tmp_path, m0001_a="CREATE TABLE a (b int);", m0002_b="CREATE TABLE b (c int); SELECT 1/0;")
    with pytest.raises(MigrationFailed, match=r"0002\.b"):
        migrate(dsn, folder=folder)
    assert ask(dsn, "SELECT to_regclass('a')::text, to_regclass('b')::text") == [("a", None)]
    folder_of(tmp_path, m0002_b="CREATE TABLE b (c int);")
    assert migrate(dsn, folder=folder) == ["0002.b"]


def test_refuses_a_database_of_a_newer_version(fresh_database: Fresh, tmp_path: Path) -> None:
    dsn = fresh_database()
    migrate(dsn, folder=folder_of(tmp_path, m0001_a="CREATE TABLE a (b int);", m0002_new="CREATE TABLE b (b int);"))
    (tmp_path / "0002.new.sql").unlink()
    with pytest.raises(DatabaseNewer, match=r"0002\.new"):
        migrate(dsn, folder=tmp_path)


def test_time_outs_of_the_session(fresh_database: Fresh, tmp_path: Path) -> None:
    dsn = fresh_database()
    text = (
        "CREATE TABLE seen AS SELECT current_setting('lock_timeout') AS l, current_setting('statement_timeout') AS s;"
    )
    migrate(dsn, folder=folder_of(tmp_path, m0001_a=text))
    assert ask(dsn, "SELECT l, s FROM seen") == [("4s", "5s")]


def test_gives_up_on_a_table_others_hold(fresh_database: Fresh, tmp_path: Path) -> None:
    dsn = fresh_database()
    migrate(dsn, folder=folder_of(tmp_path, m0001_a="CREATE TABLE a (b int);"))
    folder_of(tmp_path, m0002_b="ALTER TABLE a ADD COLUMN c int;")
    with psycopg.connect(dsn) as other:
        other.execute("SELECT * FROM a")
        begin = time.monotonic()
        with pytest.raises(MigrationBusy, match=r"0002\.b"):
            migrate(dsn, folder=tmp_path)
        assert 3.5 < time.monotonic() - begin < 10
    assert migrate(dsn, folder=tmp_path) == ["0002.b"]


def test_a_statement_outside_a_transaction(fresh_database: Fresh, tmp_path: Path) -> None:
    dsn = fresh_database()
    concurrently = "-- transactional: false\nCREATE INDEX CONCURRENTLY IF NOT EXISTS a_b ON a (b);"
    folder = folder_of(tmp_path, m0001_a="CREATE TABLE a (b int);", m0002_b=concurrently)
    assert migrate(dsn, folder=folder) == ["0001.a", "0002.b"]
    assert ask(dsn, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'a_b'::regclass") == [(True,)]


def test_two_at_once_apply_each_file_once(fresh_database: Fresh, tmp_path: Path) -> None:
    dsn = fresh_database()
    folder = folder_of(tmp_path, m0001_a="SELECT pg_sleep(0.5); CREATE TABLE a (b int);")
    done: list[list[str]] = []
    threads = [threading.Thread(target=lambda: done.append(migrate(dsn, folder=folder))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [[], ["0001.a"]]


def test_a_killed_migrator_leaves_no_lock(fresh_database: Fresh, tmp_path: Path) -> None:
    dsn = fresh_database()
    folder = folder_of(tmp_path, m0001_a="CREATE TABLE a (b int);")
    migrate(dsn, folder=folder)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("INSERT INTO yoyo_lock (locked, ctime, pid) VALUES (1, '2026-01-01', 1)")
    folder_of(tmp_path, m0002_b="CREATE TABLE b (b int);")
    assert migrate(dsn, folder=folder) == ["0002.b"]


def test_the_product_from_nothing_and_quickly_when_there_is_nothing_to_do(fresh_database: Fresh) -> None:
    dsn = fresh_database()
    names = sorted(path.name.removesuffix(".sql") for path in FOLDER.glob("*.sql"))
    assert names
    assert all(re.fullmatch(r"\d{4}\.[a-z_]+", name) for name in names)
    assert migrate(dsn) == names
    begin = time.monotonic()
    assert migrate(dsn) == []
    assert time.monotonic() - begin < 1


def test_databases_are_apart(migrated_database: str, fresh_database: Fresh, migrated_template: str) -> None:
    other = fresh_database("other", template=migrated_template)
    with psycopg.connect(other, autocommit=True) as connection:
        connection.execute("CREATE TABLE mine (a int)")
    assert migrate(migrated_database) == migrate(other) == []
    assert ask(migrated_database, "SELECT to_regclass('mine')") == [(None,)]
