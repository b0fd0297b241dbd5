"""Exports: asked for, made by the background process, fetched by the asker alone, gone after a day."""

from __future__ import annotations

import asyncio
import csv
import io
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import asyncpg
import httpx
import msgspec
import openpyxl
import pytest

from conftest import House
from web import Web, web_of
from yihao.errors import Unavailable
from yihao.orders import export as export_room
from yihao.store import tasks
from yihao.store.db import DatabaseLost
from yihao.work import Work

PATH = "/api/v1/exports"


@pytest.fixture
async def web(house: House) -> AsyncIterator[Web]:
    async with web_of(house) as made:
        yield made


@pytest.fixture
def work(house: House) -> Work:
    """The background process's work, done when the test says so."""
    return Work(house.database, house.ring, house.clock)


async def ask(client: httpx.AsyncClient, form: str = "csv", **filters: Any) -> dict[str, Any]:
    answer = await client.post(PATH, json={"format": form} | filters)
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"/api/v1/jobs/{answer.json()['id']}"
    return answer.json()


async def look(client: httpx.AsyncClient, job: dict[str, Any]) -> dict[str, Any]:
    answer = await client.get(f"/api/v1/jobs/{job['id']}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def fetched(client: httpx.AsyncClient, work: Work, form: str = "csv", **filters: Any) -> httpx.Response:
    """From asking to the file."""
    job = await ask(client, form, **filters)
    await work.tasks.drain(work.database)
    done = await look(client, job)
    assert done["state"] == "done", done
    answer = await client.get(done["file"])
    assert answer.status_code == 200 and int(answer.headers["content-length"]) == done["size"] == len(answer.content)
    return answer


def rows(answer: httpx.Response) -> list[dict[str, str]]:
    """The rows of a CSV, the watermark left out."""
    return [row for row in csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))) if row["状态"] is not None]


async def test_an_export_from_asking_to_the_file(web: Web, work: Work, owner: asyncpg.Connection) -> None:
    dispatcher = await web.as_("dispatcher")
    order = await web.register(title="=1+1 路灯")
    other = await web.register(kind="consult")
    job = await ask(dispatcher)
    assert (job["state"], job["label"], job["total"], job["file"]) == ("waiting", "导出工单", None, None)
    early = await dispatcher.get(f"/api/v1/jobs/{job['id']}/file")
    assert (early.status_code, early.json()["code"]) == (409, "job_without_file")
    assert await work.tasks.drain(work.database) == 1
    done = await look(dispatcher, job)
    assert (done["state"], done["done"], done["total"], done["fault"]) == ("done", 2, 2, None)
    answer = await dispatcher.get(done["file"])
    assert answer.headers["content-type"].startswith("text/csv")
    assert re.search(r"工单-\d{8}-\d{4}\.csv$", unquote(answer.headers["content-disposition"]))
    found = rows(answer)
    assert [row["工单编号"] for row in found] == [other["number"], order["number"]]
    assert found[1]["标题"] == "'=1+1 路灯" and found[1]["诉求类型"] == "求助" and found[1]["状态"] == "已受理待处置"
    last = answer.content.decode("utf-8-sig").splitlines()[-1]
    assert last.startswith("水印：demo.dispatcher") and "2021-09-28T10:00" in last
    listed = (await dispatcher.get("/api/v1/jobs")).json()["items"]
    assert [one["id"] for one in listed] == [job["id"]]
    audit = await owner.fetch(
        "SELECT action, numbers, detail, request_id FROM audit WHERE action LIKE 'export%' ORDER BY id"
    )
    assert [row["action"] for row in audit] == ["export.orders.ask", "export.orders", "export.orders.fetch"]
    assert audit[1]["numbers"] == [other["number"], order["number"]]
    assert msgspec.json.decode(audit[1]["detail"])["job"] == job["id"]
    assert audit[1]["request_id"] == audit[0]["request_id"] != ""


