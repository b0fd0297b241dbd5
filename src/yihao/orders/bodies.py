"""What each verb must be told: the bodies of ``POST …/verbs/{verb}``, described for the API and for the forms.

Field titles are the labels of the screens. Texts are what a person writes; they never enter an event in the clear.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

SAYS: Final = r"\S"
"""Pattern of a text that says something: blanks alone are no title, no content and no reason."""
Text = Annotated[str, Meta(min_length=1, max_length=20_000, pattern=SAYS)]
Line = Annotated[str, Meta(min_length=1, max_length=500, pattern=SAYS)]
Files = Annotated[
    tuple[Line, ...],
    Meta(title="附件", description="Ids of uploads (POST /attachments). 附件编号。", max_length=20),
]
UnitId = Annotated[int, Meta(ge=1, le=2_147_483_647)]
Reason = Annotated[Line, Meta(title="理由", description="Why; kept in the history. 理由，写入办理过程。")]


class Body(Struct, frozen=True, forbid_unknown_fields=True):
    """The common ground of all bodies: an unknown field is an error, not silently dropped."""


class Empty(Body, frozen=True, kw_only=True):
    """Nothing needs to be said."""


class Because(Body, frozen=True, kw_only=True):
    """Only a reason."""

    reason: Reason


class ConfirmRefusal(Body, frozen=True, kw_only=True):
    """The shift lead's word on a refusal (D.2 37)."""

    approve: Annotated[
        bool, Meta(title="是否确认", description="Whether it is refused; else it is taken on. 是否确认不予受理。")
    ] = True
    reason: Reason


class Transfer(Body, frozen=True, kw_only=True):
    """Handing a matter to an emergency number or a linked partner (D.2 2)."""

    to: Annotated[
        Line | None,
        Meta(
            title="转往", description="Number it is handed to, e.g. 110; may be left out with a partner. 转往的号码。"
        ),
    ] = None
    partner: Annotated[
        UnitId | None,
        Meta(title="联动单位", description="Linked partner that works here: it sees and acknowledges it. 联动单位。"),
    ] = None
    reason: Reason
    way: Annotated[
        Literal["one_key", "three_way", "order"],
        Meta(title="方式", description="One-key transfer, three-way call, or hand-over of the record. 转接方式。"),
    ] = "one_key"
    acknowledged: Annotated[
        bool, Meta(title="对方已接收", description="The receiver has confirmed. 对方是否已确认接收。")
    ] = False


class Acknowledge(Body, frozen=True, kw_only=True):
    """A partner's word that it took a matter on (D.2 2)."""

    reference: Annotated[
        Annotated[str, Meta(min_length=1, max_length=100)] | None,
        Meta(title="对方编号", description="The partner's own number of the matter. 联动单位的受理编号。"),
    ] = None
    note: Annotated[Text | None, Meta(title="接收说明", description="What it will do. 接收说明。")] = None


class FeedBack(Body, frozen=True, kw_only=True):
    """What a partner tells of a matter it took on."""

    result: Annotated[
        Literal["under_way", "done", "not_found"],
        Meta(title="办理情况", description="Under way, done, or nothing found. 正在处置、已处置、未发现所述情况。"),
    ]
    text: Annotated[Text, Meta(title="情况说明", description="In words. 办理情况说明。")]


class Refuse(Body, frozen=True, kw_only=True):
    """Not accepting, with the class of the document and the lawful route told to the citizen (D.2 3)."""

    code: Annotated[
        Line, Meta(title="不予受理情形", description="Refusal code of the profile. 本地规定的不予受理情形代码。")
    ]
    explanation: Annotated[
        Text, Meta(title="告知内容", description="What the citizen was told. 向诉求人说明的内容和法定途径。")
    ]


