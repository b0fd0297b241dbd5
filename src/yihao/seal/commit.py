"""What an event says about a value it must not show.

An event never holds personal data. It holds a commitment; the value and its salt stand in a sealed side table. With
both, anyone who may read can prove the value is the one of that day. When the sealed row is lawfully erased
(个人信息保护法 第四十七条), the commitment stays, says nothing, and the chain still verifies.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

import msgspec

from yihao.seal.chain import canonical
from yihao.seal.provider import sm3

SALT = 16


def new_salt() -> bytes:
    """16 random bytes. They belong inside the sealed value, never beside the commitment."""
    return secrets.token_bytes(SALT)


def commitment(salt: bytes, value: Mapping[str, Any] | msgspec.Raw) -> bytes:
    """``SM3(salt || canonical(value))``, 32 bytes. ``value`` is without the salt; spelled already, it comes as ``Raw``.

    The salt makes guessing useless: without it a phone number would be found by trying all of them.

    Raises:
        ValueError: the salt is not 16 bytes (a fixed length keeps salt and value apart).
    """
    if len(salt) != SALT:
        raise ValueError(f"a salt has {SALT} bytes, not {len(salt)}")
    return sm3(salt + canonical(value))
