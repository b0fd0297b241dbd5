#!/bin/sh
# The whole suite: the integration tests run on an external PostgreSQL 15 as well as on the wheel's server.
set -eu
cd "$(dirname "$0")/.."
python=.venv/bin/python
pytest=.venv/bin/pytest

echo "== units and architecture"
$pytest tests/unit tests/architecture

echo "== integration on the embedded PostgreSQL, and on an external PostgreSQL 15"
# Not on both: the embedded server's own tests, and the fuzzing of the doors, which knows no database.
$python tests/side_by_side.py $pytest tests/integration \
    -- $python tests/with_external_postgresql.py $pytest -p no:cacheprovider tests/integration \
    --ignore tests/integration/test_server.py --ignore tests/integration/test_http_fuzz.py

echo "== acceptance, and the journeys in a browser"
$python tests/side_by_side.py $pytest tests/acceptance -- $pytest -p no:cacheprovider tests/browser
