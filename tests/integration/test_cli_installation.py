"""Commands on an installation: first administrators, keys that fit, looks at nothing, verify."""

import stat

import psycopg
import pyotp
import pytest

from running import yihao

PASSWORD = "绿水青山-2026-demo"


@pytest.fixture
def install(migrated_database, tmp_path):
    """Commands on one installation over an external database."""
    env = {"YIHAO_DATABASE_URL": migrated_database, "YIHAO_ADMIN_PASSWORD": PASSWORD}

    def run(*arguments, **more):
        return yihao(*arguments, "--data", tmp_path / "var", **(env | more))

    return run


def test_the_three_first_administrators_each_once(install, migrated_database):
    profile = ("--profile", "xishuangbanna")
    for role, name in (("admin", "root.one"), ("security_admin", "safe.one"), ("auditor", "audit.one")):
        made = install("admin", "create", "--role", role, "--username", name, "--name", "示例", *profile)
        assert made.returncode == 0, made.stderr
        secret = made.stdout.splitlines()[-2].strip()
        assert len(pyotp.TOTP(secret).now()) == 6 and "otpauth://totp/" in made.stdout
        assert PASSWORD not in made.stdout + made.stderr
        again = install("admin", "create", "--role", role, "--username", "another", "--name", "示例")
        assert again.returncode == 1 and "already" in again.stderr and "Traceback" not in again.stderr
    with psycopg.connect(migrated_database) as connection:
        assert connection.execute("SELECT count(*) FROM jurisdiction").fetchone() == (1,)
        assert connection.execute("SELECT count(*) FROM unit").fetchone() == (0,)
        assert connection.execute("SELECT value FROM installation WHERE name = 'live'").fetchone() == (True,)


def test_a_new_installation_needs_its_place(install):
    refused = install("admin", "create", "--username", "root.one", "--name", "示例")
    assert refused.returncode == 1 and "--profile" in refused.stderr


def test_a_weak_password_makes_nothing(install, migrated_database):
    refused = install(
        *("admin", "create", "--username", "root.one", "--name", "示例", "--profile", "xishuangbanna"),
        YIHAO_ADMIN_PASSWORD="12345678",
    )
    assert refused.returncode == 1 and "Traceback" not in refused.stderr
    with psycopg.connect(migrated_database) as connection:
        assert connection.execute("SELECT count(*) FROM jurisdiction").fetchone() == (0,)


def test_foreign_keys_are_refused(install, tmp_path):
    assert install("verify").returncode == 0
    (tmp_path / "var" / "keys").rename(tmp_path / "away")
    refused = install("verify")
    assert refused.returncode == 1
    assert "keys" in refused.stderr and "Traceback" not in refused.stderr
    for file in (tmp_path / "var" / "keys").iterdir():
        file.unlink()
    (tmp_path / "var" / "keys").rmdir()
    (tmp_path / "away").rename(tmp_path / "var" / "keys")
    assert install("verify").returncode == 0


def test_keys_open_to_others_are_refused(install, tmp_path):
    assert install("verify").returncode == 0
    (tmp_path / "var" / "keys" / "data.json").chmod(0o644)
    refused = install("verify")
    assert refused.returncode == 1 and "chmod 600" in refused.stderr


def test_verify_says_what_it_saw_and_names_what_is_wrong(install, migrated_database):
    fine = install("verify", "--deep")
    assert fine.returncode == 0 and "核验通过" in fine.stdout
    with psycopg.connect(migrated_database) as connection:
        connection.execute(
            "INSERT INTO checkpoint (id, at, orders, events, heads, previous, hash, signature) VALUES "
            "(1, clock_timestamp(), 0, 0, '', decode(repeat('00', 32), 'hex'), decode(repeat('11', 32), 'hex'), '')"
        )
    wrong = install("verify")
    assert wrong.returncode == 1
    assert "1. checkpoint 1" in wrong.stdout


def test_looking_makes_no_installation(tmp_path):
    refused = yihao("verify", "--data", tmp_path / "nothing")
    assert refused.returncode == 1 and "no installation" in refused.stderr
    assert not (tmp_path / "nothing").exists()


def test_a_database_that_is_not_there(tmp_path):
    refused = yihao("verify", "--data", tmp_path, YIHAO_DATABASE_URL="postgresql://nobody:x@127.0.0.1:1/none")
    assert refused.returncode == 1 and "YIHAO_DATABASE_URL" in refused.stderr and "Traceback" not in refused.stderr


def test_a_key_file_is_made_once(tmp_path):
    file = tmp_path / "all.json"
    assert yihao("keys", "create-file", file).returncode == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = file.read_bytes()
    refused = yihao("keys", "create-file", file)
    assert refused.returncode == 1 and file.read_bytes() == before


@pytest.mark.parametrize("purpose", ["data", "index", "reporter", "checkpoint"])
def test_a_key_is_rotated_and_the_old_one_kept(install, migrated_database, purpose):
    assert install("verify").returncode == 0
    before = install("keys", "list").stdout
    made = install("keys", "rotate", purpose, "--yes")
    assert made.returncode == 0, made.stderr
    new = made.stdout.split(f"{purpose}/")[1].split()[0]
    after = install("keys", "list").stdout
    old = next(line for line in before.splitlines() if line.startswith(purpose)).split()[1]
    line = next(line for line in after.splitlines() if line.startswith(purpose))
    assert line.split()[1] == new != old and old in line
    with psycopg.connect(migrated_database) as connection:
        rows = connection.execute("SELECT account_id, detail FROM audit WHERE action = 'keys.rotate'").fetchall()
        kept = connection.execute("SELECT value FROM installation WHERE name = 'keys'").fetchone()
    assert [(row[1]["before"], row[1]["now"]) for row in rows] == [(old, new)]
    assert kept is not None and {f"{purpose}/{old}", f"{purpose}/{new}"} <= set(kept[0])
    assert install("verify").returncode == 0


def test_no_key_is_rotated_unasked(install):
    assert install("verify").returncode == 0
    before = install("keys", "list").stdout
    assert install("keys", "rotate", "data").returncode == 1  # nobody there to say yes
    assert install("keys", "list").stdout == before


def test_beyond_the_machine_only_encrypted(tmp_path):
    refused = yihao("up", "--data", tmp_path / "var", "--host", "0.0.0.0", "--port", 34567)
    assert refused.returncode == 1 and "YIHAO_TLS_CERT" in refused.stderr
    assert not (tmp_path / "var").exists()
