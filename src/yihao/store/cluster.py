"""The cluster on disk: where it lies, how it is made, and which processes are running on it.

``<data>/postgres/`` holds ``cluster/``, ``socket/``, ``server.log``, ``server.json`` and the locks. When root starts
the server and a folder above ``<data>`` is closed to the account, that home is ``/var/lib/yihao/<digest of path>``
instead and ``<data>/postgres.location`` names it: opening somebody's folder to all would not be ours to do.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec

from yihao.store import account as accounts
from yihao.store.account import Account
from yihao.store.binaries import Binaries
from yihao.store.faults import ClusterBroken, NoRoom, OtherVersion, PasswordMissing, StartFailed

SUPERUSER = "yihao"
DATABASE = "yihao"
ENVIRONMENT = {"LC_ALL": "C", "PATH": os.defpath, "TZ": "UTC"}
"""What the server sees of the environment: nothing of ours, and messages in English whatever the locale."""

NEW_CLUSTER = {
    "shared_buffers": "256MB",
    "max_connections": "100",
    "max_wal_size": "2GB",  # a burst of registrations must not force a checkpoint every few seconds
    "min_wal_size": "256MB",
    "jit": "off",  # short statements; compiling them costs more than running them
    "random_page_cost": "1.1",
}
"""Written into ``postgresql.conf`` when the cluster is made; the administrator may change them there."""

SOCKET_LIMIT = 103
"""Bytes in a unix socket's path: 108 on Linux and 104 on macOS, with the closing zero."""
SOCKET_NAME = ".s.PGSQL.5432"
LAST_WORDS = ("PANIC", "FATAL", "error:", "could not")
DAMAGE = ("PANIC", "pg_control", "database files are incompatible", "checkpoint record")
"""What PostgreSQL says of a damaged cluster (its version fits: "incompatible" is a senseless control file)."""
ROOM = 300 * 2**20
"""Bytes a new cluster needs to be made and started, WAL included."""


class PidFile(msgspec.Struct, frozen=True):
    """What ``postmaster.pid`` says: the server's process and how far it has come (starting, ready, stopping)."""

    pid: int
    status: str

    @classmethod
    def parse(cls, text: str) -> PidFile | None:
        """``None`` while the file is still being written."""
        lines = text.splitlines()
        if not lines or not lines[0].strip().isdigit():
            return None
        return cls(pid=int(lines[0]), status=lines[7].strip() if len(lines) > 7 else "starting")


class Home(msgspec.Struct, frozen=True):
    """The folder of one cluster. ``name`` marks its processes."""

    path: Path

    @property
    def cluster(self) -> Path:
        """PostgreSQL's data directory."""
        return self.path / "cluster"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.path / "server.log"

    @property
    def name(self) -> str:
        """``cluster_name``: stands in the title of each of the server's processes."""
        return f"yihao-{digest(self.cluster)}"

    def pidfile(self) -> PidFile | None:
        """``None`` when no server runs, or none has come so far."""
        try:
            return PidFile.parse((self.cluster / "postmaster.pid").read_text())
        except (FileNotFoundError, NotADirectoryError):
            return None

    def processes(self) -> set[int]:
        """The server's processes, those left behind by a killed parent among them."""
        return {pid for pid, command in _commands() if belongs(command, self.cluster, self.name)}


def digest(path: Path) -> str:
    """Twelve hex digits that stand for a path."""
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def holds_socket(folder: Path) -> bool:
    """Whether a socket in ``folder`` can be connected to: its path is short, and libpq reads no comma as a list."""
    return len(os.fsencode(folder / SOCKET_NAME)) <= SOCKET_LIMIT and "," not in str(folder)


def belongs(command: bytes, cluster: Path, name: str) -> bool:
    """Whether a command line (arguments ended by NUL, as the kernel shows it) is a server's process on ``cluster``.

    The postmaster shows its arguments; its children show a title that begins with the cluster's name.
    """
    arguments = command.split(b"\0")
    if (b"-D", os.fsencode(cluster)) in itertools.pairwise(arguments):
        return Path(os.fsdecode(arguments[0])).name == "postgres"
    return command.startswith(f"postgres: {name}: ".encode())


def _commands() -> list[tuple[int, bytes]]:
    """Every process and its command line. It is readable across accounts, unlike a process's folder."""
    if sys.platform != "linux":
        listed = subprocess.run(["/bin/ps", "-axww", "-o", "pid=,command="], capture_output=True, check=False).stdout
        rows = (line.strip().partition(b" ") for line in listed.splitlines())
        return [(int(pid), command.replace(b" ", b"\0") if b" -D " in command else command) for pid, _, command in rows]
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            found.append((int(folder.name), (folder / "cmdline").read_bytes()))
        except OSError:
            continue  # it ended meanwhile
    return found


