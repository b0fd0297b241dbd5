"""Every word of the API's closed lists in Chinese and English, relative to ``/api/v1``: what screens show.

Each list stands in the model of its room; here they are put side by side, with the lists the caller's own place names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Annotated, Any, Final

import msgspec
from litestar import Controller, Response, get
from litestar.di import NamedDependency
from msgspec import Meta

from yihao.companies import model as companies
from yihao.indicators.model import GROUP_EN, GROUP_ZH
from yihao.knowledge import model as knowledge
from yihao.lines import model as lines
from yihao.lines import register
from yihao.orders import model as orders
from yihao.orders import words
from yihao.orders.followers import ENDED
from yihao.orders.forms import GRAVE
from yihao.orders.rules import edges
from yihao.orders.service import REGISTRARS
from yihao.orders.table import TABLE
from yihao.people import model as people
from yihao.people import tasks
from yihao.people.problem import refusals
from yihao.people.scope import Actor
from yihao.profile.model import Profile
from yihao.store.db import Database
from yihao.units import model as units
from yihao.units.layers import profile_at
from yihao.units.load import tree

KEPT: Final = {"cache-control": "private, max-age=600", "vary": "authorization, cookie"}
"""The words change with the place's rules and with Yihao itself: ten minutes late is early enough."""


def _says(text: str) -> Meta:
    return Meta(description=text)


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """A word of the API with its names."""

    value: Annotated[str, _says("接口中的代码")]
    zh: Annotated[str, _says("中文名称")]
    en: Annotated[str, _says("英文名称")]


class StateWord(Word, frozen=True, kw_only=True):
    """A state of an order."""

    open: Annotated[bool, _says("尚须答复诉求人")]
    ended: Annotated[bool, _says("诉求已有结果；归档也算")]


class DutyWord(Word, frozen=True, kw_only=True):
    """A kind of duty."""

    waits: Annotated[bool, _says("只是等待：到期由系统自动办理下一步，无人逾期")]


class VerbWord(Word, frozen=True, kw_only=True):
    """A verb; its first label where it has several: the one that holds for an order stands at its ``/verbs``."""

    roles: Annotated[list[str], _says("可以执行的岗位；仅系统执行的为 clock")]
    danger: Annotated[bool, _says("结束办理或难以撤回，提交前应当确认")]
    known: Annotated[bool, _says("本人所在地的规则中有此操作")]


class RoleWord(Word, frozen=True, kw_only=True):
    """A role."""

    kind: Annotated[str, _says("hotline 看本辖区工单、unit 看本单位工单、none 不看工单")]
    privileged: Annotated[bool, _says("须绑定动态口令")]
    internal: Annotated[bool, _says("系统自身，不授予任何人")]


class ChannelWord(Word, frozen=True, kw_only=True):
    """A channel."""

    on: Annotated[bool, _says("本人所在地开通该渠道")]


class RatingWord(Word, frozen=True, kw_only=True):
    """A level of rating; its value is the score, as text."""

    score: Annotated[int, _says("分值，5 最好")]
    satisfied: Annotated[bool, _says("计为满意")]
    bad: Annotated[bool, _says("差评，产生整改任务")]


class RefusalWord(Word, frozen=True, kw_only=True):
    """A class of matters that is not accepted."""

    route: Annotated[str, _says("告知诉求人的法定途径")]


class ModeWord(Word, frozen=True, kw_only=True):
    """A way a hotline joins."""

    keep_number: Annotated[bool, _says("保留号码")]


class ToolWord(Word, frozen=True, kw_only=True):
    """An instrument of supervision."""

    level: Annotated[str, _says("所属督办级别")]
    joint: Annotated[bool, _says("由多个部门联合发出")]


Words = list[Word]


class PlaceWords(msgspec.Struct, frozen=True, kw_only=True):
    """The lists a place names itself, in its order."""

    refusals: Annotated[list[RefusalWord], _says("不予受理情形")]
    return_grounds: Annotated[Words, _says("退单情形")]
    pause_grounds: Annotated[Words, _says("挂起情形")]
    extension_grounds: Annotated[Words, _says("延期情形")]
    supervision_levels: Annotated[Words, _says("督办级别")]
    supervision_tools: Annotated[list[ToolWord], _says("督办方式")]
    wrongs: Annotated[Words, _says("问责情形")]
    ratings: Annotated[list[RatingWord], _says("评价等级，最好的在前")]
    stages: Annotated[Words, _says("办理环节")]
    line_modes: Annotated[list[ModeWord], _says("热线归并方式")]
    founders: Annotated[Words, _says("热线设立层级")]
    partner_kinds: Annotated[Words, _says("联动类别")]


