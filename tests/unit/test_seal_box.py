from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yihao.seal.box import SealBroken, SealKeyUnknown, blind_index, open_json, seal_json, sealed_under
from yihao.seal.chain import NotCanonical
from yihao.seal.commit import commitment, new_salt
from yihao.seal.keys import new_ring

RING = new_ring()
PLACE = {"table": "caller", "column": "sealed", "number": "20210928532801000001X"}
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)))
VALUES = st.dictionaries(
    TEXT,
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | TEXT,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
        max_leaves=12,
    ),
    max_size=6,
)


@given(VALUES)
def test_round_trip(value):
    assert open_json(RING, seal_json(RING, value, **PLACE), **PLACE) == value


@given(st.sampled_from(["table", "column", "number"]), st.text(st.characters(codec="ascii", exclude_characters="|")))
def test_another_place_does_not_open(part, other):
    blob = seal_json(RING, {"phone": "+8613800000000"}, **PLACE)
    elsewhere = {**PLACE, part: other}
    if elsewhere == PLACE:
        return
    with pytest.raises(SealBroken) as caught:
        open_json(RING, blob, **elsewhere)
    assert caught.value.code == "seal_broken"


@given(st.data())
def test_no_flipped_bit_opens(data):
    blob = bytearray(seal_json(RING, {"name": "岩某", "phone": "+8613800000000"}, **PLACE))
    bit = data.draw(st.integers(0, len(blob) * 8 - 1))
    blob[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SealBroken) as caught:
        open_json(RING, bytes(blob), **PLACE)
    assert caught.value.code == "seal_broken"


@given(st.integers(0, 40))
def test_a_cut_value_does_not_open(length):
    blob = seal_json(RING, {"name": "岩某"}, **PLACE)
    with pytest.raises(SealBroken):
        open_json(RING, blob[:length], **PLACE)


def test_parts_of_a_place_cannot_run_together():
    with pytest.raises(ValueError, match="hold no"):
        seal_json(RING, {}, table="a|b", column="c", number="d")


def test_equal_values_have_unlike_seals_and_nothing_shows():
    first, second = (seal_json(RING, {"phone": "+8613800000000"}, **PLACE) for _ in range(2))
    assert first != second
    assert b"13800000000" not in first
    assert len(first) == 33 + len(b'{"phone":"+8613800000000"}')


def test_another_installation_cannot_open():
    blob = seal_json(RING, {"a": 1}, **PLACE)
    with pytest.raises(SealKeyUnknown) as caught:
        open_json(new_ring(), blob, **PLACE)
    assert caught.value.code == "seal_broken"
    assert RING.current("data") in caught.value.sentence("zh")


def test_the_reporters_store_is_apart():
    blob = seal_json(RING, {"name": "举报人"}, **PLACE, store="reporter")
    assert open_json(RING, blob, **PLACE, store="reporter") == {"name": "举报人"}
    with pytest.raises(SealBroken):
        open_json(RING, blob, **PLACE)


def test_the_database_driver_may_hand_over_a_view():
    blob = memoryview(seal_json(RING, {"a": 1}, **PLACE))
    assert open_json(RING, blob, **PLACE) == {"a": 1}
    assert sealed_under(blob) == RING.current("data")


def test_rotation_keeps_old_values_readable():
    ring = new_ring()
    old = seal_json(ring, {"a": 1}, **PLACE)
    new_id = ring.rotate("data")
    new = seal_json(ring, {"a": 2}, **PLACE)
    assert (open_json(ring, old, **PLACE), open_json(ring, new, **PLACE)) == ({"a": 1}, {"a": 2})
    assert sealed_under(new) == new_id != sealed_under(old)


def test_index_rotation_has_both_keys():
    ring = new_ring()
    old_id, before = ring.current("index"), blind_index(ring, "phone", "+8613800000000")
    ring.rotate("index")
    assert blind_index(ring, "phone", "+8613800000000") != before
    assert blind_index(ring, "phone", "+8613800000000", key_id=old_id) == before
    with pytest.raises(KeyError):
        blind_index(ring, "phone", "+8613800000000", key_id="00000000")


@given(TEXT, TEXT)
def test_an_index_is_equal_for_equal_values_only(one, other):
    assert (blind_index(RING, "name", one) == blind_index(RING, "name", other)) == (one == other)


def test_an_index_is_kept_apart_by_kind():
    assert len(blind_index(RING, "phone", "1")) == 32
    assert blind_index(RING, "phone", "1") != blind_index(RING, "id_number", "1")
    assert blind_index(RING, "a", "b") != blind_index(RING, "ab", "")
    with pytest.raises(ValueError, match="NUL"):
        blind_index(RING, "a\0b", "c")


def test_times_are_sealed_as_text_and_floats_refused():
    at = datetime(2021, 9, 28, 7, 40, tzinfo=UTC)
    assert open_json(RING, seal_json(RING, {"at": at}, **PLACE), **PLACE) == {"at": "2021-09-28T07:40:00.000000Z"}
    with pytest.raises(NotCanonical):
        seal_json(RING, {"lon": 100.8}, **PLACE)


def test_a_commitment_binds_and_hides():
    salt = new_salt()
    assert commitment(salt, {"a": 1, "b": 2}) == commitment(salt, {"b": 2, "a": 1})
    assert commitment(salt, {"a": 1}) != commitment(salt, {"a": 2})
    assert commitment(salt, {"a": 1}) != commitment(new_salt(), {"a": 1})
    assert len(commitment(salt, {})) == 32
    with pytest.raises(ValueError, match="salt"):
        commitment(b"short", {})
