"""Interleaved rounds of registering, reading and listing, each beside its limit."""

from __future__ import annotations

import random
import statistics
from collections import defaultdict

import msgspec
import psycopg

from bench import load, requests
from bench.figures import Figure
from bench.house import House
from bench.limits import HERE, Pgbench, Script
from bench.load import Plan, Request
from bench.measure import Run, cpu_of, family, median, memory_of
from yihao.store.dsn import with_database

AGENT = "agent01"
LIMITS = "bench_limits"
"""A copy of the product's database, made before the rounds: the limits write there what no chain would pass."""
BOUNDS = {"register": (0.30, 0.50), "read": (0.20, 0.40), "list": (0.15, 0.30)}
"""The ratio to limit A: at least, and aimed at."""
SLOWEST = 100.0
"""Milliseconds: p99 at half load."""
MEMORY = 200.0
"""MB a worker may hold."""


def prepare_limits(dsn: str) -> None:
    """Copy the database, while nobody uses it, and make limit B's tables."""
    with psycopg.connect(with_database(dsn, "postgres"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {LIMITS} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {LIMITS} TEMPLATE yihao STRATEGY FILE_COPY")
    with psycopg.connect(with_database(dsn, LIMITS), autocommit=True) as connection:
        connection.execute((HERE / "reference_tables.sql").read_text(encoding="utf-8"))
        connection.execute("SELECT ensure_order_month(to_char(clock_timestamp(), 'YYYYMM'))")
        connection.execute("CHECKPOINT")


def reference() -> Script:
    """Limit B with one body, of the size of the product's."""
    body = msgspec.json.encode(requests.appeal(random.Random(1))).decode()
    variables = {"title": "示例路路灯不亮", "content": body, "body": '{"to": "received", "channel": "phone"}'}
    return Script((HERE / "reference.sql").read_text(encoding="utf-8"), variables)


class Bench:
    """The rounds over one running installation."""

    def __init__(self, house: House, *, clients: int, seconds: float, rounds: int) -> None:
        self.house, self.clients, self.seconds, self.rounds = house, clients, seconds, rounds
        self.token = house.sign_in(AGENT)
        self.runs: dict[str, list[Run]] = defaultdict(list)

    async def run(self) -> list[Figure]:
        """Everything, as figures."""
        settings = self.house.durability()
        print("database:", settings, flush=True)
        if set(settings.values()) != {"on"}:
            raise RuntimeError("the server does not keep what it commits: these figures would mean nothing")
        print(f"settled after {self.house.settle():.0f} s", flush=True)
        numbers = requests.newest(self.house)
        recorded = await requests.record(self.house, self.token, numbers)
        work: dict[str, list[list[Request]]] = {
            "register": requests.registrations(),
            "read": requests.readings(numbers),
            "list": [[Request("GET", requests.LIST, 200)]],
        }
        self._app, self._plain = self._pgbench(recorded.settings), self._pgbench({})
        limits = {"register": recorded.register, "read": recorded.read, "list": recorded.listing}
        self._check(requests.LIST)
        for number in range(1, self.rounds + 1):
            for name, operations in work.items():
                self._limit(f"{name}.a", limits[name], self._app)
                self._product(name, operations)
            self._limit("register.b", [reference()], self._plain)
            print(f"round {number}:", self._last(), flush=True)
        figures = [figure for name in work for figure in self._figures(name)]
        for name, operations in work.items():
            half = self._product(f"{name}.half", operations, rate=median(self.runs[name], "rate") / 2)
            figures.append(Figure.single(f"{name}.p99_half_load", half.p99, "ms", most=SLOWEST))
        largest = max(run.memory for runs in self.runs.values() for run in runs)
        figures.append(Figure.single("memory.worker", largest, "MB", most=MEMORY))
        return figures

    def _pgbench(self, settings: dict[str, str]) -> Pgbench:
        return Pgbench(with_database(self.house.dsn, LIMITS), self.house.server.bin, self.house.postgres, settings)

    def _check(self, path: str) -> None:
        status, answer = self.house.call("GET", path, token=self.token)
        if status != 200 or len(answer["items"]) != 20:
            raise RuntimeError(f"{path}: {status}, {len(answer.get('items', ()))} orders instead of 20")

    def _limit(self, name: str, scripts: list[Script], pgbench: Pgbench) -> None:
        self.runs[name].append(pgbench.run(scripts, clients=self.clients, seconds=self.seconds))

    def _product(self, name: str, operations: list[list[Request]], rate: float = 0.0) -> Run:
        run = measure(self.house, self.token, operations, clients=self.clients, seconds=self.seconds, rate=rate)
        self.runs[name].append(run)
        return run

    def _last(self) -> str:
        return "  ".join(f"{name} {runs[-1].rate:.0f}/s" for name, runs in self.runs.items())

    def _figures(self, name: str) -> list[Figure]:
        runs = self.runs[name]
        least, aim = BOUNDS[name]
        found = [self._beside(name, f"{name}.a", "A: same statements, pgbench", least, aim)]
        if name == "register":
            found.append(self._beside("register.beside_b", "register.b", "B: plain order, pgbench"))
        for what in ("product_cpu", "server_cpu", "load_cpu"):
            values = [round(getattr(run, what), 4) for run in runs]
            figure = Figure(name=f"{name}.{what}", value=statistics.median(values), unit="ms/op", runs=values)
            found.append(figure)
        found.append(Figure.single(f"{name}.p99_full_load", median(runs, "p99"), "ms"))
        return found

    def _beside(
        self, name: str, limit: str, reference: str, least: float | None = None, aim: float | None = None
    ) -> Figure:
        runs, limits = self.runs[name.partition(".")[0]], self.runs[limit]
        # Each round beside its own limit: what slows the machine down for a while slows both.
        ratio = statistics.median(run.rate / other.rate for run, other in zip(runs, limits, strict=True))
        return Figure(
            name=name,
            value=round(median(runs, "rate"), 1),
            unit="op/s",
            reference=reference,
            reference_value=round(median(limits, "rate"), 1),
            ratio=round(ratio, 3),
            runs=[round(run.rate, 1) for run in runs],
            least=least,
            aim=aim,
        )


def measure(
    house: House, token: str, operations: list[list[Request]], *, clients: int, seconds: float, rate: float = 0.0
) -> Run:
    """One round of the product.

    Raises:
        RuntimeError: an answer was not the expected one; nothing of such a round may count.
    """
    postgres = house.postgres
    house.quiet()
    before = _spent(house, postgres)
    plan = Plan("127.0.0.1", house.port, token, operations, clients, seconds, rate)
    result = load.run(plan)
    after = _spent(house, postgres)
    if result.wrong:
        raise RuntimeError(f"{result.wrong} answers were not as expected, the first: {result.first_wrong}")
    count = result.count
    # CPU is read over the whole sending, warming up included: an operation's share is taken by time.
    share = 1000 / max(1, count) * plan.seconds / (plan.seconds + load.WARM_UP)
    return Run(
        rate=count / plan.seconds,
        count=count,
        p50=result.p50,
        p99=result.p99,
        server_cpu=(after[0] - before[0]) * share,
        product_cpu=(after[1] - before[1]) * share,
        load_cpu=result.cpu * share,
        memory=memory_of(*_own(house, postgres)),
    )


def _own(house: House, postgres: int) -> list[int]:
    """The product's processes without its database's."""
    theirs = {pid for pid, _ in family(postgres)}
    return [pid for pid, _ in family(house.process.pid) if pid not in theirs]


def _spent(house: House, postgres: int) -> tuple[float, float]:
    server = cpu_of(postgres)
    nested = postgres in {pid for pid, _ in family(house.process.pid)}
    return server, cpu_of(house.process.pid) - (server if nested else 0.0)
