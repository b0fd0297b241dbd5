"""The closed lists a profile speaks in: kinds of matter, stages, ranks, the keys of limits and of voice prompts."""

from __future__ import annotations

from typing import Literal

KindCode = Literal["consult", "help", "complaint", "report", "suggestion", "praise", "other"]
StageCode = Literal[
    "accept", "dispatch", "coordinate", "handle", "reply", "supervise", "close", "revisit", "rate", "appraise"
]
Level = Literal["province", "prefecture", "city", "county", "township"]
LimitKey = Literal[
    "dispatch",
    "dispatch_immediate",
    "dispatch_enterprise",
    "sign",
    "sign_urgent",
    "sign_enterprise",
    "return_window",
    "return_review",
    "first_contact",
    "assist_margin",
    "extension_decision",
    "review",
    "reply_reject_extra",
    "refusal_confirm",
    "handover",
    "final_decision",
    "appeal_decision",
    "supervision_1",
    "supervision_2",
    "supervision_3",
    "supervision_4",
    "supervision_5",
    "pause_max",
    "pause_review",
    "revisit_start",
    "rating_wait",
    "bad_rating_fix",
    "archive_quiet",
    "yellow_card",
    "harassment_expiry",
    "message_response",
    "mailbox_response",
    "subject_request",
]

PromptKey = Literal["greeting", "notice", "navigation", "transition", "merged", "handed_on", "not_opened"]

# When each prompt is spoken. docs/profiles.md prints the same list.
PROMPTS: dict[PromptKey, str] = {
    "greeting": "12345 answers",
    "notice": "before the recording starts: what is recorded and why",
    "navigation": "after the greeting: which key leads where",
    "transition": "a line that will be merged is dialled before its cut-over",
    "merged": "a line that was merged is dialled after its cut-over",
    "handed_on": "the call is put through to seats of a line's own: kept seats, a sub-centre, a linked line",
    "not_opened": "a number is dialled that is not served here",
}
# What a prompt may name in braces: filled when it is spoken, so that a new name of the hotline is heard at once.
PLACEHOLDERS = ("hotline", "managing_body", "line", "number", "date")

# What each limit measures: from which moment, to which act. docs/profiles.md prints the same list.
LIMITS: dict[LimitKey, str] = {
    "dispatch": "registration to dispatch, in hours the same day, else by `dispatch_by` of a working day",
    "dispatch_immediate": "registration to dispatch of enforcement matters, complaints and reports, day and night",
    "dispatch_enterprise": "the same for an enterprise's matter, where `flow.enterprise` is on",
    "sign": "dispatch to signing by the unit",
    "sign_urgent": "the same for an urgent or critical order, natural time",
    "sign_enterprise": "the same for an enterprise's matter that is not urgent, where `flow.enterprise` is on",
    "return_window": "signing to the unit's request to return the order",
    "return_review": "request to return, to its verdict",
    "first_contact": "signing to the unit's first contact with the citizen",
    "assist_margin": "working days an assisting unit must be done before the lead's due",
    "extension_decision": "request for more time to its decision",
    "review": "the unit's reply to the hotline's review of it",
    "reply_reject_extra": "working days the unit gets to mend a rejected reply when its own due is nearer",
    "refusal_confirm": "refusal by an agent to its confirmation, where the place asks for one",
    "handover": "hand-over to an emergency number or a linked partner, to its word that it took the matter",
    "final_decision": "proposal of a final answer to another person's decision",
    "appeal_decision": "a citizen's appeal against a refusal to its decision",
    "supervision_1": "reminder to the unit's answer",
    "supervision_2": "supervision order to the unit's answer",
    "supervision_3": "special coordination to the units' answer",
    "supervision_4": "interview to the unit's answer",
    "supervision_5": "referral for inspection or accountability to its answer",
    "pause_max": "start of a pause to its end at the latest",
    "pause_review": "start or last review of a pause to the next review",
    "revisit_start": "close to the first revisit",
    "rating_wait": "invitation to rate, to archiving as not rated",
    "bad_rating_fix": "bad rating to its mending",
    "archive_quiet": "last event of an ended order to archiving",
    "yellow_card": "working days before the due at which an open order turns yellow",
    "harassment_expiry": "start of a restriction on a harassing caller to its end",
    "message_response": "an SMS or online message to the first response, natural time",
    "mailbox_response": "a letter to the online mailbox to the first response, natural time",
    "subject_request": "a person's request about their own data to its answer",
}
