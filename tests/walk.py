"""Random but lawful steps of an order: what a verb might be told, and who might do it."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import datetime

from yihao.orders import bodies
from yihao.orders.model import Matter

TEXTS = ("已到现场查看。", "灯杆编号12，电话13800000000。", "请张三核实，地址演示路1号。", "无")


def body_for(
    verb: str,
    matter: Matter,
    chance: random.Random,
    units: Sequence[int],
    others: Sequence[str],
    now: datetime,
    partner: int | None = None,
) -> bodies.Body:
    """A body of the verb, not always one that will be accepted. ``partner``: a linked unit, handed to now and then."""
    text, unit = chance.choice(TEXTS), chance.choice(units)
    lead = matter.order.lead_unit or unit
    assists = tuple({chance.choice(units) for _ in range(chance.randint(0, 2))} - {unit})
    make: dict[str, Callable[[], bodies.Body]] = {
        "transfer": lambda: bodies.Transfer(
            to="110",
            reason=text,
            partner=partner if chance.random() < 0.7 else None,
            acknowledged=chance.random() < 0.3,
        ),
        "acknowledge": lambda: bodies.Acknowledge(reference="甲110-1", note=text),
        "feed_back": lambda: bodies.FeedBack(result="done", text=text),
        "refuse": lambda: bodies.Refuse(code=chance.choice(REFUSALS), explanation=text),
        "confirm_refusal": lambda: bodies.ConfirmRefusal(approve=chance.random() < 0.5, reason=text),
        "answer": lambda: bodies.Answer(text=text, knowledge_item=1, reason="可直接答复"),
        "prepare": lambda: bodies.Prepare(
            category="light", area_code="532801", kind=chance.choice((None, "help", "complaint", "consult"))
        ),
        "dispatch": lambda: bodies.Dispatch(lead=unit, assists=assists, note=text),
        "adjudicate": lambda: bodies.Adjudicate(lead=chance.choice((unit, lead)), assists=assists, reason=text),
        "escalate": lambda: bodies.Escalate(lead=unit, reason=text),
        "sub_dispatch": lambda: bodies.SubDispatch(unit=unit),
        "assist": lambda: bodies.Assist(unit=unit, reason=text),
        "waive_assist": lambda: bodies.Assist(unit=chance.choice(matter.order.assist_units or (unit,)), reason=text),
        "assist_done": lambda: bodies.Opinion(text=text),
        "answer_supervision": lambda: bodies.Opinion(text=text),
        "return": lambda: bodies.Return(legal_basis="示范职责清单", explanation=text, suggested_unit=unit),
        "progress": lambda: bodies.Progress(text=text, contacted=chance.random() < 0.5),
        "supplement": lambda: bodies.Supplement(text=text),
        "request_extension": lambda: bodies.RequestExtension(ground=text),
        "decide_extension": lambda: bodies.DecideExtension(approve=chance.random() < 0.6, reason=text),
        "pause": lambda: bodies.Pause(ground="season", reason=text),
        "set_limit": lambda: bodies.SetLimit(days=chance.randint(1, 60), basis="示范条例第一条"),
        "reply": lambda: bodies.Reply(text=text),
        "revisit": lambda: bodies.Revisit(reached=chance.random() < 0.5, note=text),
        "rate": lambda: bodies.Rate(service=chance.randint(1, 5), handling=chance.randint(1, 5), solved=True),
        "supervise": lambda: bodies.Supervise(level=chance.randint(1, 5), demand=text),
        "coordinate": lambda: bodies.Coordinate(units=assists, minutes=text),
        "withdraw": lambda: bodies.Withdraw(reason=text, verified_by="call_back"),
        "merge": lambda: bodies.Merge(into=chance.choice(others), relation="repeat"),
        "propose_final": lambda: bodies.ProposeFinal(finding=text, evidence="材料目录", head_signed="示范局局长"),
        "finalise": lambda: bodies.Finalise(approve=chance.random() < 0.7, reason=text),
        "uphold_refusal": lambda: bodies.UpholdRefusal(explanation=text),
        "reopen": lambda: bodies.Reopen(ground=chance.choice(("new_fact", "appeal_upheld")), reason=text),
        "archive": lambda: bodies.Archive(
            acknowledgement="已接收",
            not_applicable={"revisit": "无须回访", "rate": "未评价"} if chance.random() < 0.5 else {},
        ),
        "sign": bodies.Empty,
        "unit_approve": bodies.Empty,
        "breach": lambda: bodies.Breach(duties=tuple(duty.no for duty in matter.duties)),
        "recalculate": lambda: bodies.Recalculate(dues={}, calendar_digest="x"),
        "follow": lambda: bodies.Follow(
            parent=matter.order.merged_into or "",
            relation=chance.choice(("repeat", "cluster")),
            state=chance.choice(("closed", "withdrawn")),
            at=now,
            reply_in=3,
        ),
        "erase": lambda: bodies.Erase(basis="个人信息保护法第四十七条"),
    }
    return make.get(verb, lambda: bodies.Because(reason=text))()


REFUSALS = ("litigation", "privacy", "nonsense")
