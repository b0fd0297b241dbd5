"""The command line: each command is a thin door to a room's service."""

import click


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="yihao")
def main() -> None:
    """一号：12345 政务服务热线平台。"""
