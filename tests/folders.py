"""Where the files of test servers lie: in memory where there is room, since every test has a database of its own.

A database is some three hundred files. Making and dropping one is 0.05 s in memory; on ext4, which is slow to use an
inode again that was freed a moment ago, it is ten times that. The server itself is as durable as any other: nothing
of it is switched off. Tests of crashes, of the embedded server and of installations use the disk.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MEMORY = Path("/dev/shm")
ROOM = 4 * 2**30
"""Bytes free in memory below which the disk is used; a whole run of the suite takes about a quarter of it."""


def in_memory() -> Path | None:
    """A folder kept in memory, if this machine has one that is large enough and lets programs run from it."""
    try:
        found = os.statvfs(MEMORY)
    except OSError:
        return None
    # As root and under a closed checkout the embedded server's programs are copied beside its data.
    fits = found.f_bavail * found.f_frsize >= ROOM and not found.f_flag & os.ST_NOEXEC
    return MEMORY if fits and os.access(MEMORY, os.W_OK) else None


@contextmanager
def server_folder(prefix: str) -> Iterator[Path]:
    """A new folder that other accounts may pass through: as root the server runs under one of its own."""
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=in_memory()))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
