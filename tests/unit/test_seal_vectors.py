"""Published test vectors: what we seal must open with any other implementation of the standards."""

from __future__ import annotations

import pytest

from yihao.seal.provider import BadTag, SoftwareProvider, sm3, verify_signature

# RFC 8998, appendix A.1.
KEY = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
IV = bytes.fromhex("00001234567800000000ABCD")
AAD = bytes.fromhex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2")
PLAIN = bytes.fromhex(
    "AAAAAAAAAAAAAAAABBBBBBBBBBBBBBBBCCCCCCCCCCCCCCCCDDDDDDDDDDDDDDDD"
    "EEEEEEEEEEEEEEEEFFFFFFFFFFFFFFFFEEEEEEEEEEEEEEEEAAAAAAAAAAAAAAAA"
)
SEALED = bytes.fromhex(
    "17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735"
    "D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D"
)
TAG = bytes.fromhex("83DE3541E4C2B58177E065A9BF7B62EC")


@pytest.mark.parametrize(
    ("message", "digest"),
    [  # GB/T 32905-2016, appendix A
        (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
    ],
)
def test_sm3(message, digest):
    assert sm3(message).hex() == digest
    assert SoftwareProvider().digest(message).hex() == digest


def test_sm4_gcm_opens_the_published_ciphertext():
    provider = SoftwareProvider({"data/00000001": KEY})
    assert provider.decrypt("data/00000001", IV + SEALED + TAG, AAD) == PLAIN


def test_sm4_gcm_makes_the_published_ciphertext(monkeypatch):
    monkeypatch.setattr("yihao.seal.provider.secrets.token_bytes", lambda size: IV[:size])
    assert SoftwareProvider({"data/00000001": KEY}).encrypt("data/00000001", PLAIN, AAD) == IV + SEALED + TAG


@pytest.mark.parametrize("cut", [0, 11, 12, 27, 28, 91])
def test_a_cut_ciphertext_is_a_bad_tag(cut):
    with pytest.raises(BadTag):
        SoftwareProvider({"k": KEY}).decrypt("k", (IV + SEALED + TAG)[:cut], AAD)


@pytest.mark.parametrize("key", [b"k" * 32, bytes(range(32)), b"Jefe"])
def test_hmac_sm3_is_rfc_2104_over_sm3(key):
    padded = key.ljust(64, b"\0")
    inner = sm3(bytes(byte ^ 0x36 for byte in padded) + b"what do ya want for nothing?")
    expected = sm3(bytes(byte ^ 0x5C for byte in padded) + inner)
    assert SoftwareProvider({"index/1": key}).mac("index/1", b"what do ya want for nothing?") == expected


def test_ed25519_rfc_8032_test_2():
    seed = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
    provider = SoftwareProvider({"checkpoint/1": seed})
    public = provider.public_key("checkpoint/1")
    assert public.hex() == "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    signature = provider.sign("checkpoint/1", b"\x72")
    assert signature.hex() == (
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    assert verify_signature(public, b"\x72", signature)
    assert not verify_signature(public, b"\x73", signature)


def test_a_provider_shows_no_key():
    provider = SoftwareProvider({"data/1": KEY})
    assert KEY.hex() not in repr(provider)
    assert str(KEY) not in repr(provider)
    with pytest.raises(TypeError):
        provider.__reduce__()
