"""What was recorded is what stands there: a random life verifies, and every trick of a superuser is found and named."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest

import packed
from conftest import House
from walk import body_for
from yihao.errors import YihaoError
from yihao.orders import bodies, jobs, rules, service
from yihao.orders.checkpoints import FILE, Checkpoints
from yihao.orders.faults import Report, report_text
from yihao.orders.model import Order
from yihao.orders.packing import pack, unpack, unpacked
from yihao.orders.rows import body_of, event_hash, event_of
from yihao.orders.verify import verify
from yihao.seal.chain import GENESIS


async def look(house: House, data: Path | None = None, *, deep: bool = True) -> Report:
    return await verify(house.database, house.ring, data=data, deep=deep)


def named(report: Report) -> set[tuple[str, str | None, int | str | None]]:
    return {(fault.what, fault.number, fault.seq) for fault in report.faults}


async def answered(house: House, **fields: object) -> Order:
    """An order with a few events, duties open and closed, a sealed text at several steps."""
    order = await house.register(house.actor("agent"), **fields)
    order = await house.act(
        house.actor("agent"), order, "prepare", bodies.Prepare(category="light", area_code="532801")
    )
    lead = house.units["州建设局"]
    order = await house.act(house.actor("dispatcher"), order, "dispatch", bodies.Dispatch(lead=lead, note="请尽快。"))
    order = await house.act(house.actor("unit_receiver", unit="州建设局"), order, "sign", bodies.Empty())
    return await house.act(
        house.actor("unit_handler", unit="州建设局"), order, "reply", bodies.Reply(text="已修复，电话13800000000。")
    )


@pytest.fixture
async def tampered(house: House, owner: asyncpg.Connection, tmp_path: Path) -> AsyncIterator[Trial]:
    orders = [await answered(house) for _ in range(3)]
    orders.append(await answered(house, kind="report", title="举报一件事"))
    points = Checkpoints(house.ring, tmp_path)
    await points.make(house.database)
    await owner.execute("SET session_replication_role = replica")  # no trigger, no constraint by trigger
    trial = Trial(house, owner, tmp_path, [order.number for order in orders], points)
    assert (await look(house, tmp_path)).ok
    yield trial


class Trial:
    def __init__(
        self, house: House, owner: asyncpg.Connection, data: Path, numbers: list[str], points: Checkpoints
    ) -> None:
        self.house, self.owner, self.data, self.numbers, self.points = house, owner, data, numbers, points
        self.number = numbers[1]

    async def finds(self, *faults: tuple[str, str | None, int | str | None]) -> Report:
        report = await look(self.house, self.data)
        assert not report.ok and named(report) >= set(faults), report_text(report)
        assert {fault.number for fault in report.faults} <= {number for _, number, _ in faults} | {None}
        return report


async def test_a_random_life_of_many_orders_verifies(house: House, owner: asyncpg.Connection, tmp_path: Path) -> None:
    chance = random.Random(20211)
    units = [house.units[name] for name in ("州建设局", "州市场局", "甲县建设局")]
    everyone = [
        house.actor("agent", "dispatcher", "shift_lead", "manager", "supervisor", "revisit_clerk", cleared=True),
        *(
            house.actor("unit_receiver", "unit_handler", "unit_reviewer", unit=name)
            for name in ("州建设局", "州市场局", "甲县建设局")
        ),
        house.clockwork(),
    ]
    numbers = [
        (await house.register(everyone[0], kind=chance.choice(("help", "complaint", "report", "consult")))).number
        for _ in range(12)
    ]
    done: dict[str, int] = {}
    for _ in range(700):
        house.clock.advance_to(house.clock() + timedelta(hours=chance.choice((0, 1, 5, 30))))
        number, actor = chance.choice(numbers), chance.choice(everyone)
        try:
            async with house.database.write(actor.wall()) as connection:
                matter, _ = await service.load(connection, number)
                place = await house.desk.places.at(connection, matter.order.path)
                profile = place.profile.for_line(None)

                def context(choice: rules.Choice) -> rules.Context:
                    return place.context(house.clock(), actor, choice.role, unit=choice.unit)  # noqa: B023 - used at once

                verbs = [choice.edge.verb for choice in rules.available(matter, actor, profile, context)]
                verbs = [verb for verb in verbs if verb not in ("recalculate",)]
                if not verbs:
                    continue
                verb = min(verbs, key=lambda name: (done.get(name, 0) + 1) * chance.random())  # rare ones rather
                body = body_for(verb, matter, chance, units, numbers, house.clock())
                await service.act(connection, house.desk, actor, number, verb, body, version=matter.order.version)
                done[verb] = done.get(verb, 0) + 1
        except YihaoError:
            continue
    await jobs.run_due(house.desk, house.database, house.clock() + timedelta(days=20))
    assert len(done) >= 20, done
    report = await look(house)
    assert report.ok, report_text(report)
    assert report.orders == 12 and report.waiting == report.events
    await Checkpoints(house.ring, tmp_path).make(house.database)
    report = await look(house, tmp_path)
    assert report.ok and report.waiting == 0 and report.checkpoints >= 1, report_text(report)
    assert report.parts > report.orders
    # The quick way to fold a whole history gives what folding event by event gives.
    for number in numbers:
        rows = await owner.fetch("SELECT * FROM order_event WHERE number = $1 ORDER BY seq", number)
        matter = None
        for row in rows:
            matter = rules.fold(matter, event_of(row))
        quick = rules.replay((row["at"], row["seq"], row["to_state"], unpacked(row["body"])["change"]) for row in rows)
        assert matter is not None and quick.order == matter.order
        assert sorted(quick.duties, key=lambda d: d.no) == sorted(matter.duties, key=lambda d: d.no)


async def test_an_edited_row(tampered: Trial) -> None:
    await tampered.owner.execute(
        "UPDATE work_order SET state = 'archived', urgency = 'urgent' WHERE number = $1", tampered.number
    )
    report = await tampered.finds(("row_edited", tampered.number, None))
    assert "state" in report.faults[0].detail and "urgency" in report.faults[0].detail


async def test_an_edited_field_within_the_row(tampered: Trial) -> None:
    await packed.change(tampered.owner, "data", tampered.number, lambda data: data.update(extensions=1))
    report = await tampered.finds(("row_edited", tampered.number, None))
    assert report.faults[0].detail == "extensions"


async def test_an_edited_title(tampered: Trial) -> None:
    await tampered.owner.execute("UPDATE work_order SET title = '无' WHERE number = $1", tampered.number)
    await tampered.finds(("title_edited", tampered.number, None))


@pytest.mark.parametrize(
    "change",
    [
        "verb = 'adjudicate'",
        "at = at - interval '1 day'",
        "account_id = 7",
        "role = 'manager'",
        "unit_id = 3",
        "to_state = 'signed'",
    ],
)
async def test_an_edited_event(tampered: Trial, change: str) -> None:
    await tampered.owner.execute(f"UPDATE order_event SET {change} WHERE number = $1 AND seq = 3", tampered.number)
    await tampered.finds(("event_edited", tampered.number, 3))


async def test_an_edited_body(tampered: Trial) -> None:
    await packed.change(tampered.owner, "body", tampered.number, lambda body: body["facts"].update(lead=99), 3)
    await tampered.finds(("event_edited", tampered.number, 3))


async def test_an_edited_end_of_a_duty_that_is_closed(tampered: Trial) -> None:
    def waive(body: dict[str, Any]) -> None:
        for closed in body["change"]["close"].values():
            closed["outcome"] = "waived"

    await packed.change(tampered.owner, "body", tampered.number, waive, 5)
    await tampered.finds(("event_edited", tampered.number, 5))


@pytest.mark.parametrize("content", [b"", b"\x09whatever", b"\x01\xff\xff", b"\x00[]", b"\x00nothing"])
async def test_a_body_that_is_no_body(tampered: Trial, content: bytes) -> None:
    await tampered.owner.execute(
        "UPDATE order_event SET body = $2 WHERE number = $1 AND seq = 3", tampered.number, content
    )
    await tampered.finds(("event_edited", tampered.number, 3))


@pytest.mark.parametrize(
    ("change", "what", "seq"),
    [
        ("UPDATE work_order SET data = 'x' WHERE number = $1", "row_edited", None),
        ("UPDATE order_private SET redacted = 'x' WHERE number = $1 AND seq = 1", "title_edited", None),
        ("UPDATE order_private SET redacted = 'x' WHERE number = $1 AND seq = 5", "shown_edited", 5),
    ],
)
async def test_a_packed_value_that_does_not_unpack(tampered: Trial, change: str, what: str, seq: int | None) -> None:
    await tampered.owner.execute(change, tampered.number)
    await tampered.finds((what, tampered.number, seq))


async def test_a_body_packed_otherwise_is_the_same_evidence(tampered: Trial) -> None:
    body = await tampered.owner.fetchval("SELECT body FROM order_event WHERE number = $1 AND seq = 3", tampered.number)
    plain = b"\x00" + unpack(body)
    assert plain != body
    await tampered.owner.execute(
        "UPDATE order_event SET body = $2 WHERE number = $1 AND seq = 3", tampered.number, plain
    )
    assert (await look(tampered.house, tampered.data)).ok


async def rewrite(trial: Trial, number: str, seq: int, facts: dict[str, object]) -> None:
    """Change an event and everything that follows from it, as somebody with the source code would."""
    rows = await trial.owner.fetch("SELECT * FROM order_event WHERE number = $1 ORDER BY seq", number)
    previous = GENESIS
    for row in rows:
        event = event_of(row)
        if event.seq == seq:
            event = msgspec.structs.replace(event, facts={**event.facts, **facts})
        previous = event_hash(previous, event)
        await trial.owner.execute(
            "UPDATE order_event SET body = $3, hash = $4 WHERE number = $1 AND seq = $2",
            *(number, event.seq, pack(body_of(event)), previous),
        )
    await trial.owner.execute("UPDATE work_order SET head = $2 WHERE number = $1", number, previous)


async def test_a_history_rewritten_whole_is_found_by_the_checkpoint(tampered: Trial) -> None:
    await rewrite(tampered, tampered.number, 3, {"basis": "另一依据"})
    report = await tampered.finds(("event_resealed", tampered.number, "1-5"))
    assert [fault.what for fault in report.faults] == ["event_resealed"]


async def test_rewriting_before_the_checkpoint_is_the_window(
    house: House, owner: asyncpg.Connection, tmp_path: Path
) -> None:
    """Stated in docs/verify.md: what no checkpoint has taken in yet can still be rewritten as a whole."""
    order = await answered(house)
    trial = Trial(house, owner, tmp_path, [order.number] * 2, Checkpoints(house.ring, tmp_path))
    await rewrite(trial, order.number, 3, {"basis": "另一依据"})
    assert (await look(house)).ok


async def test_the_last_event_deleted_and_the_row_set_back(tampered: Trial) -> None:
    owner, number = tampered.owner, tampered.number
    rows = await owner.fetch("SELECT * FROM order_event WHERE number = $1 ORDER BY seq", number)
    before = rules.replay(
        (row["at"], row["seq"], row["to_state"], unpacked(row["body"])["change"]) for row in rows[:-1]
    )
    from yihao.orders.rows import data_of

    await owner.execute("DELETE FROM order_event WHERE number = $1 AND seq = 5", number)
    await owner.execute("DELETE FROM order_private WHERE number = $1 AND seq = 5", number)
    await owner.execute("DELETE FROM open_duty WHERE number = $1", number)
    for duty in before.duties:
        if duty.met_at:
            continue
        fields = {name: getattr(duty, name) for name in duty.__struct_fields__} | {
            "number": number,
            "path": before.order.path,
        }
        del fields["met_at"], fields["outcome"]
        names = ", ".join(fields)
        places = ", ".join(f"${place}" for place in range(1, len(fields) + 1))
        await owner.execute(f"INSERT INTO open_duty ({names}) VALUES ({places})", *fields.values())
    await owner.execute(
        "UPDATE work_order SET version = 4, head = $2, state = 'signed', last_at = $3, due_at = $4, data = $5 "
        "WHERE number = $1",
        *(number, rows[3]["hash"], before.order.last_at, before.order.due_at, pack(data_of(before.order))),
    )
    report = await tampered.finds(("event_missing", number, 5))
    assert [fault.what for fault in report.faults] == ["event_missing"]


async def test_a_whole_order_deleted(tampered: Trial) -> None:
    for table in (
        "work_order",
        "order_event",
        "order_private",
        "open_duty",
        "order_part",
        "caller_index",
    ):
        await tampered.owner.execute(f"DELETE FROM {table} WHERE number = $1", tampered.number)
    await tampered.finds(("order_missing", tampered.number, None))


async def test_a_whole_order_deleted_before_a_checkpoint_is_missed_by_the_feed(tampered: Trial) -> None:
    order = await answered(tampered.house)
    for table in (
        "work_order",
        "order_event",
        "order_private",
        "open_duty",
        "order_part",
        "caller_index",
    ):
        await tampered.owner.execute(f"DELETE FROM {table} WHERE number = $1", order.number)
    await tampered.finds(("event_missing", order.number, 1))
    await tampered.points.make(tampered.house.database)
    await tampered.finds(("order_missing", order.number, None))


async def test_an_order_slipped_in_past_the_system(tampered: Trial) -> None:
    owner = tampered.owner
    order = await answered(tampered.house)
    await owner.execute("DELETE FROM outbox WHERE number = $1", order.number)
    await tampered.points.make(tampered.house.database)
    await tampered.finds(*(("event_unvouched", order.number, seq) for seq in range(1, 6)))


async def test_only_the_row_deleted(tampered: Trial) -> None:
    await tampered.owner.execute("DELETE FROM work_order WHERE number = $1", tampered.number)
    await tampered.finds(("row_missing", tampered.number, None))


async def test_a_changed_recording_time(tampered: Trial) -> None:
    await tampered.owner.execute(
        "UPDATE order_event SET recorded_at = recorded_at - interval '3 days' WHERE number = $1 AND seq = 5",
        tampered.number,
    )
    await tampered.finds(("event_resealed", tampered.number, "1-5"))


async def test_the_last_checkpoint_deleted(tampered: Trial) -> None:
    await answered(tampered.house)
    await tampered.points.make(tampered.house.database)
    assert (await look(tampered.house, tampered.data)).ok
    await tampered.owner.execute("DELETE FROM checkpoint WHERE id = (SELECT max(id) FROM checkpoint)")
    report = await look(tampered.house, tampered.data)
    assert ("checkpoint_missing", None, None) in named(report)
    assert any(fault.what == "event_unvouched" for fault in report.faults)


async def test_all_checkpoints_and_the_cursor_deleted(tampered: Trial) -> None:
    """Without the file nobody could tell this from a young database; with it, every checkpoint is missed."""
    await tampered.owner.execute("DELETE FROM checkpoint; DELETE FROM follower")
    report = await look(tampered.house, tampered.data)
    assert ("checkpoint_missing", None, None) in named(report)


async def test_a_checkpoint_made_anew_by_somebody_without_the_key(tampered: Trial) -> None:
    from yihao.seal.keys import new_ring

    await tampered.owner.execute("DELETE FROM checkpoint; DELETE FROM follower")
    house, forger = tampered.house, Checkpoints(new_ring(), None)
    await forger.make(house.database)
    from yihao.orders import checkpoints

    async with house.database.work() as connection:
        rows = await connection.fetch(checkpoints.SQL["events_between"], "", "~")
        await checkpoints.keep(connection, new_ring(), rows)
    report = await look(house, tampered.data)
    assert {"checkpoint_unsigned", "checkpoint_differs"} <= {fault.what for fault in report.faults}
    assert "checkpoint_unsigned" in {fault.what for fault in (await look(house, None)).faults}


@pytest.mark.parametrize(
    "change",
    ["heads = set_byte(heads, 40, 255 - get_byte(heads, 40))", "at = at - interval '1 hour'", "events = events - 1"],
)
async def test_an_edited_checkpoint(tampered: Trial, change: str) -> None:
    await tampered.owner.execute(f"UPDATE checkpoint SET {change}")
    report = await look(tampered.house, tampered.data)
    assert report.faults[0].what == "checkpoint_edited" and report.faults[0].detail == "1"


async def test_an_edited_sealed_part(tampered: Trial) -> None:
    await tampered.owner.execute(
        "UPDATE order_private SET sealed = set_byte(sealed, 30, 255 - get_byte(sealed, 30)) "
        "WHERE number = $1 AND seq = 5",
        tampered.number,
    )
    await tampered.finds(("private_edited", tampered.number, 5))


async def test_two_sealed_parts_swapped(tampered: Trial) -> None:
    await tampered.owner.execute(
        "UPDATE order_private p SET sealed = q.sealed, redacted = q.redacted FROM order_private q "
        "WHERE p.number = $1 AND q.number = $1 AND p.seq IN (1, 5) AND q.seq = 6 - p.seq",
        tampered.number,
    )
    await tampered.finds(("private_edited", tampered.number, 1), ("private_edited", tampered.number, 5))


async def test_a_sealed_part_put_back_to_an_older_one_of_the_same_place(tampered: Trial) -> None:
    """Sealed by this very installation for this very place, so it opens; the commitment tells."""
    from yihao.orders.private import seal_texts

    forged = seal_texts(tampered.house.ring, tampered.number, 5, {"text": "从未修复。"})
    await tampered.owner.execute(
        "UPDATE order_private SET sealed = $2, redacted = $3 WHERE number = $1 AND seq = 5",
        *(tampered.number, forged.blob, pack(msgspec.json.encode(forged.redacted))),
    )
    await tampered.finds(("private_edited", tampered.number, 5))


async def test_an_edited_shown_text(tampered: Trial) -> None:
    await packed.change(tampered.owner, "redacted", tampered.number, lambda shown: shown.update(text="未修复。"), 5)
    await tampered.finds(("shown_edited", tampered.number, 5))


async def test_texts_emptied_without_an_erasure(tampered: Trial) -> None:
    await tampered.owner.execute(
        "UPDATE order_private SET sealed = NULL, redacted = '\\x007b7d', erased_at = clock_timestamp() "
        "WHERE number = $1 AND seq = 5",
        tampered.number,
    )
    await tampered.finds(("private_gone", tampered.number, 5))


async def test_texts_deleted(tampered: Trial) -> None:
    await tampered.owner.execute("DELETE FROM order_private WHERE number = $1 AND seq = 5", tampered.number)
    await tampered.finds(("private_missing", tampered.number, 5))


async def test_a_reporter_taken_away_or_swapped(tampered: Trial) -> None:
    number = tampered.numbers[3]
    await tampered.owner.execute("UPDATE reporter SET sealed = set_byte(sealed, 20, 255 - get_byte(sealed, 20))")
    await tampered.finds(("reporter_edited", number, None))
    await tampered.owner.execute("DELETE FROM reporter")
    await tampered.finds(("reporter_missing", number, None))


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("UPDATE open_duty SET due_at = due_at + interval '9 d' WHERE number = $1 AND kind = 'review'", "duty_edited"),
        ("INSERT INTO open_duty (number, no, kind, path, opened_at, due_at, rule, clause) "
         "SELECT number, 2, 'dispatch', path, last_at, last_at, '', '' FROM work_order WHERE number = $1",
         "duty_edited"),
        ("DELETE FROM open_duty WHERE number = $1 AND kind = 'overall'", "duty_edited"),
        ("UPDATE open_duty SET secret = true WHERE number = $1 AND kind = 'review'", "duty_edited"),
        ("DELETE FROM order_part WHERE number = $1", "parts_edited"),
        ("INSERT INTO order_part SELECT number, 99, path FROM work_order WHERE number = $1", "parts_edited"),
        ("INSERT INTO order_link SELECT number, number, 'merged', 'repeat' FROM work_order WHERE number = $1",
         "link_edited"),
    ],
)  # fmt: skip
async def test_an_edited_duty_part_or_link(tampered: Trial, change: str, what: str) -> None:
    await tampered.owner.execute(change, tampered.number)
    await tampered.finds((what, tampered.number, None))


async def test_the_report_reads_as_a_sentence(tampered: Trial) -> None:
    assert "核验通过" in report_text(await look(tampered.house, tampered.data))
    await tampered.owner.execute("UPDATE order_event SET role = 'x' WHERE number = $1 AND seq = 3", tampered.number)
    report = await look(tampered.house, tampered.data)
    assert f"1. 工单 {tampered.number} 第 3 步被改动" in report_text(report)
    assert f"order {tampered.number}, event 3" in report_text(report, "en")


async def test_the_file_outside_grows_with_the_chain_and_survives_a_torn_line(tampered: Trial) -> None:
    file = tampered.data / FILE
    with file.open("ab") as torn:
        torn.write(b'{"id": 2, "ha')
    await answered(tampered.house)
    await tampered.points.make(tampered.house.database)
    assert (await look(tampered.house, tampered.data)).ok
    assert file.stat().st_mode & 0o777 == 0o600


async def test_followers_go_on_while_it_reads(tampered: Trial) -> None:
    """verify holds a snapshot for long, and no xid that would hold up who reads below the horizon."""
    from yihao.orders import verify as module

    seen: list[int] = []
    original = module._orders

    async def slowly(*args: object, **more: object) -> None:
        await answered(tampered.house)
        seen.append(await tampered.points.make(tampered.house.database))
        await original(*args, **more)  # type: ignore[arg-type]

    module._orders = slowly  # type: ignore[assignment]
    try:
        assert (await look(tampered.house, tampered.data)).ok
    finally:
        module._orders = original
    assert seen == [5]
