"""``yihao seed --orders N``: a scratch installation full of plausible orders."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime
from pathlib import Path

import click

from yihao.cli.house import DATA, House, open_server, settings_with
from yihao.clock import system_clock
from yihao.demo.load import load_demo, places
from yihao.people.passwords import Passwords
from yihao.seal.keys import open_keys
from yihao.seed.fill import fill
from yihao.store.db import Database
from yihao.store.installation import refuse_live
from yihao.store.migrate import migrate


@click.command()
@click.option("--orders", type=click.IntRange(1, 50_000_000), required=True, help="工单数量。")
@click.option("--profile", envvar="YIHAO_PROFILE", help="演示区域（缺省为自带的第一个）。")
@click.option("--seed", "lives", type=int, default=1, help="随机种子：同一数字生成同样的经历。")
@DATA
def seed(orders: int, profile: str | None, lives: int, data: Path | None) -> None:
    """在空的数据目录中生成 N 件带完整办理过程的虚构工单，供测试性能和演示；拒绝写入正式运行的库。

    \b
    工单由办理规则推演而成，密封、索引和证据链都是真实计算的，yihao verify 可以通过。最新的仍在办理，其余已归档。
    """
    settings = settings_with(data=data)
    with open_server(settings) as server:
        refuse_live(server.dsn, "yihao seed")
        migrate(server.dsn)
        ring = open_keys(settings.keys, key_file=settings.key_file)
        begun = time.monotonic()
        events = asyncio.run(
            _seed(House(settings, server, ring), profile or places()[0], orders, lives, system_clock())
        )
        click.echo(
            f"{orders} 件工单，{events} 个办理环节，用时 {time.monotonic() - begun:.0f} 秒 / orders, events, seconds"
        )


async def _seed(house: House, place: str, orders: int, lives: int, now: datetime) -> int:
    database = await Database.open(house.dsn)
    try:
        await load_demo(
            database,
            place,
            house.settings.data / "demo-accounts.json",
            ring=house.ring,
            passwords=Passwords(),
            clock=system_clock,
        )
    finally:
        await database.close()
    return await fill(
        house.dsn,
        house.ring,
        house.settings.keys,
        house.settings.key_file,
        orders=orders,
        end=now,
        data=house.settings.data,
        seed=lives,
        profile=place,
        told=lambda made: click.echo(f"  {made}/{orders}", err=True),
    )
