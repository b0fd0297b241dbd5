"""The background process: clocks, followers, outbox, tasks, checkpoints, audit, partitions. One an installation."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import Final

import uvloop

from yihao.cli import family
from yihao.clock import system_clock
from yihao.seal.keys import open_keys
from yihao.settings import Settings
from yihao.store.db import Database

BEHIND: Final = 5
"""How far the jobs stand behind the workers (nice): where somebody waits for an answer, figures and search may wait."""


def work(settings: Settings, parent: int) -> None:
    """Run the jobs until told to stop; the target of the process."""
    family.join(parent)
    os.nice(BEHIND)
    family.start_logging(settings.log_level)
    uvloop.run(_work(settings))


async def _work(settings: Settings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    # Imported here: the parent, which knows this module too, needs none of it.
    from yihao.work import run

    ring = open_keys(settings.keys, key_file=settings.key_file)
    database = await Database.open(settings.database_url, app=3, worker=4)
    try:
        await run(database, ring, system_clock, stop, data=settings.data)
    finally:
        await database.close()
