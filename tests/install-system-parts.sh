#!/bin/sh
# What the tests need beside Python packages: a browser (Debian's chromium) and the programs of PostgreSQL 15, the
# oldest external server Yihao supports. Installs what is missing when run as root where apt-get is; otherwise says so
# and the tests in question are skipped with the reason. With CI=true nothing may be skipped: not to be had is an error.
set -eu

missing=
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
[ -x /usr/lib/postgresql/15/bin/postgres ] || missing="$missing postgresql-15"
[ -n "$missing" ] || exit 0

give_up() {
    echo "Tests that need them will be skipped:$missing ($1)" >&2
    if [ "${CI:-}" = true ]; then exit 1; else exit 0; fi
}

[ "$(id -u)" = 0 ] || give_up "only root can install them"
command -v apt-get >/dev/null 2>&1 || give_up "no apt-get here"

log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
apt_get() {
    apt-get -qq -o Dpkg::Use-Pty=0 "$@" >"$log" 2>&1 || { tail -n 20 "$log" >&2; return 1; }
}

echo "Installing for the tests:$missing"
apt_get update || give_up "apt-get update failed"
for package in $missing; do
    # Only the programs are wanted: a cluster that Debian makes and starts by itself would be in the way.
    if [ "$package" = postgresql-15 ] && [ ! -e /etc/postgresql-common/createcluster.conf ]; then
        apt_get install --yes --no-install-recommends postgresql-common || give_up "postgresql-common did not install"
        sed -i 's/^#*create_main_cluster.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf
    fi
    apt_get install --yes --no-install-recommends "$package" || give_up "$package did not install"
done
