"""``yihao replay FILE.csv``: messages of the past through the whole loop, on a simulated clock."""

from __future__ import annotations

import asyncio
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from yihao.cli.house import DATA, open_server, settings_with
from yihao.errors import Invalid
from yihao.indicators.model import INDICATORS
from yihao.profile import load as load_profile
from yihao.replay.messages import read_file
from yihao.replay.model import Fault, Report
from yihao.replay.scratch import scratch_database
from yihao.replay.service import Replayed
from yihao.replay.service import replay as run
from yihao.seal.keys import new_ring

FAULTS_SHOWN = 50
PLAIN_STEPS = 10
"""Lines of progress where no terminal watches."""


class CannotWrite(Invalid):
    """The export cannot be written where it is wanted."""

    code = "cannot_write"
    zh = "不能写入 {file}：{why}"
    en = "Cannot write {file}: {why}"


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--profile", required=True, envvar="YIHAO_PROFILE", help="区域配置的名称（须有演示数据）。")
@click.option("--json", "out", type=click.Path(path_type=Path, dir_okay=False), help="把指标和逐件结果写入此文件。")
@DATA
def replay(file: Path, profile: str, out: Path | None, data: Path | None) -> None:
    """把 FILE.csv 中的历史诉求在模拟时钟上完整办理一遍，打印指标。

    \b
    列：id, title, time, body, reply, reply_time（UTF-8 或 GB18030）。在临时数据库上进行，不触及正式数据，不对外发送；
    结束时校验证据链，未通过则退出码为 1。规则见 docs/replay.md。
    """
    sheet = read_file(file, ZoneInfo(load_profile(profile).zone))
    _writable(out)
    _list("文件中的问题", sheet.faults)
    settings = settings_with(data=data)
    ring = new_ring()
    with (
        _stoppable(),
        open_server(settings) as server,
        scratch_database(server.dsn) as dsn,
        tempfile.TemporaryDirectory(prefix="yihao-replay-") as folder,
        _progress() as told,
    ):
        done = asyncio.run(run(dsn, profile, sheet, Path(folder), ring, told))
    _tell(done)
    if out is not None:
        _write(out, done.report)
    if done.broken:
        for line in done.broken:
            click.echo(f"校验未通过 / verification failed: {line}", err=True)
        sys.exit(1)
    click.echo("校验通过 / verified")


def _writable(out: Path | None) -> None:
    """Before years are lived through: is there a place for the result?"""
    if out is not None and not out.parent.is_dir():
        raise CannotWrite(file=out, why="没有这个文件夹 / no such folder")


def _write(out: Path, report: Report) -> None:
    """Whole or not at all: an export is read by programs."""
    fresh = out.with_name(out.name + ".new")
    try:
        fresh.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n")
        fresh.replace(out)
    except OSError as error:
        raise CannotWrite(file=out, why=error.strerror or str(error)) from error
    click.echo(f"已写入 / written: {out}")


def _list(title: str, faults: tuple[Fault, ...]) -> None:
    if not faults:
        return
    click.echo(f"{title}：{len(faults)} 处", err=True)
    for fault in faults[:FAULTS_SHOWN]:
        where = f"第{fault.row}行{f' {fault.column} 列' if fault.column else ''}"
        click.echo(f"  {where}：{fault.reason}", err=True)
    if len(faults) > FAULTS_SHOWN:
        click.echo(f"  ……其余 {len(faults) - FAULTS_SHOWN} 处略", err=True)


def _tell(done: Replayed) -> None:
    _list("未能走完的诉求", done.stopped)
    table = Table(title="指标 / indicators")
    for head in ("指标", "name", "分子", "分母", "值"):
        table.add_column(head, justify="right" if head in ("分子", "分母", "值") else "left")
    for figure in done.report.indicators:
        indicator = INDICATORS[figure.name]
        counted = indicator.measure == "count"
        value = "—" if figure.value is None else f"{figure.value:.0f}" if counted else f"{figure.value:.1%}"
        table.add_row(
            indicator.zh, figure.name, str(figure.numerator), "" if counted else str(figure.denominator), value
        )
    Console().print(table)
    kinds: dict[str, int] = {}
    for row in done.report.orders:
        kinds[row.kind] = kinds.get(row.kind, 0) + 1
    refused = sum(row.final_state == "refused" for row in done.report.orders)
    counts = "，".join(f"{kind} {number}" for kind, number in sorted(kinds.items(), key=lambda item: -item[1]))
    click.echo(f"诉求 {len(done.report.orders)} 件（{counts}），其中未登记 {refused} 件。")


@contextmanager
def _stoppable() -> Iterator[None]:
    """A polite kill ends like Ctrl-C: the scratch database is dropped on the way out."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal, a line for every tenth elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal:
        shown = 0

        def tell(done: int, total: int) -> None:
            nonlocal shown
            part = done * PLAIN_STEPS // max(total, 1)
            if part > shown:
                shown = part
                click.echo(f"已办 {done}/{total}", err=True)

        yield tell
        return
    columns = (TextColumn("办理"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
