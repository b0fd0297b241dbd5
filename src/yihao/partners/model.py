"""What this room talks about: the partners the hotline is linked with, beside what the tree says of their units."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

import msgspec

from yihao.units.model import NO_NUL

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=NO_NUL)]
Note = Annotated[str, msgspec.Meta(min_length=1, max_length=1000, pattern=NO_NUL)]
Digits = Annotated[str, msgspec.Meta(pattern="^[0-9]{3,12}$")]
Phone = Annotated[str, msgspec.Meta(pattern=r"^[0-9+][0-9 -]{2,30}$")]


def _says(title: str, text: str = "") -> msgspec.Meta:
    return msgspec.Meta(title=title, description=f"{title}：{text}" if text else f"{title}。")


class PartnerDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is agreed with a partner, as proposed. Phones are those of duty desks, not of persons."""

    kind: Annotated[Text, _says("联动类别", "本地规则所列代码，如 emergency、water、life_service")]
    number: Annotated[Digits | None, _says("号码", "对外服务号码，如 110、96345")] = None
    scope: Annotated[Note, _says("移交事项范围", "哪些事项移交该单位")]
    agreement: Annotated[Text, _says("联动约定", "协议或文件的名称、文号")]
    valid_from: Annotated[date, _says("生效首日")]
    valid_to: Annotated[date | None, _says("末日", "空为长期")] = None
    contact: Annotated[Text, _says("联络岗位", "如 值班室、客服调度中心")]
    duty_phone: Annotated[Phone, _says("值班电话")]
    active: Annotated[bool, _says("在用")] = True


class Partner(PartnerDraft, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """A linked partner as registered."""

    unit_id: Annotated[int, _says("单位编号")]
    updated_at: Annotated[datetime, _says("最近修改时间")]
    updated_by: Annotated[int, _says("最近修改的账号编号")]
