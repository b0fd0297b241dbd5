"""Every closed list has a name in Chinese and in English for each of its words, and holds no other."""

import ast
import re
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from yihao.companies import model as companies
from yihao.indicators import model as indicators
from yihao.knowledge import model as knowledge
from yihao.lines import model as lines
from yihao.lines import register
from yihao.orders import bodies, model, views, words
from yihao.orders.forms import GRAVE, offered
from yihao.orders.outbox import STATUSES
from yihao.orders.reveal import Field
from yihao.people import model as people
from yihao.people import tasks
from yihao.profile import load
from yihao.units import model as units
from yihao.web.vocabulary import Word, vocabulary

ROOMS = (companies, indicators, knowledge, lines, register, people, tasks, units, words)
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def lists():
    for room in (*ROOMS, model):
        for name, english in vars(room).items():
            if name.endswith("_EN") and isinstance(english, dict) and name not in {"CHOICES_EN", "TITLES_EN"}:
                base = name.removesuffix("_EN")
                home = model if room is words and hasattr(model, base) else room
                yield pytest.param(vars(home).get(base, vars(home).get(f"{base}_ZH")), english, id=f"{room}.{base}")


@pytest.mark.parametrize(("chinese", "english"), list(lists()))
def test_both_languages_name_the_same_words_in_the_same_order(chinese, english):
    assert list(chinese) == list(english)
    assert all(CHINESE.search(zh) for zh in chinese.values())
    assert all(en and not CHINESE.search(en) for en in english.values())


def test_the_choices_of_the_bodies():
    assert {field: list(zh) for field, zh in words.CHOICES.items()} == {
        field: list(en) for field, en in words.CHOICES_EN.items()
    }


def test_lists_without_a_model_of_their_own_have_a_name_for_every_word():
    assert set(words.COLOURS) == set(get_args(views.Colour))
    assert set(words.REVEALED) == set(get_args(Field))
    assert set(words.MESSAGE_STATUSES) == set(STATUSES)
    assert set(words.CALLER_KINDS) == set(
        msgspec.json.schema(bodies.Caller)["$defs"]["Caller"]["properties"]["kind"]["enum"]
    )
    assert set(people.CALLER_RULES) == set(get_args(people.CallerRule))


def test_every_way_a_duty_ends_has_a_name():
    """What the decisions write as an outcome, read from their source."""
    found = set()
    room = Path(words.__file__).parent
    for file in (*sorted((room / "decisions").glob("*.py")), room / "draft.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                said = [part.value for part in node.keywords if part.arg == "outcome"]
                said += node.args if name in {"close_all", "_take_back", "hand_up"} else []
                found |= {one.value for one in said if isinstance(one, ast.Constant) and isinstance(one.value, str)}
    assert len(found) > 12
    assert found == set(words.OUTCOMES)


def test_a_screen_asks_again_before_verbs_there_are():
    assert set(offered()) >= GRAVE


@pytest.mark.parametrize("place", ["xishuangbanna", "zhejiang"])
def test_the_vocabulary_of_a_place(place):
    made = vocabulary(load(place))
    for name in made.__struct_fields__:
        if name != "place":
            values = [word.value for word in getattr(made, name)]
            assert values and len(values) == len(set(values)), name
    assert [word.value for word in made.states] == list(model.STATES)
    assert {word.value for word in made.states if word.open} == model.OPEN_STATES
    ratings = made.place.ratings
    assert [one.score for one in ratings] == [5, 4, 3, 2, 1]
    assert all(isinstance(one, Word) and one.zh and one.en for one in ratings)
    assert [one.value for one in made.place.line_modes] == [mode.code for mode in load(place).merging.modes]
    assert {word.value: word.on for word in made.channels}["phone"]
