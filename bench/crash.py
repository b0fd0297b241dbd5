"""The database killed at random moments under load: the driver is the tests' own, with more rounds."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from bench.figures import Figure
from bench.house import ROOT


def crash(rounds: int) -> list[Figure]:
    """Kill and recover so often; what was acknowledged must be there, once, and verify must pass."""
    sys.path.insert(0, str(ROOT / "tests"))
    from crashes import crash as driver  # the tests are no package: they are found by their folder

    with tempfile.TemporaryDirectory(prefix="yihao-bench-crash-") as folder:
        Path(folder).chmod(0o755)  # as root the server runs under an account of its own, which must pass through
        found = driver(Path(folder), rounds=rounds)
    if found.unverified:
        print(found.unverified)
    down = sorted(found.seconds_down)
    return [
        Figure.single("crash.rounds", found.rounds, "kills"),
        Figure.single("crash.acknowledged", found.acknowledged, "orders"),
        Figure.single("crash.lost", len(found.lost), "orders", most=0),
        Figure.single("crash.doubled", len(found.doubled), "orders", most=0),
        Figure.single("crash.verify_failed", float(bool(found.unverified)), "times", most=0),
        Figure.single("crash.seconds_down", down[len(down) // 2] if down else 0.0, "s"),
    ]