class Vocabulary(msgspec.Struct, frozen=True, kw_only=True):
    """Every list. The same for all but ``place``, ``channels`` and what ``verbs`` are known."""

    channels: Annotated[list[ChannelWord], _says("来源渠道")]
    kinds: Annotated[Words, _says("诉求类型")]
    domains: Annotated[Words, _says("所属领域")]
    urgencies: Annotated[Words, _says("紧急程度，由低到高")]
    secrecies: Annotated[Words, _says("密级标识")]
    lanes: Annotated[Words, _says("优先通道")]
    states: Annotated[list[StateWord], _says("工单状态")]
    verbs: Annotated[list[VerbWord], _says("操作；含登记和系统执行的操作")]
    duties: Annotated[list[DutyWord], _says("时限事项")]
    outcomes: Annotated[Words, _says("时限事项怎样结束")]
    colours: Annotated[Words, _says("灯色")]
    caller_kinds: Annotated[Words, _says("诉求人类型")]
    handled_by: Annotated[Words, _says("由谁办理")]
    revealed: Annotated[Words, _says("可查看原文的内容")]
    roles: Annotated[list[RoleWord], _says("岗位")]
    caller_rules: Annotated[Words, _says("岗位怎样看到诉求人")]
    approvals: Annotated[Words, _says("须第二人批准的事项")]
    approval_states: Annotated[Words, _says("第二人申请的状态")]
    levels: Annotated[Words, _says("辖区层级")]
    unit_kinds: Annotated[Words, _says("单位类型")]
    officer_duties: Annotated[Words, _says("经办人员职责")]
    knowledge_states: Annotated[Words, _says("知识条目状态")]
    visibilities: Annotated[Words, _says("知识公开范围")]
    line_statuses: Annotated[Words, _says("热线状态")]
    line_seats: Annotated[Words, _says("热线座席去留")]
    line_experts: Annotated[Words, _says("热线专家座席")]
    line_landings: Annotated[Words, _says("热线归并去向")]
    line_steps: Annotated[Words, _says("热线操作")]
    line_changes: Annotated[Words, _says("热线变更")]
    dialled: Annotated[Words, _says("拨打后怎样处理")]
    company_statuses: Annotated[Words, _says("服务企业状态")]
    company_cases: Annotated[Words, _says("服务企业事项")]
    company_case_statuses: Annotated[Words, _says("服务企业事项状态")]
    company_grounds: Annotated[Words, _says("服务企业事项缘由")]
    job_kinds: Annotated[Words, _says("后台任务类型")]
    job_states: Annotated[Words, _says("后台任务状态")]
    message_statuses: Annotated[Words, _says("外发消息状态")]
    indicator_groups: Annotated[Words, _says("指标分组")]
    place: Annotated[PlaceWords, _says("本人所在地规则所列")]


class VocabularyController(Controller):
    """The words of the screens."""

    path = "/vocabulary"
    tags = ("规则与日历 Rules",)

    @get(operation_id="getVocabulary", summary="接口用语的中英文名称", responses=refusals(401, 403, 503))
    async def words(self, actor: NamedDependency[Actor], db: NamedDependency[Database]) -> Response[Vocabulary]:
        """Every enumerated word of the interface with its Chinese and English name, as the caller's place has it.

        The hotline's own name and title stand in ``GET /api/v1/profile``.
        """
        async with db.read(actor.wall()) as connection:
            profile = profile_at(await tree(connection), actor.jurisdiction)
        return Response(vocabulary(profile), headers=KEPT)


def vocabulary(profile: Profile) -> Vocabulary:
    """Every list, as a place has it."""
    on = {channel.code for channel in profile.acceptance.channels if channel.on}
    channels = [
        ChannelWord(value=one.value, zh=one.zh, en=one.en, on=one.value in on)
        for one in pairs(orders.CHANNELS, words.CHANNELS_EN)
    ]
    return Vocabulary(**_same(), channels=channels, verbs=_verbs(profile), place=_place(profile))


def pairs(zh: Mapping[Any, str], en: Mapping[Any, str]) -> Words:
    """The words of a list in its order; both languages name the same ones."""
    return [Word(value=str(code), zh=name, en=en[code]) for code, name in zh.items()]


@lru_cache(maxsize=1)
def _same() -> dict[str, Any]:
    """The lists that are the same for everybody."""
    return {
        "kinds": pairs(orders.KINDS, words.KINDS_EN),
        "domains": pairs(orders.DOMAINS, words.DOMAINS_EN),
        "urgencies": pairs(orders.URGENCIES, words.URGENCIES_EN),
        "secrecies": pairs(orders.SECRECIES, words.SECRECIES_EN),
        "lanes": pairs(orders.LANES, words.LANES_EN),
        "states": _states(),
        "duties": _duties(),
        "outcomes": pairs(words.OUTCOMES, words.OUTCOMES_EN),
        "colours": pairs(words.COLOURS, words.COLOURS_EN),
        "caller_kinds": pairs(words.CALLER_KINDS, words.CALLER_KINDS_EN),
        "handled_by": pairs(words.HANDLED_BY, words.HANDLED_BY_EN),
        "revealed": pairs(words.REVEALED, words.REVEALED_EN),
        "message_statuses": pairs(words.MESSAGE_STATUSES, words.MESSAGE_STATUSES_EN),
        "roles": _roles(),
        "caller_rules": pairs(people.CALLER_RULES, people.CALLER_RULES_EN),
        "approvals": pairs(people.APPROVALS, people.APPROVALS_EN),
        "approval_states": pairs(people.APPROVAL_STATES, people.APPROVAL_STATES_EN),
        "job_kinds": pairs(tasks.KINDS, tasks.KINDS_EN),
        "job_states": pairs(tasks.STATES, tasks.STATES_EN),
        "levels": pairs(units.LEVEL_ZH, units.LEVEL_EN),
        "unit_kinds": pairs(units.UNIT_KIND_ZH, units.UNIT_KIND_EN),
        "officer_duties": pairs(units.DUTY_ZH, units.DUTY_EN),
        "knowledge_states": pairs(knowledge.STATUS_ZH, knowledge.STATUS_EN),
        "visibilities": pairs(knowledge.VISIBILITY_ZH, knowledge.VISIBILITY_EN),
        "indicator_groups": pairs(GROUP_ZH, GROUP_EN),
        **_of_lines(),
        **_of_companies(),
    }


