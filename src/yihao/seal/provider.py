"""The four operations a cryptographic module offers, and the software that does them here.

Algorithms (GB/T 39786-2021 asks for commercial cryptography): SM4-GCM (GB/T 32907, GB/T 36624, RFC 8998), SM3
(GB/T 32905), HMAC-SM3. Checkpoints are signed with Ed25519; ``docs/adr/0005-sealing-and-chain.md`` says why.
"""

from __future__ import annotations

import secrets
from typing import Protocol

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

NONCE = 12
TAG = 16
DIGEST = 32


class BadTag(Exception):
    """The ciphertext, its associated data or its key is not the one it was made with."""


class Provider(Protocol):
    """What a cryptographic module must offer. Keys are addressed by id and never leave the provider.

    A key id is ``purpose/id`` (``data/3fa1c2d4``), so that a key of one purpose is never used for another. An id the
    provider does not hold raises ``KeyError``.
    """

    def encrypt(self, key_id: str, plaintext: bytes, aad: bytes) -> bytes:
        """Nonce (12 bytes, random), ciphertext and tag (16 bytes), joined."""
        ...

    def decrypt(self, key_id: str, ciphertext: bytes, aad: bytes) -> bytes:
        """The plaintext of what ``encrypt`` returned. Raises ``BadTag``."""
        ...

    def mac(self, key_id: str, data: bytes) -> bytes:
        """A keyed digest of 32 bytes."""
        ...

    def digest(self, data: bytes) -> bytes:
        """The SM3 digest, 32 bytes."""
        ...

    def sign(self, key_id: str, data: bytes) -> bytes:
        """A signature of 64 bytes."""
        ...

    def public_key(self, key_id: str) -> bytes:
        """The raw public half of a signing key."""
        ...

    def check_value(self, key_id: str) -> bytes:
        """8 bytes that tell this key from another and tell nothing of the key itself."""
        ...


def sm3(data: bytes) -> bytes:
    """The SM3 digest of ``data`` (GB/T 32905-2016), 32 bytes. It has no key, so it needs no provider."""
    state = hashes.Hash(hashes.SM3())
    state.update(data)
    return state.finalize()


def verify_signature(public_key: bytes, data: bytes, signature: bytes) -> bool:
    """Whether ``signature`` over ``data`` was made by the holder of ``public_key`` (Ed25519, RFC 8032)."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, data)
    except InvalidSignature:
        return False
    return True


class SoftwareProvider:
    """The provider in software, over the package ``cryptography`` (OpenSSL).

    It suits trials, development and places below the third protection level. It is **not** a certified module: where
    the commercial-cryptography assessment (密评, GB/T 39786-2021 level 3) applies, a certified card or key-management
    service (SDF, GM/T 0018) stands behind the same ``Provider`` interface in production, and nothing else changes.
    """

    def __init__(self, keys: dict[str, bytes] | None = None) -> None:
        self._keys: dict[str, bytes] = {}
        for key_id, key in (keys or {}).items():
            self.add(key_id, key)

    def __repr__(self) -> str:
        return f"SoftwareProvider({len(self._keys)} keys, hidden)"

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("a provider holds keys and is never pickled")

    def add(self, key_id: str, key: bytes) -> None:
        """Takes a key: 16 bytes for ``data`` and ``reporter``, 32 for ``index`` and ``checkpoint`` (a seed)."""
        self._keys[key_id] = key

    def encrypt(self, key_id: str, plaintext: bytes, aad: bytes) -> bytes:
        nonce = secrets.token_bytes(NONCE)
        box = Cipher(algorithms.SM4(self._keys[key_id]), modes.GCM(nonce)).encryptor()
        box.authenticate_additional_data(aad)
        body = box.update(plaintext) + box.finalize()
        return nonce + body + box.tag

    def decrypt(self, key_id: str, ciphertext: bytes, aad: bytes) -> bytes:
        key = self._keys[key_id]
        if len(ciphertext) < NONCE + TAG:
            raise BadTag
        nonce, body, tag = ciphertext[:NONCE], ciphertext[NONCE:-TAG], ciphertext[-TAG:]
        box = Cipher(algorithms.SM4(key), modes.GCM(nonce, tag)).decryptor()
        box.authenticate_additional_data(aad)
        try:
            return box.update(body) + box.finalize()
        except InvalidTag as broken:
            raise BadTag from broken

    def mac(self, key_id: str, data: bytes) -> bytes:
        state = hmac.HMAC(self._keys[key_id], hashes.SM3())
        state.update(data)
        return state.finalize()

    def digest(self, data: bytes) -> bytes:
        return sm3(data)

    def sign(self, key_id: str, data: bytes) -> bytes:
        return Ed25519PrivateKey.from_private_bytes(self._keys[key_id]).sign(data)

    def public_key(self, key_id: str) -> bytes:
        private = Ed25519PrivateKey.from_private_bytes(self._keys[key_id])
        return private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def check_value(self, key_id: str) -> bytes:
        return sm3(b"yihao-key-check\x00" + key_id.encode() + b"\x00" + self._keys[key_id])[:8]
