"""kill -9 of the database: what was acknowledged is there exactly once, and verify finds nothing."""

from pathlib import Path

from crashes import crash


def test_two_crashes_lose_and_double_nothing(open_folder: Path) -> None:
    outcome = crash(open_folder / "crash", rounds=2)
    assert outcome.ok, outcome
    assert outcome.acknowledged >= 20
