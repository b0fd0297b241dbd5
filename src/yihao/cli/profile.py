"""``yihao profile``: is a place's profile right, and where do two differ? Needs no database."""

from __future__ import annotations

import sys

import click

from yihao import profile as places


@click.group()
def profile() -> None:
    """检查、比较区域配置。"""


@profile.command()
@click.argument("name", required=False)
def check(name: str | None) -> None:
    """检查区域配置 NAME（名称或文件夹；缺省检查全部内置配置），打印条数和每处错误的文件与行号。"""
    wrong = sum([_check(one) for one in ([name] if name else places.names())])
    if wrong:
        sys.exit(1)


def _check(name: str) -> int:
    """Print one profile's counts or its problems; answers how many these are."""
    problems = places.check(name)
    if problems:
        click.echo(f"{name}: {len(problems)} 处错误 / error(s)", err=True)
        for problem in problems:
            click.echo(problem.sentence("zh"), err=True)
            click.echo(f"    {problem.what('en')}; {problem.mend('en')}", err=True)
        return len(problems)
    counted = places.counts(places.load(name))
    click.echo(f"{name}: 配置无误 / ok")
    width = max(map(len, counted))
    for title, number in counted.items():
        click.echo(f"  {title:<{width}}  {number}")
    return 0


@profile.command()
@click.argument("left")
@click.argument("right")
def diff(left: str, right: str) -> None:
    """逐条比较两个区域配置，并列各自的依据。"""
    differences = places.diff(places.load(left), places.load(right))
    for one in differences:
        click.echo(one.path)
        click.echo(f"  {left}: {_side(one.left, one.left_basis)}")
        click.echo(f"  {right}: {_side(one.right, one.right_basis)}")
    click.echo(f"{len(differences)} 处不同 / difference(s)")


def _side(value: str | None, basis: str) -> str:
    return "（无此规则 / no such rule）" if value is None else f"{value}    〔{basis}〕"
