"""The rules of an order's life: the limits of a kind (kinds.yaml) and the flow (flow.yaml)."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import msgspec

from yihao.profile.codes import KindCode, Level, StageCode
from yihao.profile.provision import (
    Count,
    KindsRule,
    Label,
    Limit,
    Named,
    Option,
    Positive,
    Provision,
    Switch,
    WorkingDays,
)


class ExtensionRule(Provision, frozen=True, kw_only=True):
    """How the limit of a kind may be extended; counted per matter (同一事项), through redo and re-dispatch.

    Attributes:
        allowed: whether at all.
        count: how many times.
        each: working days added to the current due each time.
        total_cap: working days from the start that the extended limit may not pass. Exactly one of the two is set.
        grounds: the grounds a request may name.
    """

    allowed: bool
    count: Count = 0
    each: WorkingDays | None = None
    total_cap: WorkingDays | None = None
    grounds: tuple[Option, ...] = ()


class KindRule(msgspec.Struct, frozen=True, kw_only=True):
    """The limits of one kind of matter.

    Attributes:
        kind: consult, help, complaint, report, suggestion, praise or other.
        label: its names.
        base: time to close, counted for the unit from its dispatch and for the matter from acceptance.
        extension: how it may be extended.
        immediate_dispatch: it is sent to the unit at once, day and night.
    """

    KEY: ClassVar[str] = "kind"

    kind: KindCode
    label: Label
    base: Limit
    extension: ExtensionRule
    immediate_dispatch: Switch

    @property
    def zh(self) -> str:
        """The kind in Chinese."""
        return self.label.zh


class StageList(Provision, frozen=True, kw_only=True):
    """Attributes: order (the stages of this place, in its own order)."""

    order: tuple[StageCode, ...]


class Stage(Named, frozen=True, kw_only=True):
    """A stage of the flow as this place orders it; the basis is the place's list."""


class ClocksRule(Provision, frozen=True, kw_only=True):
    """Attributes: handling_from (where the unit's clock starts; the matter's starts at acceptance everywhere), restart
    (the unit's clock starts anew at a re-dispatch; the overall clock never does)."""

    handling_from: Literal["dispatch", "sign"]
    restart: bool


class AccusedRule(Provision, frozen=True, kw_only=True):
    """A matter that accuses a unit is handled by its superior body. Attributes: kinds (in which naming a unit accuses
    it)."""

    kinds: tuple[KindCode, ...]


class GrassRootsRule(Provision, frozen=True, kw_only=True):
    """Attributes: levels (to whose governments a department's own matter may not be pushed down)."""

    levels: tuple[Literal["county", "township", "village"], ...]


class ReturnRule(Provision, frozen=True, kw_only=True):
    """退单: when a unit may hand an order back.

    Attributes:
        from_states: states it may be asked from; the window is ``limits.return_window``.
        late: what happens after the window: refused, or only with the manager's leave.
        grounds: the grounds known.
        legal_basis, suggested_unit: whether the request must name it.
        clock_runs: the unit's clock goes on during the review.
        max_rejected: after this many rejected requests no more return; a joint decision instead.
    """

    from_states: tuple[Literal["dispatched", "signed"], ...]
    late: Literal["refuse", "manager"]
    grounds: tuple[Option, ...]
    legal_basis: bool
    suggested_unit: bool
    clock_runs: bool
    max_rejected: Positive


class AdjudicationRule(Provision, frozen=True, kw_only=True):
    """裁决.

    Attributes:
        transfers: re-dispatches without a lead from which the managing body decides.
        returnable: what it decided may be returned again.
        meeting: where units disagree or nobody owns the matter, a joint meeting comes first (``coordinate``).
    """

    transfers: Positive
    returnable: bool
    meeting: bool = False


class ReplyRule(Provision, frozen=True, kw_only=True):
    """Who answers the citizen.

    Attributes:
        mode: ``unit`` (the unit answers the citizen itself, or says why it could not; the hotline reviews) or
            ``platform`` (one way in, one way out: nothing a unit writes reaches the citizen before the hotline releases
            it).
        review: who lets a reply pass: the hotline, or nobody (``automatic``).
    """

    mode: Literal["unit", "platform"]
    review: Literal["hotline", "automatic"]


class RedoRule(Provision, frozen=True, kw_only=True):
    """重办. Attributes: max (redos a matter), divide_base_by (the redo's limit is the base divided by this, rounded up
    to whole working days), minimum (but not less)."""

    max: Count
    divide_base_by: Positive
    minimum: WorkingDays


class EscalationRule(Provision, frozen=True, kw_only=True):
    """提级. Attributes: redos, transfers (either number of them makes it a problem order for a higher unit)."""

    redos: Positive
    transfers: Positive


class RepeatRule(Provision, frozen=True, kw_only=True):
    """无理重复. Attributes: after (from the how-manieth order on the same fact a final answer may be proposed)."""

    after: Positive


