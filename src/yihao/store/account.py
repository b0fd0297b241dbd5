"""PostgreSQL refuses to run as root: started by root, the server runs under a system account of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from pathlib import Path
from typing import Any

import msgspec

from yihao.store.faults import NoAccount

NAME = "yihao"
HOME = Path("/var/lib/yihao")
"""Home of the account, and of clusters whose data folder is closed to it."""


class Account(msgspec.Struct, frozen=True):
    """Who the server runs as when root starts it."""

    uid: int
    gid: int

    def become(self) -> dict[str, Any]:
        """Arguments that make ``subprocess`` start a program under this account, with none of root's groups."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def runs(self, program: Path) -> bool:
        """Whether this account reaches and can execute ``program`` (asked of the kernel, so ACLs count too)."""
        return self._test("-x", program)

    def passes(self, folder: Path) -> bool:
        """Whether this account may pass through ``folder`` and everything above it."""
        return self._test("-x", folder)

    def _test(self, flag: str, path: Path) -> bool:
        command = ["/bin/sh", "-c", f'test {flag} "$1"', "sh", str(path)]
        try:
            return subprocess.run(command, cwd="/", env={}, check=False, **self.become()).returncode == 0  # noqa: S603 - fixed words and our own path
        except OSError as error:
            raise NoAccount(why=error.strerror or str(error)) from error


def server_account(owner: int | None) -> Account | None:
    """The account for the server: ``None`` for an ordinary user (the server runs as that user).

    Args:
        owner: uid that owns the cluster already there, which must then go on running it; ``None`` for a new cluster.
    """
    if os.geteuid() != 0:
        return None
    if owner:
        return Account(uid=owner, gid=_group(owner))
    try:
        entry = pwd.getpwnam(NAME)
    except KeyError:
        entry = _make()
    return Account(uid=entry.pw_uid, gid=entry.pw_gid)


def _group(uid: int) -> int:
    try:
        return pwd.getpwuid(uid).pw_gid
    except KeyError:
        return uid  # a uid without an entry, as containers have them


def _make() -> pwd.struct_passwd:
    """Make the system account, with whichever of the two usual tools this system has."""
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"))
    tools = (
        (
            "useradd",
            "--system",
            "--user-group",
            "--home-dir",
            str(HOME),
            "--no-create-home",
            "--shell",
            "/usr/sbin/nologin",
        ),
        ("adduser", "-S", "-D", "-H", "-h", str(HOME), "-s", "/sbin/nologin"),  # busybox
    )
    why = "useradd"
    for tool, *options in tools:
        if program := shutil.which(tool, path=path):
            done = subprocess.run([program, *options, NAME], capture_output=True, text=True, check=False)  # noqa: S603 - fixed words
            try:
                return pwd.getpwnam(NAME)
            except KeyError:
                why = done.stderr.strip() or f"{tool}: {done.returncode}"
    raise NoAccount(why=why)
