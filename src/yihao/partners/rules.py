"""Pure decisions on the register of partners."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

from yihao.partners.errors import WrongPartner
from yihao.partners.model import Partner, PartnerDraft
from yihao.profile.model import Profile
from yihao.units.model import Unit

KINDS: Final = frozenset({"referral_partner", "soe", "vertical"})
"""Kinds of units that may be linked: those outside the figures, utilities (SX 二(二)6), bodies of the state's own."""


def check(draft: PartnerDraft, unit: Unit, profile: Profile, others: Iterable[Partner]) -> None:
    """Refuse an entry that cannot hold.

    Args:
        unit: whose entry it is.
        profile: of the unit's place.
        others: the other entries of the same place.

    Raises:
        WrongPartner: with the clause where the place's rules stand in the way.
    """
    if unit.kind not in KINDS:
        raise WrongPartner(
            field="unit",
            why="联动单位须为转介协同单位、国有企业或垂直管理单位；部门按派单办理并计入考核，不作联动移交",
            why_en="a partner is a referral partner, a state-owned enterprise or a vertical body",
        )
    services = {service.code: service for service in profile.merging.partners}
    if draft.kind not in services:
        listed = "、".join(f"{code}（{service.zh}）" for code, service in services.items())
        raise WrongPartner(
            field="kind",
            clause=next(iter(services.values())).basis.cite() if services else None,
            why=f"本地文件未列此类联动单位，可选：{listed}",
            why_en="this place is linked with: " + ", ".join(services),
        )
    emergency = profile.acceptance.emergency
    if draft.kind == "emergency" and draft.number not in emergency.numbers:
        raise WrongPartner(
            field="number",
            clause=emergency.basis.cite(),
            why="紧急热线的号码须为：" + "、".join(emergency.numbers),
            why_en="an emergency line has one of the emergency numbers: " + ", ".join(emergency.numbers),
        )
    if draft.valid_to is not None and draft.valid_to < draft.valid_from:
        raise WrongPartner(field="valid_to", why="末日早于生效首日，请改正", why_en="valid_to lies before valid_from")
    if draft.active and draft.number is not None:
        for other in others:
            if other.active and other.number == draft.number and other.unit_id != unit.id:
                raise WrongPartner(
                    field="number",
                    why=f"号码{draft.number}已由同一辖区的另一联动单位（编号{other.unit_id}）登记，请先停用原登记",
                    why_en=f"number {draft.number} is another partner's of this place",
                )


def in_force(partner: PartnerDraft, on: date) -> bool:
    """Whether hand-overs rest on the entry that day."""
    return partner.active and partner.valid_from <= on and (partner.valid_to is None or on <= partner.valid_to)
