"""A place's policy as data: stages, kinds, limits, refusals, supervision. Pure but for the loading of its files."""

from yihao.profile.codes import LIMITS, PROMPTS, KindCode, Level, LimitKey, PromptKey, StageCode
from yihao.profile.compare import Difference, counts, diff, provisions
from yihao.profile.flow import ExtensionRule, Flow, KindRule, RedoRule, ReturnRule, RevisitRule, Stage
from yihao.profile.load import TEMPLATE, check, load, load_over, names
from yihao.profile.model import Acceptance, Domain, Outcome, Place, Profile, Refusal, Supervision
from yihao.profile.overlay import Overlay
from yihao.profile.problems import Problem, ProfileInvalid
from yihao.profile.provision import Basis, Limit, Named, Option, Provision, Switch
from yihao.profile.rules import limit, most_days, prompt, redo_limit

__all__ = [
    "LIMITS",
    "PROMPTS",
    "TEMPLATE",
    "Acceptance",
    "Basis",
    "Difference",
    "Domain",
    "ExtensionRule",
    "Flow",
    "KindCode",
    "KindRule",
    "Level",
    "Limit",
    "LimitKey",
    "Named",
    "Option",
    "Outcome",
    "Overlay",
    "Place",
    "Problem",
    "Profile",
    "ProfileInvalid",
    "PromptKey",
    "Provision",
    "RedoRule",
    "Refusal",
    "ReturnRule",
    "RevisitRule",
    "Stage",
    "StageCode",
    "Supervision",
    "Switch",
    "check",
    "counts",
    "diff",
    "limit",
    "load",
    "load_over",
    "most_days",
    "names",
    "prompt",
    "provisions",
    "redo_limit",
]
