"""Every queue has a worker: what is put down somewhere is taken up by the background process."""

from __future__ import annotations

from collections import Counter
from typing import Any

from yihao.clock import system_clock
from yihao.orders.rows import SENDERS
from yihao.people.tasks import KINDS
from yihao.seal.keys import new_ring
from yihao.store.db import Database
from yihao.store.pool import Pool
from yihao.work import Work


def work() -> Work:
    """The background process's work, over a database that is never asked."""
    nowhere: Any = Pool("postgresql://nowhere", 1)
    return Work(Database(nowhere, nowhere), new_ring(), system_clock)


def test_every_kind_of_task_has_a_runner() -> None:
    assert set(work().tasks.runners) == set(KINDS)


def test_every_family_of_messages_that_is_marked_to_be_sent_has_a_sender() -> None:
    assert set(work().relay.families) >= SENDERS


def test_every_queue_is_looked_at_again_and_again() -> None:
    made = work()
    names = Counter(job.name for job in made.jobs())
    assert set(names.values()) == {1}
    followers = {f"follow.{one.name}" for one in made.followers}
    assert {"clock", "outbox", "tasks", "checkpoint", "audit.seal", *followers} <= set(names)
