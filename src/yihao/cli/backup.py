"""``yihao backup DIR`` and ``yihao restore DIR``: everything an installation is, under one passphrase.

Of the embedded server a backup is a base backup with its WAL, of an external one a dump; both are consistent while
people work. The keys go along, encrypted like all else. Restored is only into an empty folder (and an empty external
database), after every file was held against its digest; ``verify`` has the last word.
"""

from __future__ import annotations

import asyncio
import importlib.metadata
import os
import shutil
import sys
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, cast

import click
import psycopg

from yihao.cli import pgtools, vault
from yihao.cli.house import DATA, House, opened, settings_with
from yihao.cli.verify import run as verify
from yihao.clock import system_clock
from yihao.errors import Conflict, Invalid, Misconfigured
from yihao.orders.faults import report_text
from yihao.settings import Settings
from yihao.store import binaries, cluster
from yihao.store.account import Account, server_account
from yihao.store.embedded import Embedded
from yihao.store.server import check_external

DATABASE, KEYS, FILES = "database.enc", "keys.enc", "files.enc"
KEY_FILE = "key-file.json"
"""The operator's own key file, as it lies in the key folder after a restore."""
LEFT_OUT = ("postgres", "postgres.location", "keys", "metrics")
"""What of the data folder is not copied as a file: the database and the keys have files of their own."""


class NotEmpty(Conflict):
    """A backup or a restore would write over something."""

    code = "folder_not_empty"
    zh = "{folder} 不是空目录，未做任何操作。请指定一个新的目录。"
    en = "{folder} is not empty; nothing was done. Name a new folder."


class CannotWrite(Invalid):
    """The folder for the backup cannot be written."""

    code = "cannot_write"
    zh = "不能写入 {folder}：{why}。未留下备份，请检查权限和磁盘空间。"
    en = "Cannot write {folder}: {why}. No backup was left; check permissions and space."


class NoPassphrase(Misconfigured):
    """Nobody is there to be asked, and the environment names none."""

    code = "no_passphrase"
    zh = "没有备份口令，未做任何操作。定时执行时请设置环境变量 YIHAO_BACKUP_PASSPHRASE（至少 12 个字符）。"
    en = "No passphrase; nothing was done. Set YIHAO_BACKUP_PASSPHRASE (12 characters or more) where nobody can type."


class OtherForm(Misconfigured):
    """A base backup belongs to the embedded server of its version."""

    code = "backup_other_form"
    zh = "该备份来自内置数据库 PostgreSQL {found}，不能恢复到{target}。{mend}"
    en = "This is a backup of the embedded PostgreSQL {found}; it cannot be restored to {target_en}. {mend_en}"


class DatabaseNotEmpty(Conflict):
    """The external database has tables."""

    code = "database_not_empty"
    zh = "YIHAO_DATABASE_URL 指定的数据库不是空库，未恢复任何内容。请新建一个空数据库。"
    en = "The database of YIHAO_DATABASE_URL is not empty; nothing was restored. Make an empty one."


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@DATA
def backup(folder: Path, data: Path | None) -> None:
    """把数据库、密钥和文件加密备份到新目录 DIR；服务运行时也可执行。

    口令从环境变量 YIHAO_BACKUP_PASSPHRASE 读取，或在终端输入；请与备份分开保存，丢失后无法恢复。
    """
    if folder.exists() and any(folder.iterdir()):
        raise NotEmpty(folder=folder)
    key, wrapped = vault.new_key(_passphrase(confirm=True))
    with opened(settings_with(data=data), create=False) as house, _whole(folder) as part:
        manifest = _write(house, part, key, wrapped)
    total = sum(entry.bytes for entry in manifest.files)
    click.echo(f"备份完成 / backed up: {folder} ({total / 1e6:.1f} MB, {manifest.form})")


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False, exists=True))
@DATA
def restore(folder: Path, data: Path | None) -> None:
    """从备份目录 DIR 恢复到空的数据目录，并核验证据链。"""
    settings = settings_with(data=data)
    manifest = vault.read_manifest(folder)
    _refuse_unfit(settings, manifest)
    key = vault.open_key(_passphrase(confirm=False), manifest.key)
    vault.check(folder, manifest, key)
    if manifest.form == "cluster":
        _restore_cluster(settings, folder, manifest, key)
    else:
        _restore_dump(settings, folder, manifest, key)
    with opened(settings, create=False) as house:
        report = asyncio.run(verify(house, deep=True))
    click.echo(report_text(report, "zh"))
    click.echo(report_text(report, "en"))
    if (settings.keys / KEY_FILE).exists():
        click.echo(f"YIHAO_KEY_FILE={settings.keys / KEY_FILE}")
    if not report.ok:
        sys.exit(1)
    click.echo(f"恢复完成 / restored: {settings.data}")


