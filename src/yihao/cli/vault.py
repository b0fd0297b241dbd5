"""The files of a backup: compressed, encrypted under a passphrase, listed in a manifest that cannot be changed unseen.

A random data key seals the files; it stands in the manifest wrapped under a key made from the passphrase by scrypt
(RFC 7914). Each file has a key of its own, derived from the data key and the file's name (HKDF, RFC 5869), and is cut
into chunks sealed with SM4-GCM. A chunk's nonce is its number and whether it is the last, so that none can be moved,
left out or cut off. The manifest's digests tell damage from a wrong passphrase before anything is written anywhere.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import zlib
from datetime import datetime
from pathlib import Path
from typing import Annotated, BinaryIO, Final, Literal

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from yihao.errors import Invalid, Misconfigured

MANIFEST: Final = "manifest.json"
CHUNK: Final = 1 << 20
TAG: Final = 16
SCRYPT_N: Final = 1 << 17
"""Memory 128 MB and about half a second for each guess at the passphrase."""
SHORTEST_PASSPHRASE: Final = 12


class PassphraseShort(Invalid):
    """The passphrase could be guessed."""

    code = "passphrase_short"
    zh = "备份口令至少 {least} 个字符。请换用更长的口令，并与备份分开保存。"
    en = (
        "The backup's passphrase needs at least {least} characters. Choose a longer one; keep it apart from the backup."
    )


class PassphraseWrong(Invalid):
    """The passphrase is not the one the backup was made with."""

    code = "passphrase_wrong"
    zh = "备份口令不正确，未恢复任何内容。"
    en = "The passphrase is not that of the backup; nothing was restored."


class BackupDamaged(Misconfigured):
    """A file of the backup is not what was written."""

    code = "backup_damaged"
    zh = "备份文件 {file} 已损坏或被改动（{why}），未恢复任何内容。请改用另一份备份。"
    en = "{file} of the backup is damaged or was changed ({why}); nothing was restored. Use another backup."


class WrappedKey(msgspec.Struct, frozen=True):
    """The data key under the passphrase; scrypt's cost and salt stand beside it. Bytes as hexadecimal."""

    # Bounded: it is read before anything vouches for it.
    n: Annotated[int, msgspec.Meta(ge=2, le=1 << 20)]
    r: Annotated[int, msgspec.Meta(ge=1, le=16)]
    p: Annotated[int, msgspec.Meta(ge=1, le=4)]
    salt: str
    wrapped: str


class Entry(msgspec.Struct, frozen=True):
    """One encrypted file."""

    name: str
    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup says of itself, in clear.

    Attributes:
        form: ``cluster`` (a base backup of the embedded server) or ``dump`` (of an external database).
        postgresql: major version it was taken from.
        foreign: for a dump, statements that give objects back to roles other than the owner of the tables.
        mac: over all else, under a key derived from the data key.
    """

    version: Literal[1]
    yihao: str
    made_at: datetime
    form: Literal["cluster", "dump"]
    postgresql: int
    key: WrappedKey
    files: tuple[Entry, ...] = ()
    foreign: tuple[str, ...] = ()
    mac: str = ""


class DataKey:
    """The key of one backup."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def __repr__(self) -> str:
        return "DataKey(hidden)"

    def derive(self, purpose: str, length: int) -> bytes:
        """A key for one file, or for the manifest."""
        return HKDF(SHA256(), length, salt=None, info=b"yihao-backup/" + purpose.encode()).derive(self._key)

    def mac(self, manifest: Manifest) -> str:
        """The manifest's MAC."""
        bare = msgspec.json.encode(msgspec.structs.replace(manifest, mac=""), order="sorted")
        return hmac.new(self.derive("manifest", 32), bare, "sha256").hexdigest()


def new_key(passphrase: str) -> tuple[DataKey, WrappedKey]:
    """A fresh data key and its wrapped form.

    Raises:
        PassphraseShort
    """
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise PassphraseShort(least=SHORTEST_PASSPHRASE)
    key, salt = secrets.token_bytes(32), secrets.token_bytes(16)
    blank = WrappedKey(n=SCRYPT_N, r=8, p=1, salt=salt.hex(), wrapped="")
    box = Cipher(algorithms.SM4(_stretch(passphrase, blank)), modes.GCM(bytes(12))).encryptor()
    wrapped = box.update(key) + box.finalize() + box.tag
    return DataKey(key), msgspec.structs.replace(blank, wrapped=wrapped.hex())


def open_key(passphrase: str, wrapped: WrappedKey) -> DataKey:
    """The data key again.

    Raises:
        PassphraseWrong
    """
    sealed = bytes.fromhex(wrapped.wrapped)
    box = Cipher(algorithms.SM4(_stretch(passphrase, wrapped)), modes.GCM(bytes(12), sealed[-TAG:])).decryptor()
    try:
        return DataKey(box.update(sealed[:-TAG]) + box.finalize())
    except InvalidTag:
        raise PassphraseWrong from None


