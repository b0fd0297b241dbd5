"""The second factor's shared secret, sealed for its own row."""

from __future__ import annotations

import pyotp

from yihao.people.model import TotpSecret
from yihao.seal.box import open_json, seal_json
from yihao.seal.keys import KeyRing

ISSUER = "Yihao 12345"


def new_totp(username: str) -> TotpSecret:
    """160 random bits (RFC 4226 4, R6) and the text an authenticator reads."""
    secret: str = pyotp.random_base32()
    uri: str = pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=ISSUER)
    return TotpSecret(secret=secret, uri=uri)


def seal_totp(ring: KeyRing, account: int, secret: str) -> bytes:
    """As ``credential.totp_sealed`` keeps it; opens in that account's row alone."""
    return seal_json(ring, {"secret": secret}, table="credential", column="totp_sealed", number=str(account))


def open_totp(ring: KeyRing, account: int, sealed: bytes) -> str:
    """The base32 secret.

    Raises:
        SealBroken: it was changed or taken from another row.
    """
    opened = open_json(ring, sealed, table="credential", column="totp_sealed", number=str(account))
    return str(opened["secret"])
