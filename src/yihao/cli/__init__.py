"""The command line: each command is a thin door to a room's service.

A command's module is imported when the command is called, so that ``yihao due`` answers at once. What goes wrong is
told in Chinese and English on standard error, with exit code 1 (2 when the command was written wrongly).
"""

import click

from yihao.cli.lazy import LazyGroup

COMMANDS = {
    "up": "yihao.cli.up:up",
    "due": "yihao.cli.due:due",
    "profile": "yihao.cli.profile:profile",
    "admin": "yihao.cli.admin:admin",
    "verify": "yihao.cli.verify:verify",
    "replay": "yihao.cli.replay:replay",
    "seed": "yihao.cli.seed:seed",
    "import": "yihao.cli.tables:import_file",
    "export": "yihao.cli.tables:export_file",
    "backup": "yihao.cli.backup:backup",
    "restore": "yihao.cli.backup:restore",
    "keys": "yihao.cli.keys:keys",
    "order": "yihao.cli.order:order",
    "openapi": "yihao.cli.openapi:openapi",
}


@click.group(cls=LazyGroup, commands_at=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="yihao")
def main() -> None:
    """一号：12345 政务服务热线平台。"""
