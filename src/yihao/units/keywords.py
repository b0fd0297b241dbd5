"""A class for a free text, by the keywords of the classes. Pure; no learning.

The rule, which `yihao replay` uses where nobody is at hand to classify: a class scores the summed lengths of those of
its keywords that occur in the text, once each; a longer keyword says more than a short one, and one in the title says
`TITLE_WEIGHT` times as much as one in the body alone. The highest score wins, then the deeper class (one with a
parent), then the lower code. No keyword at all: the class 其他.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from yihao.units.errors import UnknownPlace
from yihao.units.model import Category

FALLBACK_NAME = "其他"
TITLE_WEIGHT = 3
"""A title names the matter, a body also its surroundings: a pothole "by the school" is no matter of schools [D]."""


def suggest_category(text: str, categories: Iterable[Category], *, title: str = "") -> tuple[str, str]:
    """The code of the best class in use, and a Chinese sentence that says why.

    Args:
        text: the body.
        categories: the classes with their keywords.
        title: the title, where there is one.

    Raises:
        UnknownPlace: nothing fits and there is no class named 其他 on the first level to fall back on.
    """
    head, whole = _plain(title), _plain(f"{title}\n{text}")
    active = [category for category in categories if category.active]
    best: tuple[tuple[int, bool], Category, list[str]] | None = None
    for category in sorted(active, key=lambda c: c.code):
        found = [word for word in category.keywords if _plain(word) in whole]
        score = sum(len(word) * (TITLE_WEIGHT if _plain(word) in head else 1) for word in found)
        rank = (score, category.parent is not None)
        if found and (best is None or rank > best[0]):
            best = (rank, category, found)
    if best is not None:
        (score, _), category, found = best
        return category.code, f"出现“{'、'.join(found)}”，计{score}分，归入“{category.name}”。"
    for category in active:
        if category.name == FALLBACK_NAME and category.parent is None:
            return category.code, f"没有出现任何分类的提示词，归入“{FALLBACK_NAME}”。"
    raise UnknownPlace(what="一级分类", key=FALLBACK_NAME)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
