"""What this room refuses."""

from __future__ import annotations

from yihao.errors import Conflict, Invalid, NotFound


class UnknownPlace(NotFound):
    """A jurisdiction, unit, officer, category or catalogue row that does not exist was named."""

    code = "unknown_place"
    zh = "未找到{what}“{key}”，请核对后重新提交。"
    en = "There is no {what} “{key}”. Check it and send again."


class Taken(Conflict):
    """A name or code that must be unique is in use already."""

    code = "taken"
    zh = "{what}“{key}”已存在，请修改原有记录或换一个。"
    en = "{what} “{key}” exists already. Change the existing one or choose another."


class WrongPlace(Invalid):
    """A row of the tree or the catalogue contradicts a rule of the tree."""

    code = "wrong_place"
    zh = "{why}"
    en = "Against the rules of the tree: {why_en}"


class UnitInactive(Conflict):
    """A dispatch to a unit that is no longer in use."""

    code = "unit_inactive"
    zh = "“{unit}”已停用，不能派单，请另选承办单位或更新派单目录。"
    en = "“{unit}” is out of use. Choose another unit, or mend the catalogue."


class UnitWithoutOfficer(Conflict):
    """A dispatch to a unit that has named nobody who works on it (SX 二(三)15)."""

    code = "unit_without_officer"
    zh = "“{unit}”尚未指定办理人员，不能派单，请先由其登记签收、经办或审核人员。"
    en = "“{unit}” has no named officer, so nothing can be dispatched to it. Enter one first."
