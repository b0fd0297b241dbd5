"""The keys of one installation: where they lie, which is current, how a new one is made.

Four purposes, never mixed: ``data`` (SM4, sealed columns), ``index`` (HMAC-SM3, blind indexes), ``reporter`` (SM4, the
separate store of 举报人) and ``checkpoint`` (Ed25519, signatures over the chain). Each purpose has one current key and
keeps its older ones for reading. This is the only module of the room that touches the disk.

On disk a key file is JSON: ``{"version": 1, "data": {"current": id, "keys": {id: hex}}, ...}``. By default each
purpose has a file of its own in the key folder, so that one of them can be given into other hands; a key file named by
the operator (``YIHAO_KEY_FILE``) holds all four.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, get_args

import msgspec

from yihao.errors import Misconfigured
from yihao.seal.provider import Provider, SoftwareProvider

Purpose = Literal["data", "index", "reporter", "checkpoint"]
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
KEY_BYTES: Mapping[Purpose, int] = {"data": 16, "index": 32, "reporter": 16, "checkpoint": 32}
ID_BYTES = 4


class KeysExposed(Misconfigured):
    """A key file or the key folder may be read by others than its owner."""

    code = "keys_exposed"
    zh = "密钥文件权限过宽（{where}，{mode}）：仅属主可读写。请执行 chmod {wanted} {where} 后重新启动。"
    en = "{where} is open to others ({mode}); only its owner may read it. Run chmod {wanted} {where}, then start again."


class KeysMissing(Misconfigured):
    """Some key files are there and others are not, or the key file named by the operator does not exist."""

    code = "keys_missing"
    zh = (
        "缺少密钥文件 {where}。为避免用新密钥覆盖而使旧数据无法解密，系统不会自动生成。"
        "请从密钥备份恢复该文件；全新安装请先生成密钥文件。"
    )
    en = (
        "The key file {where} is missing. It is not made anew, as data sealed under the old keys could then not be "
        "read. Restore it from your key backup; for a new installation create it first."
    )


class KeysDamaged(Misconfigured):
    """A key file is not what this program wrote."""

    code = "keys_damaged"
    zh = "密钥文件 {where} 内容损坏或格式不符，请从密钥备份恢复，切勿手工修改。"
    en = "The key file {where} is damaged or of another form. Restore it from your key backup; do not edit it by hand."


class KeysUnwritable(Misconfigured):
    """A key could not be written: read-only mount, full disk, folder of another owner."""

    code = "keys_unwritable"
    zh = "无法读写密钥文件 {where}（{reason}），未改动任何密钥。请检查目录属主、磁盘空间与只读挂载后重试。"
    en = "{where} cannot be read or written ({reason}); no key was changed. Check owner, space and read-only mounts."


class KeyIds(msgspec.Struct, frozen=True):
    """The ids of one purpose: the one new values are written under, and all that can be read."""

    current: str
    known: tuple[str, ...]


Sections = dict[Purpose, KeyIds]


class KeyRing:
    """The keys of an installation, by purpose and id. The bytes stay inside the provider; ``repr`` shows counts.

    A long-running process need not restart after a rotation made elsewhere: meeting an unknown id, the ring looks
    whether its files have changed and reads them again (``knows``).
    """

    def __init__(self, provider: Provider, ids: Mapping[Purpose, KeyIds], source: KeySource | None = None) -> None:
        self.provider = provider
        self._ids: Sections = dict(ids)
        self._source = source
        self._stamp = source.stamp() if source else ()

    def __repr__(self) -> str:
        counts = ", ".join(f"{purpose}: {len(ids.known)}" for purpose, ids in self._ids.items())
        return f"KeyRing({counts}; keys hidden)"

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("a key ring is never pickled")

    def current(self, purpose: Purpose) -> str:
        """The id new values of this purpose are written under: 8 hexadecimal digits."""
        return self._ids[purpose].current

    def ids(self, purpose: Purpose) -> tuple[str, ...]:
        """Every id of this purpose that can still be read, oldest first."""
        return self._ids[purpose].known

    def knows(self, purpose: Purpose, key_id: str) -> bool:
        """Whether the key is here, after a look at the files if they have changed since they were read."""
        if key_id in self._ids[purpose].known:
            return True
        if self._source is None or self._source.stamp() == self._stamp:
            return False
        self.reload()
        return key_id in self._ids[purpose].known

    def reload(self) -> None:
        """Reads the key files again (after a rotation by another process)."""
        if self._source is None or not isinstance(self.provider, SoftwareProvider):
            return
        self._stamp = self._source.stamp()
        self._ids, keys = self._source.load()
        for key_id, key in keys.items():
            self.provider.add(key_id, key)

    def rotate(self, purpose: Purpose) -> str:
        """Makes a new key of this purpose current and returns its id. Older keys stay for reading.

        Rows keep their old blind index until a job has rewritten them. The public half of a checkpoint key is to be
        published before it is used.
        """
        if not isinstance(self.provider, SoftwareProvider):
            raise TypeError("keys of a cryptographic module are rotated with the module's own tools")
        key_id, key = _new_key(purpose)
        if self._source is not None:
            self._source.append(purpose, key_id, key)
            self.reload()
            return key_id
        self.provider.add(f"{purpose}/{key_id}", key)
        self._ids[purpose] = KeyIds(current=key_id, known=(*self.ids(purpose), key_id))
        return key_id

    def checkpoint_public_keys(self) -> dict[str, bytes]:
        """Key id -> raw public key (32 bytes): all that a verifier outside this installation needs."""
        return {key_id: self.provider.public_key(f"checkpoint/{key_id}") for key_id in self.ids("checkpoint")}

    def check_values(self) -> dict[str, str]:
        """Key id (``purpose/id``) -> 16 hexadecimal digits that tell the key from another without telling it.

        Kept in the database, they let a start with foreign keys be refused before anything is written under them.
        """
        names = [f"{purpose}/{key_id}" for purpose in PURPOSES for key_id in self.ids(purpose)]
        return {name: self.provider.check_value(name).hex() for name in names}


def new_ring() -> KeyRing:
    """A ring of fresh keys that lives in memory only: for tests and scratch databases."""
    ids: Sections = {}
    keys: dict[str, bytes] = {}
    for purpose in PURPOSES:
        key_id, key = _new_key(purpose)
        ids[purpose] = KeyIds(current=key_id, known=(key_id,))
        keys[f"{purpose}/{key_id}"] = key
    return KeyRing(SoftwareProvider(keys), ids)


def open_keys(folder: Path, *, key_file: Path | None = None) -> KeyRing:
    """The keys of the installation, made at the very first start.

    Args:
        folder: usually ``var/keys``. Created 0700 with one file per purpose, 0600, when it holds none of them.
        key_file: one file with all keys (``YIHAO_KEY_FILE``). It must exist: see ``create_key_file``. ``folder`` is
            then not looked at.

    Raises:
        KeysExposed: a file or the folder may be read by group or others.
        KeysMissing: some files are missing, so new keys would make old data unreadable.
        KeysDamaged: a file is not what this program wrote.
        KeysUnwritable: the operating system refuses.
    """
    source = KeySource.single(key_file) if key_file is not None else KeySource.folder(folder)
    try:
        if key_file is None:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _refuse_exposed(folder, wanted="700")
            with _locked(folder):
                _create_once(source, folder / ".unfinished")
        return _ring(source)
    except OSError as refused:
        raise KeysUnwritable(where=refused.filename or folder, reason=refused.strerror) from refused


def create_key_file(path: Path) -> KeyRing:
    """Makes a new key file with all four purposes, 0600, for ``YIHAO_KEY_FILE``. Refuses to overwrite one.

    Raises:
        KeysUnwritable: the file exists already, or the operating system refuses.
    """
    source = KeySource.single(path)
    try:
        source.create()
        return _ring(source)
    except OSError as refused:
        raise KeysUnwritable(where=path, reason=refused.strerror) from refused


def _create_once(source: KeySource, unfinished: Path) -> None:
    """Makes the keys when there are none. A start killed half-way left its mark and sealed nothing: it begins anew."""
    if unfinished.exists():
        for path in source.paths():
            path.unlink(missing_ok=True)
    elif any(path.exists() for path in source.paths()):
        return
    else:
        _write_new(unfinished, b"")
    source.create()
    unfinished.unlink()
    _sync_folder(unfinished.parent)


def _ring(source: KeySource) -> KeyRing:
    ids, keys = source.load()
    return KeyRing(SoftwareProvider(keys), ids, source)


def _new_key(purpose: Purpose) -> tuple[str, bytes]:
    return secrets.token_hex(ID_BYTES), secrets.token_bytes(KEY_BYTES[purpose])


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One purpose as it stands in a key file."""

    current: str
    keys: dict[str, str]

    def __repr__(self) -> str:
        return f"_Section({len(self.keys)} keys, hidden)"


