"""What a role without the right to read is shown (138****1234, 张**): enough to recognise, not enough to find.

Every function takes any text: what it does not recognise it hides whole, and an empty text stays empty.
"""

from __future__ import annotations

import re

from yihao.seal.spelling import plain_width

HIDDEN = "****"

_NOT_DIALLED = re.compile(r"[^0-9+]")
_COUNTRY = re.compile(r"^(?:\+86|0086|86(?=\d{9}))")
_MOBILE = re.compile(r"0?(1[3-9]\d)\d{4}(\d{4})")
_SERVICE = re.compile(r"1[12]\d|1[0-2]\d{3}|9[56]\d{3,4}")
_FAR_SERVICE = re.compile(r"0?(10|2\d|[3-9]\d\d)(12\d{3}|9[56]\d{3,4})")
_TOLL_FREE = re.compile(r"([48]00)\d{4}(\d{3})")
_LAND_LINE = re.compile(r"0?(10|2\d|[3-9]\d\d)[2-8]\d{3}(\d{3,4})")
_LOCAL = re.compile(r"[2-8]\d{3}(\d{3,4})")

# Down to the county; 小区, 社区, 园区 and 院区 end in 区 and are not counties.
_DIVISION = re.compile(
    r"^(?:[^\s\d]{2,8}?(?:省|自治区|特别行政区))?"
    r"(?:[^\s\d]{2,12}?(?:自治州|州|地区|盟|市))?"
    r"(?:[^\s\d]{1,12}?(?:(?<![小社园院])区|县|旗|市))?"
)
_LEGAL_FORM = re.compile(
    r"(?:股份有限公司|有限责任公司|有限公司|公司|集团|合伙企业|合作社|工作室|经营部|服务部|商行|商店|超市|门市|厂|店|馆)$"
)


def mask_name(name: str) -> str:
    """The first character and a star for each other: 张三丰 -> 张**. A single character is hidden."""
    name = name.strip()
    return name[:1] + "*" * (len(name) - 1) if len(name) > 1 else "*" * len(name)


def mask_phone(phone: str) -> str:
    """138****1234; 0691-****456; 010-****5678; 400****567. Service numbers (12345) are nobody's and stay."""
    if not phone.strip():
        return ""
    dialled = _NOT_DIALLED.sub("", plain_width(phone))
    national = _COUNTRY.sub("", dialled)
    if _SERVICE.fullmatch(national):
        return national
    if known := _MOBILE.fullmatch(national) or _TOLL_FREE.fullmatch(national):
        return f"{known[1]}{HIDDEN}{known[2]}"
    if known := _LAND_LINE.fullmatch(national):
        return f"0{known[1]}-{HIDDEN}{known[2]}"
    if national != dialled or national.startswith("0"):
        if far := _FAR_SERVICE.fullmatch(national):
            return f"0{far[1]}-{far[2]}"
    elif known := _LOCAL.fullmatch(national):
        return f"{HIDDEN}{known[1]}"
    if dialled.startswith("+") and len(dialled) >= 10:  # abroad
        return f"{dialled[:3]}{HIDDEN}{dialled[-2:]}"
    return HIDDEN


def mask_id(number: str) -> str:
    """The first three and the last two of an identity number: 532*************38. Anything shorter is hidden whole.

    The birth date and the sequence are hidden together: with the usual "first six, last four" the check digit leaves
    some 3,000 candidates.
    """
    number = number.strip()
    return f"{number[:3]}{'*' * (len(number) - 5)}{number[-2:]}" if len(number) >= 15 else "*" * len(number)


def mask_credit_code(code: str) -> str:
    """The first two and the last four of a unified social credit code: 91************2345."""
    code = code.strip()
    return f"{code[:2]}{'*' * (len(code) - 6)}{code[-4:]}" if len(code) >= 15 else "*" * len(code)


def mask_address(address: str) -> str:
    """Down to the county: 云南省西双版纳州景洪市****. Without one it is hidden whole."""
    address = address.strip()
    if not address:
        return ""
    known = _DIVISION.match(address)
    shown = known[0] if known else ""
    return f"{shown}{HIDDEN}" if shown != address else shown


def mask_enterprise(name: str) -> str:
    """The first two characters and the legal form: 景洪****有限公司."""
    name = name.strip()
    if len(name) <= 2:
        return "*" * len(name)
    form = _LEGAL_FORM.search(name)
    shown = form[0] if form and form.start() > 2 else ""
    return f"{name[:2]}{HIDDEN}{shown}"


def mask_bank_card(number: str) -> str:
    """The first and the last four digits: 6222********1234."""
    digits = re.sub(r"\D", "", plain_width(number))
    return f"{digits[:4]}{'*' * (len(digits) - 8)}{digits[-4:]}" if len(digits) >= 13 else "*" * len(digits)


def mask_email(address: str) -> str:
    """The first character and the domain: z***@example.cn. A single character is hidden."""
    local, at, domain = address.strip().rpartition("@")
    return f"{local[:1] if len(local) > 1 else ''}***{at}{domain}" if at else mask_account(address)


def mask_plate(plate: str) -> str:
    """Province, letter and the last two: 云K***45."""
    marks = re.sub(r"[\s·•.-]", "", plain_width(plate))
    return f"{marks[:2]}{'*' * (len(marks) - 4)}{marks[-2:]}" if len(marks) >= 7 else "*" * len(marks)


def mask_account(account: str) -> str:
    """The first two characters of a WeChat or QQ account: zh***."""
    account = account.strip()
    return f"{account[:2]}***" if len(account) > 4 else "*" * len(account)
