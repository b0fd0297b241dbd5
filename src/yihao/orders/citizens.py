"""HTTP for citizens, relative to ``/api/public/v1``: submit, look, add, press, take back, appeal, rate.

Nobody signs in here: a matter is opened by its number and query code. A wrong code is answered like an unknown number,
in the same time, and counted for the order and for the address (flow.query_code.tries_per_hour).
"""

from __future__ import annotations

from typing import Annotated, Any, Final

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import HeaderParameter, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED

from yihao.orders import bodies
from yihao.orders.citizen_steps import done, looked_at, rated, reviewed, submitted, urged, withdrawn
from yihao.orders.citizen_views import (
    AppealMade,
    CitizenAppeal,
    RatingIn,
    ReviewIn,
    SupplementIn,
    UrgeIn,
    WithdrawIn,
)
from yihao.orders.door import Visit
from yihao.orders.progress import Progress
from yihao.orders.routes import Number
from yihao.people.guard import PUBLIC
from yihao.people.problem import refusals
from yihao.people.views import NO_NUL

READ: Final = refusals(400, 404, 422, 429, 503)
WRITE: Final = refusals(400, 403, 404, 409, 413, 415, 422, 429, 503)
SubmissionKey = Annotated[
    str,
    HeaderParameter(
        name="Idempotency-Key",
        description="A random value of the submission, e.g. a UUID; sent again, it gives the same number and code.",
        min_length=16,
        max_length=100,
        pattern=r"^[\x21-\x7e]+$",
    ),
]
StepKey = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        description="A random value of the step; sent again, nothing is done twice. 幂等键。",
        min_length=1,
        max_length=100,
        pattern=r"^[\x21-\x7e]+$",
    ),
]


StepCode = Annotated[
    str | None,
    QueryParameter(
        description="The query code, where the body does not hold it. 查询码，也可写在正文中。",
        min_length=1,
        max_length=40,
        pattern=NO_NUL,
    ),
]


class CitizenController(Controller):
    """A citizen's own matters."""

    path = "/appeals"
    tags = ("市民诉求 Appeals",)
    opt: dict[str, Any] = {PUBLIC: True}  # noqa: RUF012 - Litestar reads it from the class

    @post(operation_id="submitAppeal", summary="提交诉求", responses=refusals(400, 409, 413, 415, 422, 429, 503))
    async def submit(
        self,
        request: Request[Any, Any, Any],
        data: JSONBody[CitizenAppeal],
        citizen: NamedDependency[Visit],
        key: SubmissionKey,
    ) -> Response[AppealMade]:
        """Submit a matter. The answer's number and code open it later; the code is told nowhere else."""
        return Response(await submitted(request, citizen, data, key), status_code=HTTP_201_CREATED)

    @get("/{number:str}", operation_id="getAppeal", summary="查询进度", responses=READ)
    async def look(
        self,
        request: Request[Any, Any, Any],
        number: Number,
        citizen: NamedDependency[Visit],
        code: Annotated[
            str, QueryParameter(description="The query code. 查询码。", min_length=1, max_length=40, pattern=NO_NUL)
        ],
    ) -> Progress:
        """How the matter stands, and the reply once it is released."""
        return await looked_at(request, citizen, number, code)

    @post(
        "/{number:str}/supplement",
        operation_id="supplementAppeal",
        summary="补充情况",
        responses=WRITE,
        status_code=HTTP_200_OK,
    )
    async def supplement(
        self,
        request: Request[Any, Any, Any],
        number: Number,
        data: JSONBody[SupplementIn],
        citizen: NamedDependency[Visit],
        key: StepKey = None,
        code: StepCode = None,
    ) -> Progress:
        """Add facts while the matter is open."""
        body = bodies.Supplement(text=data.text)
        return await done(request, citizen, number, data.code or code, "supplement", body, key)

    @post("/{number:str}/urge", operation_id="urgeAppeal", summary="催办", responses=WRITE, status_code=HTTP_200_OK)
    async def urge(
        self,
        request: Request[Any, Any, Any],
        number: Number,
        data: JSONBody[UrgeIn],
        citizen: NamedDependency[Visit],
        key: StepKey = None,
        code: StepCode = None,
    ) -> Progress:
        """Press for it; so many times a day are counted."""
        return await urged(request, citizen, number, data.code or code, data, key)

    @post(
        "/{number:str}/withdraw",
        operation_id="withdrawAppeal",
        summary="撤回诉求",
        responses=WRITE,
        status_code=HTTP_200_OK,
    )
    async def withdraw(
        self,
        request: Request[Any, Any, Any],
        number: Number,
        data: JSONBody[WithdrawIn],
        citizen: NamedDependency[Visit],
        key: StepKey = None,
        code: StepCode = None,
    ) -> Progress:
        """Take it back: the query code and the phone given show who asks."""
        return await withdrawn(request, citizen, number, data.code or code, data, key)

    @post(
        "/{number:str}/review",
        operation_id="reviewAppeal",
        summary="申请复核（不予受理）",
        responses=WRITE,
        status_code=HTTP_200_OK,
    )
    async def review(
        self,
        request: Request[Any, Any, Any],
        number: Number,
        data: JSONBody[ReviewIn],
        citizen: NamedDependency[Visit],
        key: StepKey = None,
        code: StepCode = None,
    ) -> Progress:
        """Appeal against a refusal, as often as the place allows; another person than who refused decides."""
        return await reviewed(request, citizen, number, data.code or code, data, key)

    @post("/{number:str}/rating", operation_id="rateAppeal", summary="评价", responses=WRITE, status_code=HTTP_200_OK)
    async def rating(
        self,
        request: Request[Any, Any, Any],
        number: Number,
        data: JSONBody[RatingIn],
        citizen: NamedDependency[Visit],
        key: StepKey = None,
        code: StepCode = None,
    ) -> Progress:
        """Rate the service and the handling, once for each closing."""
        return await rated(request, citizen, number, data.code or code, data, key)
