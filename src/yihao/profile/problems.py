"""What can be wrong with a profile, and the one error that carries all of it.

A problem names the file, the line, what is wrong there and how to mend it, in Chinese and in English.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import msgspec

from yihao.errors import Language, Misconfigured


class Message(NamedTuple):
    """What is wrong and how to mend it, in both languages; ``{places}`` are filled from the problem's params."""

    zh: str
    mend_zh: str
    en: str
    mend_en: str


MESSAGES: dict[str, Message] = {
    "unknown_place": Message(
        "没有名为“{name}”的区域配置",
        "可用的名称：{known}；或写出配置文件夹的路径",
        "there is no place named “{name}”",
        "use one of {known}, or give the path of a folder",
    ),
    "missing_file": Message(
        "缺少文件 {name}",
        "在该文件夹中新建 {name}，写法见 docs/profiles.md",
        "the file {name} is missing",
        "create {name} in this folder; docs/profiles.md says how",
    ),
    "unknown_file": Message(
        "不认识的文件 {name}",
        "文件只能是：{known}，以及 lines/<号码>.yaml",
        "no such file is known: {name}",
        "the files are {known}, and lines/<number>.yaml",
    ),
    "unreadable_file": Message(
        "文件无法读取：{why}",
        "检查文件是否存在及读取权限",
        "cannot be read: {why}",
        "check that it exists and may be read",
    ),
    "not_utf8": Message(
        "第 {byte} 个字节不是 UTF-8 编码{hint_zh}",
        "用编辑器另存为 UTF-8",
        "byte {byte} is not UTF-8{hint}",
        "save the file as UTF-8",
    ),
    "tab": Message("用了制表符", "改用空格缩进", "a tab character", "indent with spaces"),
    "yaml": Message(
        "YAML 语法错误：{why}",
        "检查本行及上一行的缩进、冒号和引号",
        "YAML syntax: {why}",
        "check indentation, colons and quotation marks of this line and the one above",
    ),
    "alias": Message(
        "使用了 YAML 的锚或别名", "直接写出内容", "a YAML anchor or alias is used", "write the content out instead"
    ),
    "second_document": Message(
        "文件里有第二份 YAML 文档",
        "删去多余的 --- 行",
        "a second YAML document begins",
        "remove the line with ---",
    ),
    "too_deep": Message(
        "嵌套过深", "检查多余的括号或缩进", "nested too deeply", "check for stray brackets or indentation"
    ),
    "duplicate_key": Message(
        "“{key}”重复，前一处在第 {first} 行",
        "删去一处，或改用另一个代码",
        "“{key}” stands here twice, first in line {first}",
        "remove one of them, or give it another code",
    ),
    "unknown_key": Message(
        "不认识的项“{key}”{guess_zh}",
        "可用的项：{known}",
        "unknown key “{key}”{guess}",
        "the keys here are: {known}",
    ),
    "missing_key": Message("缺少“{key}”", "补写“{key}”：{hint_zh}", "“{key}” is missing", "add “{key}”: {hint}"),
    "wrong_shape": Message(
        "此处应为{want_zh}，实为{got_zh}",
        "按 docs/profiles.md 改写",
        "expected {want}, found {got}",
        "rewrite it as docs/profiles.md shows",
    ),
    "wrong_value": Message(
        "“{value}”不可用：{why_zh}", "改为{want_zh}", "“{value}” will not do: {why}", "write {want}"
    ),
    "wrong_choice": Message(
        "“{value}”不在可选值之内{guess_zh}",
        "可选值：{known}",
        "“{value}” is not one of the choices{guess}",
        "choose from: {known}",
    ),
    "missing_basis": Message(
        "该规则没有依据",
        "补写 basis：{{document, clause, quote}}、{{source}} 或 {{design}} 之一",
        "this rule has no basis",
        "add basis: one of {{document, clause, quote}}, {{source}}, {{design}}",
    ),
    "basis_kind": Message(
        "依据须且只能是 document、source、design 之一",
        "只保留一种",
        "a basis is exactly one of document, source and design",
        "keep one of them",
    ),
    "unknown_document": Message(
        "未登记的文件代号“{value}”",
        "在 place.yaml 的 documents 中登记，或改用：{known}",
        "the document “{value}” is not registered",
        "register it under documents in place.yaml, or use one of: {known}",
    ),
    "short_quote": Message(
        "引文只有 {length} 个字",
        "照抄原文连续至少 8 个字，须含本规则的数字或职责",
        "the quote has only {length} characters",
        "copy at least 8 consecutive characters that name the rule's own figure or duty",
    ),
    "impossible_limit": Message(
        "时限“{value}”不可用：{why_zh}",
        "写成如 3 working days、2 office hours、24 hours、30 minutes 或 dispatch",
        "the limit “{value}” is impossible: {why}",
        "write for instance 3 working days, 2 office hours, 24 hours, 30 minutes or dispatch",
    ),
    "impossible_score": Message(
        "退出线 {removal} 分高于观察线 {probation} 分",
        "把 removal 改得不高于 probation：先观察，后退出",
        "the removal score {removal} lies above the probation score {probation}",
        "make removal no higher than probation: first probation, then removal",
    ),
    "extension_shape": Message(
        "延期规则前后不一：{why_zh}",
        "允许延期时写 count 及 each、total_cap 之一；不允许时三者都不写",
        "the extension rule contradicts itself: {why}",
        "when allowed, write count and one of each and total_cap; when not, none of them",
    ),
    "extension_below_base": Message(
        "延期后的总时限 {cap} 短于或等于基本时限 {base}",
        "把 total_cap 改得比 base 长，或不允许延期",
        "the extended total {cap} is not above the base {base}",
        "make total_cap longer than base, or do not allow an extension",
    ),
    "missing_stage": Message(
        "流程缺少环节 {missing}",
        "把它加进 flow.yaml 的 stages.order",
        "the stage {missing} is missing",
        "add it to stages.order in flow.yaml",
    ),
    "duplicate_entry": Message("“{value}”列了两次", "删去一处", "“{value}” is listed twice", "remove one of them"),
    "unknown_reference": Message(
        "“{value}”没有在 {where} 中定义",
        "可用：{known}",
        "“{value}” is not defined in {where}",
        "use one of: {known}",
    ),
    "emergency_incomplete": Message(
        "紧急号码缺少 {missing}",
        "补上，紧急热线一律不归并",
        "the emergency number {missing} is missing",
        "add it: emergency lines are never merged",
    ),
    "emergency_line": Message(
        "紧急号码 {number} 不归并，不能有热线规则",
        "删去本文件；紧急事项由登记时的转接处理",
        "the emergency number {number} is never merged and has no rules of a line",
        "remove this file; emergencies are transferred when they are registered",
    ),
    "emergency_listed": Message(
        "紧急号码 {number} 不归并，不能列入清单",
        "删去本条；紧急热线只列在 acceptance.emergency",
        "the emergency number {number} is never merged and cannot be listed",
        "remove it; emergency lines stand in acceptance.emergency alone",
    ),
    "listed_number": Message(
        "“{number}”不是热线号码",
        "写成 3 至 11 位数字，并加引号",
        "“{number}” is no hotline number",
        "write 3 to 11 digits, in quotation marks",
    ),
    "founder_mode": Message(
        "{founder}设立的热线不能以“{mode}”方式归并",
        "改用 {known}，或在 merging.founders.{founder} 的 modes 中加入 {mode}",
        "a line founded by {founder} cannot join by {mode}",
        "use {known}, or add {mode} to modes of merging.founders.{founder}",
    ),
    "kept_without_rule": Message(
        "清单写明保留座席，而 merging.kept_seats 未开启、“{mode}”方式也不保留座席",
        "改写 seats，或在 merging.kept_seats 开启",
        "the list keeps the seats, yet merging.kept_seats is off and the mode {mode} keeps none",
        "mend seats, or switch merging.kept_seats on",
    ),
    "planned_without_day": Message(
        "计划归并的热线没有期限",
        "补写 by: 归并的最后一日，如 2021-12-31",
        "a planned line has no last day",
        "add by: the last day for the merge, for instance 2021-12-31",
    ),
    "announced_list": Message(
        "清单有{what_zh} {found} 条，merging.announced 写的是 {total} 条",
        "核对清单和条数",
        "the list has {found} lines ({what}), merging.announced says {total}",
        "check the list against the number",
    ),
    "hours_mismatch": Message(
        "dispatch_by {by} 早于开门时间 {opening}",
        "把 dispatch_by 改到开门之后",
        "dispatch_by {by} is before the opening at {opening}",
        "set it at or after the opening",
    ),
    "announced_sum": Message(
        "各方式条数之和 {found} 与总数 {total} 不符",
        "核对文件附件的条数",
        "the modes add up to {found}, the total says {total}",
        "check the numbers against the document's list",
    ),
    "meeting_without_stage": Message(
        "裁定前须经会议协调（meeting: true），环节中却没有协调（coordinate）",
        "在 flow.stages 的 order 中加入 coordinate，或去掉 meeting",
        "a joint meeting comes before adjudication (meeting: true), yet coordinate is no stage here",
        "add coordinate to the order of flow.stages, or leave meeting out",
    ),
    "reply_unreleased": Message(
        "统一出口（mode: platform）却无人审核答复（review: automatic）",
        "改为 review: hotline，或 mode: unit",
        "one way out (mode: platform), yet nobody reviews a reply (review: automatic)",
        "write review: hotline, or mode: unit",
    ),
    "name_spelled_out": Message(
        "提示语直接写了热线名称“{name}”",
        "改写为 {{hotline}}，更名时提示语随之改变",
        "the prompt spells the hotline's name “{name}” out",
        "write {{hotline}}, so that a new name is heard at once",
    ),
    "unknown_extends": Message(
        "extends 所指的“{name}”不存在",
        "可用：{known}，或同一上级文件夹中的配置",
        "extends names “{name}”, which does not exist",
        "use one of {known}, or a folder beside this one",
    ),
    "extends_cycle": Message(
        "extends 形成循环：{chain}", "去掉其中一处 extends", "extends runs in a circle: {chain}", "remove one extends"
    ),
    "layer_extends": Message(
        "辖区自己的规则不写 extends",
        "删去本行：它总是叠加在上级辖区的规则之上",
        "a node's own layer extends nothing",
        "remove this line: it always lies over the rules of the node above",
    ),
    "layer_level": Message(
        "层级写作 {value}，该辖区却是 {level}",
        "改为 {level}，或删去本项",
        "the level says {value}, the node is a {level}",
        "write {level}, or remove this entry",
    ),
    "layer_area": Message(
        "区划代码写作 {value}，该辖区是 {area}",
        "改为 {area}，或删去本项",
        "the area code says {value}, the node has {area}",
        "write {area}, or remove this entry",
    ),
    "layer_answers": Message(
        "上级规则不许{level}自行接听（answering.may：{may}）",
        "删去 {level}，或先在上级规则的 answering.may 中列入",
        "the rules above do not let a {level} answer for itself (answering.may: {may})",
        "remove {level}, or list it under answering.may of the rules above first",
    ),
    "nothing_to_remove": Message(
        "要删除的“{key}”在下层配置中不存在",
        "删去本项，或核对代码",
        "“{key}” is removed here, but no layer below has it",
        "delete this entry, or check its code",
    ),
    "line_file_name": Message(
        "文件名“{name}”不是热线号码",
        "以号码命名，如 12315.yaml",
        "the file name “{name}” is no hotline number",
        "name it after the number, 12315.yaml",
    ),
}


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One mistake in a profile.

    Attributes:
        code: key of :data:`MESSAGES`.
        file: the file as the author would open it.
        line: 1-based; 1 where the whole file is meant.
        path: the rule, ``limits.sign.rule``; empty where a file is meant.
        params: what fills the sentences.
    """

    code: str
    file: str
    line: int = 1
    path: str = ""
    params: dict[str, str | int] = {}

    def what(self, language: Language = "zh") -> str:
        """What is wrong."""
        message = MESSAGES[self.code]
        return (message.zh if language == "zh" else message.en).format(**self.params)

    def mend(self, language: Language = "zh") -> str:
        """How to mend it."""
        message = MESSAGES[self.code]
        return (message.mend_zh if language == "zh" else message.mend_en).format(**self.params)

    def sentence(self, language: Language = "zh") -> str:
        """``file:line path: what. mend`` in one line."""
        path = f" {self.path}" if self.path else ""
        colon, stop = ("：", "。") if language == "zh" else (": ", ". ")
        return f"{self.file}:{self.line}{path}{colon}{self.what(language)}{stop}{self.mend(language)}{stop.strip()}"


class ProfileInvalid(Misconfigured):
    """A profile has mistakes; ``problems`` holds all of them, in the order of the files."""

    code = "profile_invalid"
    zh = "区域配置“{name}”有{count}处错误，改正后重新加载：\n{listing_zh}"
    en = "The profile “{name}” has {count} mistake(s); mend them and load it again:\n{listing_en}"

    def __init__(self, name: str, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        listing: dict[Literal["zh", "en"], str] = {
            "zh": "\n".join(p.sentence("zh") for p in problems),
            "en": "\n".join(p.sentence("en") for p in problems),
        }
        super().__init__(name=name, count=len(problems), listing_zh=listing["zh"], listing_en=listing["en"])
