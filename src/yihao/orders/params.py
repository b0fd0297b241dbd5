"""Query parameters the lists of orders share: closed lists as their names, several at once where that is of use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

from litestar.params import QueryParameter

from yihao.orders.model import CHANNELS, DUTY_KINDS, KINDS, STATES, URGENCIES
from yihao.people.views import INT4, NO_NUL

if TYPE_CHECKING:
    StateName = str
    KindName = str
    ChannelName = str
    UrgencyName = str
    DutyName = str
else:
    # One list of each, the model's; no type checker follows it.
    StateName = Literal[tuple(STATES)]
    KindName = Literal[tuple(KINDS)]
    ChannelName = Literal[tuple(CHANNELS)]
    UrgencyName = Literal[tuple(URGENCIES)]
    DutyName = Literal[tuple(DUTY_KINDS)]
MarkName = Literal["urged", "sent_back"]
LaneName = Literal["enterprise"]
MOST: Final = 30
"""Values of one parameter."""

States = Annotated[
    list[StateName] | None,
    QueryParameter(name="state", max_items=MOST, description="Only these states. 状态，可多个。"),
]
Kinds = Annotated[
    list[KindName] | None,
    QueryParameter(name="kind", max_items=MOST, description="Only these kinds. 诉求类型，可多个。"),
]
Channels = Annotated[
    list[ChannelName] | None,
    QueryParameter(name="channel", max_items=MOST, description="Only these channels. 来源渠道，可多个。"),
]
Urgencies = Annotated[
    list[UrgencyName] | None,
    QueryParameter(name="urgency", max_items=MOST, description="Only these urgencies. 紧急程度，可多个。"),
]
Duties = Annotated[
    list[DutyName] | None,
    QueryParameter(name="duty", max_items=MOST, description="Only where such a duty is open. 在办事项，可多个。"),
]
Area = Annotated[
    str | None, QueryParameter(pattern=r"^[0-9]{2,12}$", description="Division code and below. 区划代码。")
]
Line = Annotated[str | None, QueryParameter(pattern=r"^[0-9]{3,12}$", description="Hotline number dialled. 热线号码。")]
Category = Annotated[
    str | None, QueryParameter(max_length=64, pattern=NO_NUL, description="Category code. 事项分类代码。")
]
Lane = Annotated[LaneName | None, QueryParameter(description="Only this lane. 优先通道。")]
Marked = Annotated[
    MarkName | None,
    QueryParameter(description="Only marked so: urged, or the reply sent back. 只列催办的、答复被退回的。"),
]
UnitId = Annotated[int | None, QueryParameter(ge=1, le=INT4, description="A unit's id. 单位编号。")]


def several(values: list[str] | None) -> tuple[str, ...]:
    """The values of a parameter, each once; none is no condition."""
    return tuple(dict.fromkeys(values or ()))
