"""When each actor of a replay acts, and how citizens rate. Pure: a message's id decides, the same way every time.

The file tells two moments only, the citizen's and the reply's. All others are laid between them by the rules written
out in ``docs/replay.md``: people work in office hours, dispatchers and reporters' matters day and night, and no step
comes after the real reply that must come before it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeVar

import msgspec

from yihao.orders.places import Place
from yihao.profile.model import Profile
from yihao.worktime import due, is_office_day_span, parse_rule

T = TypeVar("T")

PREPARE: Final = timedelta(minutes=5)
"""How long the online agent takes to class a message, at most."""
AT_ONCE: Final = timedelta(minutes=10)
"""After how long a matter that must go at once is dispatched, well within its limit."""
LATE_SIGNERS: Final = 20
"""One unit in so many signs late, and one in so many does not call the citizen before it replies."""
REVISITS: Final = 3
HOURS_OF_A_DAY: Final = 4
"""So many attempts find a clock hour of their own in any office day."""
REACHED: Final = (75, 60, 50)
"""Of a hundred citizens, how many are reached at the first, second and third attempt."""
RATING: Final = 60
"""Of a hundred citizens reached, how many rate; of those answered directly as many."""
SCORES: Final = {
    True: ((45, 5), (75, 4), (90, 3), (97, 2), (100, 1)),
    False: ((15, 5), (40, 4), (65, 3), (85, 2), (100, 1)),
}
"""Below which of a hundred a score is given: where the reply was in time, and where it was late."""
SOLVED_FROM: Final = 3
_MASKED_PLACE = re.compile(r"[A-Z]\d{0,2}(?=[市县区])")


def draw(id_: str, what: str, sides: int) -> int:
    """A fixed number from 0 to ``sides`` - 1 for this message and question: a die that falls the same way for ever."""
    digest = hashlib.sha256(f"{id_}/{what}".encode()).digest()
    return int.from_bytes(digest[:8]) % sides


def dispatch_at(id_: str, registered: datetime, due_at: datetime, at_once: bool, place: Place) -> datetime:
    """When the dispatcher sends it: at once; in office hours within the hour; else before the hour set for it."""
    if at_once:
        planned = registered + AT_ONCE
    elif is_office_day_span(registered, place.calendar, place.hours, zone=place.zone):
        planned = registered + timedelta(minutes=10 + draw(id_, "dispatch", 50))
    else:
        planned = due_at - timedelta(minutes=5 + draw(id_, "dispatch", 55))
    return max(registered, min(planned, due_at))


def office_minutes_after(start: datetime, minutes: int, place: Place) -> datetime:
    """The moment so much office time has passed."""
    rule = parse_rule(f"{minutes} office minutes")
    return due(rule, start, place.calendar, place.hours, zone=place.zone).at


def sign_at(id_: str, dispatched: datetime, reply_at: datetime | None, place: Place) -> datetime:
    """Within two office hours, now and then later; never after the reply."""
    late = draw(id_, "sign late", LATE_SIGNERS) == 0
    at = office_minutes_after(dispatched, 150 if late else 5 + draw(id_, "sign", 110), place)
    return at if reply_at is None or at < reply_at else between(dispatched, reply_at)


def contact_at(id_: str, signed: datetime, reply_at: datetime | None, place: Place) -> datetime | None:
    """The first call to the citizen, within seven office hours; ``None`` where the reply itself is the first word."""
    if draw(id_, "no contact", LATE_SIGNERS) == 0:
        return None
    at = office_minutes_after(signed, 30 + draw(id_, "contact", 390), place)
    return at if reply_at is None or at < reply_at else None


def between(first: datetime, last: datetime) -> datetime:
    """Half-way, in whole seconds."""
    return first + timedelta(seconds=int((last - first).total_seconds()) // 2)


def approve_at(id_: str, replied: datetime, place: Place) -> datetime:
    """The hotline's reviewer, within half an office day."""
    return office_minutes_after(replied, 20 + draw(id_, "approve", 200), place)


def revisit_at(id_: str, before: datetime, attempt: int, place: Place, tried: Collection[int]) -> datetime:
    """The next attempt to reach the citizen: half an office day later, in a clock hour not tried before (``tried``)."""
    at = office_minutes_after(before, 240 + draw(id_, f"revisit {attempt}", 360), place)
    while clock_hour(at, place) in tried and len(tried) < HOURS_OF_A_DAY:
        at = office_minutes_after(at, 60, place)
    return at


def clock_hour(moment: datetime, place: Place) -> int:
    """The hour on the clock of the place."""
    return moment.astimezone(place.zone).hour


def is_reached(id_: str, attempt: int) -> bool:
    """Whether the citizen answers this attempt."""
    return draw(id_, f"reached {attempt}", 100) < REACHED[attempt]


class Verdict(msgspec.Struct, frozen=True):
    """A citizen's rating."""

    service: int
    handling: int
    solved: bool


def verdict(id_: str, *, in_time: bool) -> Verdict | None:
    """How the citizen rates; ``None``: never."""
    if draw(id_, "rates", 100) >= RATING:
        return None
    handling = _score(draw(id_, "handling", 100), in_time)
    service = max(handling, _score(draw(id_, "service", 100), True))
    return Verdict(service=service, handling=handling, solved=handling >= SOLVED_FROM)


def _score(drawn: int, in_time: bool) -> int:
    return next(score for below, score in SCORES[in_time] if drawn < below)


def rate_at(id_: str, asked: datetime) -> datetime:
    """Within two days of being asked."""
    return asked + timedelta(minutes=5 + draw(id_, "rate", 2 * 24 * 60))


def decline_at(id_: str, rated: datetime, place: Place) -> datetime:
    """The shift lead's word on a bad rating, within three office days."""
    return office_minutes_after(rated, 60 + draw(id_, "decline", 1200), place)


def area_of(title: str, body: str, areas: Sequence[T]) -> T:
    """Where the matter lies: the file's place names are masked (A3区), so each mask stands for one area, always the
    same; a message without one lies in the first."""
    found = _MASKED_PLACE.search(title) or _MASKED_PLACE.search(body)
    if found is None or len(areas) == 1:
        return areas[0]
    return areas[draw(found[0], "area", len(areas))]


def goes_at_once(profile: Profile, kind: str, legal_process: bool) -> bool:
    """Whether the matter is dispatched day and night (XS 三(四))."""
    rule = next(rule for code, rule in profile.kinds.items() if code == kind)
    return rule.immediate_dispatch.on or (legal_process and profile.flow.enforcement_immediate.on)


def same_day(first: datetime, last: datetime, place: Place) -> bool:
    """Whether two moments fall on one local day."""
    return first.astimezone(place.zone).date() == last.astimezone(place.zone).date()
