"""Every act the audit may hold has a name an auditor reads."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from yihao.cli.tables import COLUMNS
from yihao.lines.register import VERB_ZH
from yihao.people import tasks
from yihao.web.audited import ACTIONS, GROUPS

SOURCES = Path(__file__).resolve().parents[2] / "src/yihao"
WRITES = {"row", "_row", "_audited", "_audit", "audited", "AuditRow", "read", "_trace"}
ACTION = re.compile(r"[a-z_]+(\.[a-z_]+)+")


def _written() -> Iterator[tuple[str, str]]:
    for file in SOURCES.rglob("*.py"):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call):
                continue
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            if name not in WRITES:
                continue
            for given in [*call.args, *(one.value for one in call.keywords if one.arg == "action")]:
                if isinstance(given, ast.Constant) and isinstance(given.value, str) and ACTION.fullmatch(given.value):
                    yield given.value, file.name


def test_each_act_in_the_sources_is_named() -> None:
    named = {action for group in ACTIONS.values() for action in group}
    written = dict(_written())
    assert len(written) > 40
    assert {action: file for action, file in written.items() if action not in named} == {}


def test_files_in_and_out_and_steps_of_lines_are_named() -> None:
    named = {action for group in ACTIONS.values() for action in group}
    kinds = [kind for kind in COLUMNS if kind != "orders"]
    assert {f"{kind}.{way}" for kind in kinds for way in ("import", "export")} <= named
    assert {f"line.{verb}" for verb in VERB_ZH} <= named


def test_tasks_are_named_from_asking_to_the_file() -> None:
    named = ACTIONS["out"]
    assert {f"{kind}{step}" for kind in tasks.KINDS for step in ("", ".ask", ".fetch")} <= set(named)


def test_groups_are_apart_and_each_has_its_name() -> None:
    assert list(ACTIONS) == list(GROUPS)
    every = [action for group in ACTIONS.values() for action in group]
    assert len(every) == len(set(every))