class Answer(Body, frozen=True, kw_only=True):
    """Answering from the knowledge base at once (D.2 4)."""

    text: Annotated[Text, Meta(title="答复内容", description="The answer given. 答复内容。")]
    knowledge_item: Annotated[
        int | None, Meta(title="知识条目", description="Id of the knowledge item cited. 引用的知识条目编号。")
    ] = None
    expert: Annotated[
        Line | None, Meta(title="专家座席", description="Expert seat that answered. 答复的专家座席。")
    ] = None
    reason: Annotated[
        Line | None,
        Meta(title="非咨询直接答复理由", description="Needed when the matter is no consultation. 非咨询类须填写。"),
    ] = None


class Prepare(Body, frozen=True, kw_only=True):
    """Classing a matter for dispatch (D.2 5)."""

    category: Annotated[Line, Meta(title="事项分类", description="Code of the category. 事项分类代码。")]
    area_code: Annotated[
        Annotated[str, Meta(pattern=r"^[0-9]{6,12}$")],
        Meta(title="所属区划", description="Division code the matter lies in, 6 to 12 digits. 事发地区划代码。"),
    ]
    kind: Annotated[
        Literal["consult", "help", "complaint", "report", "suggestion", "praise", "other"] | None,
        Meta(title="诉求类型", description="Corrects the kind. 更正诉求类型。"),
    ] = None
    domain: Annotated[
        Literal["economy", "market", "society", "service", "environment"] | None,
        Meta(title="领域", description="Corrects the domain. 更正所属领域。"),
    ] = None
    accused_unit: Annotated[
        UnitId | None, Meta(title="被反映单位", description="Unit complained of. 被投诉、举报的单位。")
    ] = None
    legal_process: Annotated[
        bool | None,
        Meta(
            title="行政调解、执法办案类",
            description="Corrects whether it is a mediation or enforcement case. 更正是否行政调解、执法办案类。",
        ),
    ] = None
    urgency: Annotated[
        Literal["normal", "expedited", "urgent", "critical"] | None,
        Meta(title="紧急程度", description="Corrects the urgency. 更正紧急程度。"),
    ] = None


class Dispatch(Body, frozen=True, kw_only=True):
    """Sending to one lead unit and any number of assisting units (D.2 6)."""

    lead: Annotated[UnitId, Meta(title="主办单位", description="Lead unit's id. 主办单位。")]
    assists: Annotated[
        tuple[UnitId, ...], Meta(title="协办单位", description="Assisting units' ids. 协办单位。", max_length=20)
    ] = ()
    basis: Annotated[
        Line | None, Meta(title="派单依据", description="Catalogue row or rule it rests on. 派单目录条目或依据。")
    ] = None
    note: Annotated[Text | None, Meta(title="派单意见", description="Word to the unit. 给承办单位的意见。")] = None


class Adjudicate(Body, frozen=True, kw_only=True):
    """The managing body's final word on who handles (D.2 11)."""

    lead: Annotated[UnitId, Meta(title="主办单位", description="Lead unit's id. 裁定的主办单位。")]
    assists: Annotated[
        tuple[UnitId, ...], Meta(title="协办单位", description="Assisting units' ids. 协办单位。", max_length=20)
    ] = ()
    reason: Reason


class SubDispatch(Body, frozen=True, kw_only=True):
    """Passing down to a subordinate unit inside the own limit (D.2 31)."""

    unit: Annotated[UnitId, Meta(title="下级单位", description="Subordinate unit's id. 下级承办单位。")]
    note: Annotated[Text | None, Meta(title="下派意见", description="Word to the unit. 下派意见。")] = None


class Assist(Body, frozen=True, kw_only=True):
    """Adding an assisting unit (D.2 12, 36)."""

    unit: Annotated[UnitId, Meta(title="协办单位", description="Unit's id. 协办单位。")]
    reason: Reason


class Opinion(Body, frozen=True, kw_only=True):
    """A text about the handling."""

    text: Annotated[Text, Meta(title="内容", description="What was done or found. 办理情况。")]


