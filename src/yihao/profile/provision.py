"""What every rule of a place is made of: a value and the basis it stands on.

A :class:`Provision` is one rule. Its :class:`Basis` says where the rule comes from: a clause of the place's own
document (with the words quoted), a national or other published source, or a design decision with its reason.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec

from yihao.profile.codes import KindCode
from yihao.worktime import Measure, Rule, parse_rule

# A value that is a string in the file and is checked further by the reader under the name in "check".
RuleText = Annotated[str, msgspec.Meta(extra={"check": "rule"})]
WorkingDays = Annotated[str, msgspec.Meta(extra={"check": "working_days"})]
OfficeHoursText = Annotated[str, msgspec.Meta(extra={"check": "office_hours"})]
ZoneName = Annotated[str, msgspec.Meta(extra={"check": "zone"})]
ClockTime = Annotated[str, msgspec.Meta(extra={"check": "clock"})]
HotlineNumber = Annotated[str, msgspec.Meta(extra={"check": "number"})]
PromptText = Annotated[str, msgspec.Meta(extra={"check": "prompt"})]
AreaCode = Annotated[str, msgspec.Meta(extra={"check": "area"})]
Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
Positive = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
Percent = Annotated[int, msgspec.Meta(ge=0, le=100)]


class Basis(msgspec.Struct, frozen=True, kw_only=True):
    """Where a rule comes from. Exactly one of ``document``, ``source`` and ``design`` is set.

    Attributes:
        document: key of the place's document (``XS``), explained under ``documents`` in place.yaml.
        number: that document's official number, 西政办发〔2021〕28号.
        clause: the clause of the document, ``三(五)``; empty for the other two kinds.
        quote: at least 8 consecutive characters of the clause that name the rule's own figure or duty.
        source: a published rule outside the place's documents with its clause, 国办函〔2025〕66号 二(二).
        design: why this platform chose the rule where every text is silent ([D]).
        reading: how an ambiguous text was read; may stand beside ``document`` or ``source``.
        layer: the folder the rule came from (``national``, a place, ``<place>/lines/<number>``).
        file, line: where it is written; not part of the digest.
    """

    document: str | None = None
    number: str | None = None
    clause: str = ""
    quote: str | None = None
    source: str | None = None
    design: str | None = None
    reading: str | None = None
    layer: str = ""
    file: str = ""
    line: int = 0

    def cite(self) -> str:
        """The basis in one line for a screen: ``西政办发〔2021〕28号 三(五)``."""
        if self.document is not None:
            return f"{self.number} {self.clause}"
        if self.source is not None:
            return self.source
        return f"平台约定：{self.design}"


class Provision(msgspec.Struct, frozen=True, kw_only=True):
    """One rule with its basis. A layer above replaces it whole, value and basis together.

    Attributes:
        basis: where the rule comes from.
    """

    # The field that takes the rule's key when rules stand under their codes in the file.
    KEY: ClassVar[str] = "code"

    basis: Basis


class Text(Provision, frozen=True, kw_only=True):
    """A rule whose value is a text.

    Attributes:
        value: the text.
    """

    value: str


class Switch(Provision, frozen=True, kw_only=True):
    """A yes or no. Its truth value is the switch itself, so ``if profile.flow.auto_sign`` does what it says.

    Attributes:
        on: whether it holds.
    """

    on: bool

    def __bool__(self) -> bool:
        return self.on


class Number(Provision, frozen=True, kw_only=True):
    """A rule whose value is a count.

    Attributes:
        value: the count.
    """

    value: Count


class Limit(Provision, frozen=True, kw_only=True):
    """A time limit.

    Attributes:
        rule: the limit in the language of worktime, for instance ``3 working days`` or ``2 office hours``.
    """

    rule: RuleText

    @property
    def parsed(self) -> Rule:
        """The limit as worktime's value."""
        return parse_rule(self.rule)

    @property
    def days(self) -> int:
        """The number of working days; 0 for a limit counted in anything else."""
        return working_days(self.rule)

    @property
    def rule_is_dispatch(self) -> bool:
        """Whether it is the same-day-or-next-morning rule, which has no length of its own."""
        return self.parsed.measure is Measure.DISPATCH


class Label(Provision, frozen=True, kw_only=True):
    """A name in two languages.

    Attributes:
        zh: as screens and documents show it.
        en: in English.
    """

    zh: str
    en: str


class Named(Label, frozen=True, kw_only=True):
    """A named entry of a list, written under its code.

    Attributes:
        code: stable identifier used by the API and the database.
    """

    code: str


class KindsRule(Provision, frozen=True, kw_only=True):
    """Attributes: kinds (kinds of matter the rule holds for)."""

    kinds: tuple[KindCode, ...]


class Option(msgspec.Struct, frozen=True, kw_only=True):
    """One choice inside a rule, written under its code; the rule around it carries the basis.

    Attributes:
        code: stable identifier.
        zh, en: its names.
    """

    KEY: ClassVar[str] = "code"

    code: str
    zh: str
    en: str


def working_days(rule: str) -> int:
    """``3`` for ``3 working days``, ``0`` for a rule counted in anything else."""
    parsed = parse_rule(rule)
    return parsed.amount if parsed.measure is Measure.WORKING_DAYS else 0
