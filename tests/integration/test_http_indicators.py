"""Figures over HTTP: grouped, named, bounded by the caller's scope, and with a record of who looked at whose orders."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from conftest import House
from web import Web, web_of
from yihao.indicators import service

PERIOD = {"from": "2021-09-01", "to": "2021-09-30"}


@pytest.fixture
async def web(house: House) -> AsyncIterator[Web]:
    async with web_of(house) as made:
        yield made


async def taken_in(web: Web) -> None:
    await service.follower(web.house.desk.places).drain(web.house.database)


async def test_figures_by_group_with_their_names(web: Web) -> None:
    await web.to_unit()
    await web.register(kind="consult")
    await taken_in(web)
    client = await web.as_("shift_lead")
    answer = await client.get("/api/v1/indicators", params=PERIOD | {"by": "unit,kind"})
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert (said["from"], said["to"]) == (PERIOD["from"], PERIOD["to"]) and said["as_of"]
    assert {"accepted", "on_time", "satisfaction"} <= {one["name"] for one in said["indicators"]}
    about = {one["name"]: one for one in said["indicators"]}["on_time"]
    assert about["basis"] == "晋政办发电〔2021〕22号 二(二)8" and about["denominator_zh"].startswith("已答复")
    found = {(f["by"], f["label"], f["name"]): (f["numerator"], f["denominator"], f["value"]) for f in said["figures"]}
    assert found["all", "全部", "accepted"] == (2, 1, 2.0)
    assert found["all", "全部", "satisfaction"] == (0, 0, None)
    assert found["kind", "咨询", "accepted"] == (1, 1, 1.0)
    assert found["unit", "示范州建设局", "dispatched"] == (1, 1, 1.0)
    assert not any(by == "area" for by, _, _ in found)


async def test_this_month_by_default(web: Web) -> None:
    client = await web.as_("dispatcher")
    said = (await client.get("/api/v1/indicators")).json()
    assert (said["from"], said["to"]) == ("2021-09-01", "2021-09-28")


async def test_volumes_per_line_and_unit_as_a_file(web: Web) -> None:
    """SX 二(一)4, BY 二(三)7: what budgets and other appraisals are fed with."""
    for line in ("12315", "12315", "12328"):
        await web.register(line=line)
    await web.to_unit(line="12328")
    await taken_in(web)
    client = await web.as_("manager")
    answer = await client.get("/api/v1/indicators/table", params=PERIOD | {"by": "line,unit", "form": "csv"})
    assert answer.status_code == 200, answer.text
    rows = [line.split(",") for line in answer.content.decode("utf-8-sig").splitlines()]
    found = {(row[0], row[1], row[2]): row[4] for row in rows if row[2:3] in (["accepted"], ["dispatched"])}
    assert found["热线", "12315", "accepted"] == found["热线", "12328", "accepted"] == "2"
    assert found["热线", "12328", "dispatched"] == found["单位", "示范州建设局", "dispatched"] == "1"
    assert found["全部", "全部", "accepted"] == "4"


async def test_from_a_figure_to_its_orders_with_a_record(web: Web) -> None:
    order = await web.to_unit()
    await taken_in(web)
    client = await web.as_("shift_lead")
    path = "/api/v1/indicators/dispatched/orders"
    params = PERIOD | {"by": "unit", "key": str(web.house.units["州建设局"])}
    page = (await client.get(path, params=params)).json()
    assert page["next"] is None
    (share,) = page["items"]
    assert {name: share[name] for name in ("number", "numerator", "denominator")} == {
        "number": order["number"],
        "numerator": 1,
        "denominator": 0,
    }
    # Which order it is stands beside what it counts for.
    assert (share["title"], share["state_label"], share["lead"]) == (order["title"], "办理中", "示范州建设局")
    page = (await client.get(path, params=params | {"limit": 1})).json()
    assert page["next"] == order["number"]
    assert (await client.get(path, params=params | {"after": page["next"]})).json()["items"] == []
    auditor = await web.as_("auditor")
    rows = (await auditor.get("/api/v1/audit", params={"action": "indicator.orders"})).json()["items"]
    assert [row["numbers"] for row in rows] == [[], [order["number"]], [order["number"]]]


async def test_a_unit_sees_itself_and_an_administrator_nothing(web: Web) -> None:
    await web.to_unit()
    await taken_in(web)
    officer = await web.as_("unit_handler", unit="州建设局")
    said = (await officer.get("/api/v1/indicators", params=PERIOD | {"by": "unit,kind"})).json()
    assert {(f["by"], f["key"]) for f in said["figures"]} == {("unit", str(web.house.units["州建设局"]))}
    admin = await web.as_("admin")
    for path in ("/api/v1/indicators", "/api/v1/indicators/accepted/orders"):
        answer = await admin.get(path)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    ("path", "params", "status", "code"),
    [
        ("", {"by": "unit,weather"}, 422, "unknown_group"),
        ("", {"from": "2021-09-30", "to": "2021-09-01"}, 422, "wrong_period"),
        ("", {"from": "1900-01-01", "to": "2021-09-01"}, 422, "wrong_period"),
        ("/no_such/orders", {}, 404, "unknown_indicator"),
        ("/accepted/orders", {"after": "202109285328000000019"}, 422, "bad_number"),
    ],
)
async def test_wrong_questions(web: Web, path: str, params: dict[str, str], status: int, code: str) -> None:
    client = await web.as_("shift_lead")
    answer = await client.get(f"/api/v1/indicators{path}", params=params)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


@pytest.mark.parametrize(
    "query", ["from=yesterday", "from=0000-01-01", "to=9999-12-31&from=9999-12-31", "limit=0", "by=%00"]
)
async def test_nonsense_is_no_fault_of_ours(web: Web, query: str) -> None:
    client = await web.as_("shift_lead")
    for path in ("/api/v1/indicators", "/api/v1/indicators/accepted/orders"):
        assert (await client.get(f"{path}?{query}")).status_code < 500


async def test_day_by_day_without_a_gap(web: Web) -> None:
    await web.to_unit()
    await taken_in(web)
    query = {"names": "accepted,signed_on_time", "from": "2021-09-26", "to": "2021-09-28"}
    for client in (await web.as_("shift_lead"), await web.as_("unit_reviewer", unit="州建设局")):
        answer = await client.get("/api/v1/indicators/days", params=query)
        assert answer.status_code == 200, answer.text
        accepted, signed = answer.json()["series"]
        assert (accepted["indicator"]["label"], signed["indicator"]["measure"]) == ("受理量", "rate")
        assert [one["day"] for one in signed["days"]] == ["2021-09-26", "2021-09-27", "2021-09-28"]
        assert [one["value"] for one in signed["days"]] == [None, None, 1.0]
    client = await web.as_("shift_lead")
    said = (await client.get("/api/v1/indicators/days", params=query)).json()["series"][0]
    assert [one["value"] for one in said["days"]] == [0.0, 0.0, 1.0]
    wrong = await client.get("/api/v1/indicators/days", params=query | {"names": "accepted,none"})
    assert (wrong.status_code, wrong.json()["field"]) == (404, "names")
    assert (await (await web.as_("auditor")).get("/api/v1/indicators/days", params=query)).status_code == 403