class Return(Body, frozen=True, kw_only=True):
    """Handing an order back (退单, D.2 8)."""

    ground: Annotated[
        Line, Meta(title="退单情形", description="Ground of the profile, e.g. not_own_duty. 本地规定的退单情形。")
    ] = "not_own_duty"
    legal_basis: Annotated[
        Line | None, Meta(title="依据", description="Law or duty list it rests on. 职责或法律依据。")
    ] = None
    suggested_unit: Annotated[
        UnitId | None, Meta(title="建议承办单位", description="Who should have it. 建议的承办单位。")
    ] = None
    explanation: Annotated[Text, Meta(title="说明", description="Explanation. 情况说明。")]


class Progress(Body, frozen=True, kw_only=True):
    """Contact with the citizen or a step of handling (D.2 13)."""

    text: Annotated[Text, Meta(title="进展", description="What happened. 办理进展。")]
    contacted: Annotated[
        bool, Meta(title="已联系诉求人", description="The citizen was reached. 是否已联系诉求人。")
    ] = False
    public: Annotated[bool, Meta(title="对诉求人公开", description="The citizen sees it. 诉求人可见。")] = True


class Supplement(Body, frozen=True, kw_only=True):
    """More facts from the citizen (D.2 35)."""

    text: Annotated[Text, Meta(title="补充内容", description="What is added. 补充的内容。")]
    attachments: Files = ()


class RequestExtension(Body, frozen=True, kw_only=True):
    """Asking for more time (D.2 14)."""

    ground: Annotated[Text, Meta(title="延期理由", description="Why the matter is complex. 相对复杂的具体情况。")]
    code: Annotated[
        Line | None,
        Meta(title="延期情形", description="Ground of the profile; the first when not given. 本地规定的延期情形。"),
    ] = None


class DecideExtension(Body, frozen=True, kw_only=True):
    """The managing body's decision; silence is not consent (D.2 15)."""

    approve: Annotated[bool, Meta(title="是否同意", description="Whether it is granted. 是否同意延期。")]
    reason: Reason


class Pause(Body, frozen=True, kw_only=True):
    """Stopping the handling clock (D.2 16)."""

    ground: Annotated[
        Line,
        Meta(title="挂起情形", description="Ground of the profile: citizen, appraisal, court, season. 挂起情形。"),
    ] = "citizen"
    reason: Reason


class SetLimit(Body, frozen=True, kw_only=True):
    """Another limit by law or by the government's word (D.2 32, XS 三(五))."""

    days: Annotated[
        int, Meta(ge=1, le=750, title="办结时限（工作日）", description="Working days from the start. 工作日数。")
    ]
    basis: Annotated[
        Annotated[str, Meta(min_length=4, max_length=500)],
        Meta(title="依据", description="Law and article, or the government's document. 法律法规条款或文件依据，必填。"),
    ]


class Reply(Body, frozen=True, kw_only=True):
    """The unit's result (D.2 17)."""

    text: Annotated[Text, Meta(title="答复内容", description="Reply to the citizen. 对诉求人的答复。")]
    legal_basis: Annotated[
        Line | None, Meta(title="法律政策依据", description="Law or policy it rests on. 法律、政策依据。")
    ] = None
    contacted: Annotated[
        bool, Meta(title="已联系诉求人", description="The citizen was contacted. 是否已与诉求人联系。")
    ] = True
    solved: Annotated[bool, Meta(title="是否解决", description="The unit holds it solved. 承办单位认为是否解决。")] = (
        True
    )
    internal: Annotated[
        Text | None,
        Meta(title="内部办理情况", description="Handling notes, not for the citizen. 内部办理情况，不对外。"),
    ] = None
    attachments: Files = ()


