"""Nothing is depended on without a word why, under which licence, how well kept, and how to leave it."""

import json
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def packages(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[<>=~! ]", text)[0] for text in requirements}


def rows(section: str) -> dict[str, list[str]]:
    """Package to the other cells of its row."""
    text = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    part = next(part for part in text.split("\n## ") if part.startswith(section))
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in part.splitlines() if line[:3] == "| `"]
    return {row[0].strip("`"): row[1:] for row in cells}


@pytest.mark.parametrize(("section", "wanted"), [("Running", "project"), ("Testing", "dev")])
def test_each_package_is_accounted_for(section, wanted):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = project["project"]["dependencies"] if wanted == "project" else project["dependency-groups"]["dev"]
    found = rows(section)
    assert set(found) == packages(asked)
    for package, cells in found.items():
        assert len(cells) == 4 and all(len(cell) >= 3 for cell in cells), package


def test_each_package_of_the_console_is_accounted_for():
    asked = json.loads((ROOT / "console" / "package.json").read_text(encoding="utf-8"))
    found = rows("The console")
    assert set(found) == {*asked["dependencies"], *asked["devDependencies"]}
    for package, cells in found.items():
        assert len(cells) == 4 and all(len(cell) >= 3 for cell in cells), package


FREE = {"MIT", "ISC", "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "MPL-2.0", "Python-2.0"}
"""MPL-2.0 and Python-2.0 stand in tools that build and test, never in what a browser gets."""


def test_the_consoles_licences_allow_it():
    locked = json.loads((ROOT / "console" / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    for name, entry in locked.items():
        ways = set(re.findall(r"[A-Za-z0-9.-]+", entry.get("license", ""))) - {"OR"}
        assert name == "" or ways & FREE, name
