"""From a merged tree to the frozen values of the model, collecting every problem on the way.

The model's own types are the schema: a field that is added there can be written in a file the same day.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from functools import cache
from typing import Any, Final, get_args, get_origin

import msgspec

from yihao.profile.problems import Problem
from yihao.profile.provision import Basis
from yihao.profile.scalars import UnfitError, choices, convert, split, want
from yihao.profile.tree import Node

MIN_QUOTE = 8
_CODE = re.compile(r"[A-Za-z0-9_]{1,40}")
_SHAPES = {"mapping": ("映射", "a mapping"), "list": ("列表", "a list"), "scalar": ("单个值", "a single value")}


class _Failed:
    """The value of what could not be read; its problems are noted."""


FAILED: Final = _Failed()


@cache
def _fields(cls: type[msgspec.Struct]) -> tuple[msgspec.structs.FieldInfo, ...]:
    """The fields of a model type, the basis last as an author writes it."""
    return tuple(sorted(msgspec.structs.fields(cls), key=lambda field: field.name == "basis"))


def squeeze(text: str) -> str:
    """A text without any white space: documents break lines, and space digits, where their printer did.

    Quote and document are both squeezed before they are compared or counted.
    """
    return "".join(text.split())


class Reader:
    """Reads nodes as model types.

    Attributes:
        documents: key of each registered document to its official number.
        problems: what is wrong, in the order it was found.
        at: each path read, to its node.
        parts: each path read well, to its value: checks between rules see all that stands, whatever failed beside it.
    """

    def __init__(self, documents: dict[str, str], problems: list[Problem]) -> None:
        self.documents = documents
        self.problems = problems
        self.at: dict[str, Node] = {}
        self.parts: dict[str, Any] = {}

    def read(self, node: Node, kind: Any, path: str, key: str | None = None) -> Any:
        """The value of ``node`` as ``kind``, or ``FAILED``; ``key`` is the code the node stands under."""
        bare, _ = split(kind)
        self.at[path] = node
        value: Any
        if isinstance(bare, type) and issubclass(bare, msgspec.Struct):
            value = self._struct(node, bare, path, key)
        elif get_origin(bare) is dict:
            value = self._dict(node, bare, path)
        elif get_origin(bare) is tuple:
            value = self._tuple(node, get_args(bare)[0], path)
        else:
            value = self._scalar(node, kind, path)
        if value is not FAILED:
            self.parts[path] = value
        return value

    def note(self, code: str, node: Node, path: str, **params: str | int) -> _Failed:
        """Note a problem at a node."""
        self.problems.append(Problem(code=code, file=node.file, line=node.line, path=path, params=params))
        return FAILED

    def _expect(self, node: Node, shape: str, path: str) -> bool:
        if node.shape == shape:
            return True
        (want_zh, wanted), (got_zh, got) = _SHAPES[shape], _SHAPES[node.shape]
        self.note("wrong_shape", node, path, want_zh=want_zh, want=wanted, got_zh=got_zh, got=got)
        return False

    def _unknown(self, node: Node, known: Iterable[str], path: str) -> None:
        listed = list(known)
        for key, child in node.entries.items():
            if key not in listed:
                guess_zh, guess = _guess(key, listed)
                here = f"{path}.{key}" if path else key
                names = ", ".join(listed)
                self.note("unknown_key", child, here, key=key, known=names, guess_zh=guess_zh, guess=guess)

    def _struct(self, node: Node, cls: type[msgspec.Struct], path: str, key: str | None) -> Any:
        if not self._expect(node, "mapping", path):
            return FAILED
        key_field = getattr(cls, "KEY", None) if key is not None else None
        fields = [field for field in _fields(cls) if field.name != key_field]
        values: dict[str, Any] = {}
        if key_field in {field.name for field in _fields(cls)}:
            values[str(key_field)] = key
        self._unknown(node, (field.name for field in fields), path)
        for field in fields:
            child = node.entries.get(field.name)
            if child is not None and field.type is Basis:
                values[field.name] = self.basis(child, f"{path}.basis", node)
            elif child is not None:
                values[field.name] = self.read(child, field.type, f"{path}.{field.name}")
            elif field.required:
                values[field.name] = self._missing(node, field.name, field.type, path)
        return FAILED if FAILED in values.values() else cls(**values)

    def _missing(self, node: Node, name: str, kind: Any, path: str) -> _Failed:
        if name == "basis":
            return self.note("missing_basis", node, path)
        wanted = want(kind)
        return self.note("missing_key", node, path, key=name, hint_zh=wanted.zh, hint=wanted.en)

    def _dict(self, node: Node, kind: Any, path: str) -> Any:
        """A mapping; one keyed by a closed list holds each of its keys."""
        if not self._expect(node, "mapping", path):
            return FAILED
        key_type, value_type = get_args(kind)
        known = choices(key_type)
        if known:
            self._unknown(node, known, path)
            for name in known:
                if name not in node.entries:
                    self._missing(node, name, value_type, path)
        entries = {key: child for key, child in node.entries.items() if not known or key in known}
        read = {key: self.read(child, value_type, f"{path}.{key}", key) for key, child in entries.items()}
        return {key: value for key, value in read.items() if value is not FAILED}

    def _tuple(self, node: Node, item: Any, path: str) -> Any:
        """A list; entries that have a code stand under it in a mapping."""
        bare, _ = split(item)
        if isinstance(bare, type) and issubclass(bare, msgspec.Struct):
            if not self._expect(node, "mapping", path):
                return FAILED
            read = [self._coded(child, bare, f"{path}.{key}", key) for key, child in node.entries.items()]
            return tuple(value for value in read if value is not FAILED)
        if not isinstance(node.value, list):
            self._expect(node, "list", path)
            return FAILED
        values = [self.read(child, item, f"{path}[{index}]") for index, child in enumerate(node.value)]
        for index, value in enumerate(values):
            if value in values[:index] and value is not FAILED:
                self.note("duplicate_entry", node.value[index], path, value=str(value))
        return FAILED if FAILED in values else tuple(values)

    def _coded(self, node: Node, cls: type[msgspec.Struct], path: str, key: str) -> Any:
        if not _CODE.fullmatch(key):
            return self.note(
                "wrong_value",
                node,
                path,
                value=key,
                why_zh="代码只能用字母、数字和下划线",
                why="a code is letters, digits and underscores",
                want_zh="英文代码",
                want="an English code",
            )
        return self.read(node, cls, path, key)

    def _scalar(self, node: Node, kind: Any, path: str) -> Any:
        if not isinstance(node.value, str):
            self._expect(node, "scalar", path)
            return FAILED
        text = "" if node.empty else node.value
        known = choices(kind)
        if known:
            if text in known:
                return text
            guess_zh, guess = _guess(text, known)
            names = ", ".join(known)
            return self.note("wrong_choice", node, path, value=text, known=names, guess_zh=guess_zh, guess=guess)
        try:
            return convert(text, kind)
        except UnfitError as error:
            wanted = want(kind)
            return self.note(
                error.code,
                node,
                path,
                value=text,
                why_zh=error.why_zh,
                why=error.why,
                want_zh=wanted.zh,
                want=wanted.en,
            )

    def basis(self, node: Node, path: str, rule: Node) -> Any:
        """The basis of ``rule``: which of the three kinds, and what that kind must have."""
        if not self._expect(node, "mapping", path):
            return FAILED
        allowed = ("document", "clause", "quote", "source", "design", "reading")
        self._unknown(node, allowed, path)
        text = {
            name: self._scalar(node.entries[name], str, f"{path}.{name}") for name in allowed if name in node.entries
        }
        if FAILED in text.values():
            return FAILED
        if sum(name in text for name in ("document", "source", "design")) != 1:
            return self.note("basis_kind", node, path)
        if "document" in text:
            if not self._document_basis(node, text, path):
                return FAILED
            text["number"] = self.documents[text["document"]]
        elif stray := [name for name in ("clause", "quote") if name in text]:
            known = "source, reading" if "source" in text else "design"
            return self.note("unknown_key", node, path, key=stray[0], known=known, guess_zh="", guess="")
        return Basis(**text, layer=rule.layer, file=rule.file, line=rule.line)

    def _document_basis(self, node: Node, text: dict[str, str], path: str) -> bool:
        before = len(self.problems)
        for name in ("clause", "quote"):
            if name not in text:
                self._missing(node, name, str, path)
        if text["document"] not in self.documents:
            known = ", ".join(self.documents) or "–"
            self.note("unknown_document", node.entries["document"], path, value=text["document"], known=known)
        if "quote" in text and len(squeeze(text["quote"])) < MIN_QUOTE:
            self.note("short_quote", node.entries["quote"], path, length=len(squeeze(text["quote"])))
        return len(self.problems) == before


def _guess(text: str, known: Iterable[str]) -> tuple[str, str]:
    close = difflib.get_close_matches(text, list(known), n=1)
    return (f"，是否为“{close[0]}”", f", did you mean “{close[0]}”") if close else ("", "")
