"""The files of a backup: what went in comes out, and nothing else opens."""

import os
from contextlib import closing
from datetime import UTC, datetime

import msgspec
import pytest

from yihao.cli import vault

PASSPHRASE = "correct horse battery"


@pytest.fixture(scope="module")
def keys():
    return vault.new_key(PASSPHRASE)


def put(folder, key, content, name="a.enc", piece=70_000):
    writer = vault.Writer(folder, name, key)
    for start in range(0, len(content), piece):
        writer.write(content[start : start + piece])
    return writer.close()


def get(folder, key, name="a.enc"):
    with closing(vault.Reader(folder, name, key)) as reader:
        return reader.read()


# Random bytes do not shrink: sizes around the chunk are sizes around it in the file, too.
@pytest.mark.parametrize("size", [0, 1, vault.CHUNK - 400, vault.CHUNK, vault.CHUNK + 1, 3 * vault.CHUNK + 17])
def test_what_went_in_comes_out(tmp_path, keys, size):
    content = os.urandom(size)
    entry = put(tmp_path, keys[0], content)
    assert entry.bytes == (tmp_path / "a.enc").stat().st_size
    assert get(tmp_path, keys[0]) == content
    with closing(vault.Reader(tmp_path, "a.enc", keys[0])) as reader:
        assert b"".join(iter(lambda: reader.read(9_999), b"")) == content


def test_no_chunk_can_be_changed_moved_left_out_or_cut_off(tmp_path, keys):
    put(tmp_path, keys[0], os.urandom(3 * vault.CHUNK))
    file = tmp_path / "a.enc"
    whole, size = file.read_bytes(), vault.CHUNK + vault.TAG
    chunks = [whole[start : start + size] for start in range(0, len(whole), size)]
    assert len(chunks) == 4
    wrong = {
        "changed": whole[:100] + bytes([whole[100] ^ 1]) + whole[101:],
        "moved": b"".join([chunks[1], chunks[0], *chunks[2:]]),
        "left out": b"".join([chunks[0], *chunks[2:]]),
        "cut off": b"".join(chunks[:-1]),
        "cut short": whole[:-1],
    }
    for content in wrong.values():
        file.write_bytes(content)
        with pytest.raises(vault.BackupDamaged):
            get(tmp_path, keys[0])


def test_a_file_under_another_name_or_key_does_not_open(tmp_path, keys):
    put(tmp_path, keys[0], b"content")
    (tmp_path / "a.enc").rename(tmp_path / "b.enc")
    with pytest.raises(vault.BackupDamaged):
        get(tmp_path, keys[0], "b.enc")
    put(tmp_path, vault.DataKey(bytes(32)), b"content")
    with pytest.raises(vault.BackupDamaged):
        get(tmp_path, keys[0])


def test_the_key_opens_under_its_passphrase_alone(keys):
    key, wrapped = keys
    assert vault.open_key(PASSPHRASE, wrapped).derive("x", 16) == key.derive("x", 16)
    with pytest.raises(vault.PassphraseWrong):
        vault.open_key(PASSPHRASE + "!", wrapped)
    with pytest.raises(vault.PassphraseShort):
        vault.new_key("short")
    assert "hidden" in repr(key)


def test_a_changed_manifest_is_found(tmp_path, keys):
    key, wrapped = keys
    entry = put(tmp_path, key, b"content")
    manifest = vault.Manifest(
        version=1,
        yihao="0",
        made_at=datetime(2026, 1, 5, tzinfo=UTC),
        form="dump",
        postgresql=15,
        key=wrapped,
        files=(entry,),
    )
    vault.write_manifest(tmp_path, manifest, key)
    read = vault.read_manifest(tmp_path)
    vault.check(tmp_path, read, key)
    for field, value in (("form", "cluster"), ("foreign", ("DROP TABLE work_order",)), ("files", ())):
        with pytest.raises(vault.BackupDamaged):
            vault.check(tmp_path, msgspec.structs.replace(read, **{field: value}), key)
