"""What `verify` can find wrong, each with a sentence that names the place, and the report of one run."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from yihao.errors import Language

MOST_KEPT: Final = 200
"""Faults named one by one; the rest are counted."""

SENTENCES: Final[dict[str, tuple[str, str]]] = {
    "order_missing": (
        "工单 {number} 整件缺失：检查点 {detail} 记有其办理过程",
        "order {number} is gone altogether; checkpoint {detail} knows it",
    ),
    "row_missing": ("工单 {number} 有办理过程而没有工单行", "order {number} has events and no row"),
    "events_missing": ("工单 {number} 没有任何办理过程", "order {number} has a row and no events"),
    "event_missing": ("工单 {number} 缺少第 {seq} 步{detail}", "order {number} lacks event {seq}{detail}"),
    "event_edited": (
        "工单 {number} 第 {seq} 步被改动：哈希链在此断开",
        "order {number}, event {seq} was edited: the chain breaks here",
    ),
    "event_resealed": (
        "工单 {number} 第 {seq} 步连同哈希被改写，与检查点 {detail} 不符",
        "order {number}, event {seq}: rewritten with its hash or recording time; checkpoint {detail} says otherwise",
    ),
    "event_unvouched": (
        "工单 {number} 第 {seq} 步既不在任何检查点内，也不在待处理队列中：可能绕过系统写入",
        "order {number}, event {seq} is in no checkpoint and not waiting for one: written past the system",
    ),
    "event_unreadable": (
        "工单 {number} 第 {seq} 步无法读取：{detail}",
        "order {number}, event {seq} unreadable: {detail}",
    ),
    "step_broken": (
        "工单 {number} 第 {seq} 步与上一步不衔接（{detail}）",
        "order {number}, event {seq} does not follow from the one before ({detail})",
    ),
    "row_edited": (
        "工单 {number} 的行与办理过程重放结果不一致：{detail}",
        "order {number}: the row is not what its events give: {detail}",
    ),
    "duty_edited": ("工单 {number} 的任务时限不一致：{detail}", "order {number}: duties differ: {detail}"),
    "parts_edited": ("工单 {number} 的参与单位不一致：{detail}", "order {number}: units taking part differ: {detail}"),
    "link_edited": ("工单 {number} 的并件关系不一致：{detail}", "order {number}: its link differs: {detail}"),
    "attachments_edited": (
        "工单 {number} 的附件与办理过程所记不一致",
        "order {number}: its attachments are not those its events name",
    ),
    "title_edited": (
        "工单 {number} 的标题与登记内容不一致",
        "order {number}: the title is not the registered one",
    ),
    "private_missing": ("工单 {number} 第 {seq} 步的内容缺失", "order {number}, event {seq}: its texts are missing"),
    "private_extra": (
        "工单 {number} 第 {seq} 步多出没有登记的内容",
        "order {number}, event {seq}: texts nobody committed to",
    ),
    "private_gone": (
        "工单 {number} 第 {seq} 步的内容被清除，而没有依法删除的记录",
        "order {number}, event {seq}: its texts were emptied without a record of erasure",
    ),
    "private_left": (
        "工单 {number} 已依法删除，第 {seq} 步的内容却仍在",
        "order {number} was erased, yet the texts of event {seq} are there",
    ),
    "private_edited": (
        "工单 {number} 第 {seq} 步的密封内容被改动或调换（{detail}）",
        "order {number}, event {seq}: the sealed texts were changed or moved ({detail})",
    ),
    "shown_edited": (
        "工单 {number} 第 {seq} 步的公开文本与密封原文不符",
        "order {number}, event {seq}: the shown texts are not those that were sealed",
    ),
    "reporter_missing": ("工单 {number} 的举报人信息缺失", "order {number}: the sealed reporter is missing"),
    "reporter_edited": (
        "工单 {number} 的举报人信息被改动或调换（{detail}）",
        "order {number}: the sealed reporter was changed or moved ({detail})",
    ),
    "checkpoint_missing": ("检查点 {detail} 缺失", "checkpoint {detail} is missing"),
    "checkpoint_edited": ("检查点 {detail} 被改动", "checkpoint {detail} was edited"),
    "checkpoint_unsigned": ("检查点 {detail} 的签名无效", "the signature of checkpoint {detail} does not hold"),
    "checkpoint_differs": (
        "检查点 {detail} 与数据库外的留存文件不一致",
        "checkpoint {detail} is not the one noted outside the database",
    ),
    "audit": ("审计日志：{detail}", "audit: {detail}"),
}


class Fault(msgspec.Struct, frozen=True):
    """One thing wrong. ``what`` is a key of `SENTENCES`; ``detail`` holds names of fields, never their values."""

    what: str
    number: str | None = None
    seq: int | str | None = None
    detail: str = ""

    def sentence(self, language: Language = "zh") -> str:
        """The fault in words."""
        zh, en = SENTENCES[self.what]
        return (zh if language == "zh" else en).format(number=self.number, seq=self.seq, detail=self.detail)


class Report(msgspec.Struct, kw_only=True):
    """What one run of `verify` looked at and found.

    ``waiting``: events made since the last checkpoint, the window in which a rewritten history is not found.
    ``sealed_until``: when the newest checkpoint was made (database clock). ``more``: faults beyond those kept.
    """

    orders: int = 0
    events: int = 0
    parts: int = 0
    checkpoints: int = 0
    audit: bool = False
    waiting: int = 0
    sealed_until: datetime | None = None
    seconds: float = 0.0
    faults: list[Fault] = []
    more: int = 0

    @property
    def ok(self) -> bool:
        """Nothing was found."""
        return not self.faults

    def add(self, what: str, number: str | None = None, seq: int | str | None = None, detail: str = "") -> None:
        """Note a fault."""
        if len(self.faults) < MOST_KEPT:
            self.faults.append(Fault(what, number, seq, detail))
        else:
            self.more += 1


def report_text(report: Report, language: Language = "zh") -> str:
    """The report for a person: what was looked at, the first broken row, then the others."""
    zh = language == "zh"
    opened = f"{report.parts}" if report.parts else ("未启封" if zh else "not opened")
    until = report.sealed_until.isoformat(timespec="seconds") if report.sealed_until else "-"
    lines = [
        f"工单 {report.orders}，办理过程 {report.events}，密封内容 {opened}，检查点 {report.checkpoints}"
        f"（最近 {until}，其后待入检查点 {report.waiting} 步），用时 {report.seconds:.1f} 秒"
        if zh
        else f"orders {report.orders}, events {report.events}, sealed parts {opened}, checkpoints {report.checkpoints} "
        f"(newest {until}, {report.waiting} events wait for the next), {report.seconds:.1f} s"
    ]
    if report.ok:
        lines.append("核验通过。" if zh else "All is as it was recorded.")
        return "\n".join(lines)
    total = len(report.faults) + report.more
    lines.append(f"核验未通过，共 {total} 处：" if zh else f"NOT as recorded, {total} in all:")
    lines += [f"{place}. {fault.sentence(language)}" for place, fault in enumerate(report.faults, 1)]
    if report.more:
        lines.append(f"……另有 {report.more} 处" if zh else f"... and {report.more} more")
    return "\n".join(lines)
