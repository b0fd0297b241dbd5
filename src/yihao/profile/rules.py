"""Answers a profile gives: a limit, how long a kind or a redo may take, what is spoken on the phone. Pure."""

from __future__ import annotations

from datetime import date as Date

from yihao.errors import NotFound
from yihao.profile.codes import KindCode, LimitKey, PromptKey
from yihao.profile.flow import KindRule
from yihao.profile.model import Profile
from yihao.profile.provision import Limit, working_days


def limit(profile: Profile, key: LimitKey) -> Limit:
    """The limit under a key of ``LIMITS``; a checked profile has every one.

    Raises:
        NotFound: there is no such key (a caller's slip, such as a key read from a request).
    """
    try:
        return profile.limits[key]
    except KeyError:
        raise NotFound(what=f"时限“{key}”") from None


def most_days(kind: KindRule) -> int:
    """Working days from the start to the latest due that extensions can reach; the base where there are none.

    A cap counts as a total from the start; otherwise each extension adds to the due before it. 0 when the base is not
    counted in working days.
    """
    extension = kind.extension
    if not extension.allowed:
        return kind.base.days
    if extension.total_cap is not None:
        return working_days(extension.total_cap)
    return kind.base.days + extension.count * working_days(extension.each or "")


def redo_limit(profile: Profile, kind: KindCode) -> Limit:
    """The limit of a redo: the base divided as the profile says, rounded up to whole days, not below the minimum.

    A base that is not counted in working days gives the minimum. The basis is the redo rule's.
    """
    redo = profile.flow.redo
    share = -(-profile.kinds[kind].base.days // redo.divide_base_by)
    days = max(share, working_days(redo.minimum))
    return Limit(rule=f"{days} working day{'' if days == 1 else 's'}", basis=redo.basis)


def prompt(
    profile: Profile, key: PromptKey, *, line: str = "", number: str = "", date: Date | None = None
) -> str | None:
    """What is spoken, with the place's present names in it; ``None`` where this prompt is off.

    Args:
        profile: the place's, or that of one line of it (``for_line``).
        key: which prompt.
        line: name of the line that was dialled; its number stands in where the name is not known.
        number: what was dialled.
        date: the line's cut-over.
    """
    spoken = profile.prompts[key]
    if not spoken.on:
        return None
    return spoken.text.format(
        hotline=profile.hotline_name,
        managing_body=profile.managing_body,
        line=line or number or "热线",
        number=number,
        date=f"{date.year}年{date.month}月{date.day}日" if date else "近日",
    )
