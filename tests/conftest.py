"""What every test may ask for: a real PostgreSQL, databases of its own in it, the shared material."""

import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from databases import database
from folders import server_folder
from no_skips import pytest_make_collect_report, pytest_runtest_makereport
from yihao.store.migrate import migrate
from yihao.store.server import Server

__all__ = ["pytest_make_collect_report", "pytest_runtest_makereport"]

ROOT = Path(__file__).resolve().parent.parent


def pytest_collection_finish() -> None:
    """What is loaded by now stays: looking through it for garbage again and again was a tenth of the suite's time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def open_folder() -> Iterator[Path]:
    """A temporary folder that other accounts may pass through: as root the server runs under one of its own."""
    folder = Path(tempfile.mkdtemp(prefix="yihao-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def server_dsn() -> Iterator[str]:
    """A superuser's URL to a real server: the external one of YIHAO_TEST_DATABASE_URL, else the embedded one."""
    if url := os.environ.get("YIHAO_TEST_DATABASE_URL"):
        yield url
        return
    env = {key: value for key, value in os.environ.items() if key != "YIHAO_DATABASE_URL"}
    with server_folder("yihao-test-") as folder, Server.open(folder / "session", env=env) as server:
        yield server.dsn


@pytest.fixture
def fresh_database(server_dsn: str) -> Iterator[Callable[..., str]]:
    """``fresh_database(name="scratch", template="template0")`` makes a database and returns its URL."""
    with ExitStack() as stack:
        yield lambda name="scratch", template="template0": stack.enter_context(database(server_dsn, name, template))


@pytest.fixture(scope="session")
def migrated_template(server_dsn: str) -> Iterator[str]:
    """The name of a database with the product's schema, to be copied with ``fresh_database(template=...)``."""
    with database(server_dsn, "template") as dsn:
        migrate(dsn)
        yield dsn.rpartition("@")[2].partition("/")[2].partition("?")[0]


@pytest.fixture
def migrated_database(fresh_database: Callable[..., str], migrated_template: str) -> str:
    """The URL of a new database with the product's schema and no rows."""
    return fresh_database(template=migrated_template)


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """Policy documents and data the tests read but the product never does."""
    folder = Path(os.environ.get("YIHAO_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"no shared material at {folder}: set YIHAO_SHARED")
    return folder
