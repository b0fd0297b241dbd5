"""Nothing is depended on without a word why, under which licence, how well kept, and how to leave it."""

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
