"""The same furnished place as the integration tests use."""

import importlib.util
from pathlib import Path

_file = Path(__file__).resolve().parents[1] / "integration" / "conftest.py"
_spec = importlib.util.spec_from_file_location("furnished_place", _file)
assert _spec and _spec.loader
place = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(place)
