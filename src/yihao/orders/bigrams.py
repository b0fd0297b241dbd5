"""The words an order is found by: pairs of neighbouring Chinese characters, and whole Latin words and numbers.

The text index holds them of the masked texts alone, so that no search finds what a reader may not see.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

# Runs of Chinese characters (with the rare ones beyond the basic plane) and of Latin letters and digits.
_RUN: Final = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]+|[0-9a-z]+")
_LATIN: Final = re.compile(r"[0-9a-z]")
LONGEST: Final = 64
MOST_TERMS: Final = 32
"""Terms of one query; a longer one says no more and costs its length."""
MOST_WORDS: Final = 5_000
"""Different words indexed of one order."""


def words(text: str) -> list[str]:
    """The words of a text, in its order: ``路灯坏了3天`` -> ``路灯 灯坏 坏了 3 天``."""
    found: list[str] = []
    for run in _RUN.findall(unicodedata.normalize("NFKC", text).lower()):
        if _LATIN.match(run):
            found.append(run[:LONGEST])
        elif len(run) == 1:
            found.append(run)
        else:
            found.extend(run[place : place + 2] for place in range(len(run) - 1))
    return found


def vector_of(texts: Iterable[str]) -> str:
    """The ``tsvector`` text of an order's masked texts; words without positions, as rank plays no part."""
    found = dict.fromkeys(word for text in texts for word in words(text))
    return " ".join(f"'{word}'" for word in list(found)[:MOST_WORDS])


def query_of(text: str) -> str | None:
    """The ``tsquery`` text in which every term must occur; ``None`` when there is nothing to look for.

    A single character is looked for as the beginning of a pair.
    """
    terms = list(dict.fromkeys(words(text)))[:MOST_TERMS]
    written = [f"'{term}':*" if len(term) == 1 and not _LATIN.match(term) else f"'{term}'" for term in terms]
    return " & ".join(written) or None
