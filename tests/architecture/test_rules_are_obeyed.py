"""Each rule a place can write is read by something that obeys it, or stands in the list below with the reason why not.

A field counts as read where code outside ``profile`` reaches it from a profile: expressions are followed by their
types (``profile.flow.redo.max``, ``rule = profile.flow.redo`` and then ``rule.max``), so that an ``.after`` of another
thing is no excuse. What a property or a method of the profile reads counts where that property is used.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

from yihao.profile import codes, load, names
from yihao.profile import rules as answers
from yihao.profile.model import Profile
from yihao.profile.provision import Basis

SOURCE = Path(__file__).resolve().parents[2] / "src" / "yihao"

SHOWN = "shown by GET /profile and compared by `yihao profile diff`; "
UNREAD: dict[str, str] = {
    "Document": SHOWN + "a document is quoted; the tests look its words up",
    "KindRule.kind": "the key the rule stands under",
    "Option.en": SHOWN + "forms are in Chinese",
    "Basis": "cited with its rule (`Basis.cite`), and told by `yihao profile check` with file and line",
    "Merging.sharing": "as SharingRule",
    "KeptSeatsRule.register": SHOWN + "who keeps seats registers by the switch of its unit",
    "KeptSeatsRule.temporary": SHOWN + "the list says it line by line",
    "SharingRule": SHOWN + "data go to other departments by the exchange, which is a room of its own",
    "Place.stationing": SHOWN + "as Place.seats",
    "Place.assistants": SHOWN + "the machines that help are rooms of their own",
    "Assistant": "as Place.assistants",
    "Indicators.reports": SHOWN + "reports are a room of their own",
    "Report": "as Indicators.reports",
    "Place.seats": SHOWN + "a seat is a skill of telephony",
    "Indicators.indicators": SHOWN + "what a place appraises by is for score cards; figures are worked out for all",
    "Indicators.targets": SHOWN + "service figures come with calls",
    "Indicators.ranking": SHOWN + "no list of units is ordered yet",
    "Indicator.core": SHOWN + "as Indicators.indicators",
    "Target.value": SHOWN + "as Indicators.targets",
    "Target.unit": SHOWN + "as Indicators.targets",
}
"""Structs, or single fields of one, that nothing outside the room reads, and why."""
UNUSED_LIMITS: dict[str, str] = {
    "harassment_expiry": "harassing callers are restricted where calls are taken",
    "message_response": "the first response is given where messages come in",
    "mailbox_response": "as message_response",
    "subject_request": "requests about one's own data have a desk of their own",
}
"""Keys of ``limits`` that no clock uses yet, and why."""


def hints(struct: type[Any]) -> dict[str, Any]:
    return get_type_hints(struct)


def reached(kind: Any, found: dict[str, type[Any]]) -> dict[str, type[Any]]:
    """Every struct a profile is made of, by name."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        if kind.__name__ not in found:
            found[kind.__name__] = kind
            for part in hints(kind).values():
                reached(part, found)
    else:
        for part in get_args(kind):
            reached(part, found)
    return found


STRUCTS = reached(Profile, {})
MODULES = {inspect.getmodule(struct) for struct in STRUCTS.values()} | {answers, codes}


def owner(struct: type[Any], field: str) -> str:
    """``Limit.basis`` is ``Provision.basis``: where the field is declared."""
    return next(base for base in reversed(struct.__mro__) if field in vars(base).get("__annotations__", {})).__name__


def bare(kind: Any) -> Any:
    """The type without ``None``."""
    if get_origin(kind) in (Union, UnionType):
        rest = [one for one in get_args(kind) if one is not type(None)]
        return rest[0] if len(rest) == 1 else None
    return kind


def element(kind: Any) -> Any:
    """What iterating over it gives."""
    kind = bare(kind)
    if get_origin(kind) in (tuple, list, Iterator):
        return get_args(kind)[0]
    return get_args(kind)[0] if get_origin(kind) is dict else None


