"""What the processes of one ``yihao up`` have in common: how they log, and that none outlives the parent.

The parent starts PostgreSQL, the workers that answer requests and the background process. Ctrl-C reaches the parent
alone, because each child is in a process group of its own: the parent then stops the children in order. A child whose
parent has been killed notices within a moment and ends by itself, so that the port is free for the next start.
"""

from __future__ import annotations

import logging.config
import os
import signal
import threading
import time
from typing import Any

LOOK_EVERY = 0.25
"""Seconds between looks at the parent. Its id is what every system can tell; a pipe would be inherited by strangers."""
LAST_GRACE = 8.0
"""Seconds a child of a killed parent has for what is under way."""

log = logging.getLogger("yihao.up")


def logging_config(level: str) -> dict[str, Any]:
    """One line an event, on standard error. No access log: addresses and paths are personal data."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {"format": "%(asctime)s %(levelname)s %(name)s[%(process)d] %(message)s", "datefmt": "%FT%T%z"}
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {"yihao": {"level": level}, "_granian": {"level": "WARNING"}},
    }


def start_logging(level: str) -> None:
    """Let this process log."""
    logging.config.dictConfig(logging_config(level))


def join(parent: int) -> None:
    """Called first in a child: leave the parent's process group, and end when the parent is gone."""
    os.setpgid(0, 0)
    threading.Thread(target=_watch, args=(parent,), name="parent-watch", daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_EVERY)
    log.error("the parent process is gone; stopping")
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(LAST_GRACE)
    os._exit(1)
