"""Full-width spellings brought to plain ones, character for character, so that places in the text stay the same."""

from __future__ import annotations

import re

# Digits, letters and the marks that stand in numbers and accounts; ，！？ and the like are left, being everywhere.
_WIDE = "".join(chr(code) for code in range(0xFF10, 0xFF1B)) + "（）＊＋－．＠＿％"
_LETTERS = "".join(chr(code) for code in (*range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B)))
_DASHES = "‐‑‒–—―−﹣ー"
_SPACES = "\u3000\u00a0\u2060\ufeff" + "".join(chr(code) for code in range(0x2000, 0x200E))  # zero-width ones too

_PLAIN = (
    {mark: chr(ord(mark) - 0xFEE0) for mark in _WIDE + _LETTERS}
    | dict.fromkeys(_DASHES, "-")
    | dict.fromkeys(_SPACES, " ")
)
_OTHER = re.compile(f"[{re.escape(''.join(_PLAIN))}]")


def plain_width(text: str) -> str:
    """``text`` with ASCII digits, letters and marks in place of full-width ones. Never changes its length."""
    return text if text.isascii() else _OTHER.sub(_plain, text)


def _plain(match: re.Match[str]) -> str:
    return _PLAIN[match[0]]
