"""The keyword rule on real messages: it finds a class for nearly all of them, and many classes."""

import csv
from collections import Counter

from yihao.demo.plan import categories
from yihao.units.keywords import suggest_category


def test_nearly_every_message_has_a_class(shared_dir):
    classes = categories()
    csv.field_size_limit(10**8)
    with (shared_dir / "data" / "replies.csv").open(encoding="utf-8-sig", newline="") as file:
        found = Counter(suggest_category(row["body"], classes, title=row["title"])[0] for row in csv.DictReader(file))
    assert found["99"] < 0.05 * found.total()
    assert len(found) > 60
    assert max(found.values()) < 0.15 * found.total(), "no class is a dustbin"