class _Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One key file."""

    version: Literal[1]
    data: _Section | None = None
    index: _Section | None = None
    reporter: _Section | None = None
    checkpoint: _Section | None = None

    def __repr__(self) -> str:
        return "_Document(keys hidden)"


class KeySource:
    """Where the keys lie: the path of each purpose's file. All four may be one and the same file."""

    def __init__(self, places: Mapping[Purpose, Path]) -> None:
        self._places = dict(places)

    @classmethod
    def folder(cls, folder: Path) -> KeySource:
        return cls({purpose: folder / f"{purpose}.json" for purpose in PURPOSES})

    @classmethod
    def single(cls, path: Path) -> KeySource:
        return cls(dict.fromkeys(PURPOSES, path))

    def paths(self) -> list[Path]:
        return list(dict.fromkeys(self._places.values()))

    def stamp(self) -> tuple[object, ...]:
        """Changes whenever a key file is replaced."""
        found: list[tuple[object, ...]] = []
        for path in self.paths():
            try:
                state = path.stat()
            except OSError:
                found.append((path, None))
            else:
                found.append((path, (state.st_ino, state.st_mtime_ns, state.st_size)))
        return tuple(found)

    def create(self) -> None:
        """Writes fresh keys; an existing file is an ``OSError``, never overwritten."""
        for path in self.paths():
            sections = {}
            for purpose, place in self._places.items():
                if place == path:
                    key_id, key = _new_key(purpose)
                    sections[purpose] = _Section(current=key_id, keys={key_id: key.hex()})
            _write_new(path, msgspec.json.encode(_Document(version=1, **sections)))

    def load(self) -> tuple[Sections, dict[str, bytes]]:
        """The ids by purpose, and the keys by ``purpose/id``."""
        documents = {path: _read(path) for path in self.paths()}
        ids: Sections = {}
        keys: dict[str, bytes] = {}
        for purpose, path in self._places.items():
            section = _section(documents[path], purpose, path)
            ids[purpose] = KeyIds(current=section.current, known=tuple(section.keys))
            for key_id, text in section.keys.items():
                keys[f"{purpose}/{key_id}"] = _key_bytes(purpose, key_id, text, path)
        return ids, keys

    def append(self, purpose: Purpose, key_id: str, key: bytes) -> None:
        """Adds a key and makes it current, whole or not at all."""
        path = self._places[purpose]
        try:
            with _locked(path.parent):
                document = _read(path)
                section = _section(document, purpose, path)
                longer = _Section(current=key_id, keys={**section.keys, key_id: key.hex()})
                _replace(path, msgspec.json.encode(msgspec.structs.replace(document, **{purpose: longer})))
        except OSError as refused:
            raise KeysUnwritable(where=path, reason=refused.strerror) from refused


