"""``yihao up``: the server."""

from __future__ import annotations

import logging
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import click

from yihao.cli import family
from yihao.cli.house import DATA, House, opened, settings_with
from yihao.cli.port import listenable
from yihao.profile.load import load

log = logging.getLogger("yihao.up")


@click.command()
@click.option("--profile", envvar="YIHAO_PROFILE", help="演示区域使用的配置（名称或文件夹）。")
@click.option("--host", help="监听地址（缺省 127.0.0.1）。")
@click.option("--port", type=click.IntRange(1, 65535), help="监听端口（缺省 12345）。")
@DATA
@click.option("--demo", is_flag=True, help="数据库为空时载入虚构的演示单位和账号。")
@click.option("--orders", type=click.IntRange(0, 100_000), default=0, help="首次载入演示时生成的虚构工单数（缺省 0）。")
@click.option("--workers", type=click.IntRange(1, 64), help="应答请求的进程数（缺省 2）。")
def up(
    profile: str | None,
    host: str | None,
    port: int | None,
    data: Path | None,
    demo: bool,
    orders: int,
    workers: int | None,
) -> None:
    """启动服务；Ctrl-C 停止，数据保留在数据目录。"""
    settings = settings_with(host=host, port=port, data=data, workers=workers)
    settings.check()
    family.start_logging(settings.log_level)
    if profile:
        load(profile)  # a wrong name is told before anything is made
    address = listenable(settings.host, settings.port)
    with _interruptible(), opened(settings, serving=True) as house:
        if demo:
            from yihao.cli.demo import load_demo

            load_demo(house, profile, orders)
        from yihao.cli.serve import serve

        serve(house, address, lambda: _welcome(house, demo))
        log.info("stopping the database")
    click.echo("已停止，数据保留在 / Stopped; the data is kept in " + str(settings.data))


@contextmanager
def _interruptible() -> Iterator[None]:
    """Until the server takes the signals over, and after it, the first one ends the start in order; later ones wait."""

    def stop(number: int, frame: FrameType | None) -> None:
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    yield


EMPTY = (
    "尚无辖区和账号：正式安装请执行 yihao admin create；试用请加 --demo --profile 重新启动。\n"
    "There is nobody to sign in yet: run `yihao admin create`, or start again with --demo --profile.\n"
)


def _welcome(house: House, demo: bool) -> None:
    """Say where the server is and how to sign in."""
    settings = house.settings
    help = ""
    from yihao.cli.demo import accounts_file, places_of, sign_in_help

    if demo:
        help = sign_in_help(accounts_file(settings.data))
    elif not places_of(house.dsn):
        help = EMPTY
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    url = f"{'https' if settings.tls else 'http'}://{host}:{settings.port}"
    click.echo(f"\n一号已就绪 / Yihao is ready:  {url}\n{help}Ctrl-C 停止 / stops.\n")
