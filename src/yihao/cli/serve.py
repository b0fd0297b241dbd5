"""The running server: workers that answer requests, one background process, and the thread that keeps them alive."""

from __future__ import annotations

import gc
import http.client
import logging
import multiprocessing
import os
import shutil
import signal
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from granian.constants import Interfaces, Loops
from granian.log import LogLevels
from granian.server.mp import MPServer

from yihao.cli import family
from yihao.cli.background import work
from yihao.cli.house import House
from yihao.errors import YihaoError
from yihao.settings import Settings

STOP_WITHIN = 5
"""Seconds the children have to finish what is under way; then they are killed."""
BACKLOG = 2048
"""Connections the kernel holds while the workers are busy, over all of them."""
LOOK_EVERY = 1.0
COLLECT_AFTER = 20_000
"""New objects after which a worker looks for cycles; nearly everything goes by counting references."""
RESTART_AFTER = 2.0

log = logging.getLogger("yihao.up")


def serve(house: House, address: str, on_ready: Callable[[], None]) -> None:
    """Answer requests until the process is told to stop (SIGINT, SIGTERM, SIGHUP).

    Args:
        house: the open installation; the caller closes it.
        address: numeric address to listen on.
        on_ready: called once, when the first worker answers.
    """
    # A forked worker would hold the locks of the data folder after the parent is killed; a spawned one does not.
    multiprocessing.set_start_method("spawn", force=True)
    # The children reach the embedded server by its URL, handed over in memory.
    settings = msgspec.structs.replace(house.settings, database_url=house.dsn)
    figures = settings.data / "metrics"
    shutil.rmtree(figures, ignore_errors=True)
    figures.mkdir(mode=0o700)
    over = threading.Event()
    keeper = Keeper(house, settings, over)
    server = _server(settings, address)
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup is left alone
        # granian would take a closed terminal for the wish to start its workers anew.
        server.on_startup(lambda: _on_hangup(server.signal_handler_interrupt))
    ready = threading.Thread(target=_until_ready, args=(settings, address, over, on_ready), daemon=True)
    keeper.start()
    ready.start()
    try:
        server.serve(target_loader=partial(load_app, settings, figures, os.getpid()), wrap_loader=False)
    finally:
        over.set()
        keeper.finish()


def load_app(settings: Settings, figures: Path, parent: int) -> Any:
    """The application, in a worker. ``figures``: where the workers keep their meters, so that each answers for all."""
    family.join(parent)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(figures)
    from yihao.web.app import create_app

    app = create_app(settings, serving=True)
    # Modules, routes and profiles stay for good: the collector need not walk them again and again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)
    return app


class Keeper(threading.Thread):
    """Starts the background process, starts it again when it dies, and the embedded database likewise."""

    def __init__(self, house: House, settings: Settings, over: threading.Event) -> None:
        super().__init__(name="keeper", daemon=True)
        self._house, self._settings, self._over = house, settings, over
        self._child = self._start()
        self._born = time.monotonic()

    def run(self) -> None:
        """Look after both, once a second."""
        while not self._over.wait(LOOK_EVERY):
            try:
                if self._house.server.ensure():
                    log.error("the embedded database had died and was started again")
            except YihaoError as error:
                log.error("the embedded database cannot be started: %s", error)
            if not self._child.is_alive() and time.monotonic() - self._born > RESTART_AFTER:
                log.error("the background process ended with %s; starting it again", self._child.exitcode)
                self._child = self._start()
                self._born = time.monotonic()

    def finish(self) -> None:
        """Stop the background process, giving it time for what is under way."""
        self.join()
        self._child.terminate()
        self._child.join(STOP_WITHIN)
        if self._child.is_alive():
            log.warning("the background process did not stop in %s s; killing it", STOP_WITHIN)
            self._child.kill()
            self._child.join()

    def _start(self) -> multiprocessing.Process:
        child = multiprocessing.Process(target=work, args=(self._settings, os.getpid()), name="background", daemon=True)
        child.start()
        return child


def _server(settings: Settings, address: str) -> MPServer:
    return MPServer(
        target="yihao.web.app:create_app",
        address=address,
        port=settings.port,
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        workers=settings.workers,
        websockets=False,
        backlog=BACKLOG,
        ssl_cert=settings.tls_cert,
        ssl_key=settings.tls_key,
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=STOP_WITHIN,
        log_level=LogLevels.warning,
        log_dictconfig=family.logging_config(settings.log_level),
    )


def _on_hangup(stop: Callable[..., None]) -> None:
    signal.signal(signal.SIGHUP, stop)


def _until_ready(settings: Settings, address: str, over: threading.Event, on_ready: Callable[[], None]) -> None:
    while not over.wait(0.1):
        if answers(settings, address):
            on_ready()
            return


def answers(settings: Settings, address: str) -> bool:
    """Whether the server answers on its port."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, address)  # noqa: S104 - compared, not bound
    connection: http.client.HTTPConnection
    if settings.tls:
        # Ourselves, by address: the certificate names the public host.
        unverified = ssl._create_unverified_context()  # noqa: S323
        connection = http.client.HTTPSConnection(host, settings.port, timeout=2, context=unverified)
    else:
        connection = http.client.HTTPConnection(host, settings.port, timeout=2)
    with closing(connection):
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
