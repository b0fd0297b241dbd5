"""The keyword rule on real messages: it finds a class for nearly all of them, and many classes."""

import csv
from collections import Counter
from importlib import resources

import pytest

from yihao.store.tables import read
from yihao.units.export import COLUMNS
from yihao.units.keywords import suggest_category
from yihao.units.model import Category

PLACES = ["xishuangbanna"]


@pytest.mark.parametrize("place", PLACES)
def test_nearly_every_message_has_a_class(shared_dir, place):
    content = (resources.files("yihao.demo") / place / "categories.csv").read_bytes()
    categories = [
        Category(
            code=row.cells["code"],
            parent=row.cells.get("parent"),
            name=row.cells["name"],
            keywords=tuple(row.cells.get("keywords", "").split("、")) if "keywords" in row.cells else (),
        )
        for row in read(content, COLUMNS["categories"])
    ]
    csv.field_size_limit(10**8)
    with (shared_dir / "data" / "replies.csv").open(encoding="utf-8-sig", newline="") as file:
        found = Counter(
            suggest_category(row["body"], categories, title=row["title"])[0] for row in csv.DictReader(file)
        )
    assert found["99"] < 0.05 * found.total()
    assert len(found) > 60
    assert max(found.values()) < 0.15 * found.total(), "no class is a dustbin"