class FinalRule(Provision, frozen=True, kw_only=True):
    """最终答复. Attributes: head_signs, manager_decides (what it needs beside a lawful close and no new fact)."""

    head_signs: bool
    manager_decides: bool


class MergeRule(Provision, frozen=True, kw_only=True):
    """并件. Attributes: repeats (same caller, same fact), clusters (different callers, same fact), own_reply (each
    caller gets a reply and a rating of their own)."""

    repeats: Literal["merge", "link", "off"]
    clusters: Literal["merge", "link", "off"]
    own_reply: bool


class UrgeRule(Provision, frozen=True, kw_only=True):
    """催办. Attributes: per_day (urges a day that are counted for one order)."""

    per_day: Positive


class PauseRule(Provision, frozen=True, kw_only=True):
    """挂起. Attributes: reasons (why a clock may stand still)."""

    reasons: tuple[Option, ...]


class RevisitRule(Provision, frozen=True, kw_only=True):
    """回访.

    Attributes:
        attempts: at most so many.
        different_hours: each at another time of day.
        skips: orders that are not revisited (a direct answer only when sampled).
        sample_percent: share of direct answers that is revisited all the same.
    """

    attempts: Positive
    different_hours: bool
    skips: tuple[Literal["direct_answer", "confidential", "anonymous", "final", "withdrawn"], ...]
    sample_percent: Annotated[int, msgspec.Meta(ge=0, le=100)]


class QueryCodeRule(Provision, frozen=True, kw_only=True):
    """The secret a citizen queries an order with. Attributes: bits (of randomness), tries_per_hour (wrong ones)."""

    bits: Annotated[int, msgspec.Meta(ge=40, le=128)]
    tries_per_hour: Positive


class UrgentRule(Provision, frozen=True, kw_only=True):
    """Attributes: levels (urgencies under which ``sign_urgent`` replaces ``sign``)."""

    levels: tuple[Literal["expedited", "urgent", "critical"], ...]


class EnterpriseRule(Provision, frozen=True, kw_only=True):
    """企业诉求绿色通道: an enterprise's matter goes before others on a clock of its own.

    Attributes:
        on: whether the place has such a lane; without it an enterprise's matter is like any other.
        urgency: the least urgency such a matter gets. Its limits are ``dispatch_enterprise`` and ``sign_enterprise``.
    """

    on: bool
    urgency: Literal["normal", "expedited", "urgent"]


class SuperiorRule(Provision, frozen=True, kw_only=True):
    """What a desk of a level above may do with this place's orders.

    Attributes:
        coordinate_only: desks of these levels watch, urge, supervise and coordinate, and leave the handling and closing
            to this place; a desk of any other level above may do whatever its roles may.
    """

    coordinate_only: tuple[Level, ...]


class PassedDownRule(Provision, frozen=True, kw_only=True):
    """下派: an order a desk above has taken and passed into a branch, as one history.

    Attributes:
        desk: what the desk of the place below may do with it, beside what its units owe; answering and closing stay
            with the desk that took it.
        returns: who decides on a unit's request to hand back what was passed down to it: the unit `above`, or the
            `hotline` alone; where it is the unit above, the hotline still may.
    """

    desk: tuple[Literal["supervise", "urge", "coordinate", "supplement"], ...]
    returns: Literal["above", "hotline"]


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """flow.yaml: the life of an order. Each field is documented with its rule's class.

    Attributes:
        stage_names: the names of all stages a place may list.
        stages: the stages of this place.
        enforcement_immediate: a law-enforcement matter of any kind is dispatched at once.
        override: a limit set by law or by the government replaces the kind's (``set_limit``, with its basis).
        first_unit_stays: 首办责任制, the first unit stays responsible until its return is granted or a manager
            reassigns: a matter that starts again goes back to it.
        officer_required: no dispatch to a unit without a named officer.
        auto_sign: an order dispatched to a unit counts as signed at once.
        unit_review: a unit's reply, return and extension pass its own reviewer first.
        withdraw_continues: kinds that go on although their caller withdraws, where the public is concerned.
    """

    stage_names: dict[StageCode, Label]
    stages: StageList
    clocks: ClocksRule
    urgent: UrgentRule
    enterprise: EnterpriseRule
    superior: SuperiorRule
    passed_down: PassedDownRule
    enforcement_immediate: Switch
    override: Switch
    accused: AccusedRule
    grass_roots: GrassRootsRule
    first_unit_stays: Switch
    officer_required: Switch
    auto_sign: Switch
    unit_review: Switch
    returns: ReturnRule
    adjudication: AdjudicationRule
    reply: ReplyRule
    redo: RedoRule
    escalation: EscalationRule
    repeat: RepeatRule
    final: FinalRule
    merge: MergeRule
    urge: UrgeRule
    pause: PauseRule
    withdraw_continues: KindsRule
    revisit: RevisitRule
    query_code: QueryCodeRule
