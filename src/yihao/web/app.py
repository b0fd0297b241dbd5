"""The application: every room's routes put together over one database, one key ring and one clock.

``granian --factory yihao.web.app:create_app`` calls `create_app` in each worker; settings come from the environment.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

from litestar import Litestar, Request, Router
from litestar.datastructures import State
from litestar.di import Provide
from litestar.types import ASGIApp

from yihao.clock import Clock, system_clock
from yihao.companies.routes import CompanyController
from yihao.companies.service import in_force
from yihao.indicators.routes import CONTROLLERS as INDICATORS
from yihao.knowledge.routes import PublicKnowledge, StaffKnowledge, cite
from yihao.lines.routes import LineController
from yihao.orders.blank import FormController
from yihao.orders.callers import CallerController
from yihao.orders.citizen_files import CitizenFileController
from yihao.orders.citizen_steps import portal
from yihao.orders.citizens import CitizenController
from yihao.orders.deadlines import Deadlines
from yihao.orders.door import Visit
from yihao.orders.exports import ExportController
from yihao.orders.files import AttachmentController
from yihao.orders.live import Live
from yihao.orders.numbers import Numbers
from yihao.orders.outbox import OutboxController
from yihao.orders.places import Places
from yihao.orders.presence import PresenceController
from yihao.orders.printing import PrintController
from yihao.orders.routes import OrderController, verb_routes
from yihao.orders.service import Desk
from yihao.orders.stream import StreamController
from yihao.orders.worklist import WorkController
from yihao.partners.routes import PartnerController
from yihao.partners.service import linkage
from yihao.people import guard
from yihao.people.passwords import Passwords
from yihao.people.routes import CONTROLLERS
from yihao.people.scope import Act, Actor
from yihao.people.sessions import Sessions
from yihao.people.tasks import JobController
from yihao.seal.keys import KeyRing, new_ring, open_keys
from yihao.settings import BadSetting, Settings, read_settings
from yihao.store.audit import Audit
from yihao.store.db import Database
from yihao.web import health
from yihao.web.audited import AuditWordController
from yihao.web.console.pages import ConsolePages
from yihao.web.describe import DESCRIPTION, SCHEMAS, Description
from yihao.web.frame import Frame
from yihao.web.layers import LayerController
from yihao.web.matters import CatalogueController, CategoryController
from yihao.web.metrics import Meters
from yihao.web.places import JurisdictionController, OfficerController, UnitController
from yihao.web.portal.routes import EMBEDDED, PORTAL, answered
from yihao.web.portal.shell import House
from yihao.web.problems import request_id
from yihao.web.rulebook import CalendarController, ProfileController
from yihao.web.strict import Strict
from yihao.web.vocabulary import VocabularyController

LARGEST_BODY: Final = 1024 * 1024
"""Bytes of a JSON body."""
AUDIT_CONNECTIONS: Final = 2


def create_app(
    settings: Settings | None = None,
    *,
    clock: Clock = system_clock,
    ring: KeyRing | None = None,
    passwords: Passwords | None = None,
    serving: bool = False,
) -> ASGIApp:
    """The whole application as one ASGI callable.

    Args:
        settings: the environment's, when not given. ``database_url`` must name a running, migrated database.
        clock: business time; tests and simulations move one of their own.
        ring: the keys, when they are already open; else those the settings name.
        passwords: how passwords are checked; only tests lower its cost.
        serving: the process is the server's own: SIGTERM ends what stays open, so that it can stop.

    Raises:
        PlainOutside, BadSetting, and what `open_keys` raises.
    """
    settings = settings or read_settings()
    settings.check()
    if not settings.database_url:
        raise BadSetting(
            where="YIHAO_DATABASE_URL",
            why="应用进程没有数据库地址",
            mend="用 yihao up 启动，或设置数据库地址",
            why_en="this process has no database",
            mend_en="start it by `yihao up`, or set the URL",
        )
    logging.getLogger("yihao").setLevel(settings.log_level.upper())
    meters = Meters()
    keys = ring or open_keys(settings.keys, key_file=settings.key_file)
    checks = passwords or Passwords()
    litestar = application(settings, clock=clock, ring=keys, passwords=checks, meters=meters, serving=serving)
    return Frame(litestar, proxies=settings.trusted_proxy, meters=meters)


def description() -> bytes:
    """The API's description as JSON, made without database and keys of an installation."""
    nowhere = Settings(database_url="postgresql://nowhere")
    made = application(nowhere, clock=system_clock, ring=new_ring(), passwords=Passwords(), meters=Meters())
    described: Description = made.state.description
    return described.json()