class Revisit(Body, frozen=True, kw_only=True):
    """One attempt to reach the citizen (D.2 20)."""

    way: Annotated[Literal["human", "sms", "robot", "web"], Meta(title="回访方式", description="How. 回访方式。")] = (
        "human"
    )
    reached: Annotated[bool, Meta(title="是否接通", description="The citizen was reached. 是否联系上诉求人。")]
    note: Annotated[Text | None, Meta(title="回访记录", description="What was said. 回访记录。")] = None
    consent: Annotated[
        bool,
        Meta(title="诉求人同意", description="Consent to a revisit of a confidential order. 保密件经诉求人同意回访。"),
    ] = False


class Rate(Body, frozen=True, kw_only=True):
    """Five levels, once on service and once on handling (国办发〔2019〕51号: 好差评)."""

    service: Annotated[
        int, Meta(ge=1, le=5, title="服务评价", description="1 worst to 5 best. 热线服务，1 最差 5 最好。")
    ]
    handling: Annotated[
        int, Meta(ge=1, le=5, title="办理评价", description="1 worst to 5 best. 办理结果，1 最差 5 最好。")
    ]
    solved: Annotated[bool, Meta(title="是否解决", description="Solved in the citizen's eyes. 诉求人认为是否解决。")]
    text: Annotated[Text | None, Meta(title="评价内容", description="In own words. 评价内容。")] = None


class Supervise(Body, frozen=True, kw_only=True):
    """A supervision order or a stronger tool (督办, D.2 23)."""

    level: Annotated[
        int,
        Meta(
            ge=1,
            le=5,
            title="督办级别",
            description="1 reminder, 2 supervision order, 3 joint meeting, 4 talk, 5 inspection. 督办级别。",
        ),
    ]
    tool: Annotated[Line | None, Meta(title="督办方式", description="Tool of the profile. 本地规定的督办方式。")] = None
    wrong: Annotated[
        Line | None,
        Meta(title="问责情形", description="Wrong of the profile a unit is held to account for. 本地规定的问责情形。"),
    ] = None
    units: Annotated[
        tuple[UnitId, ...],
        Meta(title="联合督办单位", description="Units that issue it together. 联合督办的单位。", max_length=50),
    ] = ()
    demand: Annotated[Text, Meta(title="督办要求", description="What is demanded. 督办要求。")]


class Coordinate(Body, frozen=True, kw_only=True):
    """A joint meeting bound to the order (协调, D.2 38)."""

    units: Annotated[
        tuple[UnitId, ...], Meta(title="参加单位", description="Units taking part. 参加单位。", max_length=50)
    ] = ()
    minutes: Annotated[Text, Meta(title="会议纪要", description="What was agreed. 会议议定事项。")]


class Withdraw(Body, frozen=True, kw_only=True):
    """The citizen takes the matter back (撤诉, D.2 25); identity is verified by query code and phone."""

    reason: Reason
    verified_by: Annotated[
        Literal["query_code", "call_back"],
        Meta(title="身份核验方式", description="How the citizen was verified. 身份核验方式。"),
    ]


class Merge(Body, frozen=True, kw_only=True):
    """Joining a repeat or a cluster (并件, D.2 26)."""

    into: Annotated[
        Annotated[str, Meta(min_length=21, max_length=21)],
        Meta(title="并入工单", description="Number of the order it follows. 并入的工单编号。"),
    ]
    relation: Annotated[
        Literal["repeat", "cluster"],
        Meta(title="关系", description="Same caller same fact, or different callers same fact. 重复诉求或同类诉求。"),
    ]
    link: Annotated[
        bool,
        Meta(
            title="仅关联",
            description="Bound only, and handled by itself: for a repeat of what has ended. 仅关联，仍单独办理。",
        ),
    ] = False


class ProposeFinal(Body, frozen=True, kw_only=True):
    """A last answer to an unreasonable repeat, put to another person's decision (最终答复, D.2 27)."""

    finding: Annotated[
        Text, Meta(title="认定意见", description="Why no new fact or reason is given. 无新事实、新理由的认定。")
    ]
    evidence: Annotated[Line, Meta(title="证据材料", description="Evidence attached. 证据材料目录。")]
    head_signed: Annotated[
        Line | None, Meta(title="承办单位负责人", description="Who signed for the unit. 签字的承办单位负责人职务。")
    ] = None


