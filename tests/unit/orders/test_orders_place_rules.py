"""Rules of a place that an order feels: what each switch and list of the profile does, on and off."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from play import UNITS, Play, but, closed, dispatched, place, rated_badly, signed

from yihao.orders import service
from yihao.orders.draft import BadBody, ManagerOnly, NotNow
from yihao.orders.forms import form_schema
from yihao.orders.rules import NotOfPlace, WrongRole
from yihao.orders.table import TABLE
from yihao.profile.model import Profile

BUREAU, MARKET = UNITS["州建设局"], UNITS["州市场局"]
TOWNSHIP, COUNTY_DESK = UNITS["丙乡政府"], UNITS["甲县办"]


def reopened(**changes: object) -> Play:
    """A matter the construction bureau has answered, taken up again."""
    play = closed(but(place(), **changes)).when("2021-12-01T09:00").do("archive", "clock").do("reopen")
    return play.do("prepare", "agent")


def _field(verb: str, name: str, profile: Profile) -> dict[str, Any]:
    body = next(edge.body for edge in TABLE if edge.verb == verb)
    field: dict[str, Any] = form_schema(body, profile)["properties"][name]
    return field


# 首办责任


def test_a_matter_that_starts_again_goes_back_to_its_first_unit() -> None:
    play = reopened()
    with pytest.raises(ManagerOnly, match="州建设局首办负责") as caught:
        play.do("dispatch", "dispatcher", lead=MARKET)
    assert caught.value.clause == place().flow.first_unit_stays.basis.cite()
    assert play.do("dispatch", "dispatcher", lead=BUREAU).order.first_unit == BUREAU


def test_the_managing_body_may_give_it_to_another_who_then_answers_for_it() -> None:
    play = reopened().do("adjudicate", lead=MARKET)
    assert play.state == "dispatched" and play.order.first_unit == MARKET
    play.do("sign", "州市场局").do("reply", "州市场局").do("approve_reply", "lead")
    play.when("2022-02-08T09:00").do("archive", "clock").do("reopen").do("prepare", "agent")
    with pytest.raises(ManagerOnly, match="州市场局首办负责"):
        play.do("dispatch", "dispatcher", lead=BUREAU)


def test_a_granted_return_frees_the_first_unit_which_stays_on_record() -> None:
    play = signed().do("return", "州建设局").do("approve_return", "dispatcher")
    play.do("dispatch", "dispatcher", lead=MARKET)
    assert play.order.first_unit == BUREAU and play.order.first_released
    rejected = signed().do("return", "州建设局").do("reject_return", "dispatcher")
    assert not rejected.order.first_released


def test_where_first_units_do_not_stay_anybody_may_have_it() -> None:
    play = reopened(flow__first_unit_stays__on=False)
    assert play.do("dispatch", "dispatcher", lead=MARKET).order.first_unit == BUREAU
    with pytest.raises(NotNow, match="无须裁定"):
        reopened(flow__first_unit_stays__on=False).do("adjudicate", lead=MARKET)


# 基层, 领域, 退单依据


def test_a_departments_own_matter_is_not_pushed_down_to_the_grass_roots() -> None:
    """The catalogue gives street lights to a department; its own lowest level would let a township have them."""

    def ready(**changes: object) -> Play:
        play = Play(but(place(), **changes))
        rows = {
            category: tuple(msgspec.structs.replace(row, min_level="township") for row in rows)
            for category, rows in play.tree.catalogue.items()
        }
        play.tree = msgspec.structs.replace(play.tree, catalogue=rows)
        return play.register().do("prepare", "agent")

    with pytest.raises(BadBody, match="不得派给基层") as caught:
        ready().do("dispatch", "dispatcher", lead=TOWNSHIP)
    assert caught.value.clause == "国办函〔2025〕66号 三(五)" and caught.value.field == "lead"
    assert ready().do("dispatch", "dispatcher", lead=COUNTY_DESK).state == "dispatched"  # a county is none
    assert ready().do("dispatch", "dispatcher", lead=BUREAU, assists=[TOWNSHIP]).state == "dispatched"
    with pytest.raises(BadBody, match="不得派给基层"):
        ready(flow__grass_roots__levels=("county",)).do("dispatch", "dispatcher", lead=COUNTY_DESK)
    counties = ready(flow__grass_roots__levels=("county",))
    assert counties.do("dispatch", "dispatcher", lead=TOWNSHIP).state == "dispatched"


def test_a_domain_the_place_does_not_know() -> None:
    few = but(place(), acceptance__domains=tuple(one for one in place().domains if one.code != "market"))
    with pytest.raises(BadBody, match="本地没有这一领域"):
        Play(few).register(domain="market")
    with pytest.raises(BadBody, match="本地没有这一领域"):
        Play(few).register().do("prepare", "agent", domain="market")
    assert Play(few).register(domain="service").order.domain == "service"
    assert [one["value"] for one in _field("prepare", "domain", few)["x-options"]] == [d.code for d in few.domains]


def test_whether_a_return_names_its_basis_is_the_places() -> None:
    with pytest.raises(BadBody, match="写明所依据的"):
        signed().do("return", "州建设局", legal_basis=None)
    lax = but(place(), flow__returns__legal_basis=False)
    assert signed(lax).do("return", "州建设局", legal_basis=None).facts["legal_basis"] is None
    body = next(edge.body for edge in TABLE if edge.verb == "return")
    assert "legal_basis" in form_schema(body, place())["required"]


# 答复口径


def test_where_the_unit_answers_it_says_why_it_could_not() -> None:
    with pytest.raises(BadBody) as caught:
        signed().do("reply", "州建设局", contacted=False)
    assert caught.value.field == "internal"
    assert signed().do("reply", "州建设局", contacted=False, internal="三次拨打未接").state == "replied"
    one_way = but(place(), flow__reply__mode="platform")
    assert signed(one_way).do("reply", "州建设局", contacted=False).state == "replied"


def test_with_one_way_out_a_units_progress_is_not_the_citizens() -> None:
    assert signed().do("progress", "州建设局").facts["public"] is True
    assert signed(but(place(), flow__reply__mode="platform")).do("progress", "州建设局").facts["public"] is False


# 不予受理, 首接先受理


def test_what_is_done_with_a_refused_matter_stands_in_the_event() -> None:
    play = Play().register().do("refuse", "agent")
    assert play.facts["action"] == "tell_route" and "notice.police_clue" not in play.effects
    malicious = Play().register().do("refuse", "agent", code="malicious")
    assert malicious.facts["action"] == "police" and "notice.police_clue" in malicious.effects
    confirmed = Play(but(place(), acceptance__confirm_refusal__on=True)).register()
    confirmed.do("refuse", "agent", code="malicious").do("confirm_refusal", "lead")
    assert "notice.police_clue" in confirmed.effects


def test_a_receiver_who_will_not_have_it_leaves_it_to_who_got_it_first() -> None:
    play = Play().register(kind="complaint").do("transfer", "agent", to="96301")
    play.when("2021-09-28T10:20").do("take_back", "agent")
    assert play.state == "received" and play.order.handled_by is None
    assert play.past("handover").outcome == "declined"
    assert play.due("dispatch") == "2021-09-28 10:50:00" and play.due("overall") == "2021-10-25 23:59:59"
    taken = Play().register().do("transfer", "agent", acknowledged=True)
    with pytest.raises(NotNow, match="已确认接收"):
        taken.do("take_back", "agent")
    assert "take_back" not in taken.verbs("agent")
    with pytest.raises(WrongRole):
        Play().register().do("transfer", "agent").do("take_back", "supervisor")
    with pytest.raises(NotOfPlace):
        Play(but(place(), acceptance__first_receiver__on=False)).register().do("transfer", "agent").do("take_back")


# 并件, 评价, 督办, 查询码


def test_whether_each_caller_of_a_merged_order_has_a_reply_and_a_rating_of_their_own() -> None:
    other = Play(sequence=200).register().number
    told = {"parent": other, "relation": "repeat", "state": "closed", "at": "2021-09-28T10:00:00+08:00", "reply_in": 6}
    for own in (True, False):
        child = Play(but(place(), flow__merge__own_reply=own)).register()
        child.do("merge", "agent", into=other, relation="repeat").do("follow", "clock", **told)
        assert ("sms.followed" in child.effects) is own and ("rate" in child.verbs("portal")) is own
        if not own:
            with pytest.raises(NotNow, match="随主单评价"):
                child.do("rate", "portal")


def test_whether_a_bad_rating_makes_a_task() -> None:
    assert "redo_decision" in rated_badly(closed()).duties()
    off = but(place(), indicators__bad_rating_task__on=False)
    play = rated_badly(closed(off))
    assert play.state == "archived" and play.facts["bad"] is True and not play.order.bad_rating
    answered = Play(off).register(kind="consult").do("answer", "agent").do("rate", "portal", handling=1)
    assert answered.state == "answered" and answered.order.ratings == (5, 1)


def test_the_wrong_a_unit_is_held_to_account_for_is_one_of_the_places() -> None:
    play = dispatched().do("supervise", "supervisor", level=5, wrong="buck_passing")
    assert play.facts["wrong"] == "buck_passing"
    with pytest.raises(BadBody) as caught:
        play.do("supervise", "supervisor", level=5, wrong="laziness")
    assert caught.value.field == "wrong"
    options = _field("supervise", "wrong", place())["x-options"]
    assert {one["value"] for one in options} == {wrong.code for wrong in place().supervision.wrongs}


@pytest.mark.parametrize(("bits", "signs"), [(40, 8), (50, 10), (51, 11), (128, 26)])
def test_a_query_code_has_at_least_the_bits_asked_for(bits: int, signs: int) -> None:
    codes = [service.new_code(bits) for _ in range(200)]
    assert {len(code) for code in codes} == {signs} and len(set(codes)) == 200
    assert set("".join(codes)) <= set(service.CODE_ALPHABET) and len(service.CODE_ALPHABET) == 2**service.CODE_BITS
    assert not set(service.CODE_ALPHABET) & set("01IO")
