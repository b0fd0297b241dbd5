"""The page of coverage tells the truth: each requirement once, and nothing named that is not there."""

from __future__ import annotations

import ast
import os
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import NamedTuple

import click
import pytest

from yihao.cli import main
from yihao.orders.table import TABLE
from yihao.profile import load, names, provisions
from yihao.seal.keys import new_ring
from yihao.settings import Settings
from yihao.web.app import create_app

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "yihao"
TEXT = (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8")
STATES = ("served", "partly", "waits")
REQUIREMENT = re.compile(r"(?:ZJ|SX|XS|BY|QY)-\S+")


class Row(NamedTuple):
    """A requirement of the page."""

    id: str
    requirement: str
    state: str
    where: str
    tests: str
    waits: str


def cells(line: str) -> list[str]:
    """The cells of a row of a table."""
    return [cell.strip() for cell in line.strip()[1:-1].split("|")]


def named(text: str) -> list[str]:
    """What stands in code marks."""
    return re.findall(r"`([^`]+)`", text)


ROWS = [
    Row(*found)
    for line in TEXT.splitlines()
    if line.startswith("| ") and REQUIREMENT.fullmatch((found := cells(line))[0])
]
CONTRADICTIONS = [
    cells(line) for line in TEXT.split("## Where the documents contradict")[1].splitlines() if line.startswith("| ")
][1:]
PENDING = dict(re.findall(r"^- `(\w+)`: (.+)", TEXT.split("## What rows wait for")[1].split("\n## ")[0], re.M))


def specification() -> str:
    """The list of requirements, which lies beside the repository and not in it."""
    file = Path(os.environ.get("YIHAO_SHARED", ROOT.parent / "shared")) / "domain" / "spec.md"
    if not file.exists():
        pytest.skip(f"the list of requirements is not at {file}; set YIHAO_SHARED to its folder")
    return file.read_text(encoding="utf-8")


def first_cells(part: str) -> list[str]:
    return [cells(line)[0] for line in part.splitlines() if line.startswith("| ")][1:]


# each requirement once, and the sums


def test_there_are_209_rows_and_none_twice() -> None:
    assert [number for number, count in Counter(row.id for row in ROWS).items() if count > 1] == []
    assert len(ROWS) == 209
    assert {row.state for row in ROWS} == set(STATES)


def test_the_rows_are_those_of_the_specification() -> None:
    text = specification()
    part = text[text.index("## A. ") : text.index("### A.6")]
    assert [row.id for row in ROWS] == [one for one in first_cells(part) if REQUIREMENT.fullmatch(one)]


def test_every_contradiction_of_the_documents_has_its_row() -> None:
    text = specification()
    part = text[text.index("### A.7") : text.index("## B. ")]
    wanted = [re.sub(r" \(.*\)$", "", subject) for subject in first_cells(part)]
    assert [row[0] for row in CONTRADICTIONS][: len(wanted)] == wanted


def test_the_sums_are_right() -> None:
    found = {
        cells(line)[0].split()[0]: tuple(map(int, cells(line)[1:]))
        for line in TEXT.splitlines()
        if re.fullmatch(r"\| (?:ZJ|SX|XS|BY|QY|all)\b.*(?:\| \d+ ){4}\|", line)
    }
    counted = {}
    for document in ("ZJ", "SX", "XS", "BY", "QY", ""):
        of = Counter(row.state for row in ROWS if row.id.startswith(document))
        counted[document or "all"] = (*(of[state] for state in STATES), of.total())
    assert found == counted


# what each row must say


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_a_row_says_what_its_state_asks_for(row: Row) -> None:
    assert row.requirement
    rooms = named(row.waits)
    assert set(rooms) <= set(PENDING)
    if row.state == "waits":
        assert rooms
    else:
        assert named(row.where) and named(row.tests)
        assert bool(rooms) == (row.state == "partly") and bool(row.waits) == bool(rooms)


def test_nothing_is_waited_for_in_vain() -> None:
    assert {room for row in ROWS for room in named(row.waits)} == set(PENDING)


# what is named exists


@cache
def collected(path: str) -> frozenset[str]:
    """Tests a file runs: functions of the module, but for those that are always left out."""
    file = ROOT / path
    if not (path.startswith("tests/") and file.name.startswith("test_") and file.is_file()):
        return frozenset()
    return frozenset(
        node.name
        for node in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and not any(re.search(r"\b(skip|xfail)\b", ast.unparse(mark)) for mark in node.decorator_list)
    )


def test_every_test_named_is_there() -> None:
    told = {name for row in ROWS for name in named(row.tests)} | {
        name for row in CONTRADICTIONS for name in named(row[2])
    }
    assert all(named(row[2]) for row in CONTRADICTIONS)
    missing = []
    for name in told:
        path, _, function = name.partition("::")
        if function not in collected(path):
            missing.append(name)
    assert sorted(missing) == []


def is_command(words: list[str]) -> bool:
    """``yihao profile check``, ``yihao import orders``: groups, commands, and the choices of an argument."""
    command: click.Command | None = main
    with click.Context(main) as context:
        while words and isinstance(command, click.Group):
            command = command.get_command(context, words.pop(0))
    if command is None or (isinstance(command, click.Group) and command is main):
        return False
    choices = {
        choice
        for parameter in command.params
        if isinstance(parameter.type, click.Choice)
        for choice in parameter.type.choices
    }
    return set(words) <= choices


@pytest.fixture(scope="module")
def routes() -> set[str]:
    """``GET /orders/{number}``: what the application answers."""
    app = create_app(Settings(database_url="postgresql://nowhere"), ring=new_ring()).app
    return {
        f"{method} {route.path_format}"
        for route in app.routes
        for handler in getattr(route, "route_handlers", ())
        for method in handler.http_methods
    }


RULES = {path for name in names() for path in provisions(load(name))}
VERBS = {f"verbs/{edge.verb}" for edge in TABLE if set(edge.roles) != {"clock"}}


def is_there(where: str, routes: set[str]) -> bool:
    """A command, a route, a verb, a page of the console, a file, or a rule some place has."""
    if where.startswith("yihao "):
        return is_command(where.split()[1:])
    if " /" in where:
        return where in routes
    if where.startswith("verbs/"):
        return where in VERBS
    if where.startswith("console/"):
        return (ROOT / "console/src/rooms" / where.removeprefix("console/")).is_dir()
    if "/" in where:
        return (SOURCE / where).is_file()
    return any(f"{path}.".startswith(f"{where}.") for path in RULES)


def test_every_place_named_is_there(routes: set[str]) -> None:
    told = {where for row in ROWS for where in named(row.where)}
    assert sorted(where for where in told if not is_there(where, routes)) == []


@pytest.mark.parametrize(
    "invented",
    [
        "yihao sing", "yihao profile sing", "yihao import songs", "GET /api/v1/songs", "POST /orders", "verbs/sing",
        "verbs/breach", "console/songs", "orders/songs.py", "merging.songs", "merg", "place.servic",
    ],
)  # fmt: skip
def test_what_is_not_there_is_found(invented: str, routes: set[str]) -> None:
    assert not is_there(invented, routes)


def test_a_test_that_is_not_there_is_found() -> None:
    here = "tests/architecture/test_coverage.py"
    assert "test_a_test_that_is_not_there_is_found" in collected(here)
    assert "specification" not in collected(here) and collected("tests/no_such.py") == frozenset()
