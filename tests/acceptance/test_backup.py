"""The restore drill: backed up under writes, restored elsewhere, verified, read back decrypted."""

import json
import shutil
import stat
import threading
from contextlib import closing
from pathlib import Path

import pytest

from running import Running, yihao

PASSPHRASE = {"YIHAO_BACKUP_PASSPHRASE": "drilled in public, not a secret"}
APPEAL = {
    "channel": "phone",
    "kind": "help",
    "domain": "service",
    "title": "路灯不亮",
    "content": "演示路的路灯三天不亮，请回电13800000000。",
    "caller": {"name": "演示甲", "phone": "13800000000"},
}


@pytest.fixture(scope="module")
def drilled(open_folder: Path):
    """A server that was backed up while orders came in; its backup, and the orders acknowledged before it began."""
    server = Running(open_folder / "drill", "--demo", "--profile", "xishuangbanna")
    folder = open_folder / "backup"
    server.start()
    try:
        with closing(server.sign_in("agent")) as agent:
            before = [register(agent, f"before-{n}") for n in range(5)]
            over = threading.Event()
            after: list[str] = []

            def write() -> None:
                while not over.is_set():
                    after.append(register(agent, f"during-{len(after)}"))

            writer = threading.Thread(target=write)
            writer.start()
            try:
                done = yihao("backup", folder, "--data", server.data, **PASSPHRASE)
            finally:
                over.set()
                writer.join()
        assert done.returncode == 0, done.stderr
        assert after, "nothing was written meanwhile"
        assert server.stop() == 0
        yield server, folder, before
    finally:
        server.end()


def register(client, key):
    answer = client.post("/api/v1/orders", json=APPEAL, headers={"idempotency-key": key})
    assert answer.status_code == 201, answer.text
    return answer.json()["number"]


def test_restored_elsewhere_everything_is_there_and_readable(drilled, open_folder):
    first, folder, before = drilled
    data = open_folder / "elsewhere"
    done = yihao("restore", folder, "--data", data, **PASSPHRASE)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "核验通过" in done.stdout
    second = Running(data, "--demo", "--profile", "xishuangbanna")
    second.start()
    try:
        with closing(second.sign_in("agent")) as agent:
            for number in before:
                order = agent.get(f"/api/v1/orders/{number}").json()
                assert order["title"] == "路灯不亮"
                assert "13800000000" not in json.dumps(order, ensure_ascii=False)
                # The one who registered it sees the caller for 24 hours: opened with the keys of the backup.
                opened = agent.post(
                    f"/api/v1/orders/{number}/reveal", json={"fields": ["phone"], "reason": "回电核实诉求"}
                )
                assert "13800000000" in opened.text, opened.text
        assert second.account("agent") == first.account("agent")
        assert second.stop() == 0
    finally:
        second.end()


def test_nothing_of_the_content_or_the_keys_lies_open(drilled):
    first, folder, _ = drilled
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["database.enc", "files.enc", "keys.enc", "manifest.json"]
    keys = [file.read_bytes() for file in (first.data / "keys").iterdir() if file.is_file()]
    for path in folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        content = path.read_bytes()
        assert b"work_order" not in content and "演示".encode() not in content
        assert not any(key.strip() in content for key in keys)


def test_a_wrong_passphrase_restores_nothing(drilled, open_folder):
    _, folder, _ = drilled
    data = open_folder / "wrong"
    refused = yihao("restore", folder, "--data", data, YIHAO_BACKUP_PASSPHRASE="something else entirely")
    assert refused.returncode == 1 and "passphrase" in refused.stderr and not data.exists()


@pytest.mark.parametrize("name", ["database.enc", "files.enc", "keys.enc", "manifest.json"])
def test_a_changed_file_is_named_and_nothing_is_restored(drilled, open_folder, tmp_path, name):
    _, folder, _ = drilled
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    content = bytearray((copy / name).read_bytes())
    place = content.index(b'"made_at"') + 14 if name == "manifest.json" else len(content) // 2
    content[place] ^= 1
    (copy / name).write_bytes(content)
    data = open_folder / "changed"
    refused = yihao("restore", copy, "--data", data, **PASSPHRASE)
    assert refused.returncode == 1 and name in refused.stderr and "Traceback" not in refused.stderr
    assert not data.exists()


def test_nothing_is_written_over(drilled, tmp_path):
    first, folder, _ = drilled
    onto_data = yihao("restore", folder, "--data", first.data, **PASSPHRASE)
    assert onto_data.returncode == 1 and "not empty" in onto_data.stderr
    onto_backup = yihao("backup", folder, "--data", first.data, **PASSPHRASE)
    assert onto_backup.returncode == 1 and "not empty" in onto_backup.stderr


def test_a_short_passphrase_is_refused(drilled, tmp_path):
    first, _, _ = drilled
    refused = yihao("backup", tmp_path / "b", "--data", first.data, YIHAO_BACKUP_PASSPHRASE="short")
    assert refused.returncode == 1 and "12" in refused.stderr and not (tmp_path / "b").exists()
