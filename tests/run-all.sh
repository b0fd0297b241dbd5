#!/bin/sh
# The whole suite: the integration tests run on an external PostgreSQL 15 as well as on the wheel's server.
set -eu
cd "$(dirname "$0")/.."
pytest=.venv/bin/pytest

echo "== units and architecture"
$pytest tests/unit tests/architecture

echo "== integration on an external PostgreSQL 15"
status=0
# Not here: the embedded server's own tests, and the fuzzing of the doors, which knows no database.
.venv/bin/python tests/with_external_postgresql.py $pytest tests/integration \
    --ignore tests/integration/test_server.py --ignore tests/integration/test_http_fuzz.py || status=$?
if [ $status = 69 ] && [ "${CI:-}" != true ]; then
    echo "SKIPPED: the integration tests on an external PostgreSQL 15 (see above)"
elif [ $status != 0 ]; then
    exit $status
fi

echo "== integration on the embedded PostgreSQL, and acceptance"
$pytest tests/integration tests/acceptance

echo "== browser"
$pytest tests/browser
