"""Signing in, the guard, accounts, approvals and the audit over HTTP."""

from base64 import b64decode
from collections.abc import AsyncIterator
from typing import Any

import pytest
from httpx import ASGITransport, AsyncClient
from litestar import Litestar, Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.openapi import OpenAPIConfig

from staff import PASSWORD, ROOT, UNIT, Staff, staffed
from yihao.errors import YihaoError
from yihao.people import jobs
from yihao.people.guard import CSRF_COOKIE, DEPENDENCIES, must_sign_in
from yihao.people.problem import answer_problem
from yihao.people.routes import CONTROLLERS
from yihao.people.scope import Actor


@pytest.fixture
async def staff(migrated_database: str) -> AsyncIterator[Staff]:
    async with staffed(migrated_database) as made:
        yield made


@get("/closed-by-default", sync_to_thread=False)
def closed() -> str:
    return "never without a session"


@post("/whoami", sync_to_thread=False, media_type="text/plain")
def whoami(actor: NamedDependency[Actor]) -> str:
    return actor.username


def giving(part: object) -> Provide:
    def give() -> Any:
        return part

    return Provide(give, sync_to_thread=False)


def application(staff: Staff) -> Litestar:
    parts = {
        "db": staff.db,
        "clock": staff.clock,
        "ring": staff.ring,
        "sessions": staff.sessions,
        "passwords": staff.passwords,
        "audit": staff.audit,
    }
    provided = {name: giving(part) for name, part in parts.items()}
    app = Litestar(
        [Router("/api/v1", route_handlers=[*CONTROLLERS, closed, whoami], guards=[must_sign_in])],
        dependencies={**provided, **DEPENDENCIES},
        exception_handlers={
            YihaoError: answer_problem,
            UnicodeDecodeError: lambda request, error: Response({"code": "invalid"}, status_code=400),
        },
        openapi_config=OpenAPIConfig(title="t", version="1", use_handler_docstrings=True),
    )
    app.state.sessions = staff.sessions
    return app


def opened(staff: Staff, scheme: str) -> AsyncClient:
    """A client in this very event loop, which the database's connections belong to."""
    return AsyncClient(transport=ASGITransport(application(staff)), base_url=f"{scheme}://testserver.local")


@pytest.fixture
async def client(staff: Staff) -> AsyncIterator[AsyncClient]:
    async with opened(staff, "http") as made:
        yield made


async def bearer(staff: Staff, username: str, account: int | None = None) -> dict[str, str]:
    session = await staff.sign_in(username, staff.code(account) if account in staff.secrets else None)
    return {"authorization": f"Bearer {session.token}"}


async def holder(staff: Staff, username: str, role: str) -> dict[str, str]:
    account = await staff.account(username, role, totp=True)
    return await bearer(staff, username, account)


async def test_a_token_from_sign_in_to_sign_out(staff, client):
    made = await staff.account("demo.agent", "agent", ("unit_handler", UNIT))
    answer = await client.post("/api/v1/tokens", json={"username": "demo.agent", "password": PASSWORD})
    assert answer.status_code == 201 and set(answer.json()) == {"token", "expires_at"}
    assert answer.headers["cache-control"] == "no-store"
    headers = {"authorization": f"Bearer {answer.json()['token']}"}
    me = (await client.get("/api/v1/me", headers=headers)).json()
    assert (me["account"], me["branch"], me["units"]) == (made, "/1/", [UNIT])
    assert {"role": "unit_handler", "label": "承办单位经办人", "unit": UNIT} in me["roles"]
    assert (await client.delete("/api/v1/tokens/current", headers=headers)).status_code == 204
    assert (await client.get("/api/v1/me", headers=headers)).status_code == 401