class Finalise(Body, frozen=True, kw_only=True):
    """The decision on a proposed final answer; silence is not consent (D.2 27)."""

    approve: Annotated[bool, Meta(title="是否同意", description="Whether it is final. 是否同意作最终答复。")] = True
    reason: Reason


class UpholdRefusal(Body, frozen=True, kw_only=True):
    """The refusal stands after another look (D.2 3)."""

    explanation: Annotated[
        Text, Meta(title="告知内容", description="What the citizen is told. 向诉求人说明的内容和法定途径。")
    ]


class Reopen(Body, frozen=True, kw_only=True):
    """Starting again on a new fact or an upheld appeal (D.2 33)."""

    ground: Annotated[
        Literal["new_fact", "appeal_upheld", "wrong_decision"],
        Meta(title="重启情形", description="New fact, upheld appeal, wrong decision. 重启情形。"),
    ]
    reason: Reason


class Escalate(Body, frozen=True, kw_only=True):
    """Lifting to a higher unit (提级, D.2 29)."""

    lead: Annotated[UnitId, Meta(title="提级承办单位", description="Higher unit's id. 提级后的承办单位。")]
    reason: Reason


class Archive(Body, frozen=True, kw_only=True):
    """Archiving; a stage that was not done needs its reason (D.2 30)."""

    not_applicable: Annotated[
        dict[str, Line],
        Meta(title="不适用环节", description="Stage code to reason. 未经环节及理由。"),
    ] = {}
    acknowledgement: Annotated[
        Line | None, Meta(title="接收确认", description="The receiver's word, for a transferred order. 对方接收确认。")
    ] = None


class Breach(Body, frozen=True, kw_only=True):
    """The clock found duties past their due."""

    duties: tuple[int, ...]


class Follow(Body, frozen=True, kw_only=True):
    """What became of the order this one was merged into: its state, since when, and the event that holds its reply.

    ``relation`` is the one it was merged under.
    """

    parent: str
    relation: Literal["repeat", "cluster"]
    state: str
    at: datetime
    reply_in: int | None = None


class Erase(Body, frozen=True, kw_only=True):
    """Lawful erasure of the texts and personal data of one order (个人信息保护法 第四十七条)."""

    basis: Annotated[
        Line,
        Meta(
            title="删除依据",
            description="Clause and document it rests on; stays in the history, so no personal data. "
            "法律条款及文号，长期保留在办理过程中，不得写入个人信息。",
        ),
    ]


class Recalculate(Body, frozen=True, kw_only=True):
    """The working calendar changed: new dues of open duties, by duty number."""

    dues: dict[int, datetime]
    calendar_digest: str


class Caller(Body, frozen=True, kw_only=True):
    """Who speaks (诉求人)."""

    kind: Annotated[
        Literal["person", "enterprise", "other"],
        Meta(title="诉求人类型", description="Natural person, enterprise, other. 自然人、企业、其他。"),
    ] = "person"
    name: Annotated[
        Annotated[str, Meta(max_length=100)] | None, Meta(title="姓名或名称", description="Name. 姓名或名称。")
    ] = None
    phone: Annotated[
        Annotated[str, Meta(max_length=40)] | None, Meta(title="联系电话", description="Phone. 联系电话。")
    ] = None
    id_number: Annotated[
        Annotated[str, Meta(max_length=40)] | None,
        Meta(title="身份证号", description="Resident id number, only if the class needs it. 身份证号。"),
    ] = None
    enterprise_code: Annotated[
        Annotated[str, Meta(max_length=40)] | None,
        Meta(title="统一社会信用代码", description="Unified social credit code. 统一社会信用代码。"),
    ] = None
    anonymous: Annotated[bool, Meta(title="匿名", description="Wishes no name. 匿名。")] = False
    confidential: Annotated[
        bool, Meta(title="要求保密", description="Asks for secrecy: the order becomes 保密 (GB/T 33358). 要求保密。")
    ] = False


