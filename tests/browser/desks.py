"""What the journeys of the desks where matters come in have in common: the API beside the browser."""

from __future__ import annotations

from typing import Any

import httpx

from live import Live


async def ask(live: Live, role: str, method: str, path: str, **more: Any) -> Any:
    """The API's answer to a new account of that role."""
    headers = {"authorization": f"Bearer {await live.token(role)}"} | more.pop("headers", {})
    async with httpx.AsyncClient(base_url=live.url, timeout=20) as client:
        answer = await client.request(method, f"/api/v1{path}", headers=headers, **more)
    assert answer.is_success, answer.text
    return answer.json()


async def publish(live: Live, title: str, body: str) -> int:
    """A knowledge item an agent may cite; its id."""
    place, _ = live.house.places["州"]
    draft = {"jurisdiction_id": place, "title": title, "body": body, "visibility": "public", "source": "示范口径"}
    item: int = (await ask(live, "kb_editor", "POST", "/knowledge", json=draft | {"valid_from": "2000-01-01"}))["id"]
    for step in ("check", "publish"):
        await ask(live, "kb_reviewer", "POST", f"/knowledge/{item}/steps", json={"step": step})
    return item


async def found(live: Live, phone: str) -> list[dict[str, Any]]:
    """The orders of a number."""
    items: list[dict[str, Any]] = (await ask(live, "agent", "POST", "/callers/lookup", json={"phone": phone}))["items"]
    return items


async def rule(live: Live, **files: str) -> None:
    """Rules of the prefecture's own, put over its profile by its manager: file name (``flow``) to content."""
    place, _ = live.house.places["州"]
    body = {"files": {f"{name}.yaml": text for name, text in files.items()}, "reason": "示范"}
    await ask(live, "manager", "PUT", f"/jurisdictions/{place}/layer", json=body)
