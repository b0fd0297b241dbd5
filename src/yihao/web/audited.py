"""What the audit's actions are called, relative to ``/api/v1``: a search by names rather than by codes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final, Literal

import msgspec
from litestar import Controller, get
from litestar.di import NamedDependency

from yihao.people.problem import refusals
from yihao.people.scope import Actor, require

Group = Literal["read", "reveal", "out", "write", "place", "people", "session", "house"]
GROUPS: Final[dict[Group, tuple[str, str]]] = {
    "read": ("查阅", "read"),
    "reveal": ("查看原文", "revealed"),
    "out": ("导出和打印", "exported and printed"),
    "write": ("办理和提交", "handled and sent in"),
    "place": ("单位、目录和规则", "units, catalogue and rules"),
    "people": ("账号和岗位", "accounts and roles"),
    "session": ("登录", "sign-in"),
    "house": ("系统运行", "the installation"),
}
"""What an auditor looks for, in that order."""

ACTIONS: Final[dict[Group, dict[str, tuple[str, str]]]] = {
    "read": {
        "order.read": ("查看工单", "read an order"),
        "order.list": ("查看工单列表", "listed orders"),
        "order.find_caller": ("按电话检索工单", "looked orders up by phone"),
        "appeal.read": ("诉求人查询进度", "a caller looked at the progress"),
        "order.related": ("查看同一诉求人的工单", "looked at the same caller's orders"),
        "order.merged": ("查看并入的工单", "looked at the orders merged into one"),
        "order.worklist": ("查看待办", "looked at the work list"),
        "order.history": ("查看办理过程", "read an order's history"),
        "order.duties": ("查看工单时限", "read an order's deadlines"),
        "indicator.orders": ("查看指标所含工单", "looked at an indicator's orders"),
        "outbox.read": ("查看外发消息", "looked at the outbox"),
        "audit.read": ("查看审计日志", "looked at the audit"),
        "audit.chain": ("核对审计链", "checked the audit's chain"),
        "stream.open": ("打开实时变更", "opened the live stream"),
    },
    "reveal": {
        "caller.unmask": ("查看原文", "unmasked a caller"),
        "approval.ask": ("申请第二人批准", "asked for a second person"),
        "approval.approve": ("批准第二人申请", "approved as second person"),
        "approval.use": ("使用第二人批准", "used a second person's approval"),
    },
    "out": {
        "order.print": ("打印工单", "printed an order"),
        "export.orders.ask": ("申请导出工单", "asked for an export of orders"),
        "export.orders": ("导出工单", "exported orders"),
        "export.orders.fetch": ("下载导出文件", "fetched an export"),
        "attachment.read": ("下载附件", "downloaded an attachment"),
        "indicator.export": ("导出指标表", "exported the indicators"),
        "line.assessment": ("导出热线自查评估", "exported the lines' assessment"),
        "order.evidence": ("导出工单存证", "exported an order's evidence"),
        "jurisdictions.export": ("导出辖区", "exported jurisdictions"),
        "units.export": ("导出单位", "exported units"),
        "officers.export": ("导出办理人员", "exported officers"),
        "categories.export": ("导出诉求分类", "exported classes"),
        "catalogue.export": ("导出派单目录", "exported the catalogue"),
        "knowledge.export": ("导出知识库", "exported knowledge"),
        "partners.export": ("导出联动单位", "exported partners"),
        "companies.export": ("导出服务企业", "exported companies"),
        "lines.export": ("导出热线", "exported lines"),
        "parent_lines.export": ("导出上级热线清单", "exported the list from above"),
    },
    "write": {
        "attachment.upload": ("上传附件", "uploaded an attachment"),
        "outbox.retry": ("重新发送消息", "tried a message again"),
        "knowledge.create": ("起草知识条目", "drafted knowledge"),
        "knowledge.change": ("修改知识条目", "changed knowledge"),
        "knowledge.check": ("审核知识条目", "checked knowledge"),
        "knowledge.publish": ("发布知识条目", "published knowledge"),
        "knowledge.expire": ("停用知识条目", "stopped knowledge"),
        "company.case": ("提请服务企业事项", "proposed a company's case"),
        "company.decide": ("决定服务企业事项", "decided a company's case"),
        "orders.import": ("导入工单", "imported orders"),
    },
    "place": {
        "jurisdiction.create": ("新建辖区", "made a jurisdiction"),
        "jurisdiction.change": ("修改辖区", "changed a jurisdiction"),
        "jurisdiction.layer": ("调整辖区规则", "changed a jurisdiction's rules"),
        "unit.create": ("新建单位", "made a unit"),
        "unit.change": ("修改单位", "changed a unit"),
        "officer.create": ("登记办理人员", "entered an officer"),
        "officer.change": ("修改办理人员", "changed an officer"),
        "category.put": ("维护诉求分类", "kept a class of matters"),
        "catalogue.create": ("新增派单目录行", "made a catalogue row"),
        "catalogue.revise": ("修订派单目录行", "revised a catalogue row"),
        "catalogue.end": ("停用派单目录行", "ended a catalogue row"),
        "calendar.put": ("录入年度放假安排", "kept a calendar year"),
        "partner.put": ("登记联动单位", "kept a partner"),
        "company.put": ("登记服务企业", "kept a company"),
        "line.load": ("装载热线清单", "loaded the lines"),
        "line.create": ("登记热线", "entered a line"),
        "line.change": ("修改热线", "changed a line"),
        "line.tick": ("勾选热线责任", "ticked a line's duty"),
        "line.untick": ("取消勾选热线责任", "took a tick back"),
        "line.merge": ("完成热线归并", "merged a line"),
        "line.cancel": ("取消号码", "cancelled a number"),
        "line.cut_over": ("按期切换热线", "switched a line over"),
        "line.reopen": ("恢复或重新开通号码", "reopened a number"),
        "line.parent_list": ("录入上级热线清单", "kept the list from above"),
        "jurisdictions.import": ("导入辖区", "imported jurisdictions"),
        "units.import": ("导入单位", "imported units"),
        "officers.import": ("导入办理人员", "imported officers"),
        "categories.import": ("导入诉求分类", "imported classes"),
        "catalogue.import": ("导入派单目录", "imported the catalogue"),
        "knowledge.import": ("导入知识库", "imported knowledge"),
        "partners.import": ("导入联动单位", "imported partners"),
        "companies.import": ("导入服务企业", "imported companies"),
        "lines.import": ("导入热线", "imported lines"),
        "parent_lines.import": ("导入上级热线清单", "imported the list from above"),
    },
    "people": {
        "account.create": ("开设账号", "opened an account"),
        "account.deactivate": ("停用账号", "closed an account"),
        "account.reactivate": ("启用账号", "opened an account again"),
        "account.grant": ("授予岗位", "granted a role"),
        "account.revoke": ("收回岗位", "took a role back"),
        "account.clear": ("设置涉密查阅权限", "set the clearance"),
        "account.reset_password": ("重置密码", "reset a password"),
        "account.reset_totp": ("重置动态口令", "reset a second factor"),
        "account.change_password": ("修改本人密码", "changed the own password"),
        "account.enrol_totp": ("申请绑定动态口令", "asked for a second factor"),
        "account.confirm_totp": ("绑定动态口令", "enrolled a second factor"),
    },
    "session": {
        "session.begin": ("登录", "signed in"),
        "session.refused": ("登录失败", "failed to sign in"),
        "session.end": ("退出登录", "signed out"),
    },
    "house": {
        "tree.plant": ("装载辖区和单位", "planted the tree"),
        "keys.rotate": ("轮换密钥", "rotated a key"),
        "audit.expire": ("清理到期审计日志", "dropped expired audit rows"),
    },
}


def _says(text: str) -> msgspec.Meta:
    return msgspec.Meta(description=text)


class ActionWord(msgspec.Struct, frozen=True, kw_only=True):
    """An action of the audit."""

    value: Annotated[str, _says("审计日志中的代码")]
    zh: Annotated[str, _says("中文名称")]
    en: Annotated[str, _says("英文名称")]


class ActionGroup(ActionWord, frozen=True, kw_only=True):
    """Actions an auditor looks for together."""

    actions: Annotated[list[ActionWord], _says("该类操作")]


class AuditWordController(Controller):
    """The names of what the audit holds."""

    path = "/audit/actions"
    tags = ("审计 Audit",)

    @get(operation_id="listAuditActions", summary="审计日志中的操作名称", responses=refusals(401, 403, 503))
    async def actions(self, actor: NamedDependency[Actor]) -> list[ActionGroup]:
        """Every kind of act the audit may hold, grouped by what an auditor looks for. Acts on orders themselves stand
        in each order's own history, which is chained like the audit."""
        require(actor, "auditor", what="查看审计日志")
        return list(_groups())


def _groups() -> Iterator[ActionGroup]:
    for value, (zh, en) in GROUPS.items():
        actions = [ActionWord(value=code, zh=names[0], en=names[1]) for code, names in ACTIONS[value].items()]
        yield ActionGroup(value=value, zh=zh, en=en, actions=actions)
