"""No code knows a place by name: what differs between places stands in their folders.

Docstrings may take an example from anywhere; names and strings of the program may not.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from yihao.profile import names

SOURCE = Path(__file__).resolve().parents[2] / "src" / "yihao"
# The packaged places, and the places the founding documents are of; ``national`` is a ground and no place.
PLACES = {
    *names(),
    "xishuangbanna",
    "zhejiang",
    "shanxi",
    "baiyin",
    "qingyuan",
    "西双版纳",
    "浙江",
    "山西",
    "白银",
    "清远",
}


def words(tree: ast.AST) -> Iterator[str]:
    """Every name and every string of a module, without its docstrings."""
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value
        elif isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr


@pytest.mark.parametrize("file", sorted(SOURCE.rglob("*.py")), ids=lambda file: str(file.relative_to(SOURCE)))
def test_no_code_knows_a_place(file):
    text = file.read_text(encoding="utf-8")
    found = {(word, place) for word in words(ast.parse(text)) for place in PLACES if place in word.lower()}
    assert not found


def test_the_search_finds_a_place():
    tree = ast.parse('"""About baiyin."""\nif place == "baiyin":\n    pass\n')
    assert [word for word in words(tree) if "baiyin" in word] == ["baiyin"]
