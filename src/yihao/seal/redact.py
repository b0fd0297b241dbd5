"""Personal data and secrecy marks in free text.

People write phone numbers, identity numbers and plates into the text of their message. Before such a text goes where
its reader has no need of them (a unit handling a report, an export, publication), ``redact`` masks them. It finds what
has a shape; names and addresses have none, so a person still reads a reporter's text before it is dispatched.

``secrecy_marks`` finds the marks a classified paper carries, so that the text can be stopped and quarantined.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from yihao.seal import mask
from yihao.seal.phones import valid_id_number
from yihao.seal.spelling import plain_width


class Redacted(msgspec.Struct, frozen=True):
    """A text after redaction.

    ``found`` names the kinds masked, each once, in the order of ``KINDS``: ``id_number, bank_card, mobile, landline,
    email, plate, wechat, qq``. It never holds what was found.
    """

    text: str
    found: tuple[str, ...]


class _Rule(msgspec.Struct, frozen=True):
    """One kind: where it may stand (group ``it`` is what gets masked), and its mask, or ``None`` for a false hit."""

    kind: str
    pattern: re.Pattern[str]
    masked: Callable[[str], str | None]


def _luhn(digits: str) -> bool:
    """ISO/IEC 7812-1 annex B."""
    doubled = [sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2]]
    return (sum(doubled) + sum(map(int, digits[-1::-2]))) % 10 == 0


def _id_number(found: str) -> str | None:
    compact = re.sub(r"[ -]", "", found)
    return mask.mask_id(compact) if valid_id_number(compact) else None


def _said_id_number(found: str) -> str | None:
    return mask.mask_id(re.sub(r"[ -]", "", found))


def _bank_card(found: str) -> str | None:
    digits = re.sub(r"[ -]", "", found)
    return mask.mask_bank_card(digits) if _luhn(digits) else None


def _plate(found: str) -> str | None:
    return mask.mask_plate(found) if re.search(r"[0-9]{2}", found) else None


# Each pattern begins with a fixed set of characters, so that the engine skips to them at speed; what must not stand
# before comes after the first character, as a look-behind over it (the dot).
# A star beside a digit means the number is masked already.
_ALONE, _END = r"(?<![0-9*¥￥].)", r"(?![0-9*])"
_NO_LETTER = r"(?<![A-Za-z].)"
_NOT_MONEY = r"(?!(?:\.[0-9]{1,2})?[ ]?(?:元|块钱|万元|亿元|人民币))"
_DATE = r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
_SEP = r"[ .-]{1,2}"
_CHINA = r"86[ -]{0,2}"
# The ways people break a mobile number: 3-4-4, 3-3-5, 3-8; with spaces only also 7-4, 4-3-4, 4-4-3, 5-6 and singly
# (with dashes these are ranges of years or amounts).
_MOBILE = (
    rf"(?:1{_ALONE}|0{_ALONE}(?:0{_CHINA})?1|8{_ALONE}6[ -]{{0,2}}1|\+{_ALONE}{_CHINA}1)"
    r"(?:[3-9][0-9](?:[0-9]{8}"
    rf"|{_SEP}[0-9]{{4}}{_SEP}[0-9]{{4}}|{_SEP}[0-9]{{3}}{_SEP}[0-9]{{5}}|{_SEP}(?!{_DATE})[0-9]{{8}}"
    r"|[0-9]{4} [0-9]{4}|[0-9] [0-9]{3} [0-9]{4}|[0-9] [0-9]{4} [0-9]{3}|[0-9]{2} [0-9]{6})"
    r"| [3-9](?: [0-9]){9})"
)
_LOCAL = rf"(?!{_DATE})[2-8][0-9]{{2,3}}[ -]?[0-9]{{4}}"
_FIRST = r"(?<![0-9*.].)"
_LAND_LINE = (
    rf"(?:0{_FIRST}(?:0{_CHINA}\(?0?)?|\({_FIRST}0|\+{_FIRST}{_CHINA}\(?0?)"
    rf"(?:10|2[0-9]|[3-9][0-9]{{2}})\)?[ -]{{0,3}}{_LOCAL}"
)
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_PLATE = r"[A-Za-z][ ·•.-]?[A-Za-z0-9]{4,5}[A-Za-z0-9挂学警港澳领使])(?![A-Za-z0-9*])"
_IS = r"(?:为|是)?[ :]{0,3}"
_NAMED = r"(?:号码|账号|号|ID|id)[ ]?(?:为|是)?|[ ]?(?:为|是|(?=:))"


def _rule(kind: str, pattern: str, masked: Callable[[str], str | None]) -> _Rule:
    return _Rule(kind, re.compile(pattern), masked)


_NUMBERS: tuple[_Rule, ...] = (
    _rule(
        "id_number",
        rf"(?P<it>[1-9]{_ALONE}[0-9]{{5}}[ -]?[12][0-9]{{3}}[ -]?[0-9]{{4}}[ -]?[0-9]{{3}}[0-9Xx]){_END}",
        _id_number,
    ),
    # Said to be one: the mistyped and the 15 digits of old cards too.
    _rule(
        "id_number",
        rf"身份证(?:件)?(?:号码|号)?{_IS}(?P<it>[1-9][0-9]{{13,16}}[0-9Xx]){_END}",
        _said_id_number,
    ),
    _rule(
        "bank_card",
        rf"(?P<it>[3-6]{_ALONE}(?:[0-9]{{15,18}}|[0-9]{{3}}(?:[ -][0-9]{{4}}){{3}}(?:[ -]?[0-9]{{1,3}})?)){_END}",
        _bank_card,
    ),
    _rule("mobile", rf"(?P<it>{_MOBILE}){_END}{_NOT_MONEY}", mask.mask_phone),
    _rule("landline", rf"(?P<it>{_LAND_LINE}){_END}{_NOT_MONEY}", mask.mask_phone),
    _rule(
        "landline",
        rf"(?:电话|座机|固话|传真|致电|拨打|[Tt][Ee][Ll])(?:号码|号)?{_IS}(?P<it>{_LOCAL}){_END}{_NOT_MONEY}",
        mask.mask_phone,
    ),
)
_ADDRESSES: tuple[_Rule, ...] = (
    _rule(
        "email",
        r"(?P<it>[A-Za-z0-9._%+-](?<![A-Za-z0-9._%+*-].)[A-Za-z0-9._%+-]{0,63}"
        r"@(?:[A-Za-z0-9-]{1,63}\.){1,4}[A-Za-z]{2,24})",
        mask.mask_email,
    ),
)
_ACCOUNTS: tuple[_Rule, ...] = (
    _rule("plate", rf"(?P<it>[{_PROVINCES}]{_PLATE}", _plate),
    _rule("plate", rf"(?:车牌|号牌)(?:号码|号)?{_IS}(?P<it>[一-鿿]{_PLATE}", _plate),
    _rule(
        "wechat",
        rf"(?:微信(?:{_NAMED})|薇信(?:{_NAMED})|[Ww]e[Cc]hat(?:{_NAMED})"
        rf"|加我?微信?|[VvWw]{_NO_LETTER}[Xx]|[Vv]信)[ :]{{0,3}}"
        r"(?P<it>[A-Za-z][A-Za-z0-9_-]{5,19})(?![A-Za-z0-9_*-])",
        mask.mask_account,
    ),
    _rule(
        "qq",
        rf"(?:[Qq]{_NO_LETTER}[Qq]|扣扣)(?:群号|群|号码|账号|号)?{_IS}(?P<it>[1-9][0-9]{{4,10}}){_END}(?![元人年月个])",
        mask.mask_account,
    ),
)
_SEVEN_DIGITS = re.compile(r"[0-9](?:[ .()-]{0,4}[0-9]){6}")
_RULES = (*_NUMBERS, *_ADDRESSES, *_ACCOUNTS)

KINDS: tuple[str, ...] = tuple(dict.fromkeys(rule.kind for rule in _RULES))


def redact(text: str) -> Redacted:
    """``text`` with personal numbers in their masked form (see ``mask``), whatever width they were typed in.

    Finds mobile and land-line numbers, identity numbers (check digit, or said to be one), bank cards (Luhn), e-mail
    addresses, number plates, and WeChat and QQ accounts that are said to be such. Amounts, dates, years and order
    numbers stay. Redacting twice changes nothing.
    """
    kinds: set[str] = set()
    # What is left beside a mask may itself have a shape: go on until nothing is found. Each round hides more
    # characters than it leaves, so the rounds end; nearly always the second finds nothing.
    while hits := _hits(plain_width(text)):
        pieces: list[str] = []
        end = 0
        for start, stop, masked, kind in hits:
            pieces += (text[end:start], masked)
            end = stop
            kinds.add(kind)
        text = "".join((*pieces, text[end:]))
    return Redacted(text=text, found=tuple(kind for kind in KINDS if kind in kinds))


def _hits(plain: str) -> list[tuple[int, int, str, str]]:
    """Places, masks and kinds, in order and without overlap; an earlier rule goes before a later one."""
    hits: list[tuple[int, int, str, str]] = []
    taken = bytearray(len(plain))
    for rule in _worth_trying(plain):
        for match in rule.pattern.finditer(plain):
            start, stop = match.span("it")
            if taken.find(1, start, stop) >= 0:
                continue
            masked = rule.masked(match["it"])
            if masked is not None:
                hits.append((start, stop, masked, rule.kind))
                taken[start:stop] = b"\x01" * (stop - start)
    return sorted(hits)


def _worth_trying(plain: str) -> Iterator[_Rule]:
    """The rules that can hit at all: most texts hold no number of seven digits and no address."""
    if _SEVEN_DIGITS.search(plain):
        yield from _NUMBERS
    if "@" in plain:
        yield from _ADDRESSES
    yield from _ACCOUNTS


# 国家秘密载体 carry their mark as level, star, period: 机密★10年 (保守国家秘密法 and its 国家秘密标志 rules); a sealed
# paper: 绝密★启用前. 商业秘密 and 工作秘密 have marks of their own and are no state secrets.
_PERIOD = (
    r"(?:[0-9]{1,2} ?(?:年|个?月)(?: ?[0-9]{1,2} ?个?月)?|[一二三四五六七八九十]{1,3}(?:年|个月)"
    r"|长期|(?:启封|启用|解密|公布)前)"
)
_MARK = re.compile(rf"(?P<level>[绝机秘祕](?<!商业.)(?<!工作.) ?密) ?(?P<star>[★☆*]) ?(?P<period>{_PERIOD})?")
_FIELD = re.compile(r"密 ?级 ?(?:为|是)?[ :]{0,3}(?P<level>绝 ?密|机 ?密|[秘祕] ?密)(?![一-鿿])")
_RUNS_ON = re.compile(r"[一-鿿]")
_STARS = ("★", "☆")
MARKED_BY: Final = "密"
"""Stands in every mark: a text without it has none."""


def secrecy_marks(text: str) -> tuple[str, ...]:
    """The state-secret marks in ``text``, in order, each once: ``("机密★10年",)``; empty for nearly every text.

    A mark is a level with a star (绝密★, 机密★10年, 秘密★启封前) or a field 密级：机密. Sentences that merely speak of
    secrets (公开的秘密, 涉及国家秘密, 商业秘密) carry none. An order with a mark is stopped and quarantined.
    """
    plain = plain_width(text)
    if MARKED_BY not in plain:
        return ()
    found = [
        (match.start(), f"{match['level']}★{match['period'] or ''}")
        for match in _MARK.finditer(plain)
        if match["period"] or _stands_alone(plain, match)
    ]
    found += [(match.start(), f"{match['level']}★") for match in _FIELD.finditer(plain)]
    return tuple(dict.fromkeys(mark.replace(" ", "").replace("祕", "秘") for _, mark in sorted(found)))


def _stands_alone(plain: str, match: re.Match[str]) -> bool:
    """Whether a mark without a period is one: no row of stars, and 秘密, an everyday word, no end of a sentence."""
    start, end = match.span()
    before, after = plain[max(start - 1, 0) : start], plain[end : end + 2].lstrip(" ")[:1]
    if match["star"] == "*" or after in _STARS or before in _STARS:
        return False
    return match["level"][0] in "绝机" or not _RUNS_ON.match(before)