class Location(Body, frozen=True, kw_only=True):
    """A place on the map, WGS 84 degrees."""

    lon: Annotated[float, Meta(ge=-180, le=180, title="经度", description="Longitude, degrees. 经度。")]
    lat: Annotated[float, Meta(ge=-90, le=90, title="纬度", description="Latitude, degrees. 纬度。")]


class Appeal(Body, frozen=True, kw_only=True):
    """One shape of a matter, whatever door it came through (D.2 1)."""

    channel: Annotated[
        Literal[
            "phone",
            "web",
            "mobile",
            "sms",
            "email",
            "letter",
            "fax",
            "visit",
            "wechat",
            "message_board",
            "bot",
            "superior",
            "partner",
            "import",
        ],
        Meta(title="来源渠道", description="Door it came through. 来源渠道。"),
    ]
    kind: Annotated[
        Literal["consult", "help", "complaint", "report", "suggestion", "praise", "other"],
        Meta(title="诉求类型", description="Kind of matter. 诉求类型。"),
    ]
    domain: Annotated[
        Literal["economy", "market", "society", "service", "environment"] | None,
        Meta(title="所属领域", description="Domain (XS 三(二)). 所属领域。"),
    ] = None
    title: Annotated[
        Annotated[str, Meta(min_length=1, max_length=200, pattern=SAYS)],
        Meta(title="标题", description="Title. 标题。"),
    ]
    content: Annotated[Text, Meta(title="诉求内容", description="The matter in words. 诉求内容。")]
    category: Annotated[Line | None, Meta(title="事项分类", description="Category code. 事项分类代码。")] = None
    area_code: Annotated[
        Annotated[str, Meta(pattern=r"^[0-9]{6,12}$")] | None,
        Meta(title="区划代码", description="Division code. 区划代码。"),
    ] = None
    address: Annotated[Line | None, Meta(title="详细地址", description="Where, in words. 详细地址。")] = None
    location: Annotated[Location | None, Meta(title="地图位置", description="Where, on the map. 地图位置。")] = None
    occurred_at: Annotated[
        Annotated[datetime, Meta(tz=True)] | None,
        Meta(title="事发时间", description="When it happened, with offset. 事发时间。"),
    ] = None
    line: Annotated[
        Annotated[str, Meta(pattern=r"^[0-9]{3,12}$")] | None,
        Meta(title="拨打的热线号码", description="Hotline number dialled. 拨打的热线号码。"),
    ] = None
    caller: Annotated[Caller, Meta(title="诉求人", description="Who speaks. 诉求人。")] = Caller()
    accused_unit: Annotated[UnitId | None, Meta(title="被反映单位", description="Unit complained of. 被反映单位。")] = (
        None
    )
    urgency: Annotated[
        Literal["normal", "expedited", "urgent", "critical"], Meta(title="紧急程度", description="Urgency. 紧急程度。")
    ] = "normal"
    secrecy: Annotated[
        Literal["public", "internal", "confidential"], Meta(title="密级标识", description="Secrecy. 密级标识。")
    ] = "internal"
    legal_process: Annotated[
        bool,
        Meta(
            title="行政调解、执法办案类",
            description="Mediation or enforcement case: left out of satisfaction (XS 六(四)). 行政调解、执法办案类。",
        ),
    ] = False
    in_petition: Annotated[
        bool,
        Meta(
            title="已进入信访渠道",
            description="Already in the petition (信访) channel: not accepted (XS 三(二)). 已进入信访渠道。",
        ),
    ] = False
    parent: Annotated[
        Annotated[str, Meta(max_length=64)] | None,
        Meta(title="上级工单编号", description="Number at the sender, when sent down. 上级工单编号。"),
    ] = None
    attachments: Files = ()
