"""``yihao verify``: does the database still say what was recorded?"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import click

from yihao.cli.house import DATA, House, opened, settings_with
from yihao.orders.faults import Report, report_text
from yihao.orders.verify import verify as look
from yihao.store.db import Database


@click.command()
@click.option("--deep", is_flag=True, help="另启封每份密封内容，与登记时的承诺逐一比对（较慢）。")
@DATA
def verify(deep: bool, data: Path | None) -> None:
    """核验办理过程的证据链，并重放过程与现存各行比对；发现不符时逐条指出，退出码 1。

    服务运行时也可执行。
    """
    with opened(settings_with(data=data), create=False) as house:
        report = asyncio.run(run(house, deep=deep))
    click.echo(report_text(report, "zh"))
    click.echo(report_text(report, "en"))
    if not report.ok:
        sys.exit(1)


async def run(house: House, *, deep: bool) -> Report:
    """The report of one look at everything."""
    database = await Database.open(house.dsn, app=1, worker=2)
    try:
        return await look(database, house.ring, data=house.settings.data, deep=deep)
    finally:
        await database.close()
