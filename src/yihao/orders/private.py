"""The personal part of an event: sealed as a whole, committed to in the event, shown with identifying spans masked.

`Sealed` is what one step stores. A protected caller (举报人) stands in a store of its own under its own key; nothing
of them is in the common part, not even masked, and no index finds them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from yihao.errors import Invalid
from yihao.orders.bodies import Appeal, Caller
from yihao.orders.packing import pack, unpacked
from yihao.seal import mask
from yihao.seal.box import blind_index, open_bytes, open_json, seal_bytes, seal_json
from yihao.seal.chain import canonical
from yihao.seal.commit import commitment, new_salt
from yihao.seal.keys import KeyRing
from yihao.seal.phones import normalise_phone, valid_credit_code, valid_id_number
from yihao.seal.provider import sm3
from yihao.seal.redact import redact

TABLE: Final = "order_private"
COLUMN: Final = "sealed"
REPORTER: Final = "reporter"


class BadIdNumber(Invalid):
    """A resident id number fails its check digit (GB 11643)."""

    code = "bad_id_number"
    zh = "身份证号码有误，请核对18位号码。"
    en = "The resident id number is wrong; check its 18 characters."


class BadCreditCode(Invalid):
    """A unified social credit code fails its check character (GB 32100)."""

    code = "bad_credit_code"
    zh = "统一社会信用代码有误，请核对18位代码。"
    en = "The unified social credit code is wrong; check its 18 characters."


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """The stored forms of one personal part. ``indexes``: kind and blind index of what a caller can be found by."""

    commitment: str | None
    redacted: dict[str, Any]
    blob: bytes | None
    reporter: bytes | None = None
    indexes: tuple[tuple[str, bytes], ...] = ()


def seal_texts(ring: KeyRing, number: str, seq: int, texts: dict[str, Any]) -> Sealed:
    """What a person wrote at one step."""
    if not texts:
        return Sealed(commitment=None, redacted={}, blob=None)
    return _sealed(ring, number, seq, texts, {key: _redacted(value) for key, value in texts.items()})


def _redacted(value: Any) -> Any:
    return redact(value).text if isinstance(value, str) else value


def _sealed(ring: KeyRing, number: str, seq: int, value: dict[str, Any], shown: dict[str, Any]) -> Sealed:
    said = msgspec.Raw(canonical({"value": value, "shown": shown_digest(shown)}))
    committed, blob = seal_said(ring, number, seq, said)
    return Sealed(commitment=committed, redacted=shown, blob=blob)


def seal_said(ring: KeyRing, number: str, seq: int, said: msgspec.Raw) -> tuple[str, bytes]:
    """The commitment to what was said at one step, and the sealed part: the same bytes, spelled once."""
    salt = new_salt()
    inner = pack(canonical({"salt": salt.hex(), "said": said}))
    blob = seal_bytes(ring, inner, table=TABLE, column=COLUMN, number=place(number, seq))
    return commitment(salt, said).hex(), blob


def shown_digest(shown: dict[str, Any]) -> str:
    """SM3 of the copy everybody in scope reads: sealed beside the original, so that neither can be edited alone."""
    return sm3(canonical(shown)).hex()


def place(number: str, seq: int) -> str:
    """The associated data's name for one event's part."""
    return f"{number}/{seq}"


class Part(msgspec.Struct, frozen=True):
    """A personal part in the clear, its commitment worked out again, and the digest of its shown copy."""

    value: dict[str, Any]
    commitment: str
    shown: str


def open_part(ring: KeyRing, number: str, seq: int, blob: bytes) -> Part:
    """The personal part of one event.

    Raises:
        SealBroken: it was changed, or moved from another event.
    """
    inner = unpacked(open_bytes(ring, blob, table=TABLE, column=COLUMN, number=place(number, seq)))
    said = inner["said"]
    return Part(said["value"], commitment(bytes.fromhex(inner["salt"]), said).hex(), said["shown"])


def open_texts(ring: KeyRing, number: str, seq: int, blob: bytes) -> tuple[dict[str, Any], str]:
    """The personal part in the clear, and its commitment worked out again. Raises SealBroken."""
    part = open_part(ring, number, seq, blob)
    return part.value, part.commitment


def clean_caller(caller: Caller, area_code: str | None) -> Caller:
    """The caller with a normalised phone; a wrong phone, id number or credit code is refused by name."""
    phone = normalise_phone(caller.phone, area_code=area_code, field="caller.phone") if caller.phone else None
    id_number = caller.id_number.strip().upper() if caller.id_number else None
    if id_number and not valid_id_number(id_number):
        raise BadIdNumber(field="caller.id_number")
    code = caller.enterprise_code.strip().upper() if caller.enterprise_code else None
    if code and not valid_credit_code(code):
        raise BadCreditCode(field="caller.enterprise_code")
    return msgspec.structs.replace(caller, phone=phone, id_number=id_number, enterprise_code=code)


def seal_appeal(ring: KeyRing, number: str, appeal: Appeal, title: str, code: str, *, protected: bool) -> Sealed:
    """The personal part of a registration.

    ``appeal.caller`` is already clean, ``title`` already redacted; ``code`` is the query code.
    """
    value, shown, who = appeal_parts(appeal, title, code, protected=protected)
    sealed = _sealed(ring, number, 1, value, shown)
    if protected:
        hidden = seal_json(ring, who, table=REPORTER, column=COLUMN, number=number, store="reporter")
        return msgspec.structs.replace(sealed, reporter=hidden)
    return msgspec.structs.replace(sealed, indexes=caller_indexes(ring, who))


def appeal_parts(
    appeal: Appeal, title: str, code: str, *, protected: bool
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """What is sealed of a registration, what everybody in scope may read, and who spoke.

    A protected caller (举报人) stands in neither of the first two.
    """
    caller = appeal.caller
    who = {key: value for key, value in msgspec.to_builtins(caller).items() if value is not None}
    value: dict[str, Any] = {"title": appeal.title, "content": appeal.content, "code": code}
    shown: dict[str, Any] = {"title": title, "content": redact(appeal.content).text}
    if appeal.address:
        value["address"] = appeal.address
        shown["address"] = mask.mask_address(appeal.address)
    if appeal.location:
        # Degrees times 10^7 (about a centimetre): evidence holds no floats.
        value["location"] = [round(appeal.location.lon * 10_000_000), round(appeal.location.lat * 10_000_000)]
    if protected:
        shown["caller"] = {"protected": True}
    else:
        value["caller"] = who
        shown["caller"] = masked_caller(caller)
    return value, shown, who


def open_reporter(ring: KeyRing, number: str, blob: bytes) -> dict[str, Any]:
    """A reporter's identity in the clear: only after two persons agreed."""
    return open_json(ring, blob, table=REPORTER, column=COLUMN, number=number, store="reporter")


def masked_caller(caller: Caller) -> dict[str, Any]:
    """The caller as everybody in scope may see him: 张**, 138****1234."""
    shown: dict[str, Any] = {"kind": caller.kind, "anonymous": caller.anonymous}
    if caller.name and not caller.anonymous:
        shown["name"] = (mask.mask_enterprise if caller.kind == "enterprise" else mask.mask_name)(caller.name)
    if caller.phone:
        shown["phone"] = mask.mask_phone(caller.phone)
    if caller.id_number:
        shown["id_number"] = mask.mask_id(caller.id_number)
    if caller.enterprise_code:
        shown["enterprise_code"] = mask.mask_credit_code(caller.enterprise_code)
    return shown


def caller_indexes(ring: KeyRing, who: Mapping[str, Any]) -> tuple[tuple[str, bytes], ...]:
    """By what a clean caller can be found: kind and blind index under the current key."""
    found = ((kind, who.get(kind)) for kind in ("phone", "id_number", "enterprise_code"))
    return tuple((kind, blind_index(ring, kind, value)) for kind, value in found if value)
