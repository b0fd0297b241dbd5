"""One message's way through the hotline, told as it happens: each step by its own actor, through the services alone.

`Story.live` yields the moment of its next step and goes on when the clock stands there; whoever drives many stories
thereby keeps them in one order of time.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, Final

import msgspec

from yihao.errors import Unavailable, YihaoError
from yihao.orders import bodies, service
from yihao.orders.model import Duty, DutyKind, Matter, Order
from yihao.orders.places import Place
from yihao.people.scope import Actor
from yihao.replay import kinds, plan
from yihao.replay.cast import Cast
from yihao.replay.model import Message
from yihao.store.db import Database
from yihao.units.keywords import suggest_category
from yihao.units.model import CatalogueRow

OPEN_TO_RATING: Final = ("closed", "revisiting", "answered")


class Stage(msgspec.Struct, frozen=True):
    """What every story needs: the database and desk, the place whose hotline it is, who plays, which knowledge
    item answers a category (its id), and the areas a matter may lie in."""

    database: Database
    desk: service.Desk
    place: Place
    cast: Cast
    knowledge: dict[str, int]
    areas: tuple[str, ...]


class Story:
    """A message and what has become of it.

    Attributes:
        refused: why it never became an order.
        stopped: why its order went no further (a step was refused), for the person who reads the report.
    """

    def __init__(self, message: Message, at: datetime, stage: Stage) -> None:
        self.message = message
        self.at = at
        self.kind, _ = kinds.kind_of(message.title, message.body)
        self.number: str | None = None
        self.code: str | None = None
        self.refused = message.refused
        self.stopped: str | None = None
        self._stage = stage
        self._legal = kinds.is_legal_process(message.title, message.body)

    async def live(self) -> AsyncIterator[datetime]:
        """The moments of its steps, the first being registration."""
        yield self.at
        try:
            if await self._register():
                async for moment in self._handled():
                    yield moment
        except service.Quarantined as marked:
            async with self._stage.database.write(self._stage.cast.citizen().wall()) as connection:
                await service.quarantine(connection, self._stage.desk, self._stage.cast.citizen(), marked)
            self._end(marked.error.sentence("zh"))
        except Unavailable:
            raise  # the database, not the message
        except YihaoError as error:
            self._end(error.sentence("zh"))

    def _end(self, why: str) -> None:
        if self.number is None:
            self.refused = why
        else:
            self.stopped = why

    async def _register(self) -> bool:
        message, stage = self.message, self._stage
        fields: dict[str, Any] = {
            "channel": "web",
            "kind": self.kind,
            "domain": kinds.domain_of(message.title, message.body),
            "title": message.title,
            "content": message.body,
            "legal_process": self._legal,
        }
        try:
            appeal = msgspec.convert(fields, bodies.Appeal)
        except msgspec.ValidationError as wrong:
            self.refused = str(wrong)
            return False
        agent = await stage.cast.hotline("online_agent")
        async with stage.database.write(agent.wall()) as connection:
            made = await service.register(connection, stage.desk, agent, appeal)
        self.number, self.code = made.order.number, made.code
        return True

    async def _handled(self) -> AsyncIterator[datetime]:
        message, stage = self.message, self._stage
        category, because = suggest_category(message.body, stage.place.tree.categories.values(), title=message.title)
        area = plan.area_of(message.title, message.body, stage.areas)
        day = self.at.astimezone(stage.place.zone).date()
        row = stage.place.tree.pick(category, area, self.kind, day)
        if self._answers_itself(category):
            async for moment in self._answered(stage.knowledge[category]):
                yield moment
            return
        lead = self._lead(row)
        dispatched = await self._dispatch_at()
        yield self.at + min(plan.PREPARE, (dispatched - self.at) / 2)
        await self._act("online_agent", "prepare", bodies.Prepare(category=category, area_code=area))
        yield dispatched
        if lead is None:
            await self._transfer(row)
            return
        assists = self._assists(row, lead)
        basis = row.basis if row else "目录未列，暂由管理机构承办"
        body = bodies.Dispatch(lead=lead, assists=assists, basis=basis, note=because)
        order = await self._act("dispatcher", "dispatch", body)
        async for moment in self._at_the_unit(order, lead, assists):
            yield moment
        if message.reply is not None:
            async for moment in self._after_reply():
                yield moment

    # The hotline ------------------------------------------------------------------------------------------------------

    def _answers_itself(self, category: str) -> bool:
        """A consultation answered on the very day, on a matter the knowledge base knows (docs/replay.md)."""
        reply_at = self.message.reply_at
        return (
            self.kind in self._stage.place.profile.acceptance.direct_answer.kinds
            and category in self._stage.knowledge
            and reply_at is not None
            and plan.same_day(self.at, reply_at, self._stage.place)
        )

    async def _answered(self, item: int) -> AsyncIterator[datetime]:
        message = self.message
        assert message.reply is not None and message.reply_at is not None  # noqa: S101  # _answers_itself asked
        yield message.reply_at
        await self._act("online_agent", "answer", bodies.Answer(text=message.reply, knowledge_item=item))
        async for moment in self._rated(message.reply_at, in_time=True):
            yield moment

    async def _dispatch_at(self) -> datetime:
        """By the place's rule; a reply that came earlier moves it to registration."""
        place, duty = self._stage.place, await self._duty("dispatch")
        if duty is None:
            return self.at
        at_once = plan.goes_at_once(place.profile, self.kind, self._legal)
        planned = plan.dispatch_at(self.message.id, self.at, duty.due_at, at_once, place)
        reply_at = self.message.reply_at
        return self.at if reply_at is not None and reply_at < planned else planned

    def _lead(self, row: CatalogueRow | None) -> int | None:
        """The catalogue's unit; where nobody plays there, the desk of its place, then the next above; the managing
        body where the catalogue knows none. ``None``: hand over to a partner."""
        tree, cast = self._stage.place.tree, self._stage.cast
        if row is not None and tree.unit(row.unit_id).kind == "referral_partner":
            return None
        managing = self._stage.place.jurisdiction.managing_unit_id
        around = tree.lineage(tree.place(row.unit_id).id)[::-1] if row else []
        for unit in (row.unit_id if row else None, *(node.managing_unit_id for node in around), managing):
            if unit is not None and tree.dispatchable(unit) is None and cast.plays("unit_receiver", unit):
                return unit
        return managing

    def _assists(self, row: CatalogueRow | None, lead: int) -> tuple[int, ...]:
        tree, cast = self._stage.place.tree, self._stage.cast
        return tuple(
            unit
            for unit in (row.assist_unit_ids if row is not None and row.unit_id == lead else ())
            if tree.dispatchable(unit) is None and cast.plays("unit_receiver", unit)
        )

    async def _transfer(self, row: CatalogueRow | None) -> None:
        partner = self._stage.place.tree.unit(row.unit_id).name if row else ""
        body = bodies.Transfer(to=partner, reason="属于该单位法定职责，不由热线派单", way="order", acknowledged=True)
        await self._act("dispatcher", "transfer", body)

    # The unit ---------------------------------------------------------------------------------------------------------

    async def _at_the_unit(self, order: Order, lead: int, assists: tuple[int, ...]) -> AsyncIterator[datetime]:
        id_, place, reply_at = self.message.id, self._stage.place, self.message.reply_at
        dispatched = order.dispatched_at or self.at
        signed = plan.sign_at(id_, dispatched, reply_at, place)
        yield signed
        if order.state == "dispatched":
            await self._officer_acts("unit_receiver", lead, "sign", bodies.Empty())
        for unit in assists:
            await self._officer_acts("unit_receiver", unit, "sign", bodies.Empty())
        called = plan.contact_at(id_, signed, reply_at, place)
        if called is not None:
            yield called
            body = bodies.Progress(text="已与诉求人联系，核实情况。", contacted=True)
            await self._officer_acts("unit_handler", lead, "progress", body)
        for unit in assists:
            duty = await self._duty("assist", unit)
            if duty is not None:
                latest = duty.due_at if reply_at is None else min(duty.due_at, reply_at)
                yield max(called or signed, plan.between(called or signed, latest))
                await self._officer_acts("unit_handler", unit, "assist_done", bodies.Opinion(text="协办事项已办结。"))
        if self.message.reply is not None and reply_at is not None:
            yield reply_at
            await self._reply(lead, self.message.reply)

    async def _reply(self, lead: int, text: str) -> None:
        order = await self._officer_acts("unit_handler", lead, "reply", bodies.Reply(text=text))
        if order.pending is not None:  # the place lets the unit's own reviewer pass it first (单位内审)
            await self._officer_acts("unit_reviewer", lead, "unit_approve", bodies.Empty())

    # After the reply --------------------------------------------------------------------------------------------------

    async def _after_reply(self) -> AsyncIterator[datetime]:
        id_, place = self.message.id, self._stage.place
        order = (await self._look()).order
        if order.replied_at is None:
            return
        moment = plan.approve_at(id_, order.replied_at, place)
        yield moment
        order = await self._act("shift_lead", "approve_reply", bodies.Because(reason="诉求要点均已答复，予以办结。"))
        in_time = order.due_at is not None and order.replied_at is not None and order.replied_at <= order.due_at
        matter = await self._look()
        if matter.duty("revisit") is None:
            return
        tried: set[int] = set()
        for attempt in range(min(plan.REVISITS, place.profile.flow.revisit.attempts)):
            moment = plan.revisit_at(id_, moment, attempt, place, tried)
            tried.add(plan.clock_hour(moment, place))
            yield moment
            if (await self._look()).order.state not in OPEN_TO_RATING:
                return
            reached = plan.is_reached(id_, attempt)
            await self._act("revisit_clerk", "revisit", bodies.Revisit(way="human", reached=reached))
            if reached:
                async for later in self._rated(moment, in_time=in_time):
                    yield later
                return

    async def _rated(self, asked: datetime, *, in_time: bool) -> AsyncIterator[datetime]:
        said = plan.verdict(self.message.id, in_time=in_time)
        if said is None:
            return
        moment = plan.rate_at(self.message.id, asked)
        yield moment
        order = (await self._look()).order
        if order.state not in OPEN_TO_RATING or not service.code_matches(self._stage.desk, order, self.code or ""):
            return
        body = bodies.Rate(service=said.service, handling=said.handling, solved=said.solved)
        order = await self._do(self._stage.cast.citizen(), "rate", body)
        if order.bad_rating:
            yield plan.decline_at(self.message.id, moment, self._stage.place)
            if (await self._look()).order.bad_rating:
                body_ = bodies.Because(reason="经核实，诉求已依法依规答复，向诉求人作了解释。")
                await self._act("shift_lead", "decline_redo", body_)

    # Acting -----------------------------------------------------------------------------------------------------------

    async def _act(self, role: str, verb: str, body: bodies.Body) -> Order:
        return await self._do(await self._stage.cast.hotline(role), verb, body)

    async def _officer_acts(self, role: str, unit: int, verb: str, body: bodies.Body) -> Order:
        return await self._do(await self._stage.cast.officer(role, unit), verb, body)

    async def _do(self, actor: Actor, verb: str, body: bodies.Body) -> Order:
        """As a screen does it: read the order, then act on the version read."""
        assert self.number is not None  # noqa: S101  # nothing acts before registration
        stage = self._stage
        async with stage.database.write(actor.wall()) as connection:
            seen, _ = await service.load(connection, self.number)
            return await service.act(connection, stage.desk, actor, self.number, verb, body, version=seen.order.version)

    async def _look(self) -> Matter:
        """The order as the hotline sees it now."""
        assert self.number is not None  # noqa: S101  # nothing is looked up before registration
        actor = await self._stage.cast.hotline("dispatcher")
        async with self._stage.database.read(actor.wall()) as connection:
            return (await service.load(connection, self.number))[0]

    async def _duty(self, kind: DutyKind, unit: int | None = None) -> Duty | None:
        matter = await self._look()
        return matter.duty(kind) if unit is None else matter.duty(kind, unit)
