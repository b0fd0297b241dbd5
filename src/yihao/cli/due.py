"""``yihao due RULE START``: a deadline, as a place counts it. Needs no database."""

from __future__ import annotations

from datetime import datetime, time
from typing import Literal, cast
from zoneinfo import ZoneInfo

import click
import msgspec

from yihao.errors import Invalid
from yihao.worktime import OfficeHours, base_calendar, parse_rule
from yihao.worktime import due as deadline


class UnreadableTime(Invalid):
    """START is not a moment."""

    code = "time_unreadable"
    zh = "看不懂起算时间“{text}”。请写成 2021-09-28T15:40，或带时区 2021-09-28T15:40+08:00。"
    en = "Cannot read the start “{text}”. Write it like 2021-09-28T15:40, or with an offset 2021-09-28T15:40+08:00."


class Terms(msgspec.Struct, frozen=True):
    """How a place counts time."""

    zone: ZoneInfo
    hours: OfficeHours
    dispatch_by: time
    day_end: Literal["23:59:59", "office_close"]


@click.command()
@click.argument("rule")
@click.argument("start")
@click.option("--profile", envvar="YIHAO_PROFILE", help="区域配置的名称或文件夹；缺省按全国通用规则。")
def due(rule: str, start: str, profile: str | None) -> None:
    """从 START 起按时限 RULE 计算截止时间。

    \b
    RULE 的写法："N working days"、"N office hours"、"N office minutes"、"N hours"、"N minutes"、"dispatch"，
    或中文 "3个工作日"、"2工作小时"、"当日派单" 等。START 不带时区时按区域所在时区理解。
    """
    terms = terms_of(profile)
    found = deadline(
        parse_rule(rule),
        moment(start, terms.zone),
        base_calendar(),
        terms.hours,
        zone=terms.zone,
        dispatch_by=terms.dispatch_by,
        day_end=terms.day_end,
    )
    click.echo(found.at.isoformat(timespec="seconds"))
    if found.reason:
        click.echo(found.reason, err=True)


def moment(text: str, zone: ZoneInfo) -> datetime:
    """A moment; without an offset it is read in ``zone``.

    Raises:
        UnreadableTime
    """
    try:
        read = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UnreadableTime(text=text[:60]) from None
    return read if read.tzinfo else read.replace(tzinfo=zone)


def terms_of(profile: str | None) -> Terms:
    """The terms of a place, or of the ground all places stand on.

    Raises:
        ProfileInvalid
    """
    if profile is None:
        from yihao.cli.ground import ground_values

        values = ground_values()
    else:
        from yihao.profile import load

        place = load(profile).place
        values = {name: str(getattr(place, name).value) for name in ("zone", "office_hours", "dispatch_by", "day_end")}
    return Terms(
        zone=ZoneInfo(values["zone"]),
        hours=OfficeHours.parse(values["office_hours"]),
        dispatch_by=time.fromisoformat(values["dispatch_by"]),
        day_end=cast(Literal["23:59:59", "office_close"], values["day_end"]),
    )
