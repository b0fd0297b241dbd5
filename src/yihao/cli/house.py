"""An installation opened for a command: its database server, its schema, its keys."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import msgspec

from yihao.errors import Misconfigured
from yihao.seal.keys import KeyRing, open_keys
from yihao.settings import Settings, read_settings
from yihao.store import installation
from yihao.store.migrate import migrate
from yihao.store.server import Server

DATA = click.option(
    "--data", type=click.Path(path_type=Path, file_okay=False), help="数据目录（缺省 var，或 YIHAO_DATA）。"
)


class House(msgspec.Struct, frozen=True):
    """``settings`` as asked for; ``server`` runs; ``ring`` holds the keys the database is sealed under."""

    settings: Settings
    server: Server
    ring: KeyRing

    @property
    def dsn(self) -> str:
        """URL of the tables' owner."""
        return self.server.dsn


def settings_with(**given: object) -> Settings:
    """The environment's settings, with what the command line says above them."""
    return msgspec.structs.replace(
        read_settings(), **{name: value for name, value in given.items() if value is not None}
    )


def open_server(settings: Settings, *, serving: bool = False) -> Server:
    """The database server the settings name."""
    env = {"YIHAO_DATABASE_URL": settings.database_url, "YIHAO_PG_BIN": settings.pg_bin}
    return Server.open(settings.data, env=env, serving=serving)


class NothingThere(Misconfigured):
    """A command that only looks was pointed at a folder without an installation."""

    code = "nothing_there"
    zh = "{data} 中没有一号的数据。请用 --data 指定正确的数据目录；新安装请先执行 yihao up 或 yihao admin create。"
    en = "There is no installation in {data}. Name the right folder by --data, or start a new one with `yihao up`."


def made(data: Path) -> bool:
    """Whether the folder holds an installation with an embedded database."""
    return (data / "postgres").exists() or (data / "postgres.location").exists()


@contextmanager
def opened(settings: Settings, *, serving: bool = False, create: bool = True) -> Iterator[House]:
    """The installation with its server running, its schema up to date and its keys checked.

    Args:
        settings: where it is.
        serving: ``yihao up`` says True.
        create: make a new one where there is none.

    Raises:
        NothingThere, and what `yihao.store.faults`, `yihao.seal.keys` and `yihao.store.installation` say.
    """
    if not (create or settings.database_url or made(settings.data)):
        raise NothingThere(data=settings.data)
    with open_server(settings, serving=serving) as server:
        migrate(server.dsn)
        ring = open_keys(settings.keys, key_file=settings.key_file)
        installation.adopt(server.dsn, ring.check_values(), settings.key_file or settings.keys)
        yield House(settings, server, ring)
