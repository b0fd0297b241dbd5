"""Every command is there, and starts from nothing but its own imports."""

import pytest

from running import yihao
from yihao.cli import COMMANDS


def test_help_lists_every_command() -> None:
    listed = yihao("--help").stdout
    assert [name for name in COMMANDS if f"  {name} " not in listed] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command(name: str) -> None:
    done = yihao(name, "--help")
    assert done.returncode == 0, done.stderr
