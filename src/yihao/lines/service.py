"""Use cases of the register. Nothing here commits, and nothing asks for a role: the routes do.

Every change is one row of history with who, when, what and on what basis, and one of the audit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import asyncpg
import msgspec

from yihao.lines import queries, rules
from yihao.lines.errors import LineTaken, StaleLine, UnknownLine
from yihao.lines.model import Status, contradiction
from yihao.lines.reading import entry_of, held, ticked, today_in
from yihao.lines.register import (
    DRAFT_FIELDS,
    Entry,
    LineDraft,
    Override,
    Step,
    Verb,
    draft_of_listed,
)
from yihao.orders.places import Place
from yihao.profile.listed import ListedLine
from yihao.store.audit import AuditRow, audit_in
from yihao.units.model import By

_STEP_TO: Final[dict[Step, Status]] = {"merge": "merged", "cancel": "cancelled", "reopen": "planned"}


async def plant(connection: asyncpg.Connection, place: Place, listed: Mapping[str, ListedLine], by: By) -> int:
    """Enter the lines the place's document lists, where its register is still empty; answers how many.

    What the document lists needs no override: it is the basis.
    """
    if await connection.fetchval(queries.ANY, place.jurisdiction.path):
        return 0
    for number, one in listed.items():
        quoted = (one.basis.quote or "", one.basis.reading or "", contradiction(one))
        new = await _add(connection, place, number, draft_of_listed(one), one.status, by, quoted)
        await _note(connection, new, "load", by, {}, basis=one.basis.cite())
    await _audit(connection, by, "line.load", {"place": place.jurisdiction.area_code, "lines": len(listed)})
    return len(listed)


async def create(
    connection: asyncpg.Connection,
    place: Place,
    number: str,
    draft: LineDraft,
    by: By,
    *,
    status: Status = "planned",
    override: Override | None = None,
) -> Entry:
    """A new line. Raises LineTaken and what `rules.check` raises, UnknownPlace for a unit there is not."""
    if draft.unit_id is not None:
        place.tree.unit(draft.unit_id)
    overrides = rules.check(place.profile, number, draft, None, today_in(place, by.at), override)
    new = await _add(connection, place, number, draft, status, by, ("", "", ""))
    await _note(connection, new, "create", by, {}, override=override, overrides=overrides, basis=draft.clause)
    await _audited(connection, by, "line.create", new, overrides, override)
    return new


async def change(
    connection: asyncpg.Connection,
    place: Place,
    entry: Entry,
    draft: LineDraft,
    by: By,
    *,
    version: int | None,
    override: Override | None = None,
) -> Entry:
    """The entry as drafted; unchanged, it stays as it is. Raises StaleLine and what `rules.check` raises."""
    old = await _locked(connection, entry, version)
    if draft.unit_id is not None:
        place.tree.unit(draft.unit_id)
    changes = {
        name: [_plain(getattr(old, name)), _plain(getattr(draft, name))]
        for name in DRAFT_FIELDS
        if getattr(old, name) != getattr(draft, name)
    }
    if not changes:
        return old
    overrides = rules.check(place.profile, old.number, draft, old, today_in(place, by.at), override)
    # A cut-over that is put off brings the line back under its old way.
    put_off = old.status == "cut_over" and (draft.cut_over is None or draft.cut_over > today_in(place, by.at))
    status: Status = "planned" if put_off else old.status
    if put_off:
        changes["status"] = [old.status, status]
    row = await connection.fetchrow(queries.CHANGE, old.id, by.at, by.account, status, *_values(draft))
    new = entry_of(row)
    await _note(connection, new, "change", by, changes, override=override, overrides=overrides)
    await _audited(connection, by, "line.change", new, overrides, override, changes)
    return new


async def take_step(
    connection: asyncpg.Connection,
    place: Place,
    entry: Entry,
    step: Step,
    by: By,
    *,
    version: int | None,
    override: Override | None = None,
) -> Entry:
    """Merged, cancelled, or opened again. Raises StaleLine, WrongStep, DutiesOpen, NeedsOverride."""
    old = await _locked(connection, entry, version)
    done = await ticked(connection, [old])
    owed = [(duty, done.get((old.id, duty.code), False)) for duty in rules.duties_of(place.profile, old)]
    rules.check_step(place.profile, old, step, owed, today_in(place, by.at))
    overrides = rules.reopening(place.profile, old, override) if step == "reopen" else ()
    return await _to(connection, old, _STEP_TO[step], step, by, override=override, overrides=overrides)


async def tick(
    connection: asyncpg.Connection,
    place: Place,
    entry: Entry,
    code: str,
    by: By,
    *,
    done: bool,
    document: str,
    version: int | None,
) -> Entry:
    """Tick a duty on what the platform holds or on a document, or take the tick back.

    Raises StaleLine, UnknownDuty, NeedsDocument.
    """
    old = await _locked(connection, entry, version)
    duty = rules.duty_of(place.profile, old, code)
    shown = rules.evidence(code, (await held(connection, place, [old], by.at))[old.id])
    if done:
        rules.check_tick(duty, shown, document)
    kept = shown.text if shown.enough else ""
    await connection.execute(queries.TICK, old.id, code, done, document.strip(), kept, by.at, by.account)
    was = (await ticked(connection, [old])).get((old.id, code), False)
    new = entry_of(await connection.fetchrow(queries.STATUS, old.id, by.at, by.account, old.status))
    verb: Verb = "tick" if done else "untick"
    await _note(connection, new, verb, by, {code: [not was, done]}, basis=document.strip() or kept)
    await _audited(connection, by, f"line.{verb}", new, (), None, {code: [not was, done]})
    return new


async def run_clock(connection: asyncpg.Connection, places: Mapping[str, Place], by: By) -> int:
    """Change over what has its day, and call merged what owes nothing more; answers how many lines moved.

    Args:
        places: by path, every place that has a register.
    """
    moved = 0
    days = {path: today_in(place, by.at) for path, place in places.items()}
    if not days:
        return 0
    due = [entry_of(row) for row in await connection.fetch(queries.DUE, max(days.values()))]
    done = await ticked(connection, due)
    for entry in due:
        place = places.get(entry.path)
        if place is None or entry.cut_over is None or entry.cut_over > days[entry.path]:
            continue
        if rules.flips(entry, days[entry.path]):
            entry = await _to(connection, entry, "cut_over", "cut_over", by)
            moved += 1
        owed = rules.duties_of(place.profile, entry)
        if all(done.get((entry.id, duty.code), False) for duty in owed):
            await _to(connection, entry, "merged", "merge", by)
            moved += 1
    return moved


# The list of a level above.


async def keep_parent(
    connection: asyncpg.Connection, place: Place, lines: Iterable[rules.Other], source: str, by: By
) -> int:
    """The list of a level above that is not in this installation, in place of the one kept before."""
    node, kept = place.jurisdiction, list(lines)
    await connection.execute(queries.FORGET_PARENT, node.id)
    for one in kept:
        await connection.execute(
            queries.ADD_PARENT, node.id, node.path, one.number, one.name, one.mode, one.unit, source
        )
    await _audit(connection, by, "line.parent_list", {"place": node.area_code, "lines": len(kept), "source": source})
    return len(kept)


# The statements around each change.


async def _add(
    connection: asyncpg.Connection,
    place: Place,
    number: str,
    draft: LineDraft,
    status: Status,
    by: By,
    quoted: tuple[str, str, str],
) -> Entry:
    node = place.jurisdiction
    try:
        row = await connection.fetchrow(
            queries.ADD, node.id, node.path, number, *quoted, status, by.at, by.account, *_values(draft)
        )
    except asyncpg.UniqueViolationError as twice:
        raise LineTaken(field="number", number=number) from twice
    return entry_of(row)


async def _locked(connection: asyncpg.Connection, entry: Entry, version: int | None) -> Entry:
    row = await connection.fetchrow(queries.LOCK, entry.id)
    if row is None:  # seen, but not of this account's branch
        raise UnknownLine(number=entry.number)
    if version is not None and row["version"] != version:
        raise StaleLine(version=row["version"])
    return entry_of(row)


async def _to(
    connection: asyncpg.Connection,
    old: Entry,
    status: Status,
    verb: Verb,
    by: By,
    *,
    override: Override | None = None,
    overrides: tuple[str, ...] = (),
) -> Entry:
    changes = {"status": [old.status, status]}
    new = entry_of(await connection.fetchrow(queries.STATUS, old.id, by.at, by.account, status))
    await _note(connection, new, verb, by, changes, override=override, overrides=overrides)
    await _audited(connection, by, f"line.{verb}", new, overrides, override, changes)
    return new


async def _note(
    connection: asyncpg.Connection,
    entry: Entry,
    verb: Verb,
    by: By,
    changes: Mapping[str, Any],
    *,
    override: Override | None = None,
    overrides: tuple[str, ...] = (),
    basis: str = "",
) -> None:
    await connection.execute(
        queries.NOTE,
        *(entry.id, entry.version, verb, by.at, by.account, by.role, msgspec.json.encode(changes).decode()),
        *(override.basis if override else basis, override.reason if override else "", list(overrides)),
    )


async def _audited(
    connection: asyncpg.Connection,
    by: By,
    action: str,
    entry: Entry,
    overrides: tuple[str, ...],
    override: Override | None,
    changes: Mapping[str, Any] | None = None,
) -> None:
    detail: dict[str, Any] = {"line": entry.number, "place": entry.jurisdiction_id, "version": entry.version}
    if changes:
        detail["changes"] = dict(changes)
    if override is not None:
        detail |= {"overrides": list(overrides), "basis": override.basis, "reason": override.reason}
    await _audit(connection, by, action, detail)


async def _audit(connection: asyncpg.Connection, by: By, action: str, detail: dict[str, Any]) -> None:
    row = AuditRow(account=by.account, role=by.role, action=action, at=by.at, detail=detail, request_id=by.request_id)
    await audit_in(connection, row)


def _values(draft: LineDraft) -> list[Any]:
    values = {name: getattr(draft, name) for name in DRAFT_FIELDS}
    values["survey"] = msgspec.json.encode(draft.survey).decode()
    return [list(value) if isinstance(value, tuple) else value for value in values.values()]


def _plain(value: Any) -> Any:
    return msgspec.to_builtins(value)
