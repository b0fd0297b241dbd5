"""One spelling for a phone number, and the check digits of identity numbers.

Whatever a clerk types or a trunk delivers, one phone has one spelling: only so does its blind index find it again.
"""

from __future__ import annotations

import re
from datetime import date

import phonenumbers
from stdnum.cn import ric, uscc

from yihao.errors import Invalid
from yihao.seal.spelling import plain_width

# 工业和信息化部 numbering: mobiles are 1[3-9] and 11 digits. New segments open faster than any package follows, so the
# shape decides here; 179xx is the old prefix for IP calls that trunks still deliver.
_MOBILE = re.compile(r"(?:\+86|0086|86|0|179\d\d)?(1[3-9]\d{9})")
# 110, 12345, 95598, 96128, 10086: numbers of services, dialled without an area code.
_SHORT = re.compile(r"1[12]\d|1[0-2]\d{3}|9[56]\d{3,4}")
# Another place's service number (0571-12345), which no numbering-plan package knows.
_FAR_SHORT = re.compile(r"(?:\+86|0086|0)(10|2\d|[3-9]\d\d)(12\d{3}|9[56]\d{3,4})")
_LOCAL = re.compile(r"[2-8]\d{6,7}")
_AREA = re.compile(r"0?(10|2\d|[3-9]\d\d)")
_EXTENSION = re.compile(r"(?:转|分机|ext\.?|x|#)\s*\d{1,6}$", re.IGNORECASE)
_DASHED_EXTENSION = re.compile(r"(\d{7,8})-\d{1,6}$")
_FILLING = re.compile(r"[\s().·-]+")

# GB 11643-1999: the first two digits are a province; 9 begins the numbers of foreign permanent residents.
_PROVINCE = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|9\d")
_ID_NUMBER = re.compile(r"\d{17}[\dX]")


class BadPhone(Invalid):
    """A phone number that cannot be dialled as it stands."""

    code = "bad_phone"
    zh = "电话号码有误：请填写11位手机号、带区号的固定电话（如0691-2123456），或12345一类的服务短号。"
    en = (
        "Not a phone number: give a mobile number of 11 digits, a land line with its area code (0691-2123456) "
        "or a short service number such as 12345."
    )


def normalise_phone(text: str, *, area_code: str | None = None, field: str | None = None) -> str:
    """The one spelling of a phone number: E.164 (``+8613812341234``, ``+866912123456``).

    Short service numbers (``12345``) stay as they are. An extension is left out: it is not part of the number.

    Args:
        text: as typed or delivered: full-width digits, spaces, dashes, brackets, +86, 0086, leading 0.
        area_code: of the place (``0691``), for land lines given without one.
        field: the input field to name in the error.

    Raises:
        BadPhone: it cannot be dialled, or is a land line without an area code.
        ValueError: ``area_code`` is none.
    """
    typed = plain_width(text).strip()
    if mobile := _MOBILE.fullmatch(_FILLING.sub("", typed)):
        return f"+86{mobile[1]}"
    digits = _FILLING.sub("", _DASHED_EXTENSION.sub(r"\1", _EXTENSION.sub("", typed)))
    if mobile := _MOBILE.fullmatch(digits):  # an extension behind a mobile number: a privacy number
        return f"+86{mobile[1]}"
    if _SHORT.fullmatch(digits):
        return digits
    if far := _FAR_SHORT.fullmatch(digits):
        return f"+86{far[1]}{far[2]}"
    if area_code is not None and _LOCAL.fullmatch(digits):
        digits = f"0{_area(area_code)}{digits}"
    return _from_plan(digits, field)


def _area(code: str) -> str:
    known = _AREA.fullmatch(code)
    if known is None:
        raise ValueError(f"not an area code: {code}")
    return known[1]


def _from_plan(digits: str, field: str | None) -> str:
    """What the numbering plans of the world (ITU-T E.164, by ``phonenumbers``) make of it."""
    try:
        number = phonenumbers.parse(digits, "CN")
    except phonenumbers.NumberParseException:
        raise BadPhone(field=field) from None  # its message may hold the number
    if not phonenumbers.is_valid_number(number):
        raise BadPhone(field=field)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def valid_id_number(text: str) -> bool:
    """Whether ``text`` is a resident identity number (GB 11643-1999): 18 characters, a province, a date, check digit.

    The county is not looked up: codes are given at the first registration, not at birth, and change over the years, so
    a check of county against year of birth refuses real people.
    """
    number = plain_width(text).replace(" ", "").upper()
    if not _ID_NUMBER.fullmatch(number) or not number.isascii() or not _PROVINCE.match(number):
        return False
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    return bool(ric.calc_check_digit(number) == number[-1])


def valid_credit_code(text: str) -> bool:
    """Whether ``text`` is a unified social credit code (GB 32100-2015): 18 characters with both check characters."""
    return bool(uscc.is_valid(plain_width(text)))
