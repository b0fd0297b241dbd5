"""Backup and restore of an installation over an external database: a dump."""

import psycopg
import pytest

from running import yihao
from yihao.cli import pgtools

ENV = {"YIHAO_BACKUP_PASSPHRASE": "drilled in public, not a secret", "YIHAO_ADMIN_PASSWORD": "绿水青山-2026-demo"}


@pytest.fixture
def backed_up(migrated_database, tmp_path):
    """The data folder, the URL and the backup of a small installation."""
    env = ENV | {"YIHAO_DATABASE_URL": migrated_database}
    data, folder = tmp_path / "var", tmp_path / "backup"
    made = yihao(
        *("admin", "create", "--username", "root.one", "--name", "示例", "--profile", "xishuangbanna", "--data", data),
        **env,
    )
    assert made.returncode == 0, made.stderr
    done = yihao("backup", folder, "--data", data, **env)
    assert done.returncode == 0, done.stderr
    return data, migrated_database, folder


OWNERS = """
SELECT p.oid::regprocedure::text, CASE WHEN r.rolname LIKE 'yihao\\_%' THEN r.rolname ELSE 'owner' END
FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner WHERE p.pronamespace = 'public'::regnamespace ORDER BY 1
"""
RIGHTS = """
SELECT c.oid::regclass::text, relrowsecurity, relforcerowsecurity,
       has_table_privilege('yihao_app', c.oid, 'INSERT'), has_table_privilege('yihao_app', c.oid, 'DELETE')
FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') ORDER BY 1
"""


def test_restored_into_an_empty_database(backed_up, fresh_database, tmp_path):
    data, source, folder = backed_up
    target = fresh_database()
    done = yihao("restore", folder, "--data", tmp_path / "new", YIHAO_DATABASE_URL=target, **ENV)
    assert done.returncode == 0, done.stdout + done.stderr
    with psycopg.connect(source) as old, psycopg.connect(target) as new:
        assert new.execute("SELECT username FROM account WHERE id >= 100").fetchall() == [("root.one",)]
        assert new.execute(OWNERS).fetchall() == old.execute(OWNERS).fetchall()
        assert new.execute(RIGHTS).fetchall() == old.execute(RIGHTS).fetchall()
    assert {file.name: file.read_bytes() for file in (tmp_path / "new" / "keys").iterdir()} == {
        file.name: file.read_bytes() for file in (data / "keys").iterdir()
    }
    again = yihao("restore", folder, "--data", tmp_path / "third", YIHAO_DATABASE_URL=target, **ENV)
    assert again.returncode == 1 and "not empty" in again.stderr and not (tmp_path / "third").exists()


def test_restored_into_an_embedded_server(backed_up, open_folder):
    _, _, folder = backed_up
    data = open_folder / "from-dump"
    done = yihao("restore", folder, "--data", data, **ENV)
    assert done.returncode == 0, done.stdout + done.stderr
    refused = yihao("admin", "create", "--username", "another", "--name", "示例", "--data", data, **ENV)
    assert refused.returncode == 1 and "already" in refused.stderr


def test_an_account_row_security_holds_back_is_told_so(migrated_database):
    with psycopg.connect(migrated_database, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS held_back")
        connection.execute("CREATE ROLE held_back LOGIN PASSWORD 'held'")
    who = migrated_database[migrated_database.index("//") + 2 : migrated_database.index("@")]
    try:
        with pytest.raises(pgtools.NeedsBypass, match="held_back"):
            pgtools.dump(migrated_database.replace(who, "held_back:held"), 15, "", lambda piece: None)
    finally:
        with psycopg.connect(migrated_database, autocommit=True) as connection:
            connection.execute("DROP ROLE held_back")


def test_a_program_that_fails_says_why(migrated_database, tmp_path):
    with pytest.raises(pgtools.ToolFailed) as failed:
        pgtools.restore(migrated_database, 15, "", tmp_path / "not there", ())
    assert "pg_restore" in str(failed.value) and "not there" in str(failed.value)
