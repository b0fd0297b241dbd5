"""What this room refuses."""

from __future__ import annotations

from yihao.errors import Conflict, Invalid, NotFound


class WrongCompany(Invalid):
    """An entry of the register that contradicts the tree, the place's rules or itself."""

    code = "wrong_company"
    zh = "{why}"
    en = "Against the rules of the register: {why_en}"


class UnknownCompany(NotFound):
    """The unit is no company in the register."""

    code = "unknown_company"
    zh = "该单位未登记为加入热线的服务企业，请先登记。"
    en = "That unit is not in the register of service companies."


class UnknownCase(NotFound):
    """No such proposal."""

    code = "unknown_case"
    zh = "没有这项提请，请刷新后重试。"
    en = "There is no such proposal."


class CaseNotNow(Conflict):
    """The proposal does not fit the company's present state, or was decided already."""

    code = "case_not_now"
    zh = "{why}"
    en = "Not now: {why_en}"


class SameHand(Conflict):
    """Who proposed does not decide."""

    code = "same_hand"
    zh = "本项由您提出，须由另一名管理机构人员决定。"
    en = "You proposed this; another person of the managing body decides."
