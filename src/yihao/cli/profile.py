"""``yihao profile``: begin a place's profile, is it right, where do two differ? None of these needs a database.

``attach`` lays a folder of rules over a node of the tree.
"""

from __future__ import annotations

import re
import shutil
import sys
from itertools import groupby
from pathlib import Path
from typing import Final

import click

from yihao import profile as places

NONE: Final = "（无）"
# As `house.DATA`, which is not imported here: the other commands start without a database's libraries.
DATA = click.option(
    "--data", type=click.Path(path_type=Path, file_okay=False), help="数据目录（缺省 var，或 YIHAO_DATA）。"
)
SECTIONS: Final = {
    "place": "地方",
    "acceptance": "受理",
    "kinds": "类型与时限",
    "limits": "时限",
    "flow": "流程",
    "supervision": "督办问责",
    "indicators": "评价考核",
    "merging": "热线归并",
    "register": "热线清单",
    "prompts": "语音提示",
    "lines": "一号一策",
}


@click.group()
def profile() -> None:
    """新建、检查、比较区域配置。"""


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
    profile = places.load(name)
    counted = places.counts(profile)
    click.echo(f"{name}: 配置无误 / ok")
    width = max(map(len, counted))
    for title, number in counted.items():
        click.echo(f"  {title:<{width}}  {number}")
    if profile.merging.announced is not None and not profile.merging.announced.at_hand:
        click.echo("  注意：只有条数，没有清单，热线登记册在导入清单前不完整 / counts only, the list is not at hand")
    return 0


@profile.command()
@click.argument("name")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=Path())
def new(name: str, folder: Path) -> None:
    """在 FOLDER 下新建名为 NAME 的区域配置：带说明和示例的模板，改写后用 check 检查。"""
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,40}", name):
        raise click.BadParameter("名称只能用字母、数字、下划线和连字符", param_hint="NAME")
    place = folder / name
    if place.exists():
        raise click.ClickException(f"{place} 已存在，请换一个名称或先移走它。")
    shutil.copytree(places.TEMPLATE, place)
    click.echo(f"已建立 {place}。先改 place.yaml 的六项必填内容，再逐个文件改写；写法见 docs/profiles.md。")
    click.echo(f"检查：yihao profile check {place}")


@profile.command()
@click.argument("left")
@click.argument("right")
def diff(left: str, right: str) -> None:
    """逐条比较两个区域配置，并列各自的依据。"""
    differences = places.diff(places.load(left), places.load(right))
    for section, found in groupby(differences, key=lambda one: one.section):
        click.echo(f"── {SECTIONS[section]} {section} ──")
        for one in found:
            click.echo(one.path)
            _side(left, one.left, one.left_basis, one.left_quote)
            _side(right, one.right, one.right_basis, one.right_quote)
    click.echo(f"{len(differences)} 处不同 / difference(s)")


def _side(name: str, value: str | None, basis: str, quote: str) -> None:
    """One place's rule, and below it the words it stands on."""
    if value is None:
        click.echo(f"  {name}: （无此规则 / no such rule）")
        return
    click.echo(f"  {name}: {value}")
    click.echo(f"      〔{basis}〕{f'“{quote}”' if quote else ''}")


@profile.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), required=False)
@click.option("--area", required=True, help="辖区的区划代码，如 330127。")
@click.option("--reason", required=True, help="为何作此调整，如文号。")
@click.option("--preview", is_flag=True, help="只看会改变哪些规则，不录入。")
@click.option("--withdraw", is_flag=True, help="撤销该辖区自己的规则，全部沿用上级。")
@DATA
def attach(folder: Path | None, area: str, reason: str, preview: bool, withdraw: bool, data: Path | None) -> None:
    """把 FOLDER 中的规则录为某一辖区自己的规则，叠加在上级规则之上；列出改变的规则及依据。"""
    from yihao.cli.layer import files_of, put
    from yihao.units.model import LayerDraft

    if (folder is None) != withdraw:
        raise click.UsageError("请给出规则所在的文件夹，或用 --withdraw 撤销 / a FOLDER, or --withdraw")
    files = files_of(folder) if folder is not None else {}
    name, changes = put(data, area, LayerDraft(files=files, reason=reason), keep=not preview)
    for one in changes:
        click.echo(f"{one.path}: {one.left or NONE} → {one.right or NONE} 〔{one.right_basis or one.left_basis}〕")
    done = "未录入，仅预览 / preview only" if preview else "已录入 / kept"
    click.echo(f"{name}: {len(changes)} 处改变 / change(s)；{done}")
