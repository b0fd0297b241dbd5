"""``yihao admin``: the first administrators of a real installation, without demonstration data."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click
import msgspec

from yihao.cli.house import DATA, House, opened, settings_with
from yihao.clock import system_clock
from yihao.errors import Misconfigured
from yihao.people.model import INTERNAL, ROLES, THREE, TotpSecret
from yihao.people.passwords import Passwords
from yihao.people.service import NewAccount, create_first_admin
from yihao.profile import Profile, load, names
from yihao.store.db import Database, Wall
from yihao.units.load import tree
from yihao.units.model import By, JurisdictionDraft, Level
from yihao.units.service import edit

RANKS: dict[str, Level] = {
    "province": "province",
    "prefecture": "city",
    "city": "city",
    "county": "county",
    "township": "township",
}
"""A profile's rank as the tree names it: a prefecture and a city stand on one level."""


class PlaceNeeded(Misconfigured):
    """The installation has no tree yet, and nobody said which place it is for."""

    code = "place_needed"
    zh = "这是全新的安装，还没有辖区。请用 --profile 指定区域配置（内置：{known}；或自编配置的文件夹）。"
    en = "This is a new installation without a place. Name its profile with --profile (packaged: {known}; or a folder)."


class Answers(msgspec.Struct, frozen=True):
    """What the person at the terminal said."""

    username: str
    name: str
    password: str
    role: str
    profile: str | None


@click.group()
def admin() -> None:
    """建立首批管理员。"""


@admin.command()
@click.option("--role", type=click.Choice(sorted(THREE)), default="admin", show_default=True, help="三员之一。")
@click.option("--username", prompt="用户名 / user name", help="登录用户名。")
@click.option("--name", prompt="姓名 / name", help="显示姓名。")
@click.option(
    "--password",
    prompt="密码 / password",
    hide_input=True,
    confirmation_prompt="再输一次 / again",
    envvar="YIHAO_ADMIN_PASSWORD",
    help="缺省在终端输入；自动部署时用环境变量 YIHAO_ADMIN_PASSWORD，不要写在命令行里。",
)
@click.option("--profile", envvar="YIHAO_PROFILE", help="全新安装时的区域配置（名称或文件夹）。")
@DATA
def create(role: str, username: str, name: str, password: str, profile: str | None, data: Path | None) -> None:
    """建立第一位管理员，打印其动态口令密钥；已有该岗位的管理员时拒绝。

    系统管理员、安全管理员和审计员（三员）各由一人担任，分别执行一次。
    """
    answers = Answers(username, name, password, role, profile)
    with opened(settings_with(data=data)) as house:
        made = asyncio.run(_create(house, answers))
    click.echo(f"已建立{ROLES[role].zh} {username} / created. 动态口令密钥，只显示这一次 / second factor, shown once:")
    click.echo(f"  {made.secret}\n  {made.uri}")


async def _create(house: House, answers: Answers) -> TotpSecret:
    database = await Database.open(house.dsn, app=1, worker=1)
    passwords = Passwords()
    now = system_clock()
    try:
        async with database.write(Wall(account=INTERNAL["setup"])) as connection:
            found = await tree(connection)
            root = next((node.id for node in found.jurisdictions.values() if node.parent_id is None), None)
            if root is None:
                if answers.profile is None:
                    raise PlaceNeeded(known=", ".join(names()))
                by = By(account=INTERNAL["setup"], role="setup", at=now)
                made = await (await edit(connection, by)).create_jurisdiction(
                    root_of(load(answers.profile), answers.profile)
                )
                root = made.id
            new = NewAccount(
                username=answers.username,
                name=answers.name,
                jurisdiction=root,
                password=answers.password,
                must_change=False,
            )
            _, secret = await create_first_admin(connection, passwords, house.ring, new, now=now, role=answers.role)
            return secret
    finally:
        passwords.close()
        await database.close()


def root_of(place: Profile, name: str) -> JurisdictionDraft:
    """The root of an installation's tree, as its profile describes it."""
    return JurisdictionDraft(area_code=place.area_code, name=place.title, level=RANKS[place.level], profile=name)