class Reading(ast.NodeVisitor):
    """Follows types through one module and notes what is read of a profile."""

    def __init__(self, annotated: dict[str, Any], notes: set[str], limits: set[str]) -> None:
        self.returns = annotated
        self.notes = notes
        self.limits = limits
        self.scopes: list[dict[str, Any]] = [{}]

    def type_of(self, node: ast.expr | None) -> Any:
        match node:
            case ast.Name(id=name):
                return next((scope[name] for scope in reversed(self.scopes) if name in scope), None)
            case ast.Attribute(value=value, attr="profile"):
                self.type_of(value)
                return Profile
            case ast.Attribute(value=value, attr=attr):
                return self.member(self.type_of(value), attr)
            case ast.Await(value=value):
                return self.type_of(value)
            case ast.Call(func=ast.Name(id="next"), args=[first, *_]):
                return element(self.type_of(first))
            case ast.Call(func=ast.Name(id="tuple" | "list" | "sorted" | "reversed" | "iter"), args=[first, *_]):
                return self.type_of(first)
            case ast.Call(func=ast.Name(id=name)):
                return self.returns.get(name)
            case ast.Call(func=ast.Attribute(value=value, attr=attr)):
                return self.called(self.type_of(value), attr)
            case ast.Subscript(value=value):
                kind = bare(self.type_of(value))
                if get_origin(kind) is dict:
                    return get_args(kind)[1]
                return element(kind)
            case ast.GeneratorExp(elt=elt) | ast.ListComp(elt=elt) | ast.SetComp(elt=elt):
                self.bind_loops(node.generators)
                kind = self.type_of(elt)
                return tuple[kind, ...] if kind is not None else None
            case ast.DictComp(value=value):
                self.bind_loops(node.generators)
                known = self.type_of(value)
                return dict[str, known] if known is not None else None
            case ast.IfExp(body=body, orelse=other):
                return self.type_of(body) or self.type_of(other)
            case ast.BoolOp(values=values):
                return next((kind for value in values if (kind := self.type_of(value)) is not None), None)
            case ast.NamedExpr(target=target, value=value):
                kind = self.type_of(value)
                self.bind(target, kind)
                return kind
        return None

    def member(self, kind: Any, attr: str) -> Any:
        kind = bare(kind)
        if not (isinstance(kind, type) and kind.__name__ in STRUCTS):
            return None
        if attr in kind.__struct_fields__:
            self.notes.add(f"{owner(kind, attr)}.{attr}")
            return hints(kind)[attr]
        return self.within(kind, attr)

    def within(self, kind: type[Any], attr: str) -> Any:
        """A property or method of a profile's struct: what it reads is read here."""
        made = getattr(kind, attr, None)
        function = made.fget if isinstance(made, property) else made
        if not inspect.isfunction(function):
            return None
        if (mark := f"{kind.__name__}.{attr}()") not in self.notes:
            self.notes.add(mark)
            inside = Reading(self.returns, self.notes, self.limits)
            inside.scopes.append({"self": kind})
            inside.visit(ast.parse(textwrap.dedent(inspect.getsource(function))))
        return get_type_hints(function, vars(inspect.getmodule(function))).get("return")

    def called(self, kind: Any, attr: str) -> Any:
        kind = bare(kind)
        if get_origin(kind) is dict:
            key, value = get_args(kind)
            return {"get": value, "values": tuple[value, ...], "items": tuple[tuple[key, value], ...]}.get(attr)
        return self.member(kind, attr)

    def bind(self, target: ast.expr, kind: Any) -> None:
        if isinstance(target, ast.Name):
            self.scopes[-1][target.id] = kind
        elif isinstance(target, ast.Tuple) and get_origin(bare(kind)) is tuple:
            for name, part in zip(target.elts, get_args(bare(kind)), strict=False):
                self.bind(name, part)

    def bind_loops(self, loops: list[ast.comprehension]) -> None:
        for loop in loops:
            self.bind(loop.target, element(self.type_of(loop.iter)))
            for test in loop.ifs:
                self.type_of(test)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if (node.module or "").startswith("yihao.profile"):
            for name in node.names:
                if name.name == "load":
                    self.returns[name.asname or name.name] = Profile

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        own = {}
        for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
            if argument.annotation is not None and (kind := named(argument.annotation)) is not None:
                own[argument.arg] = kind
        self.scopes.append(own)
        self.generic_visit(node)
        self.scopes.pop()

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        # The table and the forms ask a profile by small functions of one argument.
        self.scopes.append({node.args.args[0].arg: Profile} if len(node.args.args) == 1 else {})
        self.generic_visit(node)
        self.scopes.pop()

    def visit_Assign(self, node: ast.Assign) -> None:
        if isinstance(node.value, ast.Tuple):
            for target in node.targets:
                if isinstance(target, ast.Tuple):
                    for name, value in zip(target.elts, node.value.elts, strict=False):
                        self.bind(name, self.type_of(value))
        else:
            kind = self.type_of(node.value)
            for target in node.targets:
                self.bind(target, kind)
        self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.bind(node.target, named(node.annotation) or self.type_of(node.value))
        self.generic_visit(node)

    def visit_For(self, node: ast.For) -> None:
        self.bind(node.target, element(self.type_of(node.iter)))
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        self.bind(node.target, element(self.type_of(node.iter)))
        self.generic_visit(node)

    def visit_GeneratorExp(self, node: Any) -> None:
        self.bind_loops(node.generators)
        self.generic_visit(node)

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.type_of(node)
        self.generic_visit(node)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.type_of(node)
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if node.value in codes.LIMITS:
            self.limits.add(node.value)


