"""``yihao keys``: the key file an operator keeps apart from the data, and new keys for old ones."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import click

from yihao.cli.house import DATA, House, opened, settings_with
from yihao.clock import system_clock
from yihao.people.model import INTERNAL
from yihao.seal.keys import PURPOSES, Purpose, create_key_file
from yihao.store import installation
from yihao.store.audit import AuditRow, audit_in
from yihao.store.db import Database, Wall

WHAT_FOR: Final[dict[Purpose, str]] = {
    "data": "密封数据 / sealed values",
    "index": "盲索引 / blind indexes",
    "reporter": "举报人 / reporters",
    "checkpoint": "存证签名 / checkpoint signatures",
}
NEXT: Final[dict[Purpose, str]] = {
    "data": "旧数据由后台逐批改用新密钥密封，进度不影响使用。",
    "index": "索引由后台逐批重建，期间新旧索引都能查到。",
    "reporter": "举报人资料由后台逐批改用新密钥密封。",
    "checkpoint": "请公布新的公钥；旧检查点仍用旧公钥核验。",
}


@click.group()
def keys() -> None:
    """密钥文件与密钥轮换。"""


@keys.command("create-file")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
def create_file(path: Path) -> None:
    """生成新的密钥文件 PATH（0600），供 YIHAO_KEY_FILE 使用；不覆盖已有文件。"""
    create_key_file(path)
    click.echo(f"已生成 / created: {path}")
    click.echo("请立即异地备份：丢失后数据无法解密 / Back it up now: without it the data cannot be read.")


@keys.command("list")
@DATA
def list_keys(data: Path | None) -> None:
    """列出各用途的密钥编号（不显示密钥）：当前使用的和仅供读取旧数据的；检查点密钥附公钥。"""
    with opened(settings_with(data=data), create=False) as house:
        for purpose in PURPOSES:
            current = house.ring.current(purpose)
            older = [key for key in house.ring.ids(purpose) if key != current]
            click.echo(
                f"{purpose:<11}{current}  {WHAT_FOR[purpose]}" + (f"  旧 / older: {' '.join(older)}" if older else "")
            )
        for key, public in house.ring.checkpoint_public_keys().items():
            click.echo(f"公钥 / public key {key}: {public.hex()}")


@keys.command()
@click.argument("purpose", type=click.Choice(PURPOSES))
@click.confirmation_option(
    "--yes", prompt="换用新密钥（旧密钥保留，供读取旧数据）？/ Make a new key current?", help="不再询问。"
)
@DATA
def rotate(purpose: Purpose, data: Path | None) -> None:
    """为 PURPOSE 生成新密钥并设为当前密钥；旧密钥保留。记入审计。

    运行中的服务最迟一小时内改用新密钥，重启则立即改用。轮换后请重新备份密钥。
    """
    with opened(settings_with(data=data), create=False) as house:
        made = asyncio.run(_rotate(house, purpose))
    click.echo(f"已启用新密钥 / new key: {purpose}/{made}")
    click.echo(NEXT[purpose])
    click.echo("请重新备份密钥；服务重启后立即改用新密钥 / Back the keys up again; a restart uses the new one at once.")


async def _rotate(house: House, purpose: Purpose) -> str:
    """The new key, noted in the audit and in the database's list of the keys it is sealed under."""
    before = house.ring.current(purpose)
    database = await Database.open(house.dsn, app=1, worker=1)
    try:
        async with database.write(Wall(account=INTERNAL["setup"])) as connection:
            made = house.ring.rotate(purpose)
            row = AuditRow(
                account=INTERNAL["setup"],
                role="setup",
                action="keys.rotate",
                at=system_clock(),
                detail={"purpose": purpose, "before": before, "now": made},
            )
            await audit_in(connection, row)
    finally:
        await database.close()
    where = house.settings.key_file or house.settings.keys
    installation.adopt(house.dsn, house.ring.check_values(), where)
    return made