def _of_lines() -> dict[str, Words]:
    return {
        "line_statuses": pairs(lines.STATUS_ZH, lines.STATUS_EN),
        "line_seats": pairs(lines.SEATS_ZH, lines.SEATS_EN),
        "line_experts": pairs(lines.EXPERTS_ZH, lines.EXPERTS_EN),
        "line_landings": pairs(lines.LANDING_ZH, lines.LANDING_EN),
        "line_steps": pairs(register.STEP_ZH, register.STEP_EN),
        "line_changes": pairs(register.VERB_ZH, register.VERB_EN),
        "dialled": pairs(lines.DOES_ZH, lines.DOES_EN),
    }


def _of_companies() -> dict[str, Words]:
    return {
        "company_statuses": pairs(companies.STATUSES, companies.STATUSES_EN),
        "company_cases": pairs(companies.CASE_KINDS, companies.CASE_KINDS_EN),
        "company_case_statuses": pairs(companies.CASE_STATUSES, companies.CASE_STATUSES_EN),
        "company_grounds": pairs(companies.GROUNDS, companies.GROUNDS_EN),
    }


def _states() -> list[StateWord]:
    ended = ENDED | {"merged", "archived"}
    return [
        StateWord(value=code, zh=zh, en=words.STATES_EN[code], open=code in orders.OPEN_STATES, ended=code in ended)
        for code, zh in orders.STATES.items()
    ]


def _duties() -> list[DutyWord]:
    return [
        DutyWord(value=code, zh=zh, en=words.DUTY_KINDS_EN[code], waits=code in orders.WAITS)
        for code, zh in orders.DUTY_KINDS.items()
    ]


def _verbs(profile: Profile) -> list[VerbWord]:
    known = {edge.verb for edge in edges(profile)}
    made = {
        "register": VerbWord(
            value="register", zh="登记", en="Register", roles=list(REGISTRARS), danger=False, known=True
        )
    }
    for edge in TABLE:
        if edge.verb not in made:
            roles = dict.fromkeys(role for one in TABLE if one.verb == edge.verb for role in one.roles)
            made[edge.verb] = VerbWord(
                value=edge.verb,
                zh=edge.zh,
                en=edge.en,
                roles=list(roles),
                danger=edge.verb in GRAVE,
                known=edge.verb in known,
            )
    return list(made.values())


def _roles() -> list[RoleWord]:
    return [
        RoleWord(
            value=role.id, zh=role.zh, en=role.en, kind=role.kind, privileged=role.privileged, internal=role.internal
        )
        for role in people.ROLES.values()
    ]


def _place(profile: Profile) -> PlaceWords:
    grounds = {one.code: one for kind in profile.kinds.values() for one in kind.extension.grounds}
    watch, merging, measure = profile.supervision, profile.merging, profile.indicators
    return PlaceWords(
        refusals=[RefusalWord(value=one.code, zh=one.zh, en=one.en, route=one.route) for one in profile.refusals],
        return_grounds=_named(profile.returns.grounds),
        pause_grounds=_named(profile.flow.pause.reasons),
        extension_grounds=_named(grounds.values()),
        supervision_levels=_named(watch.levels),
        supervision_tools=[
            ToolWord(value=one.code, zh=one.zh, en=one.en, level=one.level, joint=one.joint) for one in watch.tools
        ],
        wrongs=_named(watch.wrongs),
        ratings=[
            RatingWord(
                value=str(one.score), zh=one.zh, en=one.en, score=one.score, satisfied=one.satisfied, bad=one.bad
            )
            for one in measure.satisfaction
        ],
        stages=_named(profile.stages),
        line_modes=[
            ModeWord(value=one.code, zh=one.zh, en=one.en, keep_number=one.keep_number) for one in merging.modes
        ],
        founders=_named(merging.founders),
        partner_kinds=_named(merging.partners),
    )


def _named(entries: Iterable[Any]) -> Words:
    return [Word(value=one.code, zh=one.zh, en=one.en) for one in entries]
