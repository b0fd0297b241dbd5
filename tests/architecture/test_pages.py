"""The pages point to what is there, and name commands there are."""

import re
from pathlib import Path

import pytest

from yihao.cli import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
PAGES = [*ROOT.glob("README*.md"), *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8")):
        assert "://" in target or (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_exist(page):
    for name in re.findall(r"`yihao ([a-z]\w*)", page.read_text(encoding="utf-8")):
        assert name in COMMANDS, name


def test_both_languages_say_the_same_things():
    english, chinese = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh-CN.md"))
    for pattern in (r"^## ", r"^\d\. ", r"^- ", r"^```", r"docs/[\w.-]+"):
        assert len(set(re.findall(pattern, english, re.M))) == len(set(re.findall(pattern, chinese, re.M))), pattern
        assert len(re.findall(pattern, english, re.M)) == len(re.findall(pattern, chinese, re.M)), pattern
    assert set(re.findall(r"YIHAO_\w+", english)) == set(re.findall(r"YIHAO_\w+", chinese))
