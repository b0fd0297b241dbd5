"""Each packaged place as an operator meets it: its demonstration starts, is seeded, lives through old mail."""

from __future__ import annotations

import csv
import json
import random
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from running import Running, environment, yihao
from yihao.profile import names

SAMPLE = 25
SECOND_START = 5.0
"""Seconds. A busy machine gets four times as many: the benchmark holds the figure itself."""


@pytest.fixture(scope="module")
def messages(shared_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    with (shared_dir / "data" / "replies.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = random.Random(2021).sample(list(csv.DictReader(file)), SAMPLE)
    made = tmp_path_factory.mktemp("places") / "replies.csv"
    with made.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return made


@pytest.mark.parametrize("place", names())
def test_old_mail_lives_through_the_place(place: str, messages: Path, server_dsn: str, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    done = subprocess.run(
        [str(Path(sys.executable).with_name("yihao")), "replay", messages, "--profile", place, "--json", out],
        env={**environment(), "YIHAO_DATABASE_URL": server_dsn, "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=280,
        check=False,
    )
    assert done.returncode == 0 and "校验通过" in done.stdout, done.stderr[-2000:]
    assert "未能走完" not in done.stderr
    export = json.loads(out.read_text(encoding="utf-8"))
    figures = {one["name"]: one["numerator"] for one in export["indicators"]}
    assert figures["accepted"] == SAMPLE == len(export["orders"])
    assert figures["dispatched"] > SAMPLE * 0.8 and all(order["number"] for order in export["orders"])
    # The number carries the code of the place whose hotline took it.
    assert len({order["number"][8:14] for order in export["orders"]}) == 1


@pytest.mark.parametrize("place", names())
def test_it_is_seeded_and_verified(place: str, server_dsn: str, open_folder: Path, fresh_database) -> None:
    data = open_folder / f"seed-{place}"
    dsn = fresh_database()
    made = subprocess.run(
        [str(Path(sys.executable).with_name("yihao")), "seed", "--orders", "300", "--profile", place, "--data", data],
        env={**environment(), "YIHAO_DATABASE_URL": dsn, "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=280,
        check=False,
    )
    assert made.returncode == 0, made.stderr[-2000:]
    assert "300 件工单" in made.stdout
    checked = yihao("verify", "--deep", "--data", data, YIHAO_DATABASE_URL=dsn)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.timeout(300)
def test_a_province_starts_and_starts_again(open_folder: Path) -> None:
    """The largest tree: 11 cities, 90 counties, 1,364 townships. The second start reads it, no more."""
    server = Running(open_folder / "province", "--demo", "--profile", "zhejiang")
    try:
        server.start(180)
        with closing(server.sign_in("agent")) as agent:
            assert agent.get("/api/v1/units", params={"limit": 5}).status_code == 200
        assert server.stop(signal.SIGINT) == 0
        assert server.start() < SECOND_START * 4
    finally:
        server.end()
    assert yihao("verify", "--data", server.data).returncode == 0
