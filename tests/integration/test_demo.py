"""The demonstration place: whole, fictitious, usable, and loaded once."""

import json
import stat
from collections import Counter
from datetime import UTC, datetime

import msgspec
import pytest

from yihao.clock import SimulatedClock
from yihao.companies.service import companies
from yihao.demo.load import UnknownDemo, home_of, load_demo, places
from yihao.demo.plan import MARK, Plan, sites
from yihao.knowledge.model import PUBLIC
from yihao.knowledge.service import in_force, search
from yihao.partners.service import partners
from yihao.people.model import ROLES
from yihao.people.passwords import Passwords
from yihao.profile.load import load as load_profile
from yihao.seal.keys import new_ring
from yihao.store.db import Database, Wall
from yihao.units.layers import profile_at
from yihao.units.load import load
from yihao.units.model import By, Category, JurisdictionDraft
from yihao.units.planting import faults
from yihao.units.rules import below
from yihao.units.service import edit, officers

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
PLACE = "xishuangbanna"


@pytest.fixture(scope="module")
def passwords():
    made = Passwords(memory_kib=8, passes=1)
    yield made
    made.close()


@pytest.fixture
async def empty(migrated_database):
    database = await Database.open(migrated_database, app=2)
    yield database
    await database.close()


async def plant(database, folder, passwords, place=PLACE):
    return await load_demo(
        database, place, folder / "accounts.json", ring=new_ring(), passwords=passwords, clock=SimulatedClock(NOW)
    )


@pytest.mark.parametrize("place", places())
async def test_a_place_that_works(empty, tmp_path, passwords, place):
    accounts = await plant(empty, tmp_path, passwords, place)
    async with empty.read(Wall(account=3)) as connection:
        now = await load(connection)
        staff = await officers(connection)
        linked, joined = await partners(connection), await companies(connection)
        public = await in_force(connection, PUBLIC, NOW.date(), limit=100)
        found = await search(connection, "公积金怎么提取", PUBLIC, NOW.date())
    home = home_of(now, place)
    assert load_profile(home.profile or "").name == place
    assert {home.area_code} >= {a.area_code for a in accounts if a.username in ("agent01", "dispatcher01", "lead01")}
    assert all(j.managing_unit_id and now.place(j.managing_unit_id) == j for j in now.jurisdictions.values())
    assert {"city", "county", "township"} <= {j.level for j in now.jurisdictions.values()}
    assert {unit.kind for unit in now.units.values()} == {
        *("department", "vertical", "soe", "subcentre", "kept_seat", "referral_partner", "township"),
        *("managing_body", "service_company"),
    }
    assert all(now.dispatchable(unit) is None for unit in now.units), "each unit has its named officers"
    desks = {j.managing_unit_id for j in now.jurisdictions.values() if j.level != "township"}
    named = {o.unit_id for o in staff if o.account_id}
    assert named >= desks | _units_of(now, home)
    wanted = {service.code for service in load_profile(place).merging.partners}
    assert wanted <= {partner.kind for partner in linked} | {"other_systems"}
    assert {partner.kind for partner in linked} <= wanted
    assert bool(joined) == load_profile(place).merging.social_services.on
    leaves = [code for code, category in now.categories.items() if category.parent or code == "99"]
    assert len(leaves) >= 60
    inside = [j for j in now.jurisdictions.values() if j.path.startswith(home.path)]
    for code in leaves:
        for jurisdiction in inside:
            for kind in ("consult", "complaint", "report"):
                row = now.pick(code, jurisdiction.area_code, kind, datetime(2011, 4, 2, tzinfo=UTC).date())
                assert row is not None, (code, jurisdiction.name)
                assert not below(now.place(row.unit_id).level, row.min_level)
    first, *_, last = [j.area_code for j in inside if j.level == "county"]
    assert now.pick("0403", first, "help", NOW.date()) != now.pick("0403", last, "help", NOW.date())
    assert len(public) >= 40
    assert found[0].title.startswith("公积金提取")
    async with empty.read(Wall(account=3)) as connection:
        cleared = {row["username"] for row in await connection.fetch("SELECT username FROM account WHERE cleared")}
    assert cleared == {account.username for account in accounts if {"manager", "dispatcher"} & set(account.roles)}
    held = {role for account in accounts for role in account.roles}
    assert held == {name for name, role in ROLES.items() if not role.internal}


@pytest.mark.parametrize("place", places())
async def test_nodes_have_rules_of_their_own(empty, tmp_path, passwords, place):
    await plant(empty, tmp_path, passwords, place)
    async with empty.read(Wall(account=3)) as connection:
        now = await load(connection)
    home = home_of(now, place)
    assert profile_at(now, home.id) == load_profile(place)
    counties = [j for j in now.jurisdictions.values() if j.id in now.layers and j.level == "county"]
    assert counties
    for county in counties:
        own = profile_at(now, county.id)
        assert own.office_hours != load_profile(place).office_hours
        assert own.name == f"{place}+{county.area_code}@1" and own.layers[-2:] == (place, f"{county.area_code}@1")
        town = next(j for j in now.jurisdictions.values() if j.parent_id == county.id)
        assert profile_at(now, town.id) is own, "what has no layer uses the one above"


