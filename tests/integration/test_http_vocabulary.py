"""The words of the screens over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from conftest import House
from web import Web, web_of
from yihao.orders.model import STATES


@pytest.fixture
async def web(house: House) -> AsyncIterator[Web]:
    async with web_of(house) as made:
        yield made


async def test_every_word_in_both_languages_for_whoever_is_signed_in(web: Web) -> None:
    answer = await (await web.as_("kb_editor")).get("/api/v1/vocabulary")
    assert answer.status_code == 200
    words = answer.json()
    assert {word["value"]: word["zh"] for word in words["states"]} == STATES
    assert {word["en"] for word in words["states"] if word["value"] == "signed"} == {"In hand"}
    verbs = {word["value"]: word for word in words["verbs"]}
    assert verbs["withdraw"]["danger"] and not verbs["sign"]["danger"]
    assert "agent" in verbs["register"]["roles"] and verbs["breach"]["roles"] == ["clock"]
    assert words["place"]["refusals"][0]["route"]
    # Kept for the session, and told apart by who is signed in.
    assert answer.headers["cache-control"].startswith("private") and "cookie" in answer.headers["vary"]


async def test_nobody_reads_them_unknown(web: Web) -> None:
    assert (await web.http.get("/api/v1/vocabulary")).status_code == 401
