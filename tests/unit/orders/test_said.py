"""What a step says: named texts, and which of them are the citizen's."""

from __future__ import annotations

import pytest

from yihao.orders.forms import body_schema, offered
from yihao.orders.said import OUTWARD, said_of


def test_a_reply_and_its_inner_notes_are_kept_apart() -> None:
    said = said_of("reply", {}, {"internal": "已协调电力部门", "text": "已修复", "legal_basis": None, "caller": {}})
    assert [(one.name, one.label, one.outward) for one in said] == [
        ("text", "答复内容", True),
        ("internal", "内部办理情况", False),
    ]


@pytest.mark.parametrize("public", [True, False])
def test_progress_is_the_citizens_where_the_step_says_so(public: bool) -> None:
    (said,) = said_of("progress", {"public": public}, {"text": "已到场"})
    assert said.outward is public


def test_what_was_registered_is_named_and_a_dispatch_note_stays_inside() -> None:
    assert [one.label_en for one in said_of("register", {}, {"content": "路灯不亮", "title": "路灯"})] == [
        "Title",
        "Content",
    ]
    assert not said_of("dispatch", {}, {"note": "请尽快"})[0].outward


def test_every_outward_text_is_a_field_of_its_verb() -> None:
    for verb, names in OUTWARD.items():
        assert names <= set(body_schema(offered()[verb].body)["properties"]), verb
