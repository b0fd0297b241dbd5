"""The demonstration place, loaded into an empty installation, and how to sign in to it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import psycopg

from yihao.cli.house import House
from yihao.clock import system_clock
from yihao.errors import Misconfigured
from yihao.people.model import ROLES

SHOWN = ("agent", "dispatcher", "unit_handler", "manager", "admin")
"""Roles one account of each is shown for; the file holds them all."""


class WhichDemo(Misconfigured):
    """Several demonstration places are packaged, and nobody said which."""

    code = "which_demo"
    zh = "请用 --profile 指定演示区域，可用的有：{known}。"
    en = "Name the demonstration place with --profile: {known}."


class OtherPlace(Misconfigured):
    """A demonstration of another place is asked for than the one the data folder holds."""

    code = "other_place"
    zh = "数据目录 {data} 中已有使用“{held}”规则的辖区，不能再演示“{asked}”。请去掉 --profile，或用 --data 指定新目录。"
    en = "{data} holds a place under “{held}”; “{asked}” needs a folder of its own. Leave --profile out or name --data."


def accounts_file(data: Path) -> Path:
    """Where the demonstration's accounts stand."""
    return data / "demo-accounts.json"


def load_demo(house: House, profile: str | None, orders: int = 0) -> None:
    """Load units and accounts into an empty installation; one with a tree of its own keeps it.

    Args:
        house: the open installation.
        profile: the place shown; may be left out where one is packaged or held.
        orders: made-up orders of the last thirty days to go with it.

    Raises:
        WhichDemo, UnknownDemo, OtherPlace
    """
    held = places_of(house.dsn)
    if held and profile and profile not in held:
        raise OtherPlace(data=house.settings.data, held=", ".join(held), asked=profile)
    if accounts_file(house.settings.data).exists() and held:
        return  # as every start but the first finds it: what loading needs is not even imported
    asyncio.run(_load(house, profile))
    if orders and not held:
        from yihao.seed.fill import fill

        settings, now = house.settings, system_clock()
        work = fill(house.dsn, house.ring, settings.keys, settings.key_file, orders=orders, end=now, data=settings.data)
        asyncio.run(work)


def places_of(dsn: str) -> list[str]:
    """The profiles the installation's tree is under, its root's first; empty while it has no tree."""
    with psycopg.connect(dsn) as connection:
        found = connection.execute("SELECT coalesce(profile, '') FROM jurisdiction ORDER BY path").fetchall()
    return list(dict.fromkeys(name for (name,) in found))


def _only(known: list[str]) -> str:
    if len(known) != 1:
        raise WhichDemo(known=", ".join(known))
    return known[0]


async def _load(house: House, profile: str | None) -> None:
    from yihao.demo import load
    from yihao.people.passwords import Passwords
    from yihao.store.db import Database

    place = profile or _only(load.places())
    database = await Database.open(house.dsn, app=1, worker=1)
    passwords = Passwords()
    file = accounts_file(house.settings.data)
    try:
        await load.load_demo(database, place, file, ring=house.ring, passwords=passwords, clock=system_clock)
    finally:
        passwords.close()
        await database.close()


def sign_in_help(file: Path) -> str:
    """A few accounts, and where the others are; empty where there is no demonstration."""
    from yihao.demo.load import DemoAccount

    try:
        accounts = msgspec.json.decode(file.read_bytes(), type=list[DemoAccount])
    except (OSError, msgspec.DecodeError):
        return ""
    lines = [f"演示账号（虚构）/ demonstration accounts, all of them in {file}:"]
    for role in SHOWN:
        account = next((each for each in accounts if role in each.roles), None)
        if account:
            totp = f"   TOTP {account.totp_secret}" if account.totp_secret else ""
            where = account.unit_name or ""
            lines.append(f"  {account.username:<16} {account.password:<18} {ROLES[role].zh} {where}{totp}")
    return "\n".join(lines) + "\n"
