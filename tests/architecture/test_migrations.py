"""Migrations run while others work: what would lock a table for long, or read the clock, is refused on sight."""

import re
from pathlib import Path

import pytest

from yihao.store.migrate import FOLDER

FILES = sorted(FOLDER.glob("*.sql"))
NAME = r'(?:IF (?:NOT )?EXISTS )?(?:ONLY )?"?(?:public\.)?(\w+)"?'


def statements(text: str) -> list[str]:
    """Upper-cased keywords and all, without comments, strings and function bodies; one entry a statement."""
    text = re.sub(r"--[^\n]*", "", text)
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    text = re.sub(r"\$(\w*)\$.*?\$\1\$", "''", text, flags=re.S)
    text = re.sub(r"'(?:[^']|'')*'", "''", text)
    return [" ".join(part.split()) for part in text.split(";") if part.strip()]


def faults(text: str) -> list[str]:
    """What a migration may not do, each as a sentence."""
    found = []
    parts = statements(text)
    made = {m[1].lower() for part in parts if (m := re.match(rf"CREATE (?:UNLOGGED )?TABLE {NAME}", part, re.I))}
    for part in parts:
        found += [f"{why}: {part[:90]}" for why in index_faults(part, made) + table_faults(part, made)]
    if re.search(r"\b(now\(\)|current_timestamp|current_date|localtimestamp)", "\n".join(parts) + body_of(text), re.I):
        found.append("business time comes from the application's clock, recorded time from clock_timestamp()")
    if re.search(r"^-- transactional:\s*false", text, re.M) and len(parts) != 1:
        found.append("a file outside a transaction holds one statement, which can be repeated")
    if re.search(r"\b(BEGIN|COMMIT|ROLLBACK)\b(?! ATOMIC)", "\n".join(parts)):
        found.append("the runner opens and ends the transaction")
    return found


def body_of(text: str) -> str:
    """Function bodies, without comments: the clock is not theirs to read either."""
    return " ".join(m[2] for m in re.finditer(r"\$(\w*)\$(.*?)\$\1\$", re.sub(r"--[^\n]*", "", text), re.S))


def index_faults(part: str, made: set[str]) -> list[str]:
    index = re.match(rf"CREATE (?:UNIQUE )?INDEX (CONCURRENTLY )?(IF NOT EXISTS )?(?:\w+ )?ON {NAME}", part, re.I)
    if index is None or index[3].lower() in made:
        return []
    if not index[1]:
        return ["an index on a table in use is built CONCURRENTLY, in a file of its own"]
    return [] if index[2] else ["a statement outside a transaction must bear repeating: IF NOT EXISTS"]


def table_faults(part: str, made: set[str]) -> list[str]:
    table = re.match(rf"ALTER TABLE {NAME} (.*)", part, re.I)
    if table is None or table[1].lower() in made:
        return []
    does, why = table[2], []
    if (
        re.search(r"ADD COLUMN", does, re.I)
        and re.search(r"NOT NULL", does, re.I)
        and not re.search(r"DEFAULT", does, re.I)
    ):
        why.append("a NOT NULL column on a table with rows needs a DEFAULT")
    if re.search(r"SET NOT NULL", does, re.I):
        why.append("SET NOT NULL scans the table: add a CHECK ... NOT VALID, validate it in a later file")
    if re.search(r"ADD (CONSTRAINT|CHECK|FOREIGN)", does, re.I) and not re.search(r"NOT VALID|USING INDEX", does, re.I):
        why.append("a constraint on a table in use is added NOT VALID and validated in a later file")
    if re.search(r"ALTER (COLUMN )?\w+ (SET DATA )?TYPE", does, re.I):
        why.append("changing a type rewrites the table: add a column and move over")
    if re.search(r"RENAME|DROP COLUMN", does, re.I):
        why.append("the version before still reads it: stop using it first, drop it a version later, and say so here")
    return why


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_migrations_are_safe_to_run_beside_traffic(path: Path) -> None:
    assert faults(path.read_text(encoding="utf-8")) == []


def test_names_are_numbered_without_gap_or_double() -> None:
    assert FILES
    assert all(re.fullmatch(r"\d{4}\.[a-z][a-z0-9_]*\.sql", path.name) for path in FILES)
    assert [int(path.name[:4]) for path in FILES] == list(range(1, len(FILES) + 1))


@pytest.mark.parametrize(
    "text",
    [
        "ALTER TABLE a ADD COLUMN b int NOT NULL;",
        "ALTER TABLE IF EXISTS ONLY a ALTER COLUMN b SET NOT NULL;",
        "ALTER TABLE a ADD CONSTRAINT c CHECK (b > 0);",
        "ALTER TABLE a ALTER b TYPE bigint;",
        "ALTER TABLE a RENAME COLUMN b TO c;",
        "ALTER TABLE a DROP COLUMN b;",
        "CREATE INDEX i ON a (b);",
        "CREATE UNIQUE INDEX ON a (b);",
        "CREATE INDEX CONCURRENTLY i ON a (b);",
        "CREATE TABLE a (b timestamptz DEFAULT now());",
        "CREATE FUNCTION f() RETURNS date LANGUAGE sql AS $$ SELECT current_date $$;",
        "-- transactional: false\nCREATE INDEX CONCURRENTLY IF NOT EXISTS i ON a (b); CREATE TABLE c (d int);",
        "BEGIN; CREATE TABLE c (d int); COMMIT;",
    ],
)
def test_the_rules_find(text: str) -> None:
    assert faults(text)


@pytest.mark.parametrize(
    "text",
    [
        "CREATE TABLE a (b int NOT NULL); CREATE INDEX i ON a (b); ALTER TABLE a ADD CHECK (b > 0);",
        "ALTER TABLE a ADD COLUMN b int NOT NULL DEFAULT 0;",
        "ALTER TABLE a ADD COLUMN b int; -- now() it is there",
        "-- transactional: false\nCREATE INDEX CONCURRENTLY IF NOT EXISTS i ON a (b);",
        "INSERT INTO a VALUES ('BEGIN; now() it''s text');",
        "DO $$ BEGIN PERFORM 1; END $$; CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; END;",
    ],
)
def test_the_rules_allow(text: str) -> None:
    assert faults(text) == []
