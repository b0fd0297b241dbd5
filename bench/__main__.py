"""``python -m bench``: everything that is measured, in interleaved rounds, beside its limits.

Rounds alternate between the product and its limits, with the same number of clients, and the median over the rounds
counts, so that a busy moment of the machine falls on all alike. Read the ratios.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from bench.crash import crash
from bench.dial import decide
from bench.figures import Figure, table, write
from bench.house import machine, running, seeded
from bench.rounds import Bench, prepare_limits
from bench.scale import scale
from yihao.store.server import Server


def main() -> int:
    """Measure what was asked for; answers 1 when a bound was missed."""
    options = _options()
    figures: list[Figure] = []
    print(", ".join(f"{name} {value}" for name, value in machine().items()), flush=True)
    if "main" in options.parts:
        data = seeded(options.orders)
        with running(data) as first:
            figures.append(Figure.single("start.first", first.ready, "s"))
        with Server.open(data, env={}) as server:
            prepare_limits(server.dsn)
        with running(data) as house:
            figures.append(Figure.single("start.second", house.ready, "s", most=5.0))
            bench = Bench(house, clients=options.clients, seconds=options.seconds, rounds=options.rounds)
            figures += asyncio.run(bench.run())
    if "dial" in options.parts:
        figures.append(decide())
    if "crash" in options.parts:
        figures += crash(options.crashes)
    if "scale" in options.parts:
        figures += scale(options)
    if "screens" in options.parts:
        from bench.screens import screens  # needs a browser, which the other parts do not

        figures += screens(options)
    print(table(figures))
    write(figures, Path(__file__).parent / "results.json")
    return 1 if any(figure.missed for figure in figures) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "parts",
        nargs="*",
        default=["main", "dial", "crash"],
        help="main, dial, crash, scale, screens (default: main dial crash)",
    )
    parser.add_argument("--orders", type=int, default=50_000, help="orders in the small installation")
    parser.add_argument("--many", type=int, default=5_000_000, help="orders in the large one (scale, screens)")
    parser.add_argument("--clients", type=int, default=32, help="connections that send at once, everywhere the same")
    parser.add_argument("--seconds", type=float, default=10.0, help="length of a round")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of everything")
    parser.add_argument("--crashes", type=int, default=20, help="times everything is killed")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
