"""``yihao order events NUMBER``: the evidence of one order in the clear."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click
import msgspec

from yihao.cli import orders
from yihao.cli.house import DATA, opened, settings_with


@click.group()
def order() -> None:
    """查看单件工单。"""


@order.command()
@click.argument("number")
@DATA
def events(number: str, data: Path | None) -> None:
    """逐条列出一件工单的存证原文，每行一个 JSON，供人工核对哈希链。

    \b
    previous  上一环节的哈希（首环节为 32 个零字节）
    covered   哈希覆盖的文本，其中 body 是正文的 SM3
    body      正文：事实、变更和个人信息的承诺值，不含个人信息
    hash      库中保存的哈希，应等于 SM3(previous || covered)
    holds     是否相等
    查看会记入审计日志。
    """
    with opened(settings_with(data=data), create=False) as house:
        for one in asyncio.run(orders.evidence(house, number)):
            click.echo(msgspec.json.encode(one).decode())
