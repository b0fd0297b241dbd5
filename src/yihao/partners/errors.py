"""What this room refuses."""

from __future__ import annotations

from yihao.errors import Invalid, NotFound


class WrongPartner(Invalid):
    """An entry of the register that contradicts the tree, the place's rules or itself."""

    code = "wrong_partner"
    zh = "{why}"
    en = "Against the rules of the register: {why_en}"


class UnknownPartner(NotFound):
    """The unit is not in the register."""

    code = "unknown_partner"
    zh = "该单位未登记为联动单位，请先登记。"
    en = "That unit is not in the register of partners."