async def test_wrong_is_wrong_in_the_same_words(staff, client):
    await staff.account("demo.agent", "agent")
    bodies = []
    for name in ("demo.agent", "demo.nobody"):
        answer = await client.post("/api/v1/tokens", json={"username": name, "password": "wrong wrong wrong"})
        assert answer.status_code == 401 and answer.headers["content-type"].startswith("application/problem+json")
        bodies.append(answer.json())
    assert bodies[0] == bodies[1] and bodies[0]["code"] == "sign_in_failed"
    for _ in range(5):
        last = await client.post("/api/v1/tokens", json={"username": "demo.nobody", "password": "wrong"})
    assert last.status_code == 429 and 0 < int(last.headers["retry-after"]) <= 901
    english = await client.get("/api/v1/me", headers={"accept-language": "en-GB,en;q=0.9,zh;q=0.1"})
    assert english.json()["detail"].startswith("You are not signed in")
    assert english.headers["www-authenticate"] == "Bearer"


async def test_a_code_is_asked_for_only_after_the_right_password(staff, client):
    account = await staff.account("demo.manager", "manager", totp=True)
    body = {"username": "demo.manager", "password": PASSWORD}
    assert (await client.post("/api/v1/tokens", json=body)).json()["code"] == "otp_required"
    wrong = await client.post("/api/v1/tokens", json=body | {"password": "wrong wrong wrong"})
    assert wrong.json()["code"] == "sign_in_failed"
    right = await client.post("/api/v1/tokens", json=body | {"otp": staff.code(account)})
    assert right.status_code == 201


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Bearer nonsense", "Basic eDp5", "Bearer " + "x" * 3000])
async def test_everything_is_closed_without_a_session(client, header):
    headers = {"authorization": header} if header else {}
    for path in ("/api/v1/closed-by-default", "/api/v1/me", "/api/v1/accounts", "/api/v1/audit", "/api/v1/roles"):
        answer = await client.get(path, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated"), path


async def browser(staff: Staff, client: AsyncClient) -> str:
    await staff.account("demo.agent", "agent")
    answer = await client.post("/api/v1/sessions", json={"username": "demo.agent", "password": PASSWORD})
    assert answer.status_code == 201
    cookies = {cookie.partition("=")[0]: cookie.lower() for cookie in answer.headers.get_list("set-cookie")}
    assert "httponly" in cookies["yihao_session"] and "samesite=strict" in cookies["yihao_session"]
    assert "httponly" not in cookies[CSRF_COOKIE]
    assert "token" not in answer.json()
    return answer.json()["csrf_token"]


async def test_a_change_by_cookie_needs_the_csrf_token(staff, client):
    csrf = await browser(staff, client)
    assert (await client.get("/api/v1/me")).status_code == 200
    for headers in ({}, {"x-csrf-token": ""}, {"x-csrf-token": "wrong"}, {"x-csrf-token": csrf[:-1]}):
        refused = await client.post("/api/v1/whoami", headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "csrf"), headers
    assert (await client.post("/api/v1/whoami", headers={"x-csrf-token": csrf})).text == "demo.agent"
    assert (await client.post("/api/v1/whoami", data={"_csrf": csrf})).status_code == 403  # a form brings none
    other = await client.post("/api/v1/sessions", json={"username": "demo.agent", "password": PASSWORD})
    assert (await client.post("/api/v1/whoami", headers={"x-csrf-token": csrf})).status_code == 403
    fresh = {"x-csrf-token": other.json()["csrf_token"]}
    assert (await client.delete("/api/v1/sessions/current", headers=fresh)).status_code == 204
    assert (await client.get("/api/v1/me")).status_code == 401


async def test_a_token_in_the_header_needs_no_csrf(staff, client):
    await staff.account("demo.agent", "agent")
    assert (await client.post("/api/v1/whoami", headers=await bearer(staff, "demo.agent"))).text == "demo.agent"


async def test_cookies_are_secure_over_tls(staff):
    await staff.account("demo.agent", "agent")
    async with opened(staff, "https") as client:
        answer = await client.post("/api/v1/sessions", json={"username": "demo.agent", "password": PASSWORD})
    assert all("secure" in cookie.lower() for cookie in answer.headers.get_list("set-cookie"))


async def test_a_browser_session_idles_out_over_http(staff, client):
    await browser(staff, client)
    staff.later(minutes=16)
    assert (await client.get("/api/v1/me")).status_code == 401


async def test_an_account_from_its_opening_to_its_end(staff, client):
    admin, security = await holder(staff, "demo.admin", "admin"), await holder(staff, "demo.security", "security_admin")
    body = {"username": "demo.new", "name": "演示新人", "jurisdiction": ROOT, "password": "first-Password-1"}
    refused = await client.post("/api/v1/accounts", json=body, headers=security)
    assert refused.status_code == 403 and "系统管理员" in refused.json()["detail"]
    made = await client.post("/api/v1/accounts", json=body, headers=admin)
    assert made.status_code == 201 and made.json()["roles"] == []
    path = f"/api/v1/accounts/{made.json()['id']}"
    again = await client.post("/api/v1/accounts", json=body, headers=admin)
    assert (again.status_code, again.json()["code"]) == (409, "username_taken")
    granted = await client.post(f"{path}/roles", json={"role": "unit_handler", "unit": UNIT}, headers=security)
    assert granted.status_code == 204
    denied = await client.post(f"{path}/roles", json={"role": "auditor"}, headers=security)
    assert (denied.status_code, denied.json()["code"]) == (409, "roles_exclude")

    token = await staff.sessions.sign_in("demo.new", "first-Password-1")
    own = {"authorization": f"Bearer {token.token}"}
    assert (await client.post("/api/v1/whoami", headers=own)).json()["code"] == "password_change_required"
    assert (await client.get("/api/v1/me", headers=own)).json()["must_change_password"] is True
    change = {"old": "first-Password-1", "new": "second-Password-2"}
    assert (await client.put("/api/v1/me/password", json=change, headers=own)).status_code == 204
    assert (await client.post("/api/v1/whoami", headers=own)).text == "demo.new"

    assert (await client.put(f"{path}/clearance", json={"cleared": True}, headers=security)).status_code == 204
    gone = await client.delete(f"{path}/roles/unit_handler?unit={UNIT}", headers=security)
    assert gone.status_code == 204
    seen = (await client.get(path, headers=admin)).json()
    assert (seen["cleared"], seen["roles"]) == (True, [])
    assert (await client.post(f"{path}/deactivate", headers=admin)).status_code == 204
    assert (await client.post("/api/v1/whoami", headers=own)).status_code == 401
    assert (await client.post(f"{path}/reactivate", headers=admin)).status_code == 204
    reset = await client.put(f"{path}/password", json={"password": "third-Password-3"}, headers=security)
    assert reset.status_code == 204
    assert (await client.delete(f"{path}/totp", headers=security)).status_code == 204
    listed = (await client.get("/api/v1/accounts?limit=1&q=demo", headers=admin)).json()
    assert len(listed["items"]) == 1 and listed["next"] == listed["items"][0]["id"]


async def test_a_second_factor_is_enrolled_over_http(staff, client):
    await staff.account("demo.manager", "manager")
    headers = await bearer(staff, "demo.manager")
    assert (await client.post("/api/v1/whoami", headers=headers)).json()["code"] == "second_factor_required"
    made = (await client.post("/api/v1/me/totp", headers=headers)).json()
    account = (await client.get("/api/v1/me", headers=headers)).json()["account"]
    staff.secrets[account] = made["secret"]
    confirmed = await client.put("/api/v1/me/totp", json={"otp": staff.code(account)}, headers=headers)
    assert confirmed.status_code == 204
    assert (await client.get("/api/v1/me", headers=headers)).status_code == 401
    staff.later(seconds=30)
    headers = await bearer(staff, "demo.manager", account)
    assert (await client.post("/api/v1/whoami", headers=headers)).text == "demo.manager"


async def test_approvals_over_http(staff, client):
    asker, other = await holder(staff, "demo.manager1", "manager"), await holder(staff, "demo.manager2", "manager")
    body = {"kind": "reporter_identity", "number": "20260105990100000001X", "reason": "依法核实线索"}
    asked = await client.post("/api/v1/approvals", json=body, headers=asker)
    assert asked.status_code == 201 and asked.json()["approved_by"] is None
    assert [one["id"] for one in (await client.get("/api/v1/approvals", headers=other)).json()["items"]] == [1]
    assert (await client.post("/api/v1/approvals/1/approve", headers=asker)).json()["code"] == "same_person"
    approved = await client.post("/api/v1/approvals/1/approve", headers=other)
    assert approved.status_code == 200 and approved.json()["approved_by"]
    assert approved.json()["state"] == "approved"
    assert (await client.post("/api/v1/approvals/2/approve", headers=other)).status_code == 404


async def test_who_asked_sees_what_became_of_it(staff, client):
    asker, other = await holder(staff, "demo.manager1", "manager"), await holder(staff, "demo.manager2", "manager")
    for number in ("20260105990100000001X", "202601059901000000028"):
        body = {"kind": "reporter_identity", "number": number, "reason": "依法核实线索"}
        await client.post("/api/v1/approvals", json=body, headers=asker)
    await client.post("/api/v1/approvals/1/approve", headers=other)

    async def seen(view, headers, more=""):
        answer = await client.get(f"/api/v1/approvals?view={view}{more}", headers=headers)
        assert answer.status_code == 200, answer.text
        return [(one["id"], one["state"], one["may_approve"]) for one in answer.json()["items"]]

    assert await seen("mine", asker) == [(2, "waiting", False), (1, "approved", False)]
    assert await seen("mine", asker, "&limit=1&after=2") == [(1, "approved", False)]
    assert await seen("mine", other) == [] and await seen("waiting", other) == [(2, "waiting", True)]
    staff.later(minutes=14)  # sessions of the privileged end when they are idle
    auditor = await holder(staff, "demo.auditor", "auditor")
    assert (await client.get("/api/v1/approvals?view=mine", headers=auditor)).status_code == 403


async def test_the_auditor_reads_and_reading_is_recorded(staff, client):
    auditor, manager = await holder(staff, "demo.auditor", "auditor"), await holder(staff, "demo.manager", "manager")
    refused = await client.get("/api/v1/audit", headers=manager)
    assert refused.status_code == 403 and "审计员" in refused.json()["detail"]
    page = (await client.get("/api/v1/audit?limit=2", headers=auditor)).json()
    assert len(page["items"]) == 2 and page["next"] == page["items"][-1]["id"]
    following = (await client.get(f"/api/v1/audit?limit=200&after={page['next']}", headers=auditor)).json()
    assert following["next"] is None and all(one["id"] < page["next"] for one in following["items"])
    looked = (await client.get("/api/v1/audit?action=audit.read", headers=auditor)).json()["items"]
    assert [one["username"] for one in looked] == ["demo.auditor"] * 2
    narrow = "/api/v1/audit?from=2026-01-05T09:00:00%2B08:00&to=2026-01-05T10:00:00%2B08:00&number=2026010599X"
    assert (await client.get(narrow, headers=auditor)).json()["items"] == []
    naive = await client.get("/api/v1/audit?from=2026-01-05T09:00:00", headers=auditor)
    assert (naive.status_code, naive.json()["code"], naive.json()["field"]) == (422, "naive_time", "from")


async def test_several_actions_and_the_state_of_the_chain(staff, client):
    auditor, manager = await holder(staff, "demo.auditor", "auditor"), await holder(staff, "demo.manager", "manager")
    await client.get("/api/v1/audit?action=session.begin", headers=auditor)
    found = await client.get("/api/v1/audit?action=session.begin,audit.read,&limit=200", headers=auditor)
    assert {one["action"] for one in found.json()["items"]} == {"session.begin", "audit.read"}
    assert (await client.get("/api/v1/audit/chain", headers=manager)).status_code == 403
    state = (await client.get("/api/v1/audit/chain", headers=auditor)).json()
    assert (state["batch"], state["checked"], state["faults"]) == (0, 0, []) and state["waiting"] > 0
    assert await jobs.seal(staff.db, staff.ring, staff.clock())
    state = (await client.get("/api/v1/audit/chain", headers=auditor)).json()
    assert (state["batch"], state["checked"], state["faults"]) == (1, 1, []) and len(state["hash"]) == 64
    async with staff.superuser() as connection:
        row = await connection.fetchval(
            "UPDATE audit SET purpose = 'other' WHERE id = (SELECT min(id) FROM audit) RETURNING id"
        )
    state = (await client.get("/api/v1/audit/chain", headers=auditor)).json()
    assert state["faults"] == [{"what": "edited", "batch": 1, "row": row}]


async def test_accounts_are_found_by_role_unit_state_and_home(staff, client):
    security = await holder(staff, "demo.security", "security_admin")
    await staff.account("demo.handler", ("unit_handler", UNIT))
    await staff.account("demo.both", "agent", ("unit_receiver", UNIT))

    async def found(query: str) -> list[str]:
        answer = await client.get(f"/api/v1/accounts?{query}", headers=security)
        assert answer.status_code == 200, answer.text
        return [one["username"] for one in answer.json()["items"]]

    assert await found("role=unit_handler") == ["demo.handler"]
    assert await found(f"unit={UNIT}") == ["demo.handler", "demo.both"]
    assert await found(f"unit={UNIT}&role=agent") == []
    assert await found("active=false&q=demo") == []
    assert await found("jurisdiction=2") == []
    one = (await client.get("/api/v1/accounts?role=unit_handler", headers=security)).json()["items"][0]
    assert one["jurisdiction_name"] == "示例州"
    assert one["roles"] == [
        {"role": "unit_handler", "label": "承办单位经办人", "unit": UNIT, "unit_name": "示例州城管局"}
    ]


async def test_each_administrator_learns_what_is_anothers_to_do(staff, client):
    made = await staff.account("demo.clerk", "agent")
    security = await staff.account("demo.security", "security_admin", totp=True)

    async def may(headers, account=made) -> dict[str, str | None]:
        answer = await client.get(f"/api/v1/accounts/{account}/deeds", headers=headers)
        assert answer.status_code == 200, answer.text
        assert all(one["allowed"] == (one["why"] is None) for one in answer.json())
        return {one["deed"]: one["why"] for one in answer.json()}

    admin = await may(await holder(staff, "demo.admin", "admin"))
    assert admin["deactivate"] is None and admin["reactivate"] is None and "安全管理员" in admin["grant"]
    keeper = await bearer(staff, "demo.security", security)
    assert (await may(keeper))["grant"] is None and "系统管理员" in (await may(keeper))["reactivate"]
    assert "自己的账号" in (await may(keeper, security))["grant"]
    assert None not in (await may(await holder(staff, "demo.auditor", "auditor"))).values()
    agent = await client.get(f"/api/v1/accounts/{made}/deeds", headers=await bearer(staff, "demo.clerk"))
    assert agent.status_code == 403


async def test_no_audit_no_page(staff, client):
    auditor = await holder(staff, "demo.auditor", "auditor")
    assert (await client.get("/api/v1/audit", headers=auditor)).status_code == 200
    async with staff.superuser() as connection:
        await connection.execute("REVOKE EXECUTE ON FUNCTION audit_write FROM yihao_app")
    answer = await client.get("/api/v1/audit", headers=auditor)
    assert (answer.status_code, answer.json()["code"]) == (503, "audit_lost")
    assert "items" not in answer.json()


HARD: list[Any] = ["", "x\x00y", "x" * 5000, "\ud800", None, 2**70, -1, 1.5, True, [], {}, "'; DROP TABLE account; --"]


async def test_bad_input_is_never_our_fault(staff, client):
    admin, security = await holder(staff, "demo.admin", "admin"), await holder(staff, "demo.security", "security_admin")
    manager = await holder(staff, "demo.manager", "manager")
    good = {
        "/api/v1/tokens": ({"username": "demo.x", "password": PASSWORD, "otp": "1"}, {}),
        "/api/v1/accounts": ({"username": "u.x", "name": "n", "jurisdiction": 1, "password": PASSWORD}, admin),
        "/api/v1/accounts/101/roles": ({"role": "agent", "unit": None}, security),
        "/api/v1/approvals": ({"kind": "reporter_identity", "number": "1", "reason": "r"}, manager),
    }
    for path, (body, headers) in good.items():
        for field in body:
            for value in HARD:
                raw = msgspec_json(body | {field: value})
                answer = await client.post(path, content=raw, headers=headers | {"content-type": "application/json"})
                assert answer.status_code < 500, (path, field, value, answer.text)
        for raw in (b"", b"{", b"[]", b"\xff\xfe", b'{"username": "\xed\xa0\x80"}'):
            answer = await client.post(path, content=raw, headers=headers | {"content-type": "application/json"})
            assert 400 <= answer.status_code < 500, (path, raw)
    for path in (
        "/api/v1/accounts/99999999999999999999",
        "/api/v1/accounts/0",
        "/api/v1/accounts?q=%00",
        "/api/v1/accounts?after=-1",
        "/api/v1/accounts?limit=100000",
    ):
        assert 400 <= (await client.get(path, headers=admin)).status_code < 500, path
    auditor = await holder(staff, "demo.auditor", "auditor")
    for query in (
        "from=0001-01-01T00:00:00%2B08:00",
        "from=x",
        "account=99999999999",
        "number=%00",
        "action=%00",
        "after=0",
    ):
        assert 400 <= (await client.get(f"/api/v1/audit?{query}", headers=auditor)).status_code < 500, query


def msgspec_json(body: dict[str, Any]) -> bytes:
    """JSON as a broken client sends it: lone surrogates stay."""
    import json

    return json.dumps(body).encode()


async def test_the_description_says_every_field(staff, client):
    schema = (await client.get("/schema/openapi.json")).json()
    operations = [op for path in schema["paths"].values() for op in path.values() if "operationId" in op]
    assert {"createToken", "deleteToken", "createSession", "getMe", "listAudit", "grantRole"} <= {
        op["operationId"] for op in operations
    }
    for operation in operations:
        if not operation["operationId"].startswith("ApiV1"):  # this file's own two
            assert operation["summary"] and operation["description"], operation["operationId"]
            assert any(int(status) >= 400 for status in operation["responses"]), operation["operationId"]
    for name, part in schema["components"]["schemas"].items():
        for field, told in part.get("properties", {}).items():
            assert told.get("description"), f"{name}.{field}"


async def draft_key(client: AsyncClient, name: str) -> Any:
    made = await client.post("/api/v1/tokens", json={"username": name, "password": PASSWORD})
    headers = {"authorization": f"Bearer {made.json()['token']}"}
    answer = await client.get("/api/v1/me/draft-key", headers=headers)
    assert answer.status_code == 200
    return answer.json()


async def test_drafts_have_a_key_of_the_account_that_outlives_sessions_and_rotations(staff, client):
    await staff.account("demo.one", "agent")
    await staff.account("demo.two", "agent")
    first = await draft_key(client, "demo.one")
    assert len(b64decode(first["key"])) == 32 and first["older"] == []
    assert await draft_key(client, "demo.one") == first
    assert (await draft_key(client, "demo.two"))["key"] != first["key"]
    made = [first]
    for _ in range(3):
        staff.ring.rotate("index")
        made.insert(0, await draft_key(client, "demo.one"))
    now = made[0]
    assert now["older"] == [{"id": one["id"], "key": one["key"]} for one in made[1:3]]
    assert len({one["key"] for one in made}) == 4
