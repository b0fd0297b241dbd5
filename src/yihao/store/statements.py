"""Named SQL: each room keeps its statements in one ``queries.sql`` beside its code.

A statement begins with ``-- name: <word>`` followed by comment lines that say what it does and what it takes.
"""

from __future__ import annotations

import re
from importlib import resources

_NAME = re.compile(r"^-- name: ([a-z_]+)\s*$", re.MULTILINE)


def load(package: str, file: str = "queries.sql") -> dict[str, str]:
    """The statements of ``package`` by name.

    Raises:
        ValueError: a name stands twice.
    """
    text = resources.files(package).joinpath(file).read_text(encoding="utf-8")
    parts = _NAME.split(text)
    found: dict[str, str] = {}
    for name, body in zip(parts[1::2], parts[2::2], strict=True):
        if name in found:
            raise ValueError(f"{package}/{file}: statement {name} stands twice")
        found[name] = body.strip().rstrip(";")
    return found
