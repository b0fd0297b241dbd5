"""Every command is there, and starts from nothing but its own imports."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from running import yihao
from yihao.cli import COMMANDS
from yihao.cli.backup import NoPassphrase, backup


def test_help_lists_every_command() -> None:
    listed = yihao("--help").stdout
    assert [name for name in COMMANDS if f"  {name} " not in listed] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command(name: str) -> None:
    done = yihao(name, "--help")
    assert done.returncode == 0, done.stderr


def test_a_backup_nobody_can_give_a_passphrase_to_says_how(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("YIHAO_BACKUP_PASSPHRASE", raising=False)
    refused = CliRunner().invoke(backup, [str(tmp_path / "copy"), "--data", str(tmp_path / "var")])
    assert isinstance(refused.exception, NoPassphrase) and "YIHAO_BACKUP_PASSPHRASE" in str(refused.exception)
    assert not (tmp_path / "copy").exists()
