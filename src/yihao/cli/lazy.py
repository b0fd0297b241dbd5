"""A group whose commands are imported when they are called, and whose errors are sentences."""

from __future__ import annotations

import importlib
from typing import Any

import click

from yihao.errors import YihaoError


class LazyGroup(click.Group):
    """``commands_at`` names each command as ``module:attribute``."""

    def __init__(self, *args: Any, commands_at: dict[str, str], **more: Any) -> None:
        super().__init__(*args, **more)
        self._at = commands_at

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order they were named: the everyday ones first."""
        return list(self._at)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, its module imported now."""
        if cmd_name not in self._at:
            return None
        module, _, attribute = self._at[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error a person must be told becomes its sentences and exit code 1."""
        try:
            return super().invoke(ctx)
        except YihaoError as error:
            tell(error)
            ctx.exit(1)


def tell(error: YihaoError) -> None:
    """Say an error in both languages, on standard error."""
    for sentence in dict.fromkeys((error.sentence("zh"), error.sentence("en"))):
        click.echo(sentence, err=True)
