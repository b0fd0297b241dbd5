"""What this room refuses."""

from __future__ import annotations

from yihao.errors import Conflict, Forbidden, Invalid, NotFound


class UnknownLine(NotFound):
    """No line of that number in the registers this account sees."""

    code = "unknown_line"
    zh = "登记册中没有号码{number}，请核对号码；新号码请先登记。"
    en = "The register holds no line {number}. Check the number, or enter it first."


class UnknownDuty(NotFound):
    """The line owes no such duty."""

    code = "unknown_duty"
    zh = "该热线没有“{duty}”这项责任，可选：{known}。"
    en = "The line owes no duty “{duty}”; the duties are {known}."


class LineTaken(Conflict):
    """The place has a line of that number already."""

    code = "line_taken"
    zh = "号码{number}已经登记，请修改原有记录。"
    en = "The line {number} is registered already. Change that entry."


class StaleLine(Conflict):
    """The entry has changed since it was read."""

    code = "stale_line"
    zh = "该热线的登记已被他人修改（现为第{version}版），请重新读取后再提交。"
    en = "The entry has changed meanwhile (now version {version}). Read it again, then send."


class EmergencyLine(Invalid):
    """An emergency number, or 12345 itself, would become a merged line (国办发〔2020〕53号). Nothing overrides this."""

    code = "emergency_never_merged"
    zh = "{number}是紧急热线或本热线号码，不能登记为归并的热线。"
    en = "{number} is an emergency line or 12345 itself; it can never be a merged line."


class NeedsOverride(Conflict):
    """A rule of the place forbids it unless the managing body overrides the rule with a document."""

    code = "needs_override"
    zh = "{why}；确有必要的，请由管理机构填写批准依据（文件）和理由后提交。"
    en = "{why_en}; where it must be, the managing body sends the document it rests on and a reason."


class WrongLine(Invalid):
    """The entry contradicts the place's rules or itself."""

    code = "wrong_line"
    zh = "{why}"
    en = "{why_en}"


class WrongStep(Conflict):
    """The line's status does not allow this step."""

    code = "wrong_line_step"
    zh = "该热线现为“{status}”，不能{step}。"
    en = "The line is {status_en}; this step is not possible."


class DutiesOpen(Conflict):
    """The line cannot count as merged: its department still owes something (SX 二(一)3)."""

    code = "duties_open"
    zh = "尚有责任未落实：{duties}。请逐项勾选并附证明材料后再设为已归并。"
    en = "Duties are still open: {duties_en}. Tick each with its evidence first."


class NeedsDocument(Invalid):
    """A duty was ticked that the platform cannot show by itself, without a document."""

    code = "needs_document"
    zh = "平台没有“{duty}”的记录，请填写证明材料（文件名称和文号）。"
    en = "The platform holds nothing that shows “{duty_en}”; name the document that does."


class NotYourRegister(Forbidden):
    """A register of another branch, or of a level above, would be written: each level keeps its own."""

    code = "outside_branch"
    zh = "只能维护本辖区及下级的热线登记，请由{who}办理。"
    en = "You may write the registers of your own branch only; ask {who}."


class ForeignRegister(Forbidden):
    """The register of another branch was asked for: each level sees its own, those below and those above it."""

    code = "foreign_register"
    zh = "只能查看本辖区及其上级、下级的热线登记，请向{who}了解。"
    en = "You see the registers of your own branch and of those above it only; ask {who}."
