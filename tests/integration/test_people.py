"""Accounts, sign-in, sessions and the second person, on a real database."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest

from staff import COUNTY, COUNTY_UNIT, PASSWORD, ROOT, START, UNIT, Staff, staffed
from yihao.errors import Forbidden, Unauthenticated
from yihao.people import approvals, jobs, own, service
from yihao.people.errors import (
    AccountNotFound,
    ApprovalGone,
    LastOne,
    OneTimeCodeNeeded,
    OwnAccount,
    PasswordChangeNeeded,
    RolesExclude,
    SamePerson,
    SecondFactorNeeded,
    SecondPersonNeeded,
    SignInFailed,
    SignInLocked,
    TotpNotPending,
    Unfit,
    UsernameTaken,
    WeakPassword,
)
from yihao.people.model import AccountQuery
from yihao.people.passwords import Passwords
from yihao.people.service import NewAccount
from yihao.people.sessions import Sessions


@pytest.fixture
async def staff(migrated_database: str) -> AsyncIterator[Staff]:
    async with staffed(migrated_database) as made:
        yield made


async def wrong(staff: Staff, username: str, address: str = "192.0.2.1") -> type[Exception]:
    with pytest.raises((SignInFailed, SignInLocked)) as refused:
        await staff.sessions.sign_in(username, "not the password", address=address)
    return refused.type


async def test_sign_in_gives_the_actor_with_roles_units_and_wall(staff):
    made = await staff.account("demo.clerk", ("unit_handler", UNIT), ("unit_handler", COUNTY_UNIT), "agent")
    session = await staff.sign_in("Demo.Clerk ")
    actor = await staff.sessions.authenticate(session.token)
    assert (actor.account, actor.path, actor.units) == (made, "/1/", (UNIT, COUNTY_UNIT))
    assert actor.unit_roles == (("unit_handler", (UNIT, COUNTY_UNIT)),)
    assert actor.wall().branch == "/1/" and not actor.mfa
    assert session.expires_at == START + timedelta(hours=12)


async def test_five_failures_lock_and_fifteen_minutes_open_again(staff):
    await staff.account("demo.agent", "agent")
    assert [await wrong(staff, "demo.agent") for _ in range(5)] == [SignInFailed] * 5
    with pytest.raises(SignInLocked) as locked:
        await staff.sign_in("demo.agent")
    assert 0 < locked.value.params["seconds"] <= 901
    staff.later(minutes=14, seconds=59)
    assert await wrong(staff, "demo.agent") is SignInLocked
    staff.later(seconds=1)
    assert await staff.sign_in("demo.agent")


async def test_failures_count_within_their_window_and_a_success_forgets_them(staff):
    await staff.account("demo.agent", "agent")
    for _ in range(4):
        await wrong(staff, "demo.agent")
    await staff.sign_in("demo.agent")
    for _ in range(4):
        await wrong(staff, "demo.agent")
    staff.later(minutes=16)
    for _ in range(4):
        assert await wrong(staff, "demo.agent") is SignInFailed
    assert await staff.sign_in("demo.agent")


async def test_guesses_sent_at_once_gain_nothing(staff):
    await staff.account("demo.agent", "agent")
    outcomes = await asyncio.gather(*(wrong(staff, "demo.agent") for _ in range(20)))
    assert outcomes.count(SignInFailed) == 5
    with pytest.raises(SignInLocked):
        await staff.sign_in("demo.agent")


async def test_one_address_that_tries_many_names_is_stopped(staff):
    await staff.account("demo.agent", "agent")
    for number in range(50):
        assert await wrong(staff, f"nobody{number}", "198.51.100.7") is SignInFailed
    with pytest.raises(SignInLocked):
        await staff.sessions.sign_in("demo.agent", PASSWORD, address="198.51.100.7")
    assert await staff.sign_in("demo.agent")


async def test_an_unknown_name_answers_and_locks_like_a_known_one(staff):
    await staff.account("demo.agent", "agent")
    known = [await wrong(staff, "demo.agent") for _ in range(7)]
    unknown = [await wrong(staff, "demo.nobody") for _ in range(7)]
    assert known == unknown == [SignInFailed] * 5 + [SignInLocked] * 2
    for odd in ("", "not a name", "a\x00b", "x" * 5000, "密码"):
        assert await wrong(staff, odd) is SignInFailed


async def test_an_unknown_name_costs_the_same_work(staff):
    """Medians of interleaved tries at the real Argon2 cost; without the work an unknown name answers at once."""
    passwords = Passwords()
    sessions = Sessions(staff.db, staff.ring, staff.clock, passwords)
    new = NewAccount(username="demo.agent", name="演示", jurisdiction=ROOT, password=PASSWORD)
    async with staff.db.write(staff.setup().actor.wall()) as connection:
        await service.create_account(connection, passwords, staff.setup(), new)
    times: dict[str, list[float]] = {"demo.agent": [], "demo.nobody": []}
    for _ in range(8):
        for name, taken in times.items():
            staff.later(minutes=20)
            begun = time.perf_counter()
            with pytest.raises(SignInFailed):
                await sessions.sign_in(name, "not the password")
            taken.append(time.perf_counter() - begun)
    passwords.close()
    known, unknown = (statistics.median(taken) for taken in times.values())
    assert 0.6 < unknown / known < 1.67


async def test_a_deactivated_account_is_out_at_once_and_answers_like_an_unknown_one(staff):
    admin = await staff.privileged("demo.admin", "admin")
    agent = await staff.account("demo.agent", "agent")
    token = (await staff.sign_in("demo.agent")).token
    await staff.sessions.authenticate(token)
    await staff.write(admin, lambda c: service.deactivate(c, staff.act(admin), agent))
    staff.sessions.forget(agent)
    with pytest.raises(Unauthenticated):
        await staff.sessions.authenticate(token)
    with pytest.raises(SignInFailed):
        await staff.sign_in("demo.agent")
    await staff.write(admin, lambda c: service.reactivate(c, staff.act(admin), agent))
    with pytest.raises(Unauthenticated):
        await staff.sessions.authenticate(token)


async def test_another_process_learns_of_it_within_two_seconds(staff):
    agent = await staff.account("demo.agent", "agent")
    token = (await staff.sign_in("demo.agent")).token
    other = Sessions(staff.db, staff.ring, staff.clock, staff.passwords)
    await other.authenticate(token)
    async with staff.superuser() as connection:
        await connection.execute("UPDATE account SET active = false WHERE id = $1", agent)
    await asyncio.sleep(2.1)
    with pytest.raises(Unauthenticated):
        await other.authenticate(token)


async def test_sign_out_ends_the_session(staff):
    await staff.account("demo.agent", "agent")
    token = (await staff.sign_in("demo.agent")).token
    await staff.sessions.authenticate(token)
    await staff.sessions.sign_out(token)
    await staff.sessions.sign_out(token)
    for end in (token, "", "x" * 4000, "\ud800"):
        with pytest.raises(Unauthenticated):
            await staff.sessions.authenticate(end)


async def test_a_browser_session_ends_when_idle_and_lives_while_used(staff):
    await staff.account("demo.agent", "agent")
    session = await staff.sign_in("demo.agent", kind="browser")
    fresh = Sessions(staff.db, staff.ring, staff.clock, staff.passwords)
    for _ in range(6):
        staff.later(minutes=10)
        fresh.forget(session.account)  # as after the two seconds it is remembered for
        assert await fresh.authenticate(session.token)
    staff.later(minutes=15)
    with pytest.raises(Unauthenticated):
        await fresh.authenticate(session.token)
    fresh.forget(session.account)
    with pytest.raises(Unauthenticated):
        await fresh.authenticate(session.token)


async def test_a_token_of_an_ordinary_account_lives_twelve_hours(staff):
    await staff.account("demo.agent", "agent")
    session = await staff.sign_in("demo.agent")
    staff.later(hours=11, minutes=59)
    assert await staff.sessions.authenticate(session.token)
    staff.later(minutes=1)
    with pytest.raises(Unauthenticated):
        await staff.sessions.authenticate(session.token)
    async with staff.db.work() as connection:
        assert await jobs.sweep(connection, staff.clock()) == 1


async def test_a_one_time_code_is_taken_once_even_at_the_same_moment(staff):
    made = await staff.account("demo.manager", "manager", totp=True)
    with pytest.raises(OneTimeCodeNeeded):
        await staff.sign_in("demo.manager")
    code = staff.code(made)
    outcomes = await asyncio.gather(*(staff.sign_in("demo.manager", code) for _ in range(4)), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Session"] + ["SignInFailed"] * 3
    staff.later(seconds=30)
    session = await staff.sign_in("demo.manager", staff.code(made))
    assert (await staff.sessions.authenticate(session.token)).mfa
    with pytest.raises(SignInFailed):
        await staff.sign_in("demo.manager", code)


async def test_wrong_codes_lock_too(staff):
    made = await staff.account("demo.manager", "manager", totp=True)
    bad = str((int(staff.code(made)) + 1) % 1_000_000).zfill(6)
    for _ in range(5):
        with pytest.raises(SignInFailed):
            await staff.sign_in("demo.manager", bad)
    with pytest.raises(SignInLocked):
        await staff.sign_in("demo.manager", staff.code(made))


async def test_a_privileged_account_does_nothing_before_its_second_factor(staff):
    await staff.account("demo.manager", "manager")
    token = (await staff.sign_in("demo.manager")).token
    with pytest.raises(SecondFactorNeeded):
        await staff.sessions.authenticate(token)
    actor = (await staff.sessions.recognise(token)).actor
    with pytest.raises(TotpNotPending):
        await staff.write(actor, lambda c: own.confirm_totp(c, staff.ring, staff.act(actor), "000000"))
    made = await staff.write(actor, lambda c: own.enrol_totp(c, staff.ring, staff.act(actor)))
    staff.secrets[actor.account] = made.secret
    bad = str((int(staff.code(actor.account)) + 1) % 1_000_000).zfill(6)
    with pytest.raises(Unfit):
        await staff.write(actor, lambda c: own.confirm_totp(c, staff.ring, staff.act(actor), bad))
    code = staff.code(actor.account)
    await staff.write(actor, lambda c: own.confirm_totp(c, staff.ring, staff.act(actor), code))
    staff.sessions.forget(actor.account)
    with pytest.raises(Unauthenticated):
        await staff.sessions.authenticate(token)
    with pytest.raises(SignInFailed):  # the code that confirmed it is used up
        await staff.sign_in("demo.manager", code)
    with pytest.raises(TotpNotPending):
        await staff.write(actor, lambda c: own.enrol_totp(c, staff.ring, staff.act(actor)))
    staff.later(seconds=30)
    session = await staff.sign_in("demo.manager", staff.code(actor.account))
    assert (await staff.sessions.authenticate(session.token)).has("manager")


async def test_the_security_administrator_resets_what_was_lost(staff):
    security = await staff.privileged("demo.security", "security_admin")
    manager = await staff.account("demo.manager", "manager", totp=True)
    for _ in range(5):
        await wrong(staff, "demo.manager")
    act = staff.act(security)
    await staff.write(security, lambda c: service.reset_password(c, staff.passwords, act, manager, "新密码-for-once-1"))
    await staff.write(security, lambda c: service.reset_totp(c, act, manager))
    session = await staff.sessions.sign_in("demo.manager", "新密码-for-once-1")
    with pytest.raises(PasswordChangeNeeded):
        await staff.sessions.authenticate(session.token)
    actor = (await staff.sessions.recognise(session.token)).actor

    async def change(old: str, new: str) -> object:
        args = {"old": old, "new": new, "token": session.token}
        return await staff.write(actor, lambda c: own.change_password(c, staff.passwords, staff.act(actor), **args))

    with pytest.raises(SignInFailed):
        await change("not the old one", "another-Long-one-22")
    with pytest.raises(WeakPassword):
        await change("新密码-for-once-1", "新密码-for-once-1")
    await change("新密码-for-once-1", "another-Long-one-22")
    staff.sessions.forget(manager)
    with pytest.raises(SecondFactorNeeded):
        await staff.sessions.authenticate(session.token)


async def test_the_three_administrators_are_three_persons(staff):
    security = await staff.privileged("demo.security", "security_admin")
    agent = await staff.account("demo.agent", "agent")
    auditor = await staff.account("demo.auditor", "auditor")
    for account, role in [(agent, "admin"), (auditor, "agent"), (auditor, "admin")]:
        with pytest.raises(RolesExclude):
            await staff.write(security, lambda c, a=account, r=role: service.grant_role(c, staff.act(security), a, r))
    async with staff.superuser() as connection:  # two grants at one moment: the index has the last word
        with pytest.raises(asyncpg.UniqueViolationError):
            await connection.execute("INSERT INTO account_role (account_id, role) VALUES ($1, 'admin')", auditor)


async def test_who_may_open_empower_and_reset(staff):
    admin = await staff.privileged("demo.admin", "admin")
    security = await staff.privileged("demo.security", "security_admin")
    agent = await staff.account("demo.agent", "agent")
    new = NewAccount(username="demo.new", name="演示", jurisdiction=ROOT, password=PASSWORD)
    with pytest.raises(Forbidden):
        await staff.write(security, lambda c: service.create_account(c, staff.passwords, staff.act(security), new))
    for todo in (
        lambda c: service.grant_role(c, staff.act(admin), agent, "dispatcher"),
        lambda c: service.revoke_role(c, staff.act(admin), agent, "agent"),
        lambda c: service.set_cleared(c, staff.act(admin), agent, True),
        lambda c: service.reset_totp(c, staff.act(admin), agent),
        lambda c: service.reset_password(c, staff.passwords, staff.act(admin), agent, PASSWORD),
        lambda c: service.give_totp(c, staff.ring, staff.act(admin), agent),
    ):
        with pytest.raises(Forbidden):
            await staff.write(admin, todo)
    with pytest.raises(OwnAccount):
        await staff.write(security, lambda c: service.set_cleared(c, staff.act(security), security.account, True))
    await staff.write(security, lambda c: service.set_cleared(c, staff.act(security), agent, True))
    async with staff.db.read(admin.wall()) as connection:
        assert (await service.get_account(connection, admin, agent)).cleared


async def test_a_county_administrator_reaches_its_own_branch_alone(staff):
    county = await staff.privileged("demo.county", "admin", jurisdiction=COUNTY)
    above = await staff.account("demo.above", "agent")
    below = await staff.account("demo.below", "agent", jurisdiction=COUNTY)
    with pytest.raises(AccountNotFound):
        await staff.write(county, lambda c: service.deactivate(c, staff.act(county), above))
    with pytest.raises(AccountNotFound):
        await staff.write(county, lambda c: service.deactivate(c, staff.act(county), 1))
    await staff.write(county, lambda c: service.deactivate(c, staff.act(county), below))
    new = NewAccount(username="demo.new", name="演示", jurisdiction=ROOT, password=PASSWORD)
    with pytest.raises(Unfit):
        await staff.write(county, lambda c: service.create_account(c, staff.passwords, staff.act(county), new))
    async with staff.db.read(county.wall()) as connection:
        listed = await service.list_accounts(connection, county)
        assert [account.username for account in listed] == ["demo.county", "demo.below"]
        assert [a.username for a in await service.list_accounts(connection, county, AccountQuery(q="below"))] == [
            "demo.below"
        ]
        assert len(await service.list_accounts(connection, county, after=listed[0].id, limit=1)) == 1
        with pytest.raises(AccountNotFound):
            await service.get_account(connection, county, above)


async def test_a_unit_role_stays_within_the_accounts_jurisdiction(staff):
    below = await staff.account("demo.below", ("unit_handler", COUNTY_UNIT), jurisdiction=COUNTY)
    for unit in (UNIT, 999):
        with pytest.raises(Unfit):
            async with staff.db.write(staff.setup().actor.wall()) as connection:
                await service.grant_role(connection, staff.setup(), below, "unit_handler", unit)


async def test_the_last_administrator_stays(staff):
    admin = await staff.privileged("demo.admin", "admin")
    security = await staff.privileged("demo.security", "security_admin")
    with pytest.raises(LastOne):
        await staff.write(security, lambda c: service.revoke_role(c, staff.act(security), admin.account, "admin"))
    with pytest.raises(LastOne):
        await staff.write(security, lambda c: service.deactivate(c, staff.act(security), admin.account))
    await staff.account("demo.admin2", "admin")
    await staff.write(security, lambda c: service.deactivate(c, staff.act(security), admin.account))


async def test_a_name_is_taken_once(staff):
    await staff.account("demo.agent")
    with pytest.raises(UsernameTaken):
        await staff.account("Demo.Agent")
    for name in ("x", "带中文", "a b", "-a", "a" * 65, "a\x00b"):
        with pytest.raises(Unfit):
            await staff.account(name)


async def test_the_first_three_administrators(staff):
    async def first(role: str, username: str) -> int:
        new = NewAccount(username=username, name="演示", jurisdiction=ROOT, password=PASSWORD, must_change=False)
        async with staff.db.write(staff.setup().actor.wall()) as connection:
            made, totp = await service.create_first_admin(
                connection, staff.passwords, staff.ring, new, now=staff.clock(), role=role
            )
        assert totp.uri.startswith("otpauth://totp/")
        staff.secrets[made] = totp.secret
        return made

    for role in ("admin", "security_admin", "auditor"):
        made = await first(role, f"first.{role.replace('_', '-')}")
        session = await staff.sign_in(f"first.{role.replace('_', '-')}", staff.code(made))
        assert (await staff.sessions.authenticate(session.token)).roles == {role}
        with pytest.raises(LastOne):
            await first(role, f"second.{role.replace('_', '-')}")


async def test_two_persons_open_a_reporters_identity(staff):
    asker = await staff.privileged("demo.manager1", "manager")
    other = await staff.privileged("demo.manager2", "manager")
    county = await staff.privileged("demo.county", "manager", jurisdiction=COUNTY)
    kind, number = "reporter_identity", "20260105990100000001X"

    async def use(actor):
        return await staff.write(actor, lambda c: approvals.use(c, staff.act(actor), kind, number))

    asked = await staff.write(asker, lambda c: approvals.ask(c, staff.act(asker), kind, number, "依法核实线索"))
    with pytest.raises(SecondPersonNeeded):
        await use(asker)
    with pytest.raises(SamePerson):
        await staff.write(asker, lambda c: approvals.approve(c, staff.act(asker), asked.id))
    with pytest.raises(Exception, match="申请"):  # one of a lower level neither sees it nor approves it
        await staff.write(county, lambda c: approvals.approve(c, staff.act(county), asked.id))
    async with staff.db.read(other.wall()) as connection:
        assert [found.id for found in await approvals.waiting(connection, staff.act(other))] == [asked.id]
    async with staff.db.read(county.wall()) as connection:
        assert await approvals.waiting(connection, staff.act(county)) == []
    await staff.write(other, lambda c: approvals.approve(c, staff.act(other), asked.id))
    with pytest.raises(ApprovalGone):
        await staff.write(other, lambda c: approvals.approve(c, staff.act(other), asked.id))
    with pytest.raises(SecondPersonNeeded):
        await use(other)
    opened = await asyncio.gather(use(asker), use(asker), return_exceptions=True)
    assert sorted(type(one).__name__ for one in opened) == ["Approval", "SecondPersonNeeded"]


async def test_an_approval_does_not_wait_for_ever(staff):
    asker = await staff.privileged("demo.manager1", "manager")
    other = await staff.privileged("demo.manager2", "manager")
    kind, number = "reporter_identity", "20260105990100000001X"
    first = await staff.write(asker, lambda c: approvals.ask(c, staff.act(asker), kind, number, "核实"))
    staff.later(hours=24)
    with pytest.raises(ApprovalGone):
        await staff.write(other, lambda c: approvals.approve(c, staff.act(other), first.id))
    second = await staff.write(asker, lambda c: approvals.ask(c, staff.act(asker), kind, number, "核实"))
    await staff.write(other, lambda c: approvals.approve(c, staff.act(other), second.id))
    staff.later(hours=2)
    with pytest.raises(SecondPersonNeeded):
        await staff.write(asker, lambda c: approvals.use(c, staff.act(asker), kind, number))
    for bad_kind, reason in [("anything", "核实"), (kind, "  ")]:
        with pytest.raises(Unfit):
            await staff.write(asker, lambda c, k=bad_kind, r=reason: approvals.ask(c, staff.act(asker), k, number, r))


async def test_no_table_holds_a_secret_in_the_clear(staff):
    made = await staff.account("demo.manager", "manager", totp=True)
    session = await staff.sign_in("demo.manager", staff.code(made), kind="browser")
    with pytest.raises(SignInFailed):
        await staff.sessions.sign_in(PASSWORD, "typed into the wrong field", address="203.0.113.9")
    async with staff.superuser() as connection:
        tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        rows = [row for (name,) in tables for row in await connection.fetch(f'SELECT t::text FROM "{name}" t')]
    dump = "\n".join(row[0] for row in rows)
    assert "demo.manager" in dump  # the dump does read rows
    raw = {session.token, session.csrf, staff.secrets[made], PASSWORD, "203.0.113.9", "typed into the wrong field"}
    for secret in raw:
        assert secret not in dump
        assert secret.encode().hex() not in dump


async def test_every_change_to_an_account_leaves_a_row(staff):
    security = await staff.privileged("demo.security", "security_admin")
    made = await staff.account("demo.agent", "agent")
    await staff.write(security, lambda c: service.grant_role(c, staff.act(security), made, "dispatcher"))
    await wrong(staff, "demo.agent")
    async with staff.superuser() as connection:
        rows = await connection.fetch("SELECT action, account_id, role, detail::text FROM audit ORDER BY id")
    actions = [row["action"] for row in rows if f'"account": {made}' in row["detail"]]
    assert actions == ["account.create", "account.grant", "account.grant"]
    last = rows[-1]
    assert (last["action"], last["account_id"]) == ("session.refused", made)
    assert [row["action"] for row in rows].count("session.begin") == 1


async def test_no_role_of_the_product_can_rewrite_the_audit(staff):
    app = (
        "UPDATE audit SET action = 'x'",
        "DELETE FROM audit",
        "DELETE FROM audit_batch",
        "DELETE FROM audit_unsealed",
    )
    direct = "INSERT INTO audit (at, path, account_id, role, action, purpose, numbers, detail, request_id) "
    direct += "VALUES (clock_timestamp(), '/', 1, '', '', '', '{}', '{}', '')"
    for statement in (*app, direct, "SELECT drop_audit_before('2026-01-01')"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with staff.db.write(staff.setup().actor.wall()) as connection:
                await connection.execute(statement)
    for statement in ("SELECT * FROM credential", "UPDATE audit SET action = 'x'", "DELETE FROM audit", direct):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with staff.db.work() as connection:
                await connection.execute(statement)
