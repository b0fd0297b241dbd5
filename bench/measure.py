"""One round's figures, and how CPU time and memory are read."""

from __future__ import annotations

import os
import statistics
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

_TICK = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """What one round gave.

    ``rate``: operations a second. ``p50``, ``p99``: milliseconds, 0 where they were not taken. ``*_cpu``: CPU
    milliseconds an operation, used by PostgreSQL, by the product's processes, by the load generator (for a limit:
    pgbench). ``memory``: resident MB of the largest process of the product.
    """

    rate: float
    count: int
    p50: float = 0.0
    p99: float = 0.0
    server_cpu: float = 0.0
    product_cpu: float = 0.0
    load_cpu: float = 0.0
    memory: float = 0.0


def percentile(ordered: Sequence[float], share: float) -> float:
    """The value below which ``share`` of the sorted values lie; 0 when there are none."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def median(runs: Sequence[Run], field: str) -> float:
    """The median over rounds of one field."""
    return statistics.median(getattr(run, field) for run in runs)


def family(*pids: int) -> Iterator[tuple[int, list[str]]]:
    """These processes and their descendants: process id, fields of ``/proc/<pid>/stat`` from the third on."""
    stats: dict[int, list[str]] = {}
    below: dict[int, list[int]] = defaultdict(list)
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(") ")[2].split()
        except OSError:
            continue  # it ended meanwhile
        stats[int(folder.name)] = fields
        below[int(fields[1])].append(int(folder.name))
    waiting = list(pids)
    while waiting:
        pid = waiting.pop()
        if pid in stats:
            yield pid, stats[pid]
        waiting += below[pid]


def cpu_of(*pids: int) -> float:
    """CPU seconds these processes and their descendants have used, with children that ended and were waited for."""
    return sum(int(field) for _, fields in family(*pids) for field in fields[11:15]) / float(_TICK)


def memory_of(*pids: int) -> float:
    """Resident memory (MB) of the largest of these processes."""
    return max((int(fields[21]) for pid, fields in family(*pids) if pid in pids), default=0) * _PAGE / 2**20
