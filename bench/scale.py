"""Does an installation with millions of orders cost more an operation than one with thousands?

Both are seeded, served one after the other in turns, and asked the same: register, read and list of the newest days.
"""

from __future__ import annotations

import argparse
import statistics
from collections import defaultdict

from bench import requests
from bench.figures import Figure
from bench.house import House, running, seeded
from bench.load import Request
from bench.measure import Run
from bench.rounds import AGENT, measure

MOST = 1.3
"""Times the cost at the small size."""
TURNS = 2
"""How often the two installations take turns."""


def scale(options: argparse.Namespace) -> list[Figure]:
    """The cost of each operation (milliseconds of CPU of product and database, and of a busy second) at both sizes."""
    sizes = (options.orders, options.many)
    folders = {orders: seeded(orders) for orders in sizes}
    runs: dict[tuple[str, int], list[Run]] = defaultdict(list)
    for _ in range(TURNS):
        for orders in sizes:
            with running(folders[orders]) as house:
                print(f"{orders} orders: settled after {house.settle():.0f} s", flush=True)
                for name, found in _rounds(house, options).items():
                    runs[name, orders] += found
    figures = []
    for name in ("register", "read", "list"):
        small, large = (runs[name, orders] for orders in sizes)
        cost = [1000 / run.rate for run in large]
        beside = statistics.median(1000 / run.rate for run in small)
        figures.append(
            Figure(
                name=f"scale.{name}",
                value=round(statistics.median(cost), 4),
                unit="ms/op",
                reference=f"at {options.orders:,} orders",
                reference_value=round(beside, 4),
                ratio=round(statistics.median(cost) / beside, 3),
                runs=[round(one, 4) for one in cost],
                most=MOST,
            )
        )
        figures.append(_cpu(name, options.orders, small, large))
    return figures


def _rounds(house: House, options: argparse.Namespace) -> dict[str, list[Run]]:
    token = house.sign_in(AGENT)
    work: dict[str, list[list[Request]]] = {
        "register": requests.registrations(),
        "read": requests.readings(requests.newest(house)),
        "list": [[Request("GET", requests.LIST, 200)]],
    }
    found: dict[str, list[Run]] = defaultdict(list)
    for _ in range(options.rounds):
        for name, operations in work.items():
            run = measure(house, token, operations, clients=options.clients, seconds=options.seconds)
            found[name].append(run)
        print("  ".join(f"{name} {found[name][-1].rate:.0f}/s" for name in work), flush=True)
    return found


def _cpu(name: str, orders: int, small: list[Run], large: list[Run]) -> Figure:
    def spent(runs: list[Run]) -> float:
        return statistics.median(run.server_cpu + run.product_cpu for run in runs)

    return Figure(
        name=f"scale.{name}.cpu",
        value=round(spent(large), 4),
        unit="ms/op",
        reference=f"at {orders:,} orders",
        reference_value=round(spent(small), 4),
        ratio=round(spent(large) / spent(small), 3),
        runs=[round(run.server_cpu + run.product_cpu, 4) for run in large],
    )
