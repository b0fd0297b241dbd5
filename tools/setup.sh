#!/bin/sh
# Makes .venv with everything the lock files pin, and installs this checkout into it.
#   tools/setup.sh        what running needs
#   tools/setup.sh dev    what testing needs as well
# A mark in .venv says for which lock files and which folder it was made: when it fits, nothing is done.
set -eu
cd "$(dirname "$0")/.."
want=${1:-run}
digest=$(cat pyproject.toml requirements*.lock tools/setup.sh | cksum | tr ' ' -)
mark=.venv/.ready
python=.venv/bin/python

have=$(cat $mark 2>/dev/null || true)
if [ -x $python ] && [ -x .venv/bin/yihao ]; then
    case "$have" in
        "dev $digest $PWD" | "$want $digest $PWD") exit 0 ;;
    esac
fi

# Looks for a Python that can make a virtual environment; says what is missing when there is none.
find_python() {
    without=
    for name in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
        "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || continue
        if "$name" -c 'import ensurepip, venv' >/dev/null 2>&1; then
            echo "$name"
            return
        fi
        without=$name
    done
    if [ -n "$without" ]; then
        echo "$without lacks venv or ensurepip / 缺少 venv 或 ensurepip 模块。" >&2
        echo "On Debian and Ubuntu: apt-get install python3-venv (or python3.11-venv)." >&2
    else
        echo "Yihao needs Python 3.11 or newer, and found none / 需要 Python 3.11 或更高版本。" >&2
        echo "Install one, or name it: make setup PYTHON=/path/to/python3.11" >&2
    fi
    exit 1
}

# The value pip's own configuration gives to an option, so that a mirror set for pip holds for uv too.
pip_setting() {
    $python -m pip config list 2>/dev/null | sed -nE "s/^(global|install|:env:)\.$1='(.*)'\$/\2/p" | head -n 1
}

case "$have" in
    *" $PWD" | '') fits=yes ;;
    *) fits=no ;; # made elsewhere and moved: its scripts name the old folder
esac
if [ $fits = no ] || ! $python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
    found=$(find_python)
    echo "Making .venv with $("$found" --version) / 创建运行环境"
    "$found" -m venv --clear .venv
fi
rm -f $mark

echo "Installing the packages that the lock files pin / 安装依赖"
PIP_USER=0 $python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-setup.lock

if [ -z "${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-}${UV_INDEX:-}" ]; then
    index=$(pip_setting index-url)
    if [ -n "$index" ]; then export UV_DEFAULT_INDEX="$index"; fi
fi
if [ -z "${SSL_CERT_FILE:-}" ]; then
    certificates=$(pip_setting cert)
    if [ -n "$certificates" ]; then export SSL_CERT_FILE="$certificates"; fi
fi
lock=requirements.lock
if [ "$want" = dev ]; then lock=requirements-dev.lock; fi
uv="$python -m uv pip"
$uv sync --quiet --python $python --require-hashes $lock
# The build backend is pinned too: uv builds in an environment of its own, held to the build lock and its hashes.
$uv install --quiet --python $python --no-deps --build-constraints requirements-build.lock --editable .
echo "$want $digest $PWD" >$mark
echo "Ready / 就绪：.venv/bin/yihao"
