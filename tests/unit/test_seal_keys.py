from __future__ import annotations

import json
import multiprocessing
import pickle
from pathlib import Path

import pytest

from yihao.errors import Misconfigured
from yihao.seal.box import blind_index, open_json, seal_json
from yihao.seal.keys import (
    PURPOSES,
    KeyRing,
    KeysDamaged,
    KeysExposed,
    KeysMissing,
    KeysUnwritable,
    create_key_file,
    new_ring,
    open_keys,
)
from yihao.seal.provider import SoftwareProvider

PLACE = {"table": "caller", "column": "sealed", "number": "1"}


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def secrets_in(folder: Path) -> list[str]:
    return [
        key
        for path in folder.glob("*.json")
        for section in json.loads(path.read_text()).values()
        if isinstance(section, dict)
        for key in section["keys"].values()
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "var" / "keys"


def test_the_first_start_makes_closed_files_and_the_second_reads_them(folder):
    ring = open_keys(folder)
    assert mode(folder) == 0o700
    assert {path.name for path in folder.iterdir()} == {f"{purpose}.json" for purpose in PURPOSES}
    assert {mode(path) for path in folder.iterdir()} == {0o600}
    again = open_keys(folder)
    assert again.check_values() == ring.check_values()
    assert open_json(again, seal_json(ring, {"a": 1}, **PLACE), **PLACE) == {"a": 1}


def test_a_wide_umask_opens_nothing(folder, monkeypatch):
    import os

    before = os.umask(0)
    try:
        open_keys(folder).rotate("data")
    finally:
        os.umask(before)
    assert mode(folder) == 0o700
    assert {mode(path) for path in folder.iterdir()} == {0o600}


@pytest.mark.parametrize("wide", [0o640, 0o604, 0o644, 0o660])
def test_a_readable_key_file_is_refused(folder, wide):
    open_keys(folder)
    (folder / "data.json").chmod(wide)
    with pytest.raises(KeysExposed) as caught:
        open_keys(folder)
    assert f"chmod 600 {folder / 'data.json'}" in caught.value.sentence("zh")
    assert mode(folder / "data.json") == wide, "it is refused, not mended behind the operator's back"


def test_an_open_folder_is_refused(folder):
    folder.mkdir(parents=True, mode=0o755)
    folder.chmod(0o755)
    with pytest.raises(KeysExposed) as caught:
        open_keys(folder)
    assert "chmod 700" in caught.value.sentence("en")
    assert list(folder.iterdir()) == []


def test_a_lost_file_is_not_made_anew(folder):
    open_keys(folder)
    (folder / "reporter.json").unlink()
    with pytest.raises(KeysMissing) as caught:
        open_keys(folder)
    assert "reporter.json" in caught.value.sentence("zh")
    assert not (folder / "reporter.json").exists()


def test_a_first_start_killed_half_way_begins_anew(folder):
    open_keys(folder)
    (folder / "reporter.json").unlink()
    (folder / ".unfinished").touch(mode=0o600)
    ring = open_keys(folder)
    assert len(ring.check_values()) == len(PURPOSES)
    assert not (folder / ".unfinished").exists()


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"\xff", b'{"version":2}', b'{"version":1}', b'{"version":1,"data":{"current":"x","keys":{}}}'],
)
def test_a_damaged_file_is_told_and_left(folder, content):
    open_keys(folder)
    (folder / "data.json").write_bytes(content)
    with pytest.raises(KeysDamaged):
        open_keys(folder)
    assert (folder / "data.json").read_bytes() == content


