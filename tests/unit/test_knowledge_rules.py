"""Tokens, questions, citing, who sees what."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yihao.knowledge.model import KnowledgeItem
from yihao.knowledge.rules import citable, open_to, question, tokens, vector


def test_chinese_is_read_in_pairs_and_latin_in_words():
    assert tokens("公积金2026年，WiFi 太慢") == ["公积", "积金", "2026", "年", "wifi", "太慢"]


def test_width_and_case_do_not_matter():
    assert tokens("ＷＩＦＩ１２") == ["wifi12"]


def test_rare_characters_are_characters():
    assert tokens("𠮷田䶮") == ["𠮷田", "田䶮"]


def test_nothing_to_search_for():
    assert question("？！…… ") is None


def test_a_single_character_is_the_beginning_of_a_pair():
    assert question("水") == ("'水':*", "'水':*")
    assert question("水费") == ("'水费'", "'水费'")
    assert question("水费 7") == ("'水费' & '7'", "'水费' | '7'")


def test_positions_run_through_title_and_body():
    assert vector("水费", "水费表") == "'水费':1,2 '费表':3"


@given(st.text(max_size=300))
def test_whatever_is_written_no_token_holds_a_sign_of_the_query_language(text):
    assert not set("'\\\"&|!()<>:* \0") & set("".join(tokens(text)))


def item(**changes):
    values = {
        "id": 1,
        "jurisdiction_id": 1,
        "title": "标题",
        "body": "正文",
        "category": None,
        "unit_id": None,
        "visibility": "public",
        "status": "published",
        "valid_from": date(2026, 1, 5),
        "valid_to": date(2026, 1, 6),
        "version": 1,
        "source": "示范",
        "drafted_by": 1,
        "checked_by": 2,
        "updated_at": datetime(2026, 1, 1, tzinfo=UTC),
    }
    return KnowledgeItem(**{**values, **changes})


def test_citable_when_published_and_within_its_days():
    assert [citable(item(), date(2026, 1, d)) for d in (4, 5, 6, 7)] == [False, True, True, False]
    assert citable(item(valid_to=None), date(2030, 1, 1))


@pytest.mark.parametrize("status", ["draft", "checked", "expired"])
def test_not_citable_in_any_other_status(status):
    assert not citable(item(status=status), date(2026, 1, 5))


def test_three_visibilities_three_readers():
    assert open_to(["hotline"], False) == ("internal", "grassroots", "public")
    assert open_to(["none"], True) == ("internal", "grassroots", "public")
    assert open_to(["unit", "none"], False) == ("grassroots", "public")
    assert open_to(["none"], False) == ("public",)
    assert open_to([], False) == ("public",)
