"""A class for a free text, by the keywords of the classes. Pure; no learning.

The rule, which `yihao replay` uses where nobody is at hand to classify: a class scores the summed lengths of those of
its keywords that occur in the text, once each; a longer keyword says more than a short one. The highest score wins,
then the deeper class (one with a parent), then the lower code. No keyword at all: the class 其他.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from yihao.units.errors import UnknownPlace
from yihao.units.model import Category

FALLBACK_NAME = "其他"


def suggest_category(text: str, categories: Iterable[Category]) -> tuple[str, str]:
    """The code of the best class in use, and a Chinese sentence that says why.

    Raises:
        UnknownPlace: nothing fits and there is no class named 其他 on the first level to fall back on.
    """
    plain = _plain(text)
    active = [category for category in categories if category.active]
    best: tuple[tuple[int, bool], Category, list[str]] | None = None
    for category in sorted(active, key=lambda c: c.code):
        found = [word for word in category.keywords if _plain(word) in plain]
        rank = (sum(map(len, found)), category.parent is not None)
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
