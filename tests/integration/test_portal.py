from __future__ import annotations
from collections.abc import AsyncIterator
import pytest
from conftest import House
from web import Web, web_of


@pytest.fixture
async def web(house: House) -> AsyncIterator[Web]:
    async with web_of(house) as made:
        yield made

async def test_pages(web):
    for path in ("/", "/embed/appeal", "/embed/appeal/where", "/embed/query", "/embed/knowledge", "/appeal", "/query", "/guide","/places", "/enterprise", "/nope"):
        a = await web.http.get(path, headers={"accept":"text/html"})
        print(path, a.status_code, len(a.text))
    print(a.text)
    a = await web.http.post("/embed/appeal", data={"title":"x"})
    print(a.status_code, a.text)