def application(
    settings: Settings, *, clock: Clock, ring: KeyRing, passwords: Passwords, meters: Meters, serving: bool = False
) -> Litestar:
    """Litestar with all routes; its database opens and closes with its lifespan."""

    house: dict[str, Any] = {}

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        async with opened(house, settings, clock, ring, passwords):
            app.state.update(house)
            if serving:
                _heed(house["live"])
            yield

    app = Litestar(
        [_staff(), _public(), ConsolePages, PORTAL, EMBEDDED, *health.ROUTES],
        dependencies={**guard.DEPENDENCIES, **_provided(house)},
        exception_handlers={Exception: answered},
        lifespan=[lifespan],
        logging_config=None,
        openapi_config=DESCRIPTION,
        plugins=[SCHEMAS],
        request_max_body_size=LARGEST_BODY,
        state=State({"settings": settings, "meters": meters}),
        return_dto=None,
    )
    app.state.description = Description(app)
    return app


def _heed(live: Live) -> None:
    # The server hears signals by the loop's wake-up descriptor, which this leaves as it is.
    loop = asyncio.get_running_loop()
    signal.signal(signal.SIGTERM, lambda *_: loop.call_soon_threadsafe(live.end))


PLACE: Final = (
    JurisdictionController,
    LayerController,
    UnitController,
    OfficerController,
    CategoryController,
    CatalogueController,
    ProfileController,
    CalendarController,
    VocabularyController,
    LineController,
)
"""The place itself: rooms below ``people``, whose routes stand here."""


def _staff() -> Router:
    return Router(
        "/api/v1",
        route_handlers=[
            *CONTROLLERS,
            OrderController,
            _verbs(),
            PresenceController,
            PrintController,
            FormController,
            CallerController,
            WorkController,
            AttachmentController,
            StreamController,
            ExportController,
            JobController,
            StaffKnowledge,
            PartnerController,
            CompanyController,
            OutboxController,
            AuditWordController,
            *PLACE,
            *INDICATORS,
        ],
        guards=[guard.must_sign_in],
        dto=Strict,
        return_dto=None,
        security=[{"token": []}, {"session": []}],
    )


def _verbs() -> Router:
    return Router("/orders", route_handlers=verb_routes(), tags=["操作 Verbs"])


def _public() -> Router:
    return Router(
        "/api/public/v1",
        route_handlers=[CitizenController, CitizenFileController, PublicKnowledge],
        dto=Strict,
        return_dto=None,
    )


PARTS: Final = ("db", "clock", "ring", "desk", "deadlines", "audit", "sessions", "passwords", "live")
"""What handlers may ask for by name. Those of orders ask for ``visit`` alone, or ``citizen``: see `Visit`."""
AnyRequest = Request[Any, Any, Any]


def _provided(house: Mapping[str, Any]) -> dict[str, Provide]:
    # Closures over ``house`` rather than Litestar's state, which is copied for each provider that asks for it.
    def part(name: str) -> Provide:
        def provide() -> Any:
            return house[name]

        return Provide(provide, sync_to_thread=False)

    def act_of(request: AnyRequest, actor: Actor) -> Act:
        return Act(actor=actor, now=house["clock"](), request_id=request_id(request))

    def visit(request: AnyRequest) -> Visit:
        actor = guard.provide_actor(request)
        return Visit(act_of(request, actor), house["db"], house["desk"], house["audit"])

    async def citizen(request: AnyRequest) -> Visit:
        return Visit(act_of(request, await portal(house["db"])), house["db"], house["desk"], house["audit"])

    def citizens() -> House:
        return House(house["db"], house["desk"], house["clock"], house["audit"])

    return {
        **{name: part(name) for name in PARTS},
        "house": Provide(citizens, sync_to_thread=False),
        "visit": Provide(visit, sync_to_thread=False),
        "citizen": Provide(citizen),
    }


@asynccontextmanager
async def opened(
    house: dict[str, Any], settings: Settings, clock: Clock, ring: KeyRing, passwords: Passwords
) -> AsyncIterator[None]:
    """Open what the handlers share, put it into ``house``, and close it."""
    db = await Database.open(settings.database_url)
    # The audit's connections are its own: a request that waits for it may hold one of the others.
    kept = await Database.open(settings.database_url, app=AUDIT_CONNECTIONS, worker=1)
    audit = Audit(kept)
    desk = Desk(ring, clock, Numbers(db), Places(), cite, linkage, in_force)
    sessions = Sessions(db, ring, clock, passwords)
    live = Live(db, sessions)
    house.update(
        db=db,
        clock=clock,
        ring=ring,
        desk=desk,
        deadlines=Deadlines(desk),
        audit=audit,
        sessions=sessions,
        passwords=passwords,
        live=live,
    )
    try:
        yield
    finally:
        await live.close()
        await audit.close()
        passwords.close()
        await kept.close()
        await db.close()
