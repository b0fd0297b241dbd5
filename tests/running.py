"""`yihao up` as an operator runs it: a process, a port, signals."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

YIHAO = [str(Path(sys.executable).with_name("yihao"))]


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return trial.getsockname()[1]


def environment() -> dict[str, str]:
    """The environment without settings of ours that the machine may have."""
    return {name: value for name, value in os.environ.items() if not name.startswith("YIHAO_")}


class Running:
    """One server on one data folder; `start` and `stop` as often as wanted."""

    def __init__(self, data: Path, *options: str) -> None:
        self.data, self.options, self.port = data, options, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = data.with_suffix(".log")
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, seconds: float = 60) -> float:
        """Start it and wait until it is ready; how long that took."""
        begun = time.monotonic()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*YIHAO, "up", "--data", str(self.data), "--port", str(self.port), *self.options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment(),
                start_new_session=True,
            )
        while not self.ready():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() - begun < seconds, self.log.read_text()
            time.sleep(0.05)
        return time.monotonic() - begun

    def ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def stop(self, number: signal.Signals = signal.SIGINT, seconds: float = 30) -> int:
        """Signal the whole group, as Ctrl-C does; the exit code."""
        assert self.process
        os.killpg(self.process.pid, number)
        return self.process.wait(seconds)

    def family(self) -> set[int]:
        """Every process of this installation, the database's among them."""
        assert self.process
        found = {self.process.pid}
        parents: dict[int, int] = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                stat = (folder / "stat").read_text().rpartition(")")[2].split()
                command = (folder / "cmdline").read_bytes()
            except OSError:
                continue
            if stat[0] == "Z":
                continue
            parents[int(folder.name)] = int(stat[1])
            if str(self.data).encode() in command:
                found.add(int(folder.name))
        while more := {pid for pid, parent in parents.items() if parent in found} - found:
            found |= more
        return {pid for pid in found if pid in parents}

    def kill(self) -> None:
        """`kill -9` of everything."""
        assert self.process
        for pid in self.family():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait(10)

    def end(self) -> None:
        """Leave nothing behind."""
        if self.process and self.process.poll() is None:
            self.kill()

    def account(self, role: str, **like: object) -> dict[str, object]:
        """An account of the demonstration that holds the role."""
        accounts = json.loads((self.data / "demo-accounts.json").read_text(encoding="utf-8"))
        return next(
            account
            for account in accounts
            if role in account["roles"] and all(account[name] == value for name, value in like.items())
        )

    def sign_in(self, role: str) -> httpx.Client:
        account = self.account(role)
        body = {"username": account["username"], "password": account["password"]}
        answer = httpx.post(f"{self.url}/api/v1/tokens", json=body, timeout=10)
        assert answer.status_code < 300, answer.text
        return httpx.Client(
            base_url=self.url, headers={"authorization": f"Bearer {answer.json()['token']}"}, timeout=10
        )


def yihao(*arguments: object, stdin: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    """One command, as typed."""
    return subprocess.run(
        [*YIHAO, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        text=True,
        env=environment() | env,
        timeout=120,
        check=False,
    )
