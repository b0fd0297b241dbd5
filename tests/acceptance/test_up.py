"""`yihao up --demo`, through Ctrl-C, kill -9 and deaths of single processes."""

import itertools
import os
import signal
import stat
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from running import Running, free_port, yihao
from yihao.cli.serve import STOP_WITHIN

APPEAL = {
    "channel": "phone",
    "kind": "help",
    "domain": "service",
    "title": "路灯不亮",
    "content": "演示路的路灯三天不亮。",
    "caller": {"name": "演示甲", "phone": "13800000000"},
}


@pytest.fixture(scope="module")
def running(open_folder: Path) -> Iterator[Running]:
    server = Running(open_folder / "up", "--demo", "--profile", "xishuangbanna")
    server.start()
    yield server
    server.end()


@pytest.fixture(autouse=True)
def up(running: Running) -> None:
    """Each test finds the server running."""
    if running.process is None or running.process.poll() is not None:
        running.start()


def register(client: httpx.Client, key: str) -> str:
    answer = client.post("/api/v1/orders", json=APPEAL, headers={"idempotency-key": key})
    assert answer.status_code == 201, answer.text
    return answer.json()["number"]


def until(what, seconds=15):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(0.1)
    raise AssertionError("it did not come to it")


def test_it_says_how_to_sign_in_and_keeps_the_accounts_private(running):
    file = running.data / "demo-accounts.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    said = until(lambda: "Yihao is ready" in running.log.read_text() and running.log.read_text())
    assert running.url in said and str(file) in said and running.account("agent")["username"] in said


def test_an_order_outlives_ctrl_c_and_kill_9(running):
    with closing(running.sign_in("agent")) as agent:
        number = register(agent, "ctrl-c")
    assert running.stop(signal.SIGINT) == 0
    assert running.family() == set()
    took = running.start()
    assert took < 20  # 5 on a quiet machine: the benchmark holds that
    with closing(running.sign_in("agent")) as agent:
        assert agent.get(f"/api/v1/orders/{number}").json()["title"] == "路灯不亮"
        second = register(agent, "kill")
        running.kill()
    running.start()
    with closing(running.sign_in("agent")) as agent:
        for known in (number, second):
            assert agent.get(f"/api/v1/orders/{known}").status_code == 200
        assert register(agent, "kill") == second
    checked = yihao("verify", "--deep", "--data", running.data)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_other_wishes_to_stop_are_heard_too(running, number):
    os.kill(running.process.pid, number)
    assert running.process.wait(30) == 0
    assert running.family() == set()


def test_open_streams_do_not_hold_it_up(running):
    with closing(running.sign_in("dispatcher")) as client, client.stream("GET", "/api/v1/stream") as answer:
        lines = answer.iter_lines()
        # The first message has an id of its own, before the word, where the house has a past.
        assert "event: reload" in list(itertools.takewhile(bool, lines))
        begun = time.monotonic()
        os.kill(running.process.pid, signal.SIGTERM)
        assert [*lines][-1:] in ([], [""])  # the server ended it between two messages, the line did not break
        assert running.process.wait(30) == 0
        # Sooner than a worker that does not stop is killed. The log cannot tell it: granian writes "Killing" too when
        # its own watching thread has reaped the worker a moment before.
        assert time.monotonic() - begun < STOP_WITHIN - 1


def test_a_killed_parent_leaves_the_port_free(running):
    children = running.family() - {running.process.pid}
    os.kill(running.process.pid, signal.SIGKILL)
    running.process.wait(10)
    # The database stays for the next start to adopt; all else ends by itself.
    until(lambda: all(b"postgres" in command(pid) for pid in children))
    running.start()


def command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() or b"postgres"
    except OSError:
        return b"postgres"


def workers(running: Running) -> set[int]:
    """Workers and background process."""
    found = set()
    for pid in running.family() - {running.process.pid}:
        if b"spawn_main" in command(pid):
            found.add(pid)
    return found


def test_dead_workers_and_a_dead_background_process_are_replaced(running):
    until(lambda: len(workers(running)) == 3)
    before = workers(running)
    time.sleep(2.5)  # a child that dies at once is not started again at once
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    until(lambda: len(workers(running) - before) == 3, 20)
    assert until(running.ready)


def test_a_dead_database_is_started_again(running):
    postmaster = running.data / "postgres" / "cluster" / "postmaster.pid"
    before = int(postmaster.read_text().split()[0])
    os.kill(before, signal.SIGKILL)
    until(lambda: postmaster.exists() and int(postmaster.read_text().split()[0]) != before)
    until(running.ready)
    with closing(running.sign_in("agent")) as agent:
        register(agent, "after-the-database")


def test_a_taken_port_is_named_and_nothing_is_started(running, open_folder):
    data = open_folder / "second"
    refused = yihao("up", "--data", data, "--port", running.port)
    assert refused.returncode == 1
    assert str(running.port) in refused.stderr and "--port" in refused.stderr and "Traceback" not in refused.stderr
    assert not data.exists()


def test_a_wrong_place_is_named_and_nothing_is_made(running, open_folder):
    data = open_folder / "nowhere"
    refused = yihao("up", "--data", data, "--port", free_port(), "--profile", "nowhere")
    assert refused.returncode == 1 and "nowhere" in refused.stderr and "Traceback" not in refused.stderr
    assert not data.exists()


def test_the_demonstration_of_another_place_is_refused(running):
    running.stop()
    other = ("up", "--data", running.data, "--port", free_port(), "--demo", "--profile", "qingyuan")
    refused = yihao(*other)
    assert refused.returncode == 1 and "qingyuan" in refused.stderr and "Traceback" not in refused.stderr


def test_a_second_server_on_the_same_data_is_refused(running):
    refused = yihao("up", "--data", running.data, "--port", free_port())
    assert refused.returncode == 1
    assert "in use" in refused.stderr and "Traceback" not in refused.stderr


def test_the_log_holds_no_personal_data(running):
    with closing(running.sign_in("agent")) as agent:
        register(agent, "log")
    said = running.log.read_text()
    assert "13800000000" not in said and "演示甲" not in said and "127.0.0.1 " not in said


def test_metrics_answer_for_all_workers(running):
    for _ in range(20):
        httpx.get(f"{running.url}/healthz")
    text = httpx.get(f"{running.url}/metrics").text
    assert "yihao_requests" in text