def make_folder(path: Path, mode: int) -> None:
    """Make a folder with that mode whatever the umask; leave one that exists as it is."""
    try:
        path.mkdir(parents=True)
    except FileExistsError:
        return
    path.chmod(mode)


def home_of(data: Path, account: Account | None) -> Home:
    """Where the cluster of ``data`` lies, decided once and written down.

    Args:
        data: absolute path of the installation's folder, which exists.
        account: who runs the server when root starts it.
    """
    pointer = data / "postgres.location"
    if pointer.exists():
        home = Path(pointer.read_text(encoding="utf-8").strip())
        make_folder(home, 0o711)
        return Home(home)
    if account is None or account.passes(data):
        make_folder(data / "postgres", 0o711 if account else 0o700)
        return Home(data / "postgres")
    make_folder(accounts.HOME, 0o755)
    # A folder of that name without a pointer belonged to a data folder since deleted: it is left untouched.
    taken = (accounts.HOME / f"{digest(data)}{suffix}" for suffix in ["", *(f"-{n}" for n in range(2, 1000))])
    home = next(path for path in taken if not path.exists())
    part = pointer.with_suffix(".part")
    part.write_text(f"{home}\n", encoding="utf-8")
    part.rename(pointer)
    make_folder(home, 0o711)
    return Home(home)


def owner_of(data: Path) -> int | None:
    """The uid that owns the cluster of ``data``, or ``None`` when there is none yet."""
    pointer = data / "postgres.location"
    home = Path(pointer.read_text(encoding="utf-8").strip()) if pointer.exists() else data / "postgres"
    try:
        return (home / "cluster").stat().st_uid
    except (FileNotFoundError, NotADirectoryError):
        return None


def password(data: Path, cluster: Path) -> str:
    """The superuser's password, made with the cluster and kept outside it."""
    file = data / "keys" / "pg_password"
    if file.exists():
        return file.read_text(encoding="ascii").strip()
    if cluster.exists():
        raise PasswordMissing(cluster=cluster, file=file)
    make_folder(file.parent, 0o700)
    made = secrets.token_urlsafe(24)
    part = file.with_name("pg_password.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as out:
        out.write(made + "\n")
        out.flush()
        os.fsync(out.fileno())
    part.rename(file)
    return made


def check(home: Home, binaries: Binaries) -> None:
    """Refuse a folder that is no cluster, and one made by another major version."""
    try:
        made_by = (home.cluster / "PG_VERSION").read_text(encoding="ascii").strip()
    except FileNotFoundError as error:
        raise ClusterBroken(cluster=home.cluster, why="PG_VERSION?") from error
    if made_by != str(binaries.major):
        raise OtherVersion(cluster=home.cluster, found=made_by, needed=binaries.version)


def make(home: Home, binaries: Binaries, account: Account | None, secret: str) -> None:
    """initdb, beside the cluster's place and moved there when whole: a kill in the middle leaves nothing half-made."""
    if shutil.disk_usage(home.path).free < ROOM:
        raise NoRoom(folder=home.path)
    part = home.path / "cluster.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(mode=0o700)
    file = home.path / "cluster.password"
    file.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as out:
            out.write(secret + "\n")
        if account:
            os.chown(part, account.uid, account.gid)
            os.chown(file, account.uid, account.gid)
        _initdb(home, binaries, account, part, file)
    finally:
        file.unlink(missing_ok=True)
    part.rename(home.cluster)
    folder = os.open(home.path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _initdb(home: Home, binaries: Binaries, account: Account | None, part: Path, file: Path) -> None:
    command = [
        str(binaries.bin / "initdb"),
        f"--pgdata={part}",
        f"--username={SUPERUSER}",
        f"--pwfile={file}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C",
        # Order and case by Unicode code point, compiled in: an upgrade of the system's libc cannot upset an index.
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--data-checksums",
        *(f"--set={name}={value}" for name, value in NEW_CLUSTER.items()),
    ]
    done = subprocess.run(  # noqa: S603 - the installation's own program
        command,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        cwd="/",
        env=ENVIRONMENT,
        **(account.become() if account else {}),
    )
    if done.returncode:
        said = done.stderr.strip() or done.stdout.strip()
        home.log.write_text(said + "\n", encoding="utf-8")
        raise failure(home, said)


def failure(home: Home, said: str) -> NoRoom | ClusterBroken | StartFailed:
    """What to tell a person, from what the server or initdb said last."""
    if "No space left on device" in said or "Disk quota exceeded" in said:
        return NoRoom(folder=home.path)
    last = [line for line in said.splitlines() if any(mark in line for mark in LAST_WORDS)]
    why = (last or said.splitlines() or ["?"])[-1].strip()[-300:]
    if any(mark in said for mark in DAMAGE):
        return ClusterBroken(cluster=home.cluster, why=why)
    return StartFailed(why=why, log=home.log)
