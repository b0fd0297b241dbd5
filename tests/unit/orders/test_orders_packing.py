"""Packed JSON comes back as it was, whatever it is; what does not is told apart."""

from __future__ import annotations

from importlib.resources import files

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yihao.orders import packing
from yihao.orders.packing import DICTIONARIES, PackBroken, PackUnknown, pack, unpack, unpacked
from yihao.seal.chain import canonical
from yihao.seal.provider import sm3

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("abc_案件", min_size=1), inner),
)
EVENT = {
    "change": {"close": {"2": {"met_at": "2026-11-20T01:02:03.000004Z", "outcome": "met"}}, "set": {"state": "signed"}},
    "facts": {"attachments": [], "channel": "phone"},
    "private": "8f" * 32,
}


@given(VALUES)
def test_what_is_packed_unpacks_to_the_same_bytes(value: object) -> None:
    text = msgspec.json.encode(value)
    packed = pack(text)
    assert unpack(packed) == text
    assert len(packed) <= len(text) + 1


@given(st.binary())
def test_any_bytes_come_back(content: bytes) -> None:
    assert unpack(pack(content)) == content


def test_an_event_is_packed_with_the_dictionary_and_much_shorter() -> None:
    text = canonical(EVENT)
    packed = pack(text)
    assert packed[0] == packing.NEWEST
    assert len(packed) < len(text) / 2
    assert unpacked(packed) == EVENT


def test_plain_json_is_read_too_and_nothing_is_an_empty_object() -> None:
    assert unpacked(b'\x00{"a":1}') == {"a": 1}
    assert unpacked(None) == {}


@pytest.mark.parametrize("packed", [b"", b"\x02x", b"\xff{}"])
def test_an_unknown_format_is_named(packed: bytes) -> None:
    with pytest.raises(PackUnknown) as told:
        unpack(packed)
    assert packed[:1].hex() in told.value.sentence("en")


@pytest.mark.parametrize("change", [lambda p: p[:-3], lambda p: p + b"\x00", lambda p: p[:1] + b"\xff" * 9])
def test_a_cut_or_changed_value_is_refused(change) -> None:  # type: ignore[no-untyped-def]  # a lambda
    with pytest.raises(PackBroken):
        unpack(change(pack(canonical(EVENT))))


def test_dictionaries_are_as_they_were_when_rows_were_packed_with_them() -> None:
    """Never change this digest: rows packed with the file could be read no more. A better dictionary is another."""
    assert DICTIONARIES == {1: "188efbf6bb75ab6db7ad08002b0abc28993dc306734c206a4d9e05d7d06fb9d3"}
    for byte, digest in DICTIONARIES.items():
        assert sm3(files("yihao.orders").joinpath(f"packing.{byte}.txt").read_bytes()).hex() == digest


def test_a_changed_dictionary_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(DICTIONARIES, 1, "00" * 32)
    with pytest.raises(PackBroken):
        packing.dictionary(1)


def test_a_value_packed_by_the_first_version_is_read_for_ever() -> None:
    """Bytes as they were written: deflate may pack otherwise one day, and must always read this."""
    assert (
        unpacked(bytes.fromhex("0123bad1042c070d40fd56504a3586848f09f646133449c15c0c5d1446811b2dd228834ab500")) == EVENT
    )
