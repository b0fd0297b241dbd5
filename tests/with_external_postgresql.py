"""Run a command beside an external PostgreSQL 15, as an installation with a server of its own would have one.

    python tests/with_external_postgresql.py COMMAND ...

The server is made in a temporary folder, listens on a free port of 127.0.0.1 and is gone afterwards; its URL is in the
command's YIHAO_TEST_DATABASE_URL. Its programs: YIHAO_TEST_PG_BIN, else Debian's. Without them the command is skipped,
which with CI=true is exit 69 (unavailable).
"""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg

from folders import server_folder
from yihao.store.account import server_account

UNAVAILABLE = 69


def main(command: list[str]) -> int:
    programs = Path(os.environ.get("YIHAO_TEST_PG_BIN", "/usr/lib/postgresql/15/bin"))
    if not (programs / "postgres").exists():
        print(f"SKIPPED: no PostgreSQL 15 in {programs}: tests/install-system-parts.sh as root installs Debian's")
        return UNAVAILABLE if os.environ.get("CI") == "true" else 0
    account = server_account(None)
    become = account.become() if account else {}
    password = secrets.token_urlsafe(16)
    with server_folder("yihao-pg-") as folder:
        (folder / "password").write_text(password, encoding="ascii")
        if account:
            os.chown(folder, account.uid, account.gid)
            os.chown(folder / "password", account.uid, account.gid)
        return serve(programs, folder, password, become, command)


def serve(programs: Path, folder: Path, password: str, become: dict[str, Any], command: list[str]) -> int:
    run: dict[str, Any] = {"cwd": "/", "env": {"LC_ALL": "C.UTF-8", "PATH": os.defpath}, **become}
    subprocess.run(
        [programs / "initdb", "-D", folder / "data", "-U", "tester", "-E", "UTF8", "-A", "scram-sha-256",
         f"--pwfile={folder / 'password'}"],
        check=True, stdout=subprocess.DEVNULL, **run,
    )  # fmt: skip
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"postgresql://tester:{password}@127.0.0.1:{port}/postgres"
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [programs / "postgres", "-D", folder / "data", "-p", str(port), "-h", "127.0.0.1", "-k", folder],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, **run,
        )  # fmt: skip
    try:
        wait(server, url, folder / "log")
        return subprocess.run(command, env={**os.environ, "YIHAO_TEST_DATABASE_URL": url}, check=False).returncode
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(60)


def wait(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    for _ in range(300):
        if server.poll() is not None:
            break
        try:
            psycopg.connect(url, connect_timeout=5).close()
            return
        except psycopg.OperationalError:
            time.sleep(0.1)
    raise SystemExit(f"the external server did not start:\n{log.read_text(errors='replace')}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
