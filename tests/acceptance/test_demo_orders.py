"""A demonstration may begin with made-up orders, so that no screen is empty."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from running import Running, yihao


def test_it_begins_with_the_orders_asked_for_and_verifies(open_folder: Path) -> None:
    server = Running(open_folder / "shown", "--demo", "--profile", "xishuangbanna", "--orders", "40")
    server.start(120)
    try:
        with closing(server.sign_in("dispatcher")) as client:
            page = client.get("/api/v1/orders", params={"limit": 100}).json()
            assert len(page["items"]) == 40 and page["next"] is None
        server.stop()
        assert server.start() < 30  # nothing is made a second time
        with closing(server.sign_in("dispatcher")) as client:
            assert len(client.get("/api/v1/orders", params={"limit": 100}).json()["items"]) == 40
    finally:
        server.end()
    checked = yihao("verify", "--deep", "--data", server.data)
    assert checked.returncode == 0, checked.stdout + checked.stderr