def _units_of(now, node):
    return {unit.id for unit in now.units.values() if unit.jurisdiction_id == node.id}


def test_a_plan_is_always_the_same_and_without_fault():
    for site in sites().values():
        once, again = Plan(site), Plan(site)
        assert faults(once.planting) == []
        assert msgspec.json.encode(once.planting) == msgspec.json.encode(again.planting)
        assert once.seats() == again.seats()
        assert len({seat.username for seat in once.seats()}) == len(once.seats())


@pytest.mark.parametrize("place", places())
def test_the_trees_are_as_large_as_the_places(place):
    """Counties and townships of the published division tables; provinces with all their cities."""
    expected = {
        "xishuangbanna": {"city": 1, "county": 3, "township": 35},
        "zhejiang": {"province": 1, "city": 11, "county": 90, "township": 1364},
        "shanxi": {"province": 1, "city": 11, "county": 117, "township": 1276},
        "baiyin": {"province": 1, "city": 1, "county": 5, "township": 78},
        "qingyuan": {"city": 1, "county": 8, "township": 85},
    }
    assert Counter(node.level for node in Plan(sites()[place]).nodes) == expected[place]


async def test_everything_is_plainly_fictitious(empty, tmp_path, passwords):
    accounts = await plant(empty, tmp_path, passwords)
    async with empty.read(Wall(account=3)) as connection:
        now = await load(connection)
        items = await in_force(connection, PUBLIC, NOW.date(), limit=100)
        staff = await officers(connection)
    named = [*now.units.values(), *now.jurisdictions.values()]
    assert all(row.name.endswith(MARK) for row in named)
    assert all(item.title.endswith(MARK) and item.source.endswith(MARK) for item in items)
    assert all(row.basis.endswith(MARK) for rows in now.catalogue.values() for row in rows)
    assert all(account.name.startswith("演示") for account in accounts)
    assert all(officer.name.startswith("演示") for officer in staff)


async def test_accounts_file_is_for_its_owner_and_complete(empty, tmp_path, passwords):
    accounts = await plant(empty, tmp_path, passwords)
    path = tmp_path / "accounts.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    written = json.loads(path.read_text(encoding="utf-8"))
    assert [entry["username"] for entry in written] == [account.username for account in accounts]
    assert len({entry["password"] for entry in written}) == len(written)
    for entry in written:
        privileged = any(ROLES[role].privileged for role in entry["roles"])
        assert bool(entry["totp_secret"]) == privileged
        unit_role = any(ROLES[role].kind == "unit" for role in entry["roles"])
        assert bool(entry["unit"]) == unit_role
    async with empty.read(Wall(account=3)) as connection:
        hashed = await connection.fetchval(
            "SELECT password_hash FROM credential c JOIN account a ON a.id = c.account_id WHERE username = 'agent01'"
        )
    (password,) = (entry["password"] for entry in written if entry["username"] == "agent01")
    assert await passwords.verify(hashed, password)


async def test_run_again_keeps_what_was_changed(empty, tmp_path, passwords):
    first = await plant(empty, tmp_path, passwords)
    async with empty.write(Wall(account=3)) as connection:
        opened = await edit(connection, By(account=3, role="setup", at=NOW))
        await opened.put_category(Category(code="0101", parent="01", name="改过的名称"))
    assert await plant(empty, tmp_path, passwords) == first
    async with empty.read(Wall(account=3)) as connection:
        assert (await load(connection)).category("0101").name == "改过的名称"


async def test_a_lost_accounts_file_is_made_anew(empty, tmp_path, passwords):
    first = await plant(empty, tmp_path, passwords)
    (tmp_path / "accounts.json").unlink()
    second = await plant(empty, tmp_path, passwords)
    assert [a.username for a in second] == [a.username for a in first]
    assert not {a.password for a in second} & {a.password for a in first}


async def test_a_tree_of_its_own_is_not_touched(empty, tmp_path, passwords):
    async with empty.write(Wall(account=3)) as connection:
        opened = await edit(connection, By(account=3, role="setup", at=NOW))
        await opened.create_jurisdiction(
            JurisdictionDraft(area_code="991100", name="某州", level="city", profile=PLACE)
        )
    assert await plant(empty, tmp_path, passwords) == []
    assert not (tmp_path / "accounts.json").exists()
    async with empty.read(Wall(account=3)) as connection:
        assert not (await load(connection)).units


async def test_nothing_is_kept_when_the_accounts_cannot_be_told(empty, tmp_path, passwords):
    (tmp_path / "accounts.json").mkdir()
    with pytest.raises(OSError):
        await plant(empty, tmp_path, passwords)
    async with empty.read(Wall(account=3)) as connection:
        assert not (await load(connection)).jurisdictions


async def test_unknown_place(empty, tmp_path, passwords):
    assert PLACE in places()
    with pytest.raises(UnknownDemo, match=PLACE):
        await load_demo(
            empty, "atlantis", tmp_path / "a.json", ring=new_ring(), passwords=passwords, clock=SimulatedClock(NOW)
        )