def _stretch(passphrase: str, cost: WrappedKey) -> bytes:
    return Scrypt(salt=bytes.fromhex(cost.salt), length=16, n=cost.n, r=cost.r, p=cost.p).derive(passphrase.encode())


class Writer:
    """Takes plain bytes for one file of the backup; ``close`` answers its entry in the manifest."""

    def __init__(self, folder: Path, name: str, key: DataKey) -> None:
        self._name, self._key = name, key.derive(name, 16)
        self._file = new_file(folder / name)
        self._squeezed = zlib.compressobj(level=1)
        self._waiting = bytearray()
        self._count, self._bytes, self._digest = 0, 0, hashlib.sha256()

    def write(self, plain: bytes) -> int:
        """Take some bytes in."""
        self._waiting += self._squeezed.compress(plain)
        while len(self._waiting) > CHUNK:  # the last chunk is never sealed here, even when it is full
            self._put(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]
        return len(plain)

    def close(self) -> Entry:
        """Seal what is left and bring the file to disk."""
        self._waiting += self._squeezed.flush()
        while len(self._waiting) > CHUNK:
            self._put(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]
        self._put(bytes(self._waiting), last=True)
        self._file.flush()
        sync(self._file)
        self._file.close()
        return Entry(self._name, self._bytes, self._digest.hexdigest())

    def abandon(self) -> None:
        """Close the file as it is; nothing to do after `close`."""
        self._file.close()

    def _put(self, plain: bytes, *, last: bool) -> None:
        box = Cipher(algorithms.SM4(self._key), modes.GCM(_nonce(self._count, last))).encryptor()
        sealed = box.update(plain) + box.finalize() + box.tag
        self._file.write(sealed)
        self._digest.update(sealed)
        self._bytes += len(sealed)
        self._count += 1


class Reader:
    """Gives the plain bytes of one file of the backup again, as a file opened for reading does."""

    def __init__(self, folder: Path, name: str, key: DataKey) -> None:
        self._name, self._key = name, key.derive(name, 16)
        self._file = (folder / name).open("rb")
        self._next = self._file.read(CHUNK + TAG)
        self._squeezed = zlib.decompressobj()
        self._ready = bytearray()
        self._count = 0

    def read(self, size: int = -1) -> bytes:
        """At most ``size`` bytes; fewer only at the end.

        Raises:
            BackupDamaged
        """
        while (size < 0 or len(self._ready) < size) and self._next:
            self._ready += self._unsqueezed(self._chunk())
        taken = bytes(self._ready if size < 0 else self._ready[:size])
        del self._ready[: len(taken)]
        return taken

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _chunk(self) -> bytes:
        sealed, self._next = self._next, self._file.read(CHUNK + TAG)
        nonce = _nonce(self._count, last=not self._next)
        box = Cipher(algorithms.SM4(self._key), modes.GCM(nonce, sealed[-TAG:])).decryptor()
        try:
            plain = box.update(sealed[:-TAG]) + box.finalize()
        except (InvalidTag, ValueError):
            raise BackupDamaged(file=self._name, why=f"#{self._count}") from None
        self._count += 1
        return plain

    def _unsqueezed(self, squeezed: bytes) -> bytes:
        try:
            return self._squeezed.decompress(squeezed)
        except zlib.error:
            raise BackupDamaged(file=self._name, why="zlib") from None


def _nonce(count: int, last: bool) -> bytes:
    return bytes(3) + count.to_bytes(8, "big") + bytes([last])


def new_file(path: Path) -> BinaryIO:
    """A file that was not there, for its owner alone."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def sync(file: BinaryIO) -> None:
    """Bring an open file to disk."""
    os.fsync(file.fileno())


def write_manifest(folder: Path, manifest: Manifest, key: DataKey) -> None:
    """The last file of a backup."""
    whole = msgspec.structs.replace(manifest, mac=key.mac(manifest))
    with new_file(folder / MANIFEST) as file:
        file.write(msgspec.json.format(msgspec.json.encode(whole), indent=1) + b"\n")
        file.flush()
        sync(file)


def read_manifest(folder: Path) -> Manifest:
    """What the backup says of itself; not to be believed before `check`.

    Raises:
        BackupDamaged
    """
    try:
        return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except FileNotFoundError:
        raise BackupDamaged(file=folder / MANIFEST, why="不存在 / missing") from None
    except msgspec.DecodeError as error:
        raise BackupDamaged(file=folder / MANIFEST, why=str(error)) from None


def check(folder: Path, manifest: Manifest, key: DataKey) -> None:
    """Hold every file against the manifest, and the manifest against its MAC.

    Raises:
        BackupDamaged: it names the file.
    """
    if not hmac.compare_digest(manifest.mac, key.mac(manifest)):
        raise BackupDamaged(file=folder / MANIFEST, why="MAC")
    for entry in manifest.files:
        try:
            with (folder / entry.name).open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise BackupDamaged(file=entry.name, why=error.strerror) from error
        if found != entry.sha256:
            raise BackupDamaged(file=entry.name, why="SHA-256")
