"""The forms of the verbs say all a screen needs to draw them, in both languages."""

import re
from copy import deepcopy
from typing import get_args

import msgspec
import pytest

from yihao.orders import bodies
from yihao.orders.fields import PICKED, Widget
from yihao.orders.forms import body_schema, form_schema, offered
from yihao.orders.reveal import RevealIn
from yihao.orders.words import TITLES_EN
from yihao.profile import load, names

CHINESE = re.compile(r"[\u4e00-\u9fff]")
BODIES = sorted({edge.body for edge in offered().values()} | {bodies.Appeal, RevealIn}, key=lambda body: body.__name__)


def fields(schema, prefix=""):
    for name, part in schema.get("properties", {}).items():
        yield f"{prefix}{name}", part
        if part["x-widget"] == "group":
            yield from fields(part, f"{name}.")


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.__name__)
def test_every_field_is_named_in_both_languages_and_says_what_it_is(body):
    for name, part in fields(form_schema(body, load("xishuangbanna"))):
        assert CHINESE.search(part["title"]), name
        assert part["x-title-en"] == TITLES_EN[part["title"]], name
        assert part["x-widget"] in get_args(Widget), name
        assert "anyOf" not in part, name
        assert re.match(r"[0-9A-Z]", part.get("x-hint-en", "A")), name
        assert CHINESE.match(part.get("x-hint", "一")), name


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.__name__)
def test_what_is_chosen_from_is_there_in_both_languages_and_is_taken(body):
    for name, part in fields(form_schema(body, load("xishuangbanna"))):
        options = part.get("x-options")
        if part["x-widget"] in {"choice", "choices", "map"}:
            assert options, name
        for option in options or ():
            assert option["label"] and option["label_en"] and CHINESE.search(option["label"]), (name, option)
            assert "enum" not in part or option["value"] in part["enum"]
        if "enum" in part:
            # Nothing that is taken cannot be chosen, but for what the place itself does without.
            assert name in {"channel", "domain"} or {one["value"] for one in options} == set(part["enum"]), name


def test_no_title_is_named_for_nothing():
    used = {part["title"] for body in BODIES for _, part in fields(form_schema(body, load("xishuangbanna")))}
    assert used == set(TITLES_EN)


def test_pickers_are_of_fields_there_are():
    used = {name.rpartition(".")[2] for body in BODIES for name, _ in fields(form_schema(body, load("zhejiang")))}
    assert set(PICKED) <= used


@pytest.mark.parametrize("place", names())
def test_the_schema_stays_that_of_the_body(place):
    """Described as a form, it still takes what the decoder takes and asks for what the decoder asks for."""
    for body in BODIES:
        plain, form = body_schema(body), form_schema(body, load(place))
        assert set(form["properties"]) == set(plain.get("properties", {}))
        assert set(plain.get("required", ())) <= set(form.get("required", ()))
        assert form["additionalProperties"] is False


def test_widgets_by_example():
    place = load("xishuangbanna")

    def widget(body, name):
        return form_schema(body, place)["properties"][name]["x-widget"]

    assert widget(bodies.Dispatch, "lead") == "unit" and widget(bodies.Dispatch, "assists") == "units"
    assert widget(bodies.Dispatch, "basis") == "catalogue"
    assert widget(bodies.Prepare, "category") == "category" and widget(bodies.Prepare, "area_code") == "area"
    assert widget(bodies.Reply, "text") == "text" and widget(bodies.Reply, "legal_basis") == "line"
    assert widget(bodies.Reply, "attachments") == "files" and widget(bodies.Reply, "solved") == "yes_no"
    assert widget(bodies.Archive, "not_applicable") == "map" and widget(bodies.Merge, "into") == "order"
    assert widget(bodies.Answer, "knowledge_item") == "knowledge" and widget(bodies.SetLimit, "days") == "number"
    assert widget(bodies.Appeal, "occurred_at") == "moment" and widget(bodies.Appeal, "caller") == "group"
    assert widget(RevealIn, "fields") == "choices"


def test_a_tool_of_supervision_is_open_at_its_level_alone():
    tools = form_schema(bodies.Supervise, load("zhejiang"))["properties"]["tool"]["x-options"]
    assert tools and all(one["when"]["level"] in range(1, 6) for one in tools)


def test_the_shared_schema_is_never_changed():
    before = deepcopy(body_schema(bodies.Appeal))
    form_schema(bodies.Appeal, load("baiyin"))
    assert body_schema(bodies.Appeal) == before
    assert msgspec.json.encode(before)


def test_each_kind_of_matter_is_asked_what_it_needs():
    appeal = form_schema(bodies.Appeal, load("xishuangbanna"))

    def asked(kind):
        return {
            name
            for name, part in fields(appeal)
            if kind in part.get("x-kinds", [kind]) and not name.startswith("location.")
        }

    assert asked("consult") == {
        "channel", "kind", "domain", "title", "content", "caller", "caller.kind", "caller.name", "caller.phone",
        "caller.enterprise_code",
    }  # fmt: skip
    assert asked("help") - asked("consult") >= {"area_code", "address", "urgency"}
    assert asked("report") - asked("help") >= {"accused_unit", "caller.anonymous", "caller.confidential"}
    assert "domain" in appeal["required"]


def test_the_domain_is_asked_where_the_place_asks_it():
    places = {name: load(name) for name in names()}
    asking = {name for name, place in places.items() if "domain" in form_schema(bodies.Appeal, place)["required"]}
    assert asking == {name for name, place in places.items() if place.acceptance.domain_required}


def test_a_direct_answer_cites_and_gives_its_reason_where_it_is_unusual():
    form = form_schema(bodies.Answer, load("xishuangbanna"))
    assert (
        "help" in form["properties"]["reason"]["x-kinds"] and "consult" not in form["properties"]["reason"]["x-kinds"]
    )
    assert {"required": ["knowledge_item"]} in form["anyOf"]
