"""The closed lists of orders in English, beside the Chinese of `orders.model`, and the words no other module needs.

What the API speaks of in code words, the console shows by these (``GET /api/v1/vocabulary``, the forms of ``/verbs``).
A test holds every list to have the same words in both languages.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

KINDS_EN: Final = {
    "consult": "Enquiry",
    "help": "Request for help",
    "complaint": "Complaint",
    "report": "Report of a wrong",
    "suggestion": "Suggestion",
    "praise": "Praise",
    "other": "Other",
}
CHANNELS_EN: Final = {
    "phone": "Phone",
    "web": "Website",
    "mobile": "Mobile app",
    "sms": "SMS",
    "email": "E-mail",
    "letter": "Letter",
    "fax": "Fax",
    "visit": "Visit",
    "wechat": "WeChat",
    "message_board": "Message board",
    "bot": "Bot",
    "superior": "Sent down",
    "partner": "Linked partner",
    "import": "Import",
}
DOMAINS_EN: Final = {
    "economy": "Economic regulation",
    "market": "Market supervision",
    "society": "Social administration",
    "service": "Public service",
    "environment": "Environmental protection",
}
URGENCIES_EN: Final = {"normal": "Normal", "expedited": "Expedited", "urgent": "Urgent", "critical": "Critical"}
LANES_EN: Final = {"enterprise": "Enterprise lane"}
SECRECIES_EN: Final = {"public": "Public", "internal": "Internal", "confidential": "Confidential"}
STATES_EN: Final = {
    "received": "Accepted",
    "refused": "Refused",
    "answered": "Answered at once",
    "transferred": "Transferred",
    "pending_dispatch": "Waits for dispatch",
    "dispatched": "Waits for signing",
    "signed": "In hand",
    "return_review": "Return under review",
    "paused": "Paused",
    "replied": "Reply under review",
    "closed": "Closed",
    "revisiting": "Revisiting",
    "redo": "Redo",
    "withdrawn": "Withdrawn",
    "merged": "Merged",
    "final": "Final answer",
    "archived": "Archived",
}
DUTY_KINDS_EN: Final = {
    "overall": "Whole matter",
    "refusal_confirm": "Confirming the refusal",
    "handover": "Acknowledging the hand-over",
    "dispatch": "Dispatch",
    "sign": "Signing",
    "assist_sign": "Signing the assisting part",
    "handling": "Handling",
    "assist": "Assisting part",
    "first_contact": "First contact",
    "return_review": "Review of a return",
    "extension_decision": "Decision on an extension",
    "review": "Review of the reply",
    "revisit": "Revisit",
    "redo_decision": "Whether to redo",
    "supervision": "Answer to a supervision",
    "final_decision": "Decision on a final answer",
    "appeal_decision": "Decision on an appeal",
    "pause_review": "Review of a pause",
    "pause_end": "End of a pause",
    "rating_wait": "Waiting for a rating",
    "quiet": "Quiet time before archiving",
}
COLOURS: Final = {
    "green": "正常",
    "yellow": "临期",
    "red": "超期",
    "paused": "挂起",
    "done": "按期完成",
    "late": "逾期完成",
}
"""Colours of a clock (`views.colour`)."""
COLOURS_EN: Final = {
    "green": "In time",
    "yellow": "Due soon",
    "red": "Past due",
    "paused": "Paused",
    "done": "Done in time",
    "late": "Done late",
}
OUTCOMES: Final = {
    "met": "完成",
    "answered": "直接答复",
    "archived": "归档",
    "declined": "不予办理",
    "escalated": "提级办理",
    "final": "最终答复",
    "merged": "并件",
    "passed_down": "下派",
    "reassigned": "改派",
    "recalled": "收回下派",
    "refused": "不予受理",
    "rejected": "驳回",
    "reopened": "重启",
    "returned": "退单",
    "superseded": "被替代",
    "transferred": "转接",
    "unanswered": "未答复",
    "waived": "免除",
    "withdrawn": "撤诉",
}
"""How a duty ended."""
OUTCOMES_EN: Final = {
    "met": "Met",
    "answered": "Answered at once",
    "archived": "Archived",
    "declined": "Declined",
    "escalated": "Escalated",
    "final": "Final answer",
    "merged": "Merged",
    "passed_down": "Passed down",
    "reassigned": "Reassigned",
    "recalled": "Recalled",
    "refused": "Refused",
    "rejected": "Rejected",
    "reopened": "Reopened",
    "returned": "Returned",
    "superseded": "Superseded",
    "transferred": "Transferred",
    "unanswered": "Not answered",
    "waived": "Waived",
    "withdrawn": "Withdrawn",
}
CALLER_KINDS: Final = {"person": "个人", "enterprise": "企业", "other": "其他"}
CALLER_KINDS_EN: Final = {"person": "Person", "enterprise": "Enterprise", "other": "Other"}
HANDLED_BY: Final = {"hotline": "热线自办", "unit": "承办单位办理", "transfer": "转接办理"}
HANDLED_BY_EN: Final = {"hotline": "Hotline itself", "unit": "Handling unit", "transfer": "Transferred"}
MESSAGE_STATUSES: Final = {"pending": "待外发", "no_sender": "尚无外发渠道", "sent": "已外发", "dead": "多次失败"}
MESSAGE_STATUSES_EN: Final = {
    "pending": "Waits",
    "no_sender": "Nobody sends it yet",
    "sent": "Sent",
    "dead": "Given up",
}
REVEALED: Final = {
    "title": "标题",
    "content": "诉求内容",
    "address": "地址",
    "location": "位置",
    "name": "姓名",
    "phone": "电话",
    "id_number": "身份证号",
    "enterprise_code": "信用代码",
    "texts": "某一步的全部文字",
}
"""What `reveal` opens."""
REVEALED_EN: Final = {
    "title": "Title",
    "content": "Content",
    "address": "Address",
    "location": "Position",
    "name": "Name",
    "phone": "Phone",
    "id_number": "Identity number",
    "enterprise_code": "Credit code",
    "texts": "All texts of a step",
}
CHOICES: Final[Mapping[str, Mapping[str, str]]] = {
    "way": {
        "one_key": "一键转接",
        "three_way": "三方通话",
        "order": "移交记录",
        "human": "人工",
        "sms": "短信",
        "robot": "智能外呼",
        "web": "网络",
    },
    "verified_by": {"query_code": "查询码", "call_back": "回拨核实"},
    "result": {"under_way": "正在处置", "done": "已处置", "not_found": "未发现所述情况"},
    "relation": {"repeat": "重复诉求", "cluster": "同类诉求"},
    "ground": {
        "new_fact": "有新事实",
        "appeal_upheld": "申诉成立",
        "wrong_decision": "原处理有误",
    },
}
"""Chinese words for the fixed choices of the verbs' bodies, by field."""
CHOICES_EN: Final[Mapping[str, Mapping[str, str]]] = {
    "way": {
        "one_key": "One-key transfer",
        "three_way": "Three-way call",
        "order": "Hand-over of the record",
        "human": "By a person",
        "sms": "SMS",
        "robot": "Robot call",
        "web": "Online",
    },
    "verified_by": {"query_code": "Query code", "call_back": "Call back"},
    "result": {"under_way": "Under way", "done": "Done", "not_found": "Nothing found"},
    "relation": {"repeat": "Repeat", "cluster": "Cluster"},
    "ground": {
        "new_fact": "New fact",
        "appeal_upheld": "Appeal upheld",
        "wrong_decision": "Wrong decision",
    },
}