async def test_xlsx_holds_the_same(web: Web, work: Work) -> None:
    dispatcher = await web.as_("dispatcher")
    order = await web.register(title="@cmd")
    answer = await fetched(dispatcher, work, "xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
    lines = [[cell.value for cell in line] for line in sheet.iter_rows()]
    assert lines[0][0] == "工单编号" and lines[1][0] == order["number"]
    assert lines[1][lines[0].index("标题")] == "'@cmd"
    assert str(lines[-1][0]).startswith("水印：")
    assert all(cell.data_type != "f" for line in sheet.iter_rows() for cell in line)


async def test_callers_are_masked_by_role(web: Web, work: Work) -> None:
    order = await web.register(content="请联系演示甲，电话13800000000。")
    await web.register(kind="report", content="举报演示单位。", caller={"name": "演示丙", "phone": "13900000000"})
    answer = await fetched(await web.as_("dispatcher"), work)
    report, plain = rows(answer)
    assert (plain["工单编号"], plain["诉求人"], plain["联系电话"]) == (order["number"], "演**", "138****0000")
    assert (report["诉求人"], report["联系电话"]) == ("", "")
    for secret in ("13800000000", "13900000000", "演示丙"):
        assert secret not in answer.text
    # A role that sees no caller sees none here.
    system = await web.as_("system", unit="州建设局")
    made = await system.post("/api/v1/orders", json={
        "channel": "partner", "kind": "help", "domain": "service", "title": "井盖", "content": "井盖缺失。",
        "caller": {"name": "演示丁", "phone": "13700000000"},
    })  # fmt: skip
    assert made.status_code == 201, made.text
    (seen,) = rows(await fetched(system, work))
    assert (seen["标题"], seen["诉求人"], seen["联系电话"]) == ("井盖", "", "")


async def test_filters_and_scope_are_the_lists_own(web: Web, work: Work) -> None:
    await web.to_unit()
    await web.register(kind="consult")
    await web.register(secrecy="confidential")
    unit = rows(await fetched(await web.as_("unit_handler", unit="州建设局"), work))
    assert [row["状态"] for row in unit] == ["办理中"] and unit[0]["主办单位"] == "示范州建设局"
    assert unit[0]["事项分类"] == "路灯"
    assert rows(await fetched(await web.as_("unit_handler", unit="州市场局"), work)) == []
    assert rows(await fetched(await web.as_("dispatcher", place="乙县"), work)) == []
    dispatcher = await web.as_("dispatcher")
    assert len(rows(await fetched(dispatcher, work))) == 2
    assert len(rows(await fetched(await web.as_("dispatcher", cleared=True), work))) == 3
    for filters, count in (
        ({"kind": "consult"}, 1),
        ({"state": "signed"}, 1),
        ({"from": "2021-09-28T00:00:00+08:00", "to": "2021-09-29T00:00:00+08:00"}, 2),
        ({"to": "2021-09-28T00:00:00+08:00"}, 0),
        ({"q": "13800000000"}, 2),
        ({"area": "5328", "overdue": False}, 1),
    ):
        assert len(rows(await fetched(dispatcher, work, **filters))) == count, filters


async def test_many_pages_and_all_hits_of_a_search(web: Web, work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_room, "PAGE", 3)
    made = [(await web.register())["number"] for _ in range(7)]
    await work.catch_up()
    dispatcher = await web.as_("dispatcher")
    told: list[tuple[int, int]] = []
    honest = tasks._progress

    def watched(database: Any, task: Any) -> Any:
        tell = honest(database, task)

        async def both(done: int, total: int) -> None:
            told.append((done, total))
            await tell(done, total)

        return both

    monkeypatch.setattr(tasks, "_progress", watched)
    answer = await fetched(dispatcher, work, q="路灯")
    assert [row["工单编号"] for row in rows(answer)] == made[::-1]
    assert told == [(3, 7), (6, 7), (7, 7)]


async def test_more_than_a_file_may_hold_is_said(web: Web, work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    dispatcher = await web.as_("dispatcher")
    for _ in range(3):
        await web.register()
    for limit, value in (("MOST_ROWS", 2), ("MOST_SIGNS", 100)):
        with monkeypatch.context() as patch:
            patch.setattr(export_room, limit, value)
            job = await ask(dispatcher)
            await work.tasks.drain(work.database)
        failed = await look(dispatcher, job)
        assert (failed["state"], failed["fault"]["code"], failed["file"]) == ("failed", "export_too_large", None)
        assert "缩小范围" in failed["fault"]["detail"]
        english = await dispatcher.get(f"/api/v1/jobs/{job['id']}", headers={"accept-language": "en"})
        assert "Narrow it down" in english.json()["fault"]["detail"]


async def test_only_the_asker_sees_the_job(web: Web, work: Work) -> None:
    job = await ask(await web.as_("dispatcher"))
    await work.tasks.drain(work.database)
    for stranger in (await web.as_("manager"), await web.as_("shift_lead"), await web.as_("auditor")):
        for path in (f"/api/v1/jobs/{job['id']}", f"/api/v1/jobs/{job['id']}/file"):
            assert (await stranger.get(path)).status_code == 404
        assert (await stranger.get("/api/v1/jobs")).json()["items"] == []
    assert (await web.http.get(f"/api/v1/jobs/{job['id']}/file")).status_code == 401
    assert (await (await web.as_("dispatcher")).get("/api/v1/jobs/x")).status_code == 400


async def test_the_file_lives_a_day(web: Web, work: Work, owner: asyncpg.Connection) -> None:
    name = await web.account("dispatcher")
    dispatcher = await web.sign_in(name)
    await web.register()
    job = await ask(dispatcher)
    await work.tasks.drain(work.database)
    web.house.clock.advance_to(web.house.clock() + timedelta(hours=23, minutes=59))
    dispatcher = await web.sign_in(name)
    assert (await dispatcher.get(f"/api/v1/jobs/{job['id']}/file")).status_code == 200
    web.house.clock.advance_to(web.house.clock() + timedelta(minutes=1))
    assert (await dispatcher.get(f"/api/v1/jobs/{job['id']}/file")).status_code == 404
    assert await owner.fetchval("SELECT count(*) FROM task_part") == 1
    await work.tidy()
    assert await owner.fetchval("SELECT (SELECT count(*) FROM task) + (SELECT count(*) FROM task_part)") == 0


async def test_what_was_asked_and_what_came_of_it_are_sealed(web: Web, work: Work, owner: asyncpg.Connection) -> None:
    order = await web.register()
    await fetched(await web.as_("dispatcher"), work, q="13800000000")
    stored = await owner.fetch("SELECT t::text, p::text FROM task t JOIN task_part p ON p.task_id = t.id")
    text = str([tuple(row) for row in stored])
    assert stored
    for plain in ("13800000000", order["number"], "路灯".encode().hex(), order["number"].encode().hex()):
        assert plain not in text
    assert await owner.fetchval("SELECT count(*) FROM audit WHERE detail::text LIKE '%13800000000%'") == 0


async def test_a_large_file_comes_in_parts_each_bound_to_its_place(
    web: Web, work: Work, owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "PART", 100)
    dispatcher = await web.as_("dispatcher")
    order = await web.register()
    answer = await fetched(dispatcher, work)
    assert rows(answer)[0]["工单编号"] == order["number"]
    assert await owner.fetchval("SELECT count(*) FROM task_part") > 3
    await owner.execute("UPDATE task_part SET no = no + 100 WHERE no IN (0, 1)")
    await owner.execute("UPDATE task_part SET no = 101 - no WHERE no >= 100")
    job = (await dispatcher.get("/api/v1/jobs")).json()["items"][0]
    with pytest.raises((httpx.HTTPError, AssertionError)):
        swapped = await dispatcher.get(job["file"])
        assert len(swapped.content) == job["size"]


async def test_who_may_not_export(web: Web, work: Work, owner: asyncpg.Connection) -> None:
    for role in ("admin", "auditor", "kb_editor"):
        refused = await (await web.as_(role)).post(PATH, json={"format": "csv"})
        assert (refused.status_code, refused.json()["code"]) == (403, "no_orders")
    name = await web.account("agent")
    await owner.execute("UPDATE account SET vendor = true WHERE id = $1", web.accounts[name])
    refused = await (await web.sign_in(name)).post(PATH, json={"format": "csv"})
    assert (refused.status_code, refused.json()["code"]) == (403, "no_export")


async def test_what_changed_meanwhile_holds_when_it_is_made(web: Web, work: Work, owner: asyncpg.Connection) -> None:
    await web.register()
    name = await web.account("dispatcher")
    dispatcher = await web.sign_in(name)
    job = await ask(dispatcher)
    await owner.execute("UPDATE account_role SET role = 'kb_editor' WHERE account_id = $1", web.accounts[name])
    await work.tasks.drain(work.database)
    assert (await look(dispatcher, job))["fault"]["code"] == "no_orders"
    await owner.execute("UPDATE account_role SET role = 'dispatcher' WHERE account_id = $1", web.accounts[name])
    again = await ask(await web.sign_in(name))
    await owner.execute("UPDATE account SET active = false WHERE id = $1", web.accounts[name])
    await work.tasks.drain(work.database)
    fault = await owner.fetchval("SELECT fault->>'code' FROM task WHERE id = $1", again["id"])
    assert fault == "account_changed"


async def test_wrong_requests_are_said_at_once(web: Web) -> None:
    dispatcher = await web.as_("dispatcher")
    for body, field in (
        ({}, "format"),
        ({"format": "doc"}, "format"),
        ({"format": "csv", "limit": 5}, "limit"),
        ({"format": "csv", "state": "nowhere"}, "state"),
        ({"format": "csv", "q": "！？"}, "q"),
        ({"format": "csv", "q": "20210928532800000001X"}, "q"),
        ({"format": "csv", "from": "2021-09-28T00:00:00"}, "from"),
        ({"format": "csv", "to": "2500-09-28T00:00:00+08:00"}, "to"),
    ):
        refused = await dispatcher.post(PATH, json=body)
        assert (refused.status_code, refused.json()["field"]) == (422, field), body


async def test_asking_without_end_is_stopped(web: Web, work: Work) -> None:
    dispatcher = await web.as_("dispatcher")
    for _ in range(3):
        await ask(dispatcher)
    refused = await dispatcher.post(PATH, json={"format": "csv"})
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_jobs")
    await ask(await web.as_("shift_lead"))  # somebody else is not stopped
    await work.tasks.drain(work.database)
    for _ in range(17):
        await ask(dispatcher)
        await work.tasks.drain(work.database)
    assert (await dispatcher.post(PATH, json={"format": "csv"})).status_code == 429


async def test_a_task_whose_process_died_is_taken_over(web: Web, work: Work, owner: asyncpg.Connection) -> None:
    dispatcher = await web.as_("dispatcher")
    await web.register()
    job = await ask(dispatcher)
    begun, never = asyncio.Event(), asyncio.Event()

    async def hanging(task: tasks.Task, progress: tasks.Progress) -> tasks.Made:
        begun.set()
        await never.wait()
        raise AssertionError

    dead = tasks.Tasks(web.house.ring, web.house.clock, {"export.orders": hanging})
    hung = asyncio.create_task(dead.step(work.database))
    await begun.wait()
    assert (await look(dispatcher, job))["state"] == "running"
    assert not await work.tasks.step(work.database)  # it is the other's for as long as its lease lasts
    await owner.execute("UPDATE task SET lease_until = clock_timestamp() - interval '1 second'")
    assert await work.tasks.step(work.database)
    assert (await look(dispatcher, job))["state"] == "done"
    hung.cancel()


async def test_a_process_that_lost_its_task_leaves_no_trace(web: Web, work: Work, owner: asyncpg.Connection) -> None:
    dispatcher = await web.as_("dispatcher")
    job = await ask(dispatcher)

    async def slow(task: tasks.Task, progress: tasks.Progress) -> tasks.Made:
        await owner.execute("UPDATE task SET attempts = attempts + 1")  # as another's claim does
        return tasks.Made(file_name="x", media_type="text/csv", content=b"late")

    late = tasks.Tasks(web.house.ring, web.house.clock, {"export.orders": slow})
    assert await late.step(work.database)
    assert (await look(dispatcher, job))["state"] == "running"
    assert await owner.fetchval("SELECT count(*) FROM task_part") == 0


async def test_a_task_that_never_ends_well_is_given_up(web: Web, work: Work, owner: asyncpg.Connection) -> None:
    dispatcher = await web.as_("dispatcher")
    job = await ask(dispatcher)

    async def down(task: tasks.Task, progress: tasks.Progress) -> tasks.Made:
        raise DatabaseLost

    broken = tasks.Tasks(web.house.ring, web.house.clock, {"export.orders": down})
    for _ in range(tasks.ATTEMPTS):
        with pytest.raises(Unavailable):
            await broken.step(work.database)
        await owner.execute("UPDATE task SET lease_until = clock_timestamp() - interval '1 second'")
    assert await broken.step(work.database)
    assert (await look(dispatcher, job))["fault"]["code"] == "task_gave_up"


async def test_an_unforeseen_failure_says_nothing_of_itself(web: Web, work: Work) -> None:
    dispatcher = await web.as_("dispatcher")
    job = await ask(dispatcher)

    async def wrong(task: tasks.Task, progress: tasks.Progress) -> tasks.Made:
        raise ValueError("13800000000")

    broken = tasks.Tasks(web.house.ring, web.house.clock, {"export.orders": wrong})
    assert await broken.step(work.database)
    fault = (await look(dispatcher, job))["fault"]
    assert fault["code"] == "internal" and "13800000000" not in fault["detail"]


async def test_readiness_tells_of_tasks_nobody_does(web: Web, owner: asyncpg.Connection) -> None:
    await ask(await web.as_("dispatcher"))
    assert not any("任务" in one for one in (await web.http.get("/readyz")).json()["warnings"] if "导出" in one)
    await owner.execute("UPDATE task SET created_at = clock_timestamp() - interval '10 minutes'")
    assert any("导出等任务" in one for one in (await web.http.get("/readyz")).json()["warnings"])
