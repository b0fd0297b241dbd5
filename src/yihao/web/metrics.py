"""Figures for Prometheus.

With ``PROMETHEUS_MULTIPROC_DIR`` set (``yihao up`` sets it for its workers) every worker writes to files of that folder
and any of them answers for all; without it a process answers for itself alone.
"""

from __future__ import annotations

import os
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Meters:
    """The meters of one application. Labels never hold a number, a name or an address."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.requests = Counter(
            "yihao_requests", "Requests answered.", ("method", "route", "status"), registry=self._registry
        )
        self.seconds = Histogram(
            "yihao_request_seconds", "Time to answer.", ("route",), buckets=_SECONDS, registry=self._registry
        )
        self.lag = Gauge(
            "yihao_lag_seconds",
            "How far behind a part is, as last asked by /readyz.",
            ("part",),
            registry=self._registry,
            multiprocess_mode="mostrecent",
        )
        self.outbox = Gauge(
            "yihao_outbox_messages",
            "Messages by status, as last asked by /readyz.",
            ("status",),
            registry=self._registry,
            multiprocess_mode="mostrecent",
        )

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """One request."""
        self.requests.labels(method if method in _METHODS else "other", route, str(status)).inc()
        self.seconds.labels(route).observe(seconds)

    def text(self) -> bytes:
        """All figures in Prometheus' text form."""
        if FOLDER in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library leaves it unannotated
            return generate_latest(registry)
        return generate_latest(self._registry)


_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
