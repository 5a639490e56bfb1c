"""The table "Where is ..." of CONTRIBUTING.md: every file and every symbol in it is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def rows(text: str) -> list[tuple[str, str, str]]:
    """Question, file and symbol of each line of the table."""
    section = text.split("## Where is", 1)[1].split("\n## ", 1)[0]
    return re.findall(r"^\| ([^|]+?) \| `([^`|]+)` \| `([^`|]+)` \|$", section, re.MULTILINE)


def defines(source: str, suffix: str, symbol: str) -> bool:
    """Whether a file of this kind defines the symbol: `name`, `Class.method` or `Class::method`."""
    if suffix == ".py":
        body: list[ast.stmt] = ast.parse(source).body
        for name in symbol.split("."):
            found = [node for node in body if name in names_of(node)]
            if not found:
                return False
            body = getattr(found[0], "body", [])
        return True
    if suffix in {".hpp", ".cpp"}:
        return re.search(rf"(?<![\w:.>]){re.escape(symbol)}\s*(\(|\{{|:|<)", source) is not None
    return symbol in source


def names_of(node: ast.stmt) -> set[str]:
    """The names that a statement defines."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return {target.id for target in targets if isinstance(target, ast.Name)}


TABLE = rows((ROOT / "CONTRIBUTING.md").read_text())


def test_the_table_answers_the_questions_of_a_newcomer() -> None:
    assert len(TABLE) >= 15
    questions = " ".join(question for question, _, _ in TABLE)
    for word in (
        "expanded",
        "value target",
        "game",
        "learning method",
        "player",
        "backend",
        "kill",
    ):
        assert word in questions


@pytest.mark.parametrize(("question", "file", "symbol"), TABLE)
def test_what_the_table_names_is_there(question: str, file: str, symbol: str) -> None:
    path = ROOT / file
    assert path.is_file(), question
    assert defines(path.read_text(), path.suffix, symbol), f"{file} does not define {symbol}"


@pytest.mark.parametrize(
    ("suffix", "source", "symbol", "there"),
    [
        (".py", "class A:\n    def b(self): ...\n", "A.b", True),
        (".py", "class A:\n    def b(self): ...\n", "A.c", False),
        (".py", "# def gone()\nX: int = 1\n", "X", True),
        (".py", "# def gone()\n", "gone", False),
        (".cpp", "void A::b(int x) {}", "A::b", True),
        (".cpp", "void A::b(int x) {}", "b", False),
        (".hpp", "struct A {", "A", True),
        (".hpp", "struct Ab {", "A", False),
    ],
)
def test_what_is_missing_is_found(suffix: str, source: str, symbol: str, there: bool) -> None:
    assert defines(source, suffix, symbol) == there