def _passphrase(*, confirm: bool) -> str:
    given = os.environ.get("YIHAO_BACKUP_PASSPHRASE")
    if given:
        return given
    again = "再输一次 / again" if confirm else False
    try:
        return str(click.prompt("备份口令 / passphrase", hide_input=True, confirmation_prompt=again))
    except click.Abort:
        if sys.stdin.isatty():
            raise  # a person who changed their mind
        raise NoPassphrase from None


@contextmanager
def _whole(folder: Path) -> Iterator[Path]:
    """A folder beside ``folder`` that becomes it when all is written, and goes when not."""
    part = folder.with_name(folder.name + ".part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(mode=0o700, parents=True)
        yield part
        if folder.exists():
            folder.rmdir()
        part.rename(folder)
    except OSError as error:
        raise CannotWrite(folder=error.filename or folder, why=error.strerror) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _write(house: House, part: Path, key: vault.DataKey, wrapped: vault.WrappedKey) -> vault.Manifest:
    settings, server = house.settings, house.server
    foreign: tuple[str, ...] = ()
    # Before the database: the log of checkpoints may lag behind it, never run ahead of it.
    files = _packed(part, FILES, key, lambda tar: _add_files(tar, settings.data))
    keys = _packed(part, KEYS, key, lambda tar: _add_keys(tar, settings))
    with _writer(part, DATABASE, key) as writer:
        if server.bin:
            pgtools.base_backup(server.dsn, server.bin, writer.write)
        else:
            foreign = pgtools.dump(server.dsn, server.version, settings.pg_bin, writer.write)
        database = writer.close()
    manifest = vault.Manifest(
        version=1,
        yihao=importlib.metadata.version("yihao"),
        made_at=system_clock(),
        form="cluster" if server.bin else "dump",
        postgresql=server.version,
        key=wrapped,
        files=(files, keys, database),
        foreign=foreign,
    )
    vault.write_manifest(part, manifest, key)
    return manifest


@contextmanager
def _writer(part: Path, name: str, key: vault.DataKey) -> Iterator[vault.Writer]:
    writer = vault.Writer(part, name, key)
    try:
        yield writer
    finally:
        writer.abandon()


def _packed(part: Path, name: str, key: vault.DataKey, fill: Callable[[tarfile.TarFile], None]) -> vault.Entry:
    with _writer(part, name, key) as writer:
        with tarfile.open(fileobj=cast(IO[bytes], writer), mode="w|") as tar:
            fill(tar)
        return writer.close()


def _add_files(tar: tarfile.TarFile, data: Path) -> None:
    for path in sorted(data.iterdir()):
        if path.name not in LEFT_OUT and not path.is_symlink():
            tar.add(path, arcname=path.name)


def _add_keys(tar: tarfile.TarFile, settings: Settings) -> None:
    if settings.keys.is_dir():
        for path in sorted(settings.keys.iterdir()):
            tar.add(path, arcname=path.name)
    if settings.key_file:
        tar.add(settings.key_file, arcname=KEY_FILE)


def _refuse_unfit(settings: Settings, manifest: vault.Manifest) -> None:
    """All that can be known before the passphrase is asked for."""
    if settings.data.exists() and any(settings.data.iterdir()):
        raise NotEmpty(folder=settings.data)
    if settings.database_url:
        check_external(settings.database_url)
        if manifest.form == "cluster":
            raise OtherForm(
                found=manifest.postgresql,
                target="外部数据库",
                target_en="an external database",
                mend="请去掉 YIHAO_DATABASE_URL。",
                mend_en="Unset YIHAO_DATABASE_URL.",
            )
        with psycopg.connect(settings.database_url) as connection:
            row = connection.execute(
                "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
            ).fetchone()
            if row and row[0]:
                raise DatabaseNotEmpty


def _restore_cluster(settings: Settings, folder: Path, manifest: vault.Manifest, key: vault.DataKey) -> None:
    """The cluster first, the keys last: what is killed half-way has no password and is refused by the next start."""
    cluster.make_folder(settings.data, 0o711 if os.geteuid() == 0 else 0o700)
    data = settings.data.resolve()
    account = server_account(None)
    home = cluster.home_of(data, account)
    programs = binaries.find({"YIHAO_PG_BIN": settings.pg_bin}, account, home.path)
    if programs.major != manifest.postgresql:
        raise OtherForm(
            found=manifest.postgresql,
            target=f" PostgreSQL {programs.version}",
            target_en=f"PostgreSQL {programs.version}",
            mend=f"请让 YIHAO_PG_BIN 指向 {manifest.postgresql} 版程序。",
            mend_en=f"Let YIHAO_PG_BIN name the programs of version {manifest.postgresql}.",
        )
    part = home.path / "cluster.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(mode=0o700)
    _unpack(folder, DATABASE, key, part)
    _hand_over(part, account)
    part.rename(home.cluster)
    _unpack(folder, FILES, key, data)
    _restore_keys(folder, key, data)


def _restore_dump(settings: Settings, folder: Path, manifest: vault.Manifest, key: vault.DataKey) -> None:
    """Into the external database, or into a fresh embedded one."""
    cluster.make_folder(settings.data, 0o711 if os.geteuid() == 0 else 0o700)
    data = settings.data.resolve()
    _unpack(folder, FILES, key, data)
    _restore_keys(folder, key, data)
    plain = data / "restore.dump"
    try:
        with closing(vault.Reader(folder, DATABASE, key)) as reader, vault.new_file(plain) as file:
            while piece := reader.read(vault.CHUNK):
                file.write(piece)
        if settings.database_url:
            version = check_external(settings.database_url)
            pgtools.restore(settings.database_url, version, settings.pg_bin, plain, manifest.foreign)
        else:
            (data / "keys" / "pg_password").unlink(missing_ok=True)  # of a cluster this one is not
            _restore_into_embedded(settings, plain, manifest.foreign)
    finally:
        plain.unlink(missing_ok=True)


def _restore_into_embedded(settings: Settings, plain: Path, foreign: tuple[str, ...]) -> None:
    env = {"YIHAO_PG_BIN": settings.pg_bin}
    embedded = Embedded.prepare(settings.data.resolve(), env)
    try:
        embedded.open(serving=False)
        pgtools.restore(embedded.dsn, embedded.binaries.major, str(embedded.binaries.bin), plain, foreign)
    finally:
        embedded.close()


def _restore_keys(folder: Path, key: vault.DataKey, data: Path) -> None:
    part = data / "keys.part"
    part.mkdir(mode=0o700)
    _unpack(folder, KEYS, key, part)
    for path in part.iterdir():
        path.chmod(0o600)
    part.rename(data / "keys")


def _unpack(folder: Path, name: str, key: vault.DataKey, target: Path) -> None:
    mask = os.umask(0o077)
    try:
        with (
            closing(vault.Reader(folder, name, key)) as reader,
            tarfile.open(fileobj=cast(IO[bytes], reader), mode="r|") as tar,
        ):
            tar.extractall(target, filter="data")
    finally:
        os.umask(mask)


def _hand_over(folder: Path, account: Account | None) -> None:
    """To the account that runs the server."""
    if account is None:
        return
    for path in (folder, *folder.rglob("*")):
        os.chown(path, account.uid, account.gid, follow_symlinks=False)
