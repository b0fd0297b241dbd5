"""One process's use of the embedded PostgreSQL: start it, adopt it, stop it.

The server is a child in a process session of its own, so that Ctrl-C, which signals the whole group, does not reach it
before the application has finished. It listens on a unix socket alone: no port to be taken, nothing on the network.
Every process that uses it holds a shared lock; the last one out stops it. A server left behind by a killed parent is
adopted by the next start, or stopped when it does not answer.
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import msgspec
import psycopg
from psycopg import sql

from yihao.store import binaries, cluster
from yihao.store.account import Account, server_account
from yihao.store.binaries import Binaries
from yihao.store.cluster import DATABASE, SUPERUSER, Home
from yihao.store.dsn import socket_dsn, with_database
from yihao.store.faults import DataInUse, PasswordMissing, StartFailed
from yihao.store.locks import FileLock

PATIENCE = 600.0
"""Seconds a server may take to recover after a crash before we give up on it: a full WAL takes a minute or two."""
ANSWER = 10
"""Seconds for a server that says it is ready to answer."""
STOPPING = ((signal.SIGINT, 60.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 10.0))
"""Fast shutdown, immediate shutdown, the end; each with the seconds it is given."""
LOG_LIMIT = 8 * 2**20

log = logging.getLogger(__name__)

_left_running: list[subprocess.Popen[bytes]] = []
"""Servers we started and others still use: forgetting a child that runs would be reported as a leak."""


class Record(msgspec.Struct, frozen=True):
    """``server.json``: what the running server was started with."""

    socket: str
    settings: str


def settings(socket: Path, name: str) -> dict[str, str]:
    """What holds whatever ``postgresql.conf`` says: durability, reach, and no personal data in the log."""
    return {
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
        "listen_addresses": "",
        "port": "5432",  # only the name of the socket
        "unix_socket_directories": '"' + str(socket).replace('"', '""') + '"',
        "unix_socket_permissions": "0700",
        "cluster_name": name,
        "TimeZone": "UTC",
        "log_timezone": "UTC",
        "log_destination": "stderr",
        "logging_collector": "off",
        "log_statement": "none",
        "log_checkpoints": "off",
        # A statement's values and the DETAIL of a violated constraint hold callers' phones.
        "log_error_verbosity": "terse",
        "log_min_error_statement": "panic",
        "log_min_duration_statement": "-1",
    }


class Embedded:
    """One process's use of the embedded server."""

    def __init__(self, home: Home, programs: Binaries, account: Account | None, secret: str, key_file: Path) -> None:
        self.home = home
        self.binaries = programs
        self.account = account
        self.key_file = key_file
        self._secret = secret
        self._socket = home.path
        self._process: subprocess.Popen[bytes] | None = None
        self._entered = False
        self._gate = FileLock(home.path / "gate.lock")  # held while starting, adopting or stopping
        self._use = FileLock(home.path / "use.lock")  # shared by all who use the server
        self._up = FileLock(home.path / "up.lock")  # the one `yihao up`

    @classmethod
    def prepare(cls, data: Path, env: Mapping[str, str]) -> Self:
        """Settle folders, account, programs and password; two first starts at once take turns."""
        cluster.make_folder(data, 0o711 if os.geteuid() == 0 else 0o700)
        with FileLock(data, folder=True) as turn:
            if not turn.alone(wait=60):
                raise DataInUse(data=data, holder="?")
            account = server_account(cluster.owner_of(data))
            home = cluster.home_of(data, account)
            programs = binaries.find(env, account, home.path)
            secret = cluster.password(data, home.cluster)
            return cls(home, programs, account, secret, data / "keys" / "pg_password")

    @property
    def dsn(self) -> str:
        """URL of the application's database."""
        return socket_dsn(self._socket, user=SUPERUSER, password=self._secret, database=DATABASE)

    def open(self, serving: bool) -> None:
        """Use the running server, or start one."""
        if serving and not self._up.alone():
            raise DataInUse(data=self.home.path, holder=self._up.read() or "?")
        if serving:
            self._up.write(f"pid {os.getpid()}")
        with self._turn():
            self._entered = True
            alone = self._use.alone()
            if not self._adopt(may_stop=alone):
                self._start()
            self._use.share()

    def ensure(self) -> bool:
        """Start again if no server answers."""
        if self._alive():
            return False
        with self._turn():
            if not self._adopt(may_stop=True):
                self._start()
        return True

    def close(self) -> None:
        """Stop the server if nobody else uses it."""
        try:
            if self._entered:
                with self._turn():
                    if self._use.alone():
                        self._stop()
                        self._clear_socket()
                    elif self._process:
                        _left_running.append(self._process)
        finally:
            for lock in (self._use, self._gate, self._up):
                lock.close()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._gate.alone(wait=PATIENCE):
            raise DataInUse(data=self.home.path, holder="?")
        self._gate.write(f"pid {os.getpid()}")
        try:
            yield
        finally:
            self._gate.free()

    def _alive(self) -> bool:
        if self._process is not None:
            return self._process.poll() is None
        found = self.home.pidfile()
        return found is not None and found.pid in self.home.processes()

    # -- adopt -------------------------------------------------------------------------------------------------------

    def _adopt(self, *, may_stop: bool) -> bool:
        """Use a server that already runs on this cluster. One that does not answer is stopped, if it may be."""
        running = self.home.processes()
        found = self.home.pidfile()
        if not running:
            return False
        record = self._recorded()
        if found and found.pid in running and record:
            self._socket = Path(record.socket)
            same = record.settings == self._settings_mark() or not may_stop
            if same and self._until_ready(found.pid, patience=PATIENCE if found.status == "starting" else ANSWER):
                log.info("using the PostgreSQL that runs on %s", self.home.cluster)
                return True
        if not may_stop:
            raise StartFailed(why="the running server does not answer", log=self.home.log)
        self._stop()
        return False

    def _recorded(self) -> Record | None:
        try:
            return msgspec.json.decode((self.home.path / "server.json").read_bytes(), type=Record)
        except (FileNotFoundError, msgspec.DecodeError):
            return None

    def _settings_mark(self) -> str:
        return f"{self.binaries.version} {sorted(settings(self._socket, self.home.name).items())}"

    # -- start -------------------------------------------------------------------------------------------------------

    def _start(self) -> None:
        if not self.home.cluster.exists():
            log.info("making the database in %s", self.home.cluster)
            cluster.make(self.home, self.binaries, self.account, self._secret)
        cluster.check(self.home, self.binaries)
        for old in self.home.path.glob("binaries-*"):
            if not self.binaries.bin.is_relative_to(old):
                shutil.rmtree(old, ignore_errors=True)
        self._socket = self._socket_folder()
        # Nothing runs, yet what a killed server left names a pid that may be a stranger's by now, or a zombie's:
        # at the sight of either PostgreSQL would not start.
        (self.home.cluster / "postmaster.pid").unlink(missing_ok=True)
        for name in (cluster.SOCKET_NAME, f"{cluster.SOCKET_NAME}.lock"):
            (self._socket / name).unlink(missing_ok=True)
        mark = msgspec.json.encode(Record(socket=str(self._socket), settings=self._settings_mark()))
        (self.home.path / "server.json").write_bytes(mark)
        for attempt in range(20):
            said = self._launch()
            if said is None:
                return
            # The last children of a killed postmaster still hold its shared memory.
            if "pre-existing shared memory" not in said or attempt == 19:
                raise cluster.failure(self.home, said)
            time.sleep(0.5)

    def _launch(self) -> str | None:
        """Start the server and wait until it answers; its last words when it ends instead."""
        if self.home.log.exists() and self.home.log.stat().st_size > LOG_LIMIT:
            self.home.log.replace(self.home.log.with_suffix(".log.1"))
        with self.home.log.open("ab") as out:
            begin = out.tell()
            options = settings(self._socket, self.home.name)
            self._process = subprocess.Popen(  # noqa: S603 - the installation's own program
                [
                    str(self.binaries.bin / "postgres"),
                    "-D",
                    str(self.home.cluster),
                    *(part for name, value in options.items() for part in ("-c", f"{name}={value}")),
                ],
                cwd="/",
                env=cluster.ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                umask=0o077,
                **(self.account.become() if self.account else {}),
            )
        if self._until_ready(self._process.pid, patience=PATIENCE):
            return None
        if self._process.poll() is None:
            self._stop()
        self._process = None
        with self.home.log.open("rb") as file:
            file.seek(begin)
            return file.read().decode(errors="replace")

    def _socket_folder(self) -> Path:
        """Where the socket goes: beside the cluster, or in a short place when its path would be too long."""
        folder = self.home.path / "socket"
        if cluster.holds_socket(folder):
            cluster.make_folder(folder, 0o700)
        else:
            record = self._recorded()
            folder = Path(record.socket) if record else Path()
            if not (record and self._is_ours(folder)):
                folder = Path(tempfile.mkdtemp(prefix="yihao-", dir="/tmp"))  # a short path; random name, 0700
        if self.account:
            os.chown(folder, self.account.uid, self.account.gid)
        return folder

    def _is_ours(self, folder: Path) -> bool:
        """A folder in a place open to all is used again only if nobody else can have made it."""
        try:
            found = folder.lstat()
        except FileNotFoundError:
            return False
        owner = self.account.uid if self.account else os.getuid()
        return stat.S_ISDIR(found.st_mode) and stat.S_IMODE(found.st_mode) == 0o700 and found.st_uid == owner

    def _until_ready(self, pid: int, *, patience: float) -> bool:
        """Wait until the server answers us; ``False`` when it ends, or does not come to it in time."""
        end = time.monotonic() + patience
        told = time.monotonic()
        while time.monotonic() < end:
            found = self.home.pidfile()
            if found and found.pid == pid and found.status == "ready":
                return self._answers()
            if not self._runs(pid):
                return False
            if time.monotonic() - told > 5:
                told = time.monotonic()
                log.info("PostgreSQL is recovering on %s", self.home.cluster)
            time.sleep(0.02)
        return False

    def _runs(self, pid: int) -> bool:
        if self._process is not None and self._process.pid == pid:
            return self._process.poll() is None
        return pid in self.home.processes()

    def _answers(self) -> bool:
        """Connect once, and make the application's database if it is not there yet."""
        try:
            with psycopg.connect(
                with_database(self.dsn, "postgres"), connect_timeout=ANSWER, autocommit=True
            ) as connection:
                if not connection.execute("SELECT FROM pg_database WHERE datname = %s", (DATABASE,)).fetchall():
                    connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise PasswordMissing(cluster=self.home.cluster, file=self.key_file) from error
            log.warning("PostgreSQL does not answer: %s", str(error).strip())
            return False
        return True

    # -- stop --------------------------------------------------------------------------------------------------------

    def _stop(self) -> None:
        """Fast shutdown; harder when it does not come to an end. Also clears what a killed postmaster left behind."""
        found = self.home.pidfile()
        for number, wait in STOPPING:
            running = self.home.processes()
            main = found.pid if found and found.pid in running else None
            if main is None and self._process and self._process.poll() is None:
                main = self._process.pid
            # Children of a dead postmaster end by themselves soon; a fast shutdown is not theirs to do.
            targets = {main} if main else (running if number != signal.SIGINT else set())
            for pid in targets:
                _signal(pid, number)
            if self._gone(wait if main or number != signal.SIGINT else 5):
                break
        if self._process is not None:
            self._process.wait()
            self._process = None

    def _gone(self, wait: float) -> bool:
        end = time.monotonic() + wait
        while time.monotonic() < end:
            if self._process is not None:
                self._process.poll()  # reaps it
            if not self.home.processes():
                return True
            time.sleep(0.03)
        return False

    def _clear_socket(self) -> None:
        """Take away the socket's folder where it is not in our home."""
        if self._socket.name.startswith("yihao-") and self._is_ours(self._socket):
            for entry in self._socket.iterdir():
                entry.unlink()
            self._socket.rmdir()


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
