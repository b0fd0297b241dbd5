"""A place as data: what one profile says, section by section. Each section is one YAML file of the place's folder.

Values are plain and frozen. Rules carry their basis (:mod:`yihao.profile.provision`); the properties of
:class:`Profile` give the bare values most callers want.
"""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec

from yihao.profile.codes import LIMITS, KindCode, Level, LimitKey, PromptKey, StageCode
from yihao.profile.flow import ExtensionRule, Flow, KindRule, RedoRule, ReturnRule, RevisitRule, Stage
from yihao.profile.listed import ListedLine
from yihao.profile.merging import AnnouncedLines, Merging, Mode
from yihao.profile.oversight import (
    Exclusion,
    Indicator,
    Indicators,
    SatisfactionLevel,
    Supervision,
    SupervisionLevel,
    SupervisionTool,
    Target,
)
from yihao.profile.prompts import Prompt
from yihao.profile.provision import (
    AreaCode,
    Basis,
    ClockTime,
    HotlineNumber,
    KindsRule,
    Label,
    Limit,
    Named,
    Number,
    OfficeHoursText,
    Option,
    Provision,
    Switch,
    Text,
    ZoneName,
)

# The whole vocabulary of a profile can be had from here, whichever file a part stands in.
__all__ = [
    "LIMITS",
    "Acceptance",
    "AnnouncedLines",
    "Basis",
    "Channel",
    "Document",
    "Domain",
    "Exclusion",
    "ExtensionRule",
    "Flow",
    "Indicator",
    "Indicators",
    "KindCode",
    "KindRule",
    "Label",
    "Level",
    "Limit",
    "LimitKey",
    "ListedLine",
    "Merging",
    "Mode",
    "Named",
    "Number",
    "Option",
    "Outcome",
    "Place",
    "Profile",
    "Prompt",
    "PromptKey",
    "Provision",
    "RedoRule",
    "Refusal",
    "ReturnRule",
    "RevisitRule",
    "SatisfactionLevel",
    "Stage",
    "StageCode",
    "Supervision",
    "SupervisionLevel",
    "SupervisionTool",
    "Switch",
    "Target",
    "Text",
]


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A policy document a place quotes. Attributes: code (the key used in a basis), number, title, text.

    ``text`` is the name of the document's text in the policy library (without ``.txt``), in which its quotes are found.
    """

    KEY: ClassVar[str] = "code"

    code: str
    number: str
    title: str
    text: str


class LevelRule(Provision, frozen=True, kw_only=True):
    """Attributes: value (the place's rank in the tree of jurisdictions)."""

    value: Level


class AreaRule(Provision, frozen=True, kw_only=True):
    """Attributes: value (six-digit code of GB/T 2260, part of every order number)."""

    value: AreaCode


class ZoneRule(Provision, frozen=True, kw_only=True):
    """Attributes: value (IANA zone in which days and clock times are read)."""

    value: ZoneName


class HoursRule(Provision, frozen=True, kw_only=True):
    """Attributes: value (opening hours of a working day, ``09:00-12:00,14:00-18:00``)."""

    value: OfficeHoursText


class ClockRule(Provision, frozen=True, kw_only=True):
    """Attributes: value (a local clock time ``HH:MM``)."""

    value: ClockTime


class DayEndRule(Provision, frozen=True, kw_only=True):
    """Attributes: value (where a due day ends: its last second, or the closing of the office, 民法典 203)."""

    value: Literal["23:59:59", "office_close"]


class TiersRule(Provision, frozen=True, kw_only=True):
    """Attributes: desks (levels that run a hotline desk), stations (levels below with a station that takes orders)."""

    desks: tuple[Level, ...]
    stations: tuple[Level, ...]


class AnsweringRule(Provision, frozen=True, kw_only=True):
    """Which places of the tree take their own calls; the calls of the others are taken by the place above, while they
    handle what is theirs.

    Attributes:
        levels: places of these levels answer themselves.
        may: a place of these levels may do so too (a large or remote county), by a layer of its own.
    """

    levels: tuple[Level, ...]
    may: tuple[Level, ...]


class Assistant(Named, frozen=True, kw_only=True):
    """A machine that helps people at the desk, always behind a switch. Attributes: on (the place uses it)."""

    on: bool


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """place.yaml: who and where.

    Attributes:
        title: name of the jurisdiction.
        hotline_name: the hotline's name; every screen, prompt and paper takes it from here.
        number: what is dialled for it.
        level: rank in the tree.
        area_code: division code.
        managing_body: 管理机构, exactly one.
        zone: in which days and clock times are read.
        office_hours: opening hours of a working day; a unit may have its own.
        dispatch_by: the hour by which what came in outside the hours is dispatched.
        day_end: where a due day ends.
        service: hours of the human service on the phone, as shown.
        embed_only: no public site of its own is served, only the embedded form and the API.
        seats: kinds of seat the place sets up.
        stationing: the forms in which experts sit there.
        tiers: the levels of the place's own tree that run a desk or a station.
        answering: which of them take their own calls.
        assistants: machines that help, used here or not.
    """

    title: Text
    hotline_name: Text
    number: Text
    level: LevelRule
    area_code: AreaRule
    managing_body: Text
    zone: ZoneRule
    office_hours: HoursRule
    dispatch_by: ClockRule
    day_end: DayEndRule
    service: Text
    embed_only: Switch
    seats: tuple[Named, ...]
    stationing: tuple[Named, ...] = ()
    tiers: TiersRule
    answering: AnsweringRule
    assistants: tuple[Assistant, ...]


class Outcome(Named, frozen=True, kw_only=True):
    """A way the acceptance of a matter can end (国办函〔2025〕66号 二(二)).

    Attributes:
        action: what the hotline does: handle it, transfer the caller at once, refuse and tell the lawful route, refuse
            and explain, or refuse and give the clues to the police.
    """

    action: Literal["handle", "transfer", "tell_route", "explain", "police"]


class Refusal(Named, frozen=True, kw_only=True):
    """A class of matters that is not accepted.

    Attributes:
        route: the lawful route the caller is told, in Chinese; spoken and written into the record.
        outcome: code of the outcome it belongs to.
    """

    route: str
    outcome: str


class Domain(Named, frozen=True, kw_only=True):
    """A field of government a matter belongs to."""


class Channel(Named, frozen=True, kw_only=True):
    """A door a matter may come in by. Attributes: on (whether this place offers it)."""

    on: bool


class EmergencyRule(Provision, frozen=True, kw_only=True):
    """Attributes: numbers (never merged; a matter of theirs is transferred at once)."""

    numbers: tuple[HotlineNumber, ...]


class Acceptance(msgspec.Struct, frozen=True, kw_only=True):
    """acceptance.yaml: what is taken, what is not, and how it comes in.

    Attributes:
        outcomes: the ways acceptance can end.
        refusals: classes not accepted, in the order shown.
        own_level: the desk's own units take matters of its level alone; what belongs to a place below is sent down.
        confirm_refusal: a shift lead confirms a refusal before the caller is told.
        refusal_appeals: how often a refusal may be appealed.
        domains: fields of government.
        domain_required: an order without a domain is not registered.
        channels: doors, offered or not.
        emergency: numbers that are never merged.
        direct_answer: kinds the hotline may answer and close itself; it cites a knowledge item or an expert.
        anonymous: a caller may stay unnamed.
        confidential_on_request: a caller who asks for secrecy makes the order confidential.
        protected: kinds whose caller is kept in the separate store, opened by two persons.
        first_receiver: where two hotlines cannot agree, the one that got the matter first takes it (首接先受理).
    """

    outcomes: tuple[Outcome, ...]
    refusals: tuple[Refusal, ...]
    own_level: Switch
    confirm_refusal: Switch
    refusal_appeals: Number
    domains: tuple[Domain, ...]
    domain_required: Switch
    channels: tuple[Channel, ...]
    emergency: EmergencyRule
    direct_answer: KindsRule
    anonymous: Switch
    confidential_on_request: Switch
    protected: KindsRule
    first_receiver: Switch


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """A place's policy as data: all its layers merged.

    Attributes:
        name: the folder's name.
        layers: the folders merged, the lowest first.
        documents: the documents quoted; ``main_document`` is the place's own.
        digest: SHA-256 over values and bases (not over comments, files or lines); an order keeps the one it was made
            under.
        register: the hotlines the place's document lists, by number.
        lines: for each hotline number with rules of its own (一号一策), the whole profile under them. Ask ``for_line``.
    """

    name: str
    layers: tuple[str, ...]
    main_document: str | None
    documents: tuple[Document, ...]
    digest: str
    place: Place
    acceptance: Acceptance
    kinds: dict[KindCode, KindRule]
    limits: dict[LimitKey, Limit]
    flow: Flow
    supervision: Supervision
    indicators: Indicators
    merging: Merging
    register: dict[str, ListedLine]
    prompts: dict[PromptKey, Prompt]
    lines: dict[str, Profile] = {}

    def for_line(self, number: str | None) -> Profile:
        """The profile a matter from this hotline number is under; the place's own for any other number."""
        return self if number is None else self.lines.get(number, self)

    @property
    def title(self) -> str:
        """Name of the jurisdiction."""
        return self.place.title.value

    @property
    def hotline_name(self) -> str:
        """The hotline's name."""
        return self.place.hotline_name.value

    @property
    def document(self) -> str | None:
        """Official number of the place's own document."""
        return next((item.number for item in self.documents if item.code == self.main_document), None)

    @property
    def level(self) -> Level:
        """Rank in the tree of jurisdictions."""
        return self.place.level.value

    @property
    def area_code(self) -> str:
        """Six-digit division code."""
        return self.place.area_code.value

    @property
    def managing_body(self) -> str:
        """管理机构."""
        return self.place.managing_body.value

    @property
    def zone(self) -> str:
        """IANA zone."""
        return self.place.zone.value

    @property
    def office_hours(self) -> str:
        """Opening hours in worktime's form."""
        return self.place.office_hours.value

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stages of this place in its order, named, each with the basis of the list."""
        names = self.flow.stage_names
        basis = self.flow.stages.basis
        return tuple(Stage(code=c, zh=names[c].zh, en=names[c].en, basis=basis) for c in self.flow.stages.order)

    @property
    def rates_first(self) -> bool:
        """Whether the citizen is asked to rate before the hotline revisits: 评价 stands before 回访 in the stages."""
        order = self.flow.stages.order
        return order.index("rate") < order.index("revisit")

    @property
    def domains(self) -> tuple[Domain, ...]:
        """Fields of government."""
        return self.acceptance.domains

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """Classes not accepted."""
        return self.acceptance.refusals

    @property
    def confirm_refusal(self) -> bool:
        """Whether a shift lead confirms a refusal."""
        return self.acceptance.confirm_refusal.on

    @property
    def emergency_numbers(self) -> tuple[str, ...]:
        """Numbers that are never merged."""
        return self.acceptance.emergency.numbers

    @property
    def returns(self) -> ReturnRule:
        """When a unit may hand an order back."""
        return self.flow.returns

    @property
    def reply_mode(self) -> Literal["unit", "platform"]:
        """Who answers the citizen."""
        return self.flow.reply.mode

    @property
    def auto_sign(self) -> bool:
        """Whether a dispatched order counts as signed at once."""
        return self.flow.auto_sign.on
