"""Locks between processes on one installation. The kernel drops them with the process that held them, killed or not."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path


class FileLock:
    """An flock on a file, or on a folder (``folder=True``). Children started by exec do not inherit it."""

    def __init__(self, path: Path, *, folder: bool = False) -> None:
        flags = os.O_RDONLY | os.O_DIRECTORY if folder else os.O_RDWR | os.O_CREAT
        self._file = os.open(path, flags, 0o600)

    def __enter__(self) -> FileLock:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def alone(self, *, wait: float = 0.0) -> bool:
        """Hold it with nobody else, waiting at most ``wait`` seconds; a share held before is given up either way."""
        end = time.monotonic() + wait
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= end:
                    return False
                time.sleep(0.05)
            else:
                return True

    def share(self) -> None:
        """Hold it beside others."""
        fcntl.flock(self._file, fcntl.LOCK_SH)

    def free(self) -> None:
        """Let others have it; it can be taken again."""
        fcntl.flock(self._file, fcntl.LOCK_UN)

    def write(self, text: str) -> None:
        """Leave a word for whoever finds it held."""
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, text.encode(), 0)

    def read(self) -> str:
        """The word its holder left."""
        return os.pread(self._file, 200, 0).decode(errors="replace").strip()

    def close(self) -> None:
        """Give it up."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
