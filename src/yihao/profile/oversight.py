"""How the work is watched and measured: supervision.yaml and indicators.yaml."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from yihao.profile.codes import LimitKey
from yihao.profile.provision import Named, Positive, Provision, Switch


class SupervisionLevel(Named, frozen=True, kw_only=True):
    """A step of supervision. Attributes: code (``1`` to ``5``), answer (key of the limit for the unit's answer)."""

    answer: LimitKey


class SupervisionTool(Named, frozen=True, kw_only=True):
    """An instrument of supervision. Attributes: level (code of its step), joint (several departments issue it together,
    and are named)."""

    level: str
    joint: bool = False


class Supervision(msgspec.Struct, frozen=True, kw_only=True):
    """supervision.yaml: how units are kept to their duty.

    Attributes:
        levels: the steps, ``1`` to ``5``.
        tools: the instruments of each step.
        rises: an unanswered step leads to the next.
        wrongs: for which a unit is held to account.
    """

    levels: tuple[SupervisionLevel, ...]
    tools: tuple[SupervisionTool, ...]
    rises: Switch
    wrongs: tuple[Named, ...]


class SatisfactionLevel(Named, frozen=True, kw_only=True):
    """A level of rating. Attributes: score (5 best), satisfied (counts in the numerator), bad (差评: opens a task)."""

    score: Annotated[int, msgspec.Meta(ge=1, le=5)]
    satisfied: bool
    bad: bool


class Exclusion(Provision, frozen=True, kw_only=True):
    """Attributes: flags (orders that leave the indicator's denominator)."""

    flags: tuple[Literal["legal_process", "final", "withdrawn", "unrated", "paused", "referral"], ...]


class Indicator(Named, frozen=True, kw_only=True):
    """An indicator the place appraises by. Attributes: core (named by its own or the national text as a main one)."""

    core: bool


class Target(Named, frozen=True, kw_only=True):
    """A service figure. Attributes: value, unit."""

    value: Positive
    unit: Literal["seconds", "percent", "minutes", "hours"]


class Report(Named, frozen=True, kw_only=True):
    """A report the place owes or asks for.

    Attributes:
        every: how often; ``regular`` where the text says 定期 and no more.
        by: who writes it: the hotline, or its sub-centres and dual lines.
        to: who gets it.
    """

    every: Literal["month", "year", "regular", "as_needed"]
    by: Literal["hotline", "lines"]
    to: tuple[Literal["government", "superior", "departments", "hotline", "public"], ...]


class Indicators(msgspec.Struct, frozen=True, kw_only=True):
    """indicators.yaml: how the result is measured.

    Attributes:
        satisfaction: the levels of rating, best first.
        exclusions: orders an indicator leaves out, by indicator.
        indicators: what the place appraises by.
        targets: figures of the service itself.
        ranking: units are ranked; off means bands.
        bad_rating_task: a bad rating opens a task.
        reports: what the place reports, and has reported to it.
    """

    satisfaction: tuple[SatisfactionLevel, ...]
    exclusions: dict[str, Exclusion]
    indicators: tuple[Indicator, ...]
    targets: tuple[Target, ...]
    ranking: Switch
    bad_rating_task: Switch
    reports: tuple[Report, ...] = ()
