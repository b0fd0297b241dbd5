"""Citing and searching: bigrams, visibility, dates. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from yihao.knowledge.model import KnowledgeItem, Visibility

# Runs of Chinese characters (with the rare ones beyond the basic plane) and of Latin letters and digits.
_RUN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]+|[0-9a-z]+")
_LATIN = re.compile(r"[0-9a-z]")
LONGEST_TOKEN = 64
# A question of thousands of characters says no more than its beginning and costs its length.
MOST_TERMS = 64
# PostgreSQL numbers positions to 16383 and keeps 255 of a word.
LAST_POSITION = 16_383
MOST_POSITIONS = 255


def tokens(text: str) -> list[str]:
    """The words a text is found by: pairs of neighbouring Chinese characters, and whole Latin words and numbers.

    ``公积金2026`` -> ``公积 积金 2026``; a single character stands for itself. Bigrams were measured to beat segmented
    words everywhere and need no dictionary.
    """
    found: list[str] = []
    for run in _RUN.findall(unicodedata.normalize("NFKC", text).lower()):
        if _LATIN.match(run):
            found.append(run[:LONGEST_TOKEN])
        elif len(run) == 1:
            found.append(run)
        else:
            found.extend(run[place : place + 2] for place in range(len(run) - 1))
    return found


def vector(title: str, body: str) -> str:
    """The ``tsvector`` of an item, as PostgreSQL reads it: its tokens with their positions."""
    positions: dict[str, list[int]] = defaultdict(list)
    for place, token in enumerate([*tokens(title), *tokens(body)], 1):
        if len(positions[token]) < MOST_POSITIONS:
            positions[token].append(min(place, LAST_POSITION))
    return " ".join(f"'{token}':{','.join(map(str, places))}" for token, places in positions.items())


def question(text: str) -> tuple[str, str] | None:
    """The question as two ``tsquery`` texts: every term, any term. ``None`` when there is nothing to search for.

    A single character is looked for as the beginning of a pair.
    """
    terms = list(dict.fromkeys(tokens(text)))[:MOST_TERMS]
    if not terms:
        return None
    written = [f"'{term}':*" if len(term) == 1 and not _LATIN.match(term) else f"'{term}'" for term in terms]
    return " & ".join(written), " | ".join(written)


def citable(item: KnowledgeItem, on: date) -> bool:
    """Whether an answer may rest on it: published, and within its days, both counted."""
    return item.status == "published" and item.valid_from <= on and (item.valid_to is None or on <= item.valid_to)


def open_to(kinds: Iterable[str], keeps_knowledge: bool) -> tuple[Visibility, ...]:
    """What readers see (XS 四(二): 向基层工作人员和社会开放): the hotline and the knowledge desk everything, handling
    units what is for the grass roots, anyone the public items.

    Args:
        kinds: the kinds of the reader's roles, as ``people.model.Role.kind``.
        keeps_knowledge: a knowledge editor or reviewer.
    """
    held = set(kinds)
    if keeps_knowledge or "hotline" in held:
        return ("internal", "grassroots", "public")
    return ("grassroots", "public") if "unit" in held else ("public",)
