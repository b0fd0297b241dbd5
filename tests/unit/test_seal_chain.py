from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from yihao.seal.chain import GENESIS, NotCanonical, canonical, link, sign_checkpoint, timestamp, verify_checkpoint
from yihao.seal.keys import new_ring
from yihao.seal.provider import sm3

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=15,
)


def same(one, other):
    """Equal as JSON: True is not 1, which Python thinks it is."""
    return (
        type(one) is type(other) and repr(one) == repr(other)
        if not isinstance(one, dict | list)
        else (
            type(one) is type(other)
            and len(one) == len(other)
            and (
                all(key in other and same(one[key], other[key]) for key in one)
                if isinstance(one, dict)
                else all(map(same, one, other))
            )
        )
    )


@given(JSON)
def test_canonical_comes_back_and_is_stable(value):
    spelling = canonical(value)
    assert json.loads(spelling) == value
    assert canonical(json.loads(spelling)) == spelling


@given(JSON, JSON)
def test_canonical_is_injective(one, other):
    assert (canonical(one) == canonical(other)) == same(one, other)


@given(st.dictionaries(TEXT, st.integers(-9, 9), min_size=2))
def test_the_order_of_keys_does_not_matter(value):
    assert canonical(dict(reversed(value.items()))) == canonical(value)


def test_the_spelling_itself():
    at = datetime(2021, 9, 28, 15, 40, tzinfo=timezone(timedelta(hours=8)))
    value = {"乙": [1, True, None], "b": "岩\n/é", "a": at, "c": (1, {"z": 0, "y": -1})}
    expected = '{"a":"2021-09-28T07:40:00.000000Z","b":"岩\\n/é","c":[1,{"y":-1,"z":0}],"乙":[1,true,null]}'
    assert canonical(value) == expected.encode()


@pytest.mark.parametrize(
    "value",
    [1.0, {"a": [1.5]}, float("nan"), b"x", {1: 2}, 2**63, -(2**63) - 1, "\0", {"\0": 1}, {"a": "\ud800"}, {1, 2},
     object(), datetime(2021, 9, 28, tzinfo=UTC).replace(tzinfo=None)],
)  # fmt: skip
def test_what_has_no_single_spelling_is_refused(value):
    with pytest.raises(NotCanonical) as caught:
        canonical(value)
    assert caught.value.code == "not_canonical"


def test_a_text_enum_is_its_text():
    class State(StrEnum):
        CLOSED = "closed"

    assert canonical({"state": State.CLOSED, State.CLOSED: 1}) == b'{"closed":1,"state":"closed"}'


@given(st.datetimes(timezones=st.timezones()))
def test_one_instant_has_one_timestamp(at):
    try:
        utc = at.astimezone(UTC)
    except OverflowError:
        assume(False)
    assert timestamp(at) == timestamp(utc)
    assert datetime.fromisoformat(timestamp(at)) == utc
    assert len(timestamp(at)) == 27


def test_a_chain_shows_a_changed_a_missing_and_a_moved_event():
    events = [{"seq": seq, "verb": verb} for seq, verb in enumerate(["register", "dispatch", "sign", "reply"])]

    def head(of):
        at = GENESIS
        for event in of:
            at = link(at, event)
        return at

    whole = head(events)
    assert head(events[:1]) == sm3(bytes(32) + b'{"seq":0,"verb":"register"}')
    assert head([events[0], {"seq": 1, "verb": "refuse"}, *events[2:]]) != whole
    assert head(events[:-1]) != whole
    assert head([events[0], events[2], events[1], events[3]]) != whole
    with pytest.raises(ValueError, match="32 bytes"):
        link(b"short", events[0])


def test_a_checkpoint_is_verified_with_public_keys_alone():
    ring = new_ring()
    checkpoint = {"number": 7, "previous": "00" * 32, "root": "ab" * 32}
    signature = sign_checkpoint(ring, checkpoint)
    published = ring.checkpoint_public_keys()
    assert verify_checkpoint(published, checkpoint, signature)
    assert verify_checkpoint(ring, checkpoint, signature)
    assert not verify_checkpoint(published, {**checkpoint, "number": 8}, signature)
    assert not verify_checkpoint(new_ring(), checkpoint, signature)
    assert not verify_checkpoint(published, checkpoint, signature[:-1])
    for place in range(len(signature)):
        changed = bytearray(signature)
        changed[place] ^= 1
        assert not verify_checkpoint(published, checkpoint, bytes(changed))


def test_old_checkpoints_verify_after_rotation():
    ring = new_ring()
    old = sign_checkpoint(ring, {"number": 1})
    ring.rotate("checkpoint")
    new = sign_checkpoint(ring, {"number": 2})
    assert verify_checkpoint(ring, {"number": 1}, old)
    assert verify_checkpoint(ring, {"number": 2}, new)
    assert old[:5] != new[:5]
