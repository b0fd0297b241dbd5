"""What must not be found in the database: state secrets as orders, and any caller in clear."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from conftest import House
from packed import PLACES
from yihao.orders import bodies, service
from yihao.orders.model import Order
from yihao.orders.packing import unpack, unpacked

MARK = "机密★10年"
NAME, PHONE, ID_NUMBER = "欧阳演示之甲", "13812345678", "11010519491231002X"
LANDLINE, CODE = "0691-2123456", "91350100M000100Y43"
ADDRESS = "示范路八百一十二弄三号楼402室"


async def everything(owner: asyncpg.Connection) -> dict[str, list[str]]:
    """Every row of every table as text, with what stands in its packed columns."""
    tables = await owner.fetch(
        "SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname = 'public' AND c.relkind = 'r' ORDER BY 1"
    )
    found = {}
    for table in tables:
        rows = await owner.fetch(f"SELECT t::text AS row, t.* FROM {table['name']} t")
        found[table["name"]] = [row["row"] + _packed(table["name"], row) for row in rows]
    return found


def _packed(table: str, row: asyncpg.Record) -> str:
    columns = [column for column, place in PLACES.items() if re.fullmatch(rf"{place}(_\d+)?", table)]
    return "".join(f"|{unpack(row[column]).decode()}" for column in columns)


async def counts(owner: asyncpg.Connection) -> dict[str, int]:
    return {name: len(rows) for name, rows in (await everything(owner)).items() if rows}


async def quarantined(house: House, actor: Any, stopped: service.Quarantined) -> None:
    """What the door does with a stopped text: a transaction of its own."""
    async with house.database.write(actor.wall()) as connection:
        await service.quarantine(connection, house.desk, actor, stopped)


@pytest.mark.parametrize(
    "fields",
    [
        {"content": f"附件标有{MARK}字样"},
        {"title": f"{MARK} 文件"},
        {"address": f"{MARK}仓库"},
        {"caller": {"name": "绝密★启用前"}},
    ],
)
async def test_a_marked_text_leaves_only_its_quarantine(
    house: House, owner: asyncpg.Connection, fields: dict[str, Any]
) -> None:
    agent = house.actor("agent")
    before = await counts(owner)
    with pytest.raises(service.Quarantined) as caught:
        await house.register(agent, key="q1", **fields)
    assert caught.value.error.status == 422 and caught.value.marks
    assert await counts(owner) == before
    await quarantined(house, agent, caught.value)
    assert await counts(owner) == before | {"quarantine": 1}
    row = await owner.fetchrow("SELECT account_id, path, marks, sealed FROM quarantine")
    assert row["account_id"] == agent.account and row["marks"] == list(caught.value.marks)
    assert "附件标有".encode() not in row["sealed"]
    # The key was not used up: the cleaned text may come under it.
    assert (await house.register(agent, key="q1")).state == "received"


async def test_a_marked_text_in_a_verb_changes_nothing(house: House, owner: asyncpg.Connection) -> None:
    agent = house.actor("agent")
    order = await house.register(agent)
    prepare = bodies.Prepare(category="light", area_code="532801")
    order = await house.act(agent, order, "prepare", prepare)
    before = await counts(owner)
    for actor, verb, body in (
        (agent, "supplement", bodies.Supplement(text=f"另附{MARK}材料")),
        (house.actor("dispatcher"), "dispatch", bodies.Dispatch(lead=house.units["州建设局"], basis=f"{MARK}文件")),
        (house.actor("manager"), "set_limit", bodies.SetLimit(days=9, basis=f"{MARK}文件")),
    ):
        with pytest.raises(service.Quarantined) as caught:
            await house.act(actor, order, verb, body, key="q2")
        assert await counts(owner) == before
        await quarantined(house, actor, caught.value)
        before["quarantine"] = before.get("quarantine", 0) + 1
    assert await owner.fetchval("SELECT version FROM work_order") == order.version


async def whole_life(house: House, **fields: Any) -> Order:
    """From registration to the archive, with a return, an extension, a supplement, a supervision, a redo on the way."""
    agent, dispatcher, manager = house.actor("agent"), house.actor("dispatcher"), house.actor("manager")
    said = f"请回电{PHONE}，身份证{ID_NUMBER}，座机{LANDLINE}。"
    order = await house.register(
        agent,
        title=f"{PHONE}来电反映路灯",
        content=f"我的电话是{PHONE}，{said}",
        address=ADDRESS,
        location={"lon": 100.7971234, "lat": 22.0091234},
        caller={
            "kind": "enterprise", "name": NAME, "phone": PHONE, "id_number": ID_NUMBER, "enterprise_code": CODE,
        },
        **fields,
    )  # fmt: skip
    unit = house.actor("unit_receiver", "unit_handler", unit="州建设局")
    lead = house.units["州建设局"]
    steps: list[tuple[Any, str, bodies.Body]] = [
        (agent, "supplement", bodies.Supplement(text=said)),
        (agent, "prepare", bodies.Prepare(category="light", area_code="532801")),
        (dispatcher, "dispatch", bodies.Dispatch(lead=lead, basis=f"目录 {PHONE}", note=said)),
        (unit, "sign", bodies.Empty()),
        (unit, "return", bodies.Return(
            legal_basis=f"清单 {PHONE}", explanation=said, suggested_unit=house.units["州市场局"])),
        (dispatcher, "reject_return", bodies.Because(reason=said)),
        (unit, "progress", bodies.Progress(text=said, contacted=True)),
        (unit, "request_extension", bodies.RequestExtension(ground=said)),
        (manager, "decide_extension", bodies.DecideExtension(approve=True, reason=said)),
        (house.actor("supervisor"), "supervise", bodies.Supervise(level=2, demand=said)),
        (unit, "answer_supervision", bodies.Opinion(text=said)),
        (manager, "set_limit", bodies.SetLimit(days=20, basis=f"示范条例 {PHONE}")),
        (unit, "reply", bodies.Reply(text=said, legal_basis=said, internal=said)),
        (house.actor("shift_lead"), "approve_reply", bodies.Because(reason=said)),
        (house.actor("revisit_clerk"), "revisit", bodies.Revisit(reached=True, note=said)),
        (house.actor("revisit_clerk"), "rate", bodies.Rate(service=5, handling=1, solved=False, text=said)),
        (house.actor("supervisor"), "redo", bodies.Because(reason=said)),
        (unit, "reply", bodies.Reply(text=said)),
        (house.actor("shift_lead"), "approve_reply", bodies.Because(reason=said)),
        (manager, "archive", bodies.Archive(not_applicable={"revisit": f"已回 {PHONE}", "rate": f"{ID_NUMBER}"})),
        (manager, "unseal", bodies.Because(reason=said)),
        (unit, "propose_final",
         bodies.ProposeFinal(finding=said, evidence=f"录音 {PHONE}", head_signed=f"局长 {PHONE}")),
        (manager, "finalise", bodies.Finalise(reason=said)),
        (manager, "reopen", bodies.Reopen(ground="new_fact", reason=said)),
        (agent, "transfer", bodies.Transfer(to=f"{PHONE}", reason=said)),
    ]  # fmt: skip
    for _ in range(2):  # who calls again and again on the same matter
        bound = bodies.Merge(into=order.number, relation="repeat", link=True)
        await house.act(agent, await house.register(agent), "merge", bound)
    for person, verb, body in steps:
        house.clock.advance_to(house.clock() + timedelta(minutes=1))
        order = await house.act(person, order, verb, body)
    return order


@pytest.mark.parametrize("kind", ["help", "report"])
async def test_no_caller_stands_in_clear_anywhere(house: House, owner: asyncpg.Connection, kind: str) -> None:
    order = await whole_life(house, kind=kind)
    assert order.state == "transferred" and order.version == 26
    secrets = [NAME, PHONE, "138 1234 5678", ID_NUMBER, LANDLINE, "2123456", CODE, ADDRESS, "1007971234", "100.797"]
    spelled = secrets + [secret.encode().hex() for secret in secrets]
    found = await everything(owner)
    assert len(found["order_private_202109"]) > 20 and found["order_event_202109"]
    for table, rows in found.items():
        for row in rows:
            for secret in spelled:
                assert secret not in row, f"{table} holds {secret}"
    # The scan does look at what is there: the masked forms are.
    whole = "\n".join(row for rows in found.values() for row in rows)
    assert "138****5678" in whole
    assert re.search(r"欧阳\*+|欧\*+", whole) or kind == "report"


async def test_a_reporter_stands_in_a_store_of_its_own(house: House, owner: asyncpg.Connection) -> None:
    order = await house.register(house.actor("agent"), kind="report", caller={"name": NAME, "phone": PHONE})
    assert await owner.fetchval("SELECT count(*) FROM reporter WHERE number = $1", order.number) == 1
    assert await owner.fetchval("SELECT count(*) FROM caller_index") == 0
    shown = unpacked(await owner.fetchval("SELECT redacted FROM order_private"))
    assert shown["caller"] == {"protected": True}
    from yihao.orders.private import open_reporter, open_texts

    sealed = await owner.fetchval("SELECT sealed FROM order_private")
    assert "caller" not in open_texts(house.ring, order.number, 1, bytes(sealed))[0]
    # Corrected to another kind, the caller is still where he was.
    prepare = bodies.Prepare(category="light", area_code="532801", kind="complaint")
    order = await house.act(house.actor("agent"), order, "prepare", prepare)
    assert order.kind == "complaint" and order.protected
    blob = await owner.fetchval("SELECT sealed FROM reporter")
    assert open_reporter(house.ring, order.number, bytes(blob))["phone"].endswith("13812345678")


async def test_messages_hold_no_personal_data(house: House, owner: asyncpg.Connection) -> None:
    await whole_life(house)
    rows = await owner.fetch("SELECT topic, status, body::text AS body FROM outbox")
    assert {row["status"] for row in rows if row["topic"].startswith(("sms.", "call."))} == {"no_sender"}
    assert {row["status"] for row in rows if row["topic"].startswith("order.")} == {"feed"}
    assert not any(re.search(r"1[3-9][0-9]{9}", row["body"]) for row in rows)