def named(annotation: ast.expr) -> Any:
    """The profile's struct an annotation names, alone or in a tuple."""
    match annotation:
        case ast.Name(id=name) if name in STRUCTS:
            return STRUCTS[name]
        case ast.BinOp(left=left):
            return named(left)
        case ast.Subscript(
            value=ast.Name(id="tuple" | "list" | "Sequence" | "Iterable"), slice=ast.Tuple(elts=[one, *_])
        ):
            return tuple[kind, ...] if (kind := named(one)) is not None else None
    return None


def found() -> tuple[set[str], set[str]]:
    """What is read of a profile, as ``Struct.field``; and the keys of limits that are named."""
    trees = [
        ast.parse(file.read_text(encoding="utf-8"))
        for file in sorted(SOURCE.rglob("*.py"))
        if not file.is_relative_to(SOURCE / "profile")
    ]
    answering = ast.parse((SOURCE / "profile" / "rules.py").read_text(encoding="utf-8"))
    made = [
        node
        for tree in (*trees, answering)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns is not None
    ]
    returns = {node.name: kind for node in made if (kind := named(node.returns)) is not None}
    notes: set[str] = set()
    limits: set[str] = set()
    for tree in (*trees, answering):
        Reading(dict(returns), notes, limits).visit(tree)
    return notes, limits


READ, LIMITS_READ = found()
FIELDS = {f"{owner(struct, field)}.{field}" for struct in STRUCTS.values() for field in struct.__struct_fields__}


def excused(field: str) -> bool:
    return field in UNREAD or field.partition(".")[0] in UNREAD


def test_each_rule_a_place_can_write_is_obeyed() -> None:
    forgotten = sorted(field for field in FIELDS - READ if not excused(field))
    assert forgotten == [], "nothing reads these rules: obey them, take them away, or say in UNREAD why they wait"


def test_no_reason_outlives_its_need() -> None:
    for name in UNREAD:
        own = {field for field in FIELDS if field == name or field.startswith(f"{name}.")}
        assert own, f"{name} is no part of a profile any more"
        assert own - READ, f"{name} is read now: take it off the list"


def test_each_limit_is_a_clock_of_something() -> None:
    told = {level.answer for name in names() for level in load(name).supervision.levels}
    idle = set(codes.LIMITS) - LIMITS_READ - told
    assert idle == set(UNUSED_LIMITS)


def test_following_types_finds_what_it_should_and_nothing_else() -> None:
    notes: set[str] = set()
    text = """
def one(profile: Profile, page: Page):
    rule, other = profile.flow.redo, page.merging
    for level in profile.indicators.satisfaction:
        print(level.score, other.freeze, page.after)
    days = [ground.code for kind in profile.kinds.values() for ground in kind.extension.grounds]
    return rule.max
"""
    Reading({}, notes, set()).visit(ast.parse(text))
    assert notes == {
        "Profile.flow", "Flow.redo", "RedoRule.max", "Profile.indicators", "Indicators.satisfaction",
        "SatisfactionLevel.score", "Profile.kinds", "KindRule.extension", "ExtensionRule.grounds", "Option.code",
    }  # fmt: skip
    assert "RepeatRule.after" in READ and "QueryCodeRule.bits" in READ and Basis.__name__ in STRUCTS
