"""What stands in a sealed column, and how a sealed value is found again without opening it.

A sealed value is: version (1 byte), key id (4 bytes), nonce (12), SM4-GCM ciphertext, tag (16): 33 bytes more than its
JSON. Table, column and the row's number are associated data: a value moved to another place does not open.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from yihao.errors import YihaoError
from yihao.seal.chain import canonical
from yihao.seal.keys import ID_BYTES, KeyRing
from yihao.seal.provider import BadTag

Store = Literal["data", "reporter"]
"""Which key seals: ``reporter`` for the separate store of 举报人, ``data`` for all else."""

_VERSION = 1
_HEADER = 1 + ID_BYTES


class SealBroken(YihaoError):
    """A sealed value does not open: changed, moved to another row or column, or not sealed by this installation."""

    code = "seal_broken"
    status = 500
    zh = "密封数据校验失败（{table}.{column}，{number}）：内容被改动、错位或截断。请勿覆盖该行，并立即报告安全管理员。"
    en = (
        "The sealed value of {table}.{column} ({number}) fails its check: changed, moved or cut. "
        "Do not overwrite the row; tell the security officer."
    )


class SealKeyUnknown(SealBroken):
    """The key a value names is not in the key files (lost, not restored, or the header was changed)."""

    zh = "密封数据（{table}.{column}，{number}）所用密钥 {key_id} 不在密钥文件中。请恢复对应的密钥备份后重试。"
    en = (
        "The key {key_id} of the sealed value {table}.{column} ({number}) is not in the key files. "
        "Restore the key backup it belongs to, then try again."
    )


def seal_json(
    ring: KeyRing,
    value: Mapping[str, Any] | msgspec.Raw,
    *,
    table: str,
    column: str,
    number: str,
    store: Store = "data",
) -> bytes:
    """Seals a value for one place under the current key.

    Args:
        ring: the keys.
        value: what ``canonical`` takes: no floats; spelled already, it comes as ``Raw``.
        table, column: where it will stand.
        number: the row's own key there, the order number as a rule.
        store: ``reporter`` seals under the reporters' own key.

    Raises:
        NotCanonical: the value holds a float, a naive time ...
        ValueError: a part of the place holds ``|``.
    """
    key_id = ring.current(store)
    header = bytes([_VERSION]) + bytes.fromhex(key_id)
    aad = header + _place(table, column, number)
    return header + ring.provider.encrypt(f"{store}/{key_id}", canonical(value), aad)


def open_json(
    ring: KeyRing, blob: bytes, *, table: str, column: str, number: str, store: Store = "data"
) -> dict[str, Any]:
    """The value sealed for this very place. Datetimes come back as text (``chain.timestamp``).

    Raises:
        SealBroken: it was changed, cut, or sealed for another place or store.
        SealKeyUnknown: its key is not in the key files.
    """
    plain = _opened(ring, blob, table, column, number, store)
    value: dict[str, Any] = msgspec.json.decode(plain)
    return value


def seal_bytes(ring: KeyRing, content: bytes, *, table: str, column: str, number: str) -> bytes:
    """Seals a file's content for one place; as `seal_json`, without a spelling."""
    key_id = ring.current("data")
    header = bytes([_VERSION]) + bytes.fromhex(key_id)
    return header + ring.provider.encrypt(f"data/{key_id}", content, header + _place(table, column, number))


def open_bytes(ring: KeyRing, blob: bytes, *, table: str, column: str, number: str) -> bytes:
    """The content sealed for this very place. Raises SealBroken, SealKeyUnknown."""
    return _opened(ring, blob, table, column, number, "data")


def sealed_under(blob: bytes) -> str:
    """The id of the key a sealed value names: a rotation job re-seals the rows whose id is not the current one."""
    return bytes(blob[1:_HEADER]).hex()


def blind_index(ring: KeyRing, kind: str, normalised: str, *, key_id: str | None = None) -> bytes:
    """A keyed digest by which equal values are found without opening them: HMAC-SM3, 32 bytes.

    Args:
        ring: the keys.
        kind: ``phone``, ``id_number``, ``name`` ...: equal texts of two kinds have unlike indexes.
        normalised: the one spelling (``phones.normalise_phone``); another spelling is another index.
        key_id: an older index key, while a rotation job is under way; the current one as a rule.

    Raises:
        ValueError: ``kind`` holds a NUL.
        KeyError: no index key has this id.
    """
    if "\x00" in kind:
        raise ValueError("a kind holds no NUL")
    key_id = key_id or ring.current("index")
    if not ring.knows("index", key_id):
        raise KeyError(f"no index key {key_id}")
    return ring.provider.mac(f"index/{key_id}", f"yihao-index\x00{kind}\x00{normalised}".encode())


def secret_of(ring: KeyRing, what: str, whose: str, *, key_id: str | None = None) -> bytes:
    """A secret of somebody's own that need not be stored: HMAC-SM3 under an index key, 32 bytes.

    The same for as long as the key is; nothing can be told from it about the key or another's secret.

    Args:
        ring: the keys.
        what: what it is for; secrets for two things differ.
        whose: whose it is.
        key_id: an older index key; the current one as a rule.

    Raises:
        ValueError: ``what`` holds a NUL.
        KeyError: no index key has this id.
    """
    if "\x00" in what:
        raise ValueError("a purpose holds no NUL")
    key_id = key_id or ring.current("index")
    if not ring.knows("index", key_id):
        raise KeyError(f"no index key {key_id}")
    return ring.provider.mac(f"index/{key_id}", f"yihao-secret\x00{what}\x00{whose}".encode())


def _opened(ring: KeyRing, blob: bytes, table: str, column: str, number: str, store: Store) -> bytes:
    where = {"table": table, "column": column, "number": number}
    blob = bytes(blob)
    if len(blob) < _HEADER or blob[0] != _VERSION:
        raise SealBroken(**where)
    key_id = sealed_under(blob)
    if not ring.knows(store, key_id):
        raise SealKeyUnknown(key_id=key_id, **where)
    aad = blob[:_HEADER] + _place(table, column, number)
    try:
        return ring.provider.decrypt(f"{store}/{key_id}", blob[_HEADER:], aad)
    except BadTag:
        raise SealBroken(**where) from None


def _place(table: str, column: str, number: str) -> bytes:
    if "|" in table or "|" in column or "|" in number:
        raise ValueError("table, column and number hold no '|'")  # else two places could share one spelling
    return f"{table}|{column}|{number}".encode()
