"""``yihao keys``: the key file an operator keeps apart from the data."""

from __future__ import annotations

from pathlib import Path

import click

from yihao.seal.keys import create_key_file


@click.group()
def keys() -> None:
    """密钥文件。"""


@keys.command("create-file")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
def create_file(path: Path) -> None:
    """生成新的密钥文件 PATH（0600），供 YIHAO_KEY_FILE 使用；不覆盖已有文件。"""
    create_key_file(path)
    click.echo(f"已生成 / created: {path}")
    click.echo("请立即异地备份：丢失后数据无法解密 / Back it up now: without it the data cannot be read.")
