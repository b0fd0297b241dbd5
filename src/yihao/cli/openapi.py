"""``yihao openapi``: the description of the API, without a server."""

from __future__ import annotations

import click


@click.command()
def openapi() -> None:
    """输出接口说明（OpenAPI 3.1，JSON）。"""
    from yihao.web.app import description

    click.echo(description())
