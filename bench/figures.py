"""Figures as they are reported: a value beside its reference, with the bounds it is held to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import msgspec


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the report.

    ``ratio`` is value / reference. ``least`` and ``aim`` bound the ratio, ``most`` the value (or the ratio, where
    there is a reference) from above. ``runs`` holds the value of each round.
    """

    name: str
    value: float
    unit: str
    reference: str | None = None
    reference_value: float | None = None
    ratio: float | None = None
    runs: list[float] = []
    least: float | None = None
    aim: float | None = None
    most: float | None = None

    @classmethod
    def single(cls, name: str, value: float, unit: str, *, most: float | None = None) -> Figure:
        """A figure without a reference."""
        return cls(name=name, value=round(value, 4), unit=unit, runs=[round(value, 4)], most=most)

    @property
    def missed(self) -> bool:
        """Whether a bound does not hold."""
        bounded = self.ratio if self.ratio is not None else self.value
        return (self.least is not None and bounded < self.least) or (self.most is not None and bounded > self.most)

    def verdict(self) -> str:
        """What stands behind the figure."""
        parts = []
        if self.least is not None:
            parts.append(f"at least {self.least:g}" + (f", aim {self.aim:g}" if self.aim is not None else ""))
        if self.most is not None:
            parts.append(f"at most {self.most:g}")
        return ("MISSED: " if self.missed else "") + "; ".join(parts)


def table(figures: Sequence[Figure]) -> str:
    """The report for people."""
    lines = [f"\n{'':<28}{'value':>12} {'unit':<12}{'limit':<26}{'':>10}{'ratio':>7}  bound"]
    for one in figures:
        beside = f"{one.reference:<26}{one.reference_value:>10.4g}" if one.reference_value is not None else " " * 36
        ratio = f"{one.ratio:>7.2f}" if one.ratio is not None else " " * 7
        value = f"{one.value:,.0f}" if one.value >= 1000 else f"{one.value:.4g}"
        lines.append(f"{one.name:<28}{value:>12} {one.unit:<12}{beside}{ratio}  {one.verdict()}".rstrip())
    return "\n".join(lines)


def write(figures: Sequence[Figure], file: Path) -> None:
    """``results.json``: what other programs read."""
    fields = ("name", "value", "unit", "reference", "reference_value", "ratio", "runs")
    rows = [{name: getattr(one, name) for name in fields} for one in figures]
    file.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
