"""Which kind a message is of (诉求类型) and which field of government, by the words in it. Pure; no learning.

The rule, in full in ``docs/replay.md``: the word that stands first in the title decides, since people head their
message with what they want (投诉…, 咨询…, 请求…). A title without such a word leaves it to the words of wrong, then to
the question (never under a title of 反映, which tells and does not ask), then to the wish in the body.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from yihao.profile.model import KindCode

# What a title begins with; earlier position first, at the same position the longer word.
TITLE_WORDS: Final[dict[KindCode, tuple[str, ...]]] = {
    "report": ("举报", "检举", "揭发"),
    "complaint": ("投诉", "控诉", "申诉", "质疑", "曝光"),
    "consult": (
        "咨询", "请问", "询问", "请教", "想了解", "想知道", "何时", "什么时候", "什么情况", "能否", "可否", "是否",
        "如何", "怎么", "怎样", "为什么", "为何", "有哪些", "是什么", "多少",
    ),
    "suggestion": ("建议", "呼吁", "提议", "倡议", "反对", "意见"),
    "help": (
        "请求", "求助", "恳请", "恳求", "希望", "盼", "望", "要求", "救助", "求支持", "请解决", "请尽", "请加快",
        "请帮", "请关注",
    ),
    "praise": ("感谢", "表扬", "致谢", "点赞", "好评"),
}  # fmt: skip
# Somebody does wrong: with no wish in the title this is a complaint.
WRONGS: Final = (
    "扰民", "污染", "违规", "违法", "违建", "违章", "乱收费", "收费不合理", "无理收费", "拖欠", "欠薪", "诈骗", "欺骗",
    "噪音", "噪声", "无证", "不作为", "推诿", "霸王条款", "强制", "强行", "占道", "出店经营", "偷", "造假", "虚假",
    "不实", "失职", "管理不当", "安全隐患", "脏乱差", "环境差", "恶臭", "刺鼻", "滥采", "非法", "黑加油站", "曝",
    "没人接", "无人接", "态度恶劣", "侵占", "欺负", "焚烧", "倾倒",
)  # fmt: skip
WISHES: Final = (
    "希望", "请求", "恳请", "恳求", "请", "盼", "望", "帮", "解决", "求", "需要", "何处", "无法", "没有", "问题",
)  # fmt: skip
_QUESTION = re.compile(r"[?？]|吗[。！\s]*$|呢[。！\s]*$")
_DEMAND: Final = ("希望", "请", "求", "建议", "投诉", "解决", "问题", "何时", "但")

DOMAIN_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "environment": ("污染", "噪音", "噪声", "油烟", "垃圾", "排放", "臭", "焚烧", "粉尘", "扬尘", "污水", "环保"),
    "market": (
        "收费", "价格", "消费", "欺诈", "诈骗", "食品", "药品", "商家", "超市", "虚假宣传", "质量", "物业", "开发商",
        "合同", "发票", "执照", "无证",
    ),
    "economy": ("企业", "投资", "招商", "税", "创业", "贷款", "产业", "项目建设", "资助", "开发区", "规划"),
    "society": (
        "治安", "户口", "户籍", "交通", "车辆", "停车", "违建", "违章", "消防", "拆迁", "征收", "征地", "信访", "村委",
    ),
}  # fmt: skip
"""Every other message is of 公共服务 (XS 三(二) asks for one of five fields)."""
LEGAL_WORDS: Final = ("行政处罚", "立案", "行政调解", "行政执法", "劳动仲裁", "执法办案")
"""A message with one of these in its title or body is a mediation or enforcement case (XS 六(四))."""


def kind_of(title: str, body: str) -> tuple[KindCode, str]:
    """The kind, and the word that decided (empty: none)."""
    head, text = _plain(title), _plain(body)
    kind, word = _first_in(head)
    if kind == "praise" and any(demand in head.replace(word, "") for demand in _DEMAND):
        kind = "help"
    if kind is not None:
        return kind, word
    if _QUESTION.search(head):
        return "consult", "？"
    if wrong := _any_of(WRONGS, head) or _any_of(WRONGS, text):
        return "complaint", wrong
    if _QUESTION.search(text) and "反映" not in head:
        return "consult", "？"
    if wish := _any_of(WISHES, head) or _any_of(WISHES, text):
        return "help", wish
    if word := _any_of(TITLE_WORDS["praise"], text):
        return "praise", word
    return "other", ""


def domain_of(title: str, body: str) -> str:
    """The field of government: the one with most of its words in title (counted thrice) and body."""
    text = _plain(title) * 3 + _plain(body)
    score = {domain: sum(text.count(word) for word in words) for domain, words in DOMAIN_WORDS.items()}
    best = max(score, key=lambda domain: score[domain])
    return best if score[best] else "service"


def is_legal_process(title: str, body: str) -> bool:
    """Whether it is a mediation or enforcement case, which the satisfaction rate leaves out."""
    return _any_of(LEGAL_WORDS, _plain(title) + _plain(body)) != ""


def _first_in(head: str) -> tuple[KindCode | None, str]:
    best: tuple[int, int, KindCode | None, str] = (len(head), 0, None, "")
    for kind, words in TITLE_WORDS.items():
        for word in words:
            place = head.find(word)
            if place >= 0:
                best = min(best, (place, -len(word), kind, word), key=lambda found: found[:2])
    return best[2], best[3]


def _any_of(words: tuple[str, ...], text: str) -> str:
    return next((word for word in words if word in text), "")


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())
