"""The address to listen on, looked at before anything is started."""

from __future__ import annotations

import errno
import socket
import time

from yihao.errors import Misconfigured

PATIENCE = 3.0
"""Seconds for workers whose parent was killed a moment ago to leave the port."""


class PortTaken(Misconfigured):
    """Another program listens there."""

    code = "port_taken"
    zh = "端口 {port}（{host}）已被其他程序占用，未启动任何服务。请停止该程序，或换一个端口，例如 --port {other}。"
    en = "Port {port} on {host} is taken; nothing was started. Stop what listens there, or say --port {other}."


class PortForbidden(Misconfigured):
    """The system keeps the port for others (below 1024 for root)."""

    code = "port_forbidden"
    zh = "当前用户无权监听端口 {port}（{why}），未启动任何服务。请用 --port 选择 1024 以上的端口，例如 --port {other}。"
    en = "This user may not listen on port {port} ({why}); nothing was started. Choose one above 1024: --port {other}."


class HostUnknown(Misconfigured):
    """The address is not one of this machine's."""

    code = "host_unknown"
    zh = "地址 {host} 不是本机地址（{why}），未启动任何服务。请用 --host 指定本机地址，例如 127.0.0.1。"
    en = "{host} is not an address of this machine ({why}); nothing was started. Name one by --host, say 127.0.0.1."


def listenable(host: str, port: int, *, patience: float = PATIENCE) -> str:
    """The numeric address for ``host``, after making sure that ``port`` is free there.

    Raises:
        PortTaken, PortForbidden, HostUnknown
    """
    other = port + 1 if 1024 <= port < 65535 else 12346
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise HostUnknown(host=host, why=error.strerror) from error
    end = time.monotonic() + patience
    while True:
        with socket.socket(family, kind) as trial:
            # Without SO_REUSEPORT, which the workers use: with it, two servers would share the port unnoticed.
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind(address)
                return str(address[0])
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    if time.monotonic() >= end:
                        raise PortTaken(host=host, port=port, other=other) from error
                elif error.errno in (errno.EACCES, errno.EPERM):
                    raise PortForbidden(port=port, why=error.strerror, other=other) from error
                else:
                    raise HostUnknown(host=host, why=error.strerror) from error
        time.sleep(0.1)