def test_the_message_about_a_damaged_file_quotes_no_key(folder):
    open_keys(folder)
    path = folder / "data.json"
    key = secrets_in(folder)[0]
    for broken in (path.read_text().replace('":"', '":"zz', 2), path.read_text() + "x", path.read_text()[:-3]):
        path.write_text(broken)
        with pytest.raises(KeysDamaged) as caught:
            open_keys(folder)
        assert caught.value.__cause__ is None
        assert key not in str(caught.value)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_rotation_lasts_and_keeps_the_old(folder, purpose):
    ring = open_keys(folder)
    old = ring.current(purpose)
    new = ring.rotate(purpose)
    for one in (ring, open_keys(folder)):
        assert one.current(purpose) == new
        assert one.ids(purpose) == (old, new)
    others = [other for other in PURPOSES if other != purpose]
    assert all(len(ring.ids(other)) == 1 for other in others)
    assert mode(folder / f"{purpose}.json") == 0o600
    assert len(list(folder.iterdir())) == len(PURPOSES)


def test_another_process_reads_what_was_sealed_after_a_rotation(folder):
    ours, theirs = open_keys(folder), open_keys(folder)
    theirs.rotate("data")
    theirs.rotate("index")
    assert open_json(ours, seal_json(theirs, {"a": 1}, **PLACE), **PLACE) == {"a": 1}
    index = blind_index(theirs, "phone", "1")
    assert blind_index(ours, "phone", "1", key_id=theirs.current("index")) == index


def test_two_rings_rotating_lose_no_key(folder):
    one, other = open_keys(folder), open_keys(folder)
    made = [one.rotate("data"), other.rotate("data"), one.rotate("data")]
    assert set(made) < set(open_keys(folder).ids("data"))
    assert len(open_keys(folder).ids("data")) == 4


def _start(folder: Path, answers) -> None:
    answers.put(open_keys(folder).check_values())


def test_workers_starting_together_make_one_set_of_keys(folder):
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    workers = [context.Process(target=_start, args=(folder, answers)) for _ in range(3)]
    for worker in workers:
        worker.start()
    found = [answers.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join()
    assert found[0] == found[1] == found[2]


def test_an_operators_key_file(tmp_path):
    path = tmp_path / "yihao.key"
    with pytest.raises(KeysMissing):
        open_keys(tmp_path / "unused", key_file=path)
    made = create_key_file(path)
    assert mode(path) == 0o600
    ring = open_keys(tmp_path / "unused", key_file=path)
    assert not (tmp_path / "unused").exists()
    assert ring.check_values() == made.check_values()
    ring.rotate("data")
    assert len(open_keys(tmp_path, key_file=path).ids("data")) == 2
    with pytest.raises(KeysUnwritable):
        create_key_file(path)
    path.chmod(0o644)
    with pytest.raises(KeysExposed):
        open_keys(tmp_path, key_file=path)


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "var").write_text("a file")
    with pytest.raises(KeysUnwritable) as caught:
        open_keys(tmp_path / "var" / "keys")
    assert isinstance(caught.value, Misconfigured)
    assert "reason" in caught.value.params


def test_nothing_shows_a_key(folder):
    ring = open_keys(folder)
    shown = f"{ring!r} {ring} {ring.provider!r} {vars(ring)} {ring.check_values()}"
    keys = secrets_in(folder)
    assert len(keys) == len(PURPOSES)
    for key in keys:
        assert key not in shown
        assert repr(bytes.fromhex(key)) not in shown
    with pytest.raises(TypeError):
        pickle.dumps(ring)


def test_check_values_tell_keys_apart():
    values = new_ring().check_values()
    assert len(set(values.values())) == len(PURPOSES)
    assert values.keys().isdisjoint(new_ring().check_values())


def test_a_key_of_one_purpose_serves_no_other():
    ring = new_ring()
    with pytest.raises(KeyError):
        ring.provider.mac(f"index/{ring.current('data')}", b"x")


def test_keys_of_a_module_are_rotated_with_its_own_tools():
    class Module:
        """Stands for a certified module: everything but the way to add a key."""

        def __getattr__(self, name):
            return getattr(self.__dict__.setdefault("soft", SoftwareProvider()), name)

    soft = new_ring()
    ring = KeyRing(Module(), {purpose: soft._ids[purpose] for purpose in PURPOSES})
    with pytest.raises(TypeError, match="own tools"):
        ring.rotate("data")
