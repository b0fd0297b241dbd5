"""What surrounds every request: its id, who really sent it, the headers that protect the answer, the measuring.

A plain ASGI wrapper outside Litestar, since it runs for every request and for answers Litestar makes by itself.
"""

from __future__ import annotations

import ipaddress
import logging
import os
import time
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, cast

from litestar.enums import HttpMethod, ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from yihao.web.metrics import Meters

log = logging.getLogger("yihao.access")

CONTENT_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
"""For every answer that names no other: no script at all."""
HEADERS: Final[tuple[tuple[bytes, bytes], ...]] = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", CONTENT_POLICY.encode()),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
    (b"server", b""),  # or the server below would name itself
)
PRIVATE: Final = (b"cache-control", b"no-store")
"""Personal data is kept by no cache; only what says so itself (styles, the description) is."""
HSTS: Final = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")

Networks = tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]


class Frame:
    """Wraps the application.

    Args:
        app: Litestar.
        proxies: addresses and networks whose ``X-Forwarded-For`` and ``X-Forwarded-Proto`` are believed.
        meters: where requests are counted.
    """

    def __init__(self, app: ASGIApp, *, proxies: Sequence[str], meters: Meters) -> None:
        self.app = app
        self._meters = meters
        networks: Networks = tuple(ipaddress.ip_network(one, strict=False) for one in proxies)
        self._trusted = lru_cache(maxsize=1024)(lambda address: _within(address, networks)) if networks else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or the lifespan."""
        if scope["type"] == ScopeType.HTTP:
            await self._framed(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _framed(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        id_ = os.urandom(8).hex()
        # Not every server makes the state of a request.
        cast("dict[str, Any]", scope).setdefault("state", {})["request_id"] = id_
        if self._trusted is not None:
            self._believe(scope)
        # RFC 9110 9.3.2: HEAD is GET without its content. A stream would never end it.
        bare = scope["method"] == "HEAD" and not scope["path"].endswith("/stream")
        if bare:
            scope["method"] = HttpMethod.GET
        head = (*HEADERS, (b"x-request-id", id_.encode()), *((HSTS,) if scope["scheme"] == "https" else ()))
        status, seconds = 500, 0.0

        async def answer(message: Message) -> None:
            nonlocal status, seconds
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = list(message["headers"])
                if (b"content-type", b"text/event-stream") in headers:  # stays open for hours
                    seconds = time.perf_counter() - started
                said = {name for name, _ in headers}
                # What an answer says itself stays: the console runs scripts, an embedded form has frames around it.
                message["headers"] = [*headers, *(one for one in (PRIVATE, *head) if one[0] not in said)]
            elif bare and message["type"] == "http.response.body":
                message["body"] = b""
            await send(message)

        try:
            await self.app(scope, receive, answer)
        finally:
            seconds = seconds or time.perf_counter() - started
            # The template and never the path or the query: those may hold a phone number somebody searched for.
            route: str = scope.get("path_template") or "-"
            self._meters.count(scope["method"], route, status, seconds)
            log.debug("%s %s %d %.1fms request=%s", scope["method"], route, status, seconds * 1000, id_)

    def _believe(self, scope: Any) -> None:
        """Take the sender and the scheme from the proxy in front, if it is one of ours."""
        client = scope.get("client")
        if not (client and self._trusted and self._trusted(client[0])):
            return
        for name, value in scope["headers"]:
            if name == b"x-forwarded-proto" and value in (b"http", b"https"):
                scope["scheme"] = value.decode()
            elif name == b"x-forwarded-for":
                # From the right: each proxy appends whom it spoke to, and what stands further left anybody may write.
                for hop in reversed(value.decode("latin-1").split(",")):
                    address = hop.strip()
                    if _address(address) is None:
                        break
                    scope["client"] = (address, 0)
                    if not self._trusted(address):
                        break


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _within(address: str, networks: Networks) -> bool:
    found = _address(address)
    return found is not None and any(found in network for network in networks)