def _read(path: Path) -> _Document:
    if not path.exists():
        raise KeysMissing(where=path)
    _refuse_exposed(path, wanted="600")
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Document)
    except (msgspec.DecodeError, UnicodeDecodeError):
        # Without "from": the decoder's message may quote the file, and the file holds keys.
        raise KeysDamaged(where=path) from None


def _section(document: _Document, purpose: Purpose, path: Path) -> _Section:
    section: _Section | None = getattr(document, purpose)
    if section is None or section.current not in section.keys:
        raise KeysDamaged(where=path)
    return section


def _key_bytes(purpose: Purpose, key_id: str, text: str, path: Path) -> bytes:
    try:
        name, key = bytes.fromhex(key_id), bytes.fromhex(text)
    except ValueError:
        raise KeysDamaged(where=path) from None  # the message would quote the key
    if len(name) != ID_BYTES or len(key) != KEY_BYTES[purpose]:
        raise KeysDamaged(where=path)
    return key


def _refuse_exposed(path: Path, *, wanted: str) -> None:
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        raise KeysExposed(where=path, mode=f"{mode:04o}", wanted=wanted)


def _write_new(path: Path, content: bytes) -> None:
    """Creates ``path`` 0600 with ``content`` on disk before it returns; a file already there is an ``OSError``."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(handle)
    _sync_folder(path.parent)


def _replace(path: Path, content: bytes) -> None:
    """Replaces ``path`` at once: a crash leaves the old keys or the new ones, never half a file."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        _write_new(beside, content)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One process at a time: two workers starting together must not each make keys."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
