"""The benchmark's installation: seeded by `yihao seed`, served by `yihao up`, both as anybody would run them."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import psycopg
import pyotp

from bench.measure import cpu_of
from yihao.store.migrate import FOLDER as MIGRATIONS
from yihao.store.server import Server

ROOT = Path(__file__).resolve().parent.parent
YIHAO = Path(sys.executable).parent / "yihao"
WORKERS = 2
PATIENCE = 60.0
STALE = timedelta(days=1)
"""A small seed is made anew after so long: its open work would be overdue."""
BIG = 500_000
RESTING = 0.04
"""CPU seconds in half a second, below which nothing is going on."""
DURABLE = ("fsync", "full_page_writes", "synchronous_commit")


def data_folder(orders: int) -> Path:
    """Where the installation with so many orders is kept."""
    return Path(os.environ.get("YIHAO_BENCH_DATA", ROOT / "var" / "bench")) / str(orders)


def seeded(orders: int) -> Path:
    """The folder of an installation with so many orders, seeded now unless it was before."""
    data = data_folder(orders)
    mark = data / "seeded.json"
    # The migrations it was written with: new ones are applied when it is started, changed ones would never fit.
    migrations = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in MIGRATIONS.glob("*.sql")}
    if mark.exists():
        kept = json.loads(mark.read_text(encoding="utf-8"))
        fresh = orders >= BIG or datetime.fromisoformat(kept["at"]) > datetime.now(UTC) - STALE
        known = kept.get("migrations")
        if known and known.items() <= migrations.items() and fresh:
            return data
    if data.exists():
        shutil.rmtree(data)
    data.mkdir(parents=True)
    print(f"seeding {orders} orders into {data}", flush=True)
    begun = time.monotonic()
    subprocess.run([YIHAO, "seed", "--orders", str(orders), "--data", data], check=True, env=environment())
    kept = {
        "at": datetime.now(UTC).isoformat(),
        "migrations": migrations,
        "seconds": round(time.monotonic() - begun, 1),
    }
    mark.write_text(json.dumps(kept), encoding="utf-8")
    return data


def environment() -> dict[str, str]:
    """Ours, without settings that would point the product elsewhere."""
    return {name: value for name, value in os.environ.items() if not name.startswith("YIHAO_")}


class House:
    """A running installation."""

    def __init__(self, data: Path, process: subprocess.Popen[bytes], port: int, server: Server, ready: float) -> None:
        self.data, self.process, self.port, self.server = data, process, port, server
        self.ready = ready
        self.accounts: list[dict[str, Any]] = json.loads((data / "demo-accounts.json").read_text(encoding="utf-8"))

    @classmethod
    def start(cls, data: Path) -> Self:
        """``yihao up`` on a free port; ``ready`` is how many seconds it took to answer /readyz."""
        port = free_port()
        log = (data / "up.log").open("wb")
        begun = time.monotonic()
        process = subprocess.Popen(
            [YIHAO, "up", "--data", data, "--port", str(port), "--workers", str(WORKERS)],
            stdout=log,
            stderr=subprocess.STDOUT,
            env=environment(),
        )
        while not answers(port, "/readyz"):
            if process.poll() is not None or time.monotonic() - begun > PATIENCE:
                raise RuntimeError(f"the product did not start: {(data / 'up.log').read_text()[-2000:]}")
            time.sleep(0.02)
        ready = time.monotonic() - begun
        return cls(data, process, port, Server.open(data, env={}), ready)

    @property
    def dsn(self) -> str:
        """The superuser's URL of the database."""
        return self.server.dsn

    @property
    def postgres(self) -> int:
        """Process id of the database server."""
        assert self.server.cluster is not None
        return int((self.server.cluster / "postmaster.pid").read_text().split()[0])

    def stop(self) -> None:
        """As Ctrl-C does."""
        self.server.close()
        self.process.send_signal(signal.SIGINT)
        self.process.wait(PATIENCE)

    def durability(self) -> dict[str, str]:
        """The server's own word on whether a commit is one."""
        with psycopg.connect(self.dsn) as connection:
            return {name: connection.execute(f"SHOW {name}").fetchone()[0] for name in DURABLE}  # type: ignore[index]

    def settle(self) -> float:
        """Wait until the background has nothing left of the past: clock, followers, vacuum. Answers the seconds."""
        begun = time.monotonic()
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            while True:
                late = connection.execute(
                    "SELECT count(*) FROM open_duty d WHERE due_at < clock_timestamp() AND breached_at IS NULL AND "
                    "paused_at IS NULL AND NOT EXISTS (SELECT FROM clock_retry r WHERE r.number = d.number)"
                ).fetchone()
                busy = connection.execute(
                    "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'autovacuum worker'"
                ).fetchone()
                assert late and busy
                if late[0] < 20 and busy[0] == 0:
                    break
                time.sleep(1)
            connection.execute("CHECKPOINT")
        self.quiet()
        return time.monotonic() - begun

    def quiet(self) -> None:
        """Wait until product and database rest: what registering leaves to the background is not another's cost."""
        while True:
            before = cpu_of(self.process.pid, self.postgres)
            time.sleep(0.5)
            if cpu_of(self.process.pid, self.postgres) - before < RESTING:
                return

    def sign_in(self, username: str) -> str:
        """A token of a demonstration account."""
        account = next(one for one in self.accounts if one["username"] == username)
        body = {"username": username, "password": account["password"]}
        if account["totp_secret"]:
            body["otp"] = pyotp.TOTP(account["totp_secret"]).now()
        status, answer = self.call("POST", "/api/v1/tokens", body)
        if status not in (200, 201):
            raise RuntimeError(f"signing in as {username}: {status} {answer}")
        return str(answer["token"])

    def call(self, method: str, path: str, body: object = None, token: str = "") -> tuple[int, Any]:
        """One request, decoded."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, json.loads(text) if text else None


@contextmanager
def running(data: Path) -> Iterator[House]:
    """The installation while the block runs."""
    house = House.start(data)
    try:
        yield house
    finally:
        house.stop()


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int, path: str) -> bool:
    """Whether the server answers well there."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def machine() -> dict[str, str]:
    """What the figures were measured on."""
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())
    return {
        "cores": str(len(os.sched_getaffinity(0))),
        "cpu": cpu[1] if cpu else "?",
        "memory": f"{int(memory[1]) / 2**20:.0f} GB" if memory else "?",
    }
