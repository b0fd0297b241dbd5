"""What citizens say and are told over HTTP: the bodies of `orders.citizens`, each field described."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from yihao.orders import bodies
from yihao.orders.views import Out, says
from yihao.people.views import NO_NUL

Code = Annotated[
    str,
    Meta(
        title="查询码",
        description="The query code given at registration. 查询码。",
        min_length=1,
        max_length=40,
        pattern=NO_NUL,
        examples=["7KQ2M9XAPD"],
    ),
]


CodeHere = Annotated[Code | None, Meta(description="The query code; `?code=` will do as well. 查询码。")]


class CitizenCaller(bodies.Body, frozen=True, kw_only=True):
    """Who speaks."""

    kind: Annotated[Literal["person", "enterprise"], Meta(description="Natural person or enterprise. 个人或企业。")] = (
        "person"
    )
    name: Annotated[
        Annotated[str, Meta(max_length=100, pattern=NO_NUL)] | None, Meta(description="Name. 姓名或名称。")
    ] = None
    phone: Annotated[
        str, Meta(description="Phone, for the reply and for taking it back. 联系电话。", min_length=3, max_length=40)
    ]
    enterprise_code: Annotated[
        Annotated[str, Meta(max_length=40)] | None, Meta(description="Unified social credit code. 统一社会信用代码。")
    ] = None
    anonymous: Annotated[bool, Meta(description="Wishes no name to be told. 匿名。")] = False
    confidential: Annotated[bool, Meta(description="Asks for secrecy. 要求保密。")] = False


class CitizenAppeal(bodies.Body, frozen=True, kw_only=True):
    """A matter as a citizen submits it."""

    kind: Annotated[
        Literal["consult", "help", "complaint", "report", "suggestion", "praise", "other"],
        Meta(description="Kind of matter. 诉求类型。"),
    ]
    channel: Annotated[
        Literal["web", "mobile", "wechat", "bot"], Meta(description="Door it comes through. 来源渠道。")
    ] = "web"
    domain: Annotated[
        Literal["economy", "market", "society", "service", "environment"] | None,
        Meta(description="Domain; some places ask for it. 所属领域。"),
    ] = None
    title: Annotated[
        Annotated[str, Meta(min_length=1, max_length=200, pattern=bodies.SAYS)], Meta(description="Title. 标题。")
    ]
    content: Annotated[
        Annotated[str, Meta(min_length=1, max_length=5_000, pattern=bodies.SAYS)],
        Meta(description="The matter in words. 诉求内容。"),
    ]
    area_code: Annotated[
        Annotated[str, Meta(pattern=r"^[0-9]{6,12}$")] | None,
        Meta(description="Division code, if known; the nearest desk takes it. 事发地区划代码，由就近热线受理。"),
    ] = None
    address: Annotated[
        Annotated[str, Meta(min_length=1, max_length=500, pattern=bodies.SAYS)] | None,
        Meta(description="Where, in words. 详细地址。"),
    ] = None
    location: Annotated[bodies.Location | None, Meta(description="Where, on the map. 地图位置。")] = None
    occurred_at: Annotated[
        Annotated[datetime, Meta(tz=True)] | None, Meta(description="When it happened, with offset. 事发时间。")
    ] = None
    caller: Annotated[CitizenCaller, Meta(description="Who speaks. 诉求人。")]


class AppealMade(Out, frozen=True, kw_only=True):
    """A submitted matter. Keep both: they open it."""

    number: Annotated[str, says("Number. 工单编号。", "202601055328000000017")]
    query_code: Annotated[str, says("Query code. 查询码。", "7KQ2M9XAPD")]
    expected_by: Annotated[datetime | None, says("When it should be closed. 预计办结时间。")]


class SupplementIn(bodies.Body, frozen=True, kw_only=True):
    """More facts."""

    code: CodeHere = None
    text: Annotated[
        str, Meta(description="What is added. 补充的内容。", min_length=1, max_length=5_000, pattern=bodies.SAYS)
    ]


class UrgeIn(bodies.Body, frozen=True, kw_only=True):
    """Pressing for it."""

    code: CodeHere = None
    reason: Annotated[str, Meta(description="Why. 催办原因。", min_length=1, max_length=500, pattern=bodies.SAYS)] = (
        "诉求人催办"
    )


class WithdrawIn(bodies.Body, frozen=True, kw_only=True):
    """Taking it back; code and phone show who asks."""

    code: CodeHere = None
    phone: Annotated[
        str, Meta(description="The phone given at registration. 登记时的联系电话。", min_length=3, max_length=40)
    ]
    reason: Annotated[str, Meta(description="Why. 撤回原因。", min_length=1, max_length=500, pattern=bodies.SAYS)]


class ReviewIn(bodies.Body, frozen=True, kw_only=True):
    """Asking for another look at a refusal; code and phone show who asks."""

    code: CodeHere = None
    phone: Annotated[
        str, Meta(description="The phone given at registration. 登记时的联系电话。", min_length=3, max_length=40)
    ]
    reason: Annotated[
        str,
        Meta(
            description="Why it should be taken on. 申请复核的理由。", min_length=1, max_length=500, pattern=bodies.SAYS
        ),
    ]


class RatingIn(bodies.Body, frozen=True, kw_only=True):
    """Five levels, on the service and on the handling."""

    code: CodeHere = None
    service: Annotated[int, Meta(description="1 worst to 5 best. 热线服务评分。", ge=1, le=5)]
    handling: Annotated[int, Meta(description="1 worst to 5 best. 办理结果评分。", ge=1, le=5)]
    solved: Annotated[bool, Meta(description="Whether it is solved. 是否解决。")]
    text: Annotated[
        Annotated[str, Meta(min_length=1, max_length=2_000)] | None, Meta(description="In own words. 评价内容。")
    ] = None
