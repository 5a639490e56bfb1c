"""A file is one idea and a function one step: the limits on their lengths."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Sources = Callable[..., list[Path]]

FILE_LIMIT = 500
FILE_AIM = 400  # a longer file says in its first lines why it is one file
PYTHON_FUNCTION_LIMIT = 40
CPP_FUNCTION_LIMIT = 60
EVERYWHERE = ("games", "selfplay", "arena", "zero", "tests", "scripts")


def test_files_are_short_or_say_why_not(sources: Sources, root: Path) -> None:
    wrong = []
    for path in sources(".py", ".hpp", ".cpp", ".sh", folders=EVERYWHERE):
        lines = path.read_text().splitlines()
        explained = "one file" in " ".join(lines[:30]).lower()
        if len(lines) > FILE_LIMIT or (len(lines) > FILE_AIM and not explained):
            wrong.append(f"{path.relative_to(root)}: {len(lines)} lines")
    assert wrong == []  # to be split, or (up to the limit) to say at the top "one file, because"


def long_python_functions(text: str) -> Iterator[tuple[str, int]]:
    """Functions whose code, without the docstring, is longer than allowed."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0]
            docstring = first if ast.get_docstring(node, clean=False) is not None else None
            length = (node.end_lineno or 0) - node.lineno + 1
            if docstring is not None:
                length -= (docstring.end_lineno or 0) - docstring.lineno + 1
            if length > PYTHON_FUNCTION_LIMIT:
                yield node.name, length


def test_python_functions_are_short(sources: Sources, root: Path) -> None:
    wrong = [
        f"{path.relative_to(root)}: {name} has {length} lines"
        for path in sources(".py", folders=EVERYWHERE)
        for name, length in long_python_functions(path.read_text())
    ]
    assert wrong == []


LITERAL_OR_COMMENT = re.compile(
    r"""//[^\n]* | /\*.*?\*/ | R"\((?:.*?)\)" | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])'""",
    re.VERBOSE | re.DOTALL,
)
CONTAINER = re.compile(r"\b(namespace|struct|class|union|enum|concept)\b[^()=]*$")


def cpp_functions(text: str) -> Iterator[tuple[int, int]]:
    """First line and length of each block at namespace or class level: the functions."""
    blank = LITERAL_OR_COMMENT.sub(lambda match: "\n" * match[0].count("\n"), text)
    blank = re.sub(r"^#[^\n]*", "", blank, flags=re.MULTILINE)
    depth = 0  # braces inside the present function
    head_start = start = 0
    for match in re.finditer(r"[{};]", blank):
        at, brace = match.start(), match[0]
        if depth:
            depth += {"{": 1, "}": -1, ";": 0}[brace]
            if depth == 0:
                first = blank.count("\n", 0, start) + 1
                yield first, blank.count("\n", start, at) + 1
        elif brace == "{" and not CONTAINER.search(head := blank[head_start:at]):
            depth, start = 1, at - len(head.lstrip())
        head_start = at + 1


def test_cpp_functions_are_short(sources: Sources, root: Path) -> None:
    wrong = [
        f"{path.relative_to(root)}:{first} has {length} lines"
        for path in sources(".hpp", ".cpp")
        for first, length in cpp_functions(path.read_text())
        if length > CPP_FUNCTION_LIMIT
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("int one() { return 1; }", [(1, 1)]),
        ('namespace a {\nstruct B : C {\n  int f() {\n    g("}");\n  }\n};\n}', [(3, 3)]),
        ("int a = 1;  // {\n\nvoid f(int x)\n{\n  if (x) {\n  }\n}\n", [(3, 5)]),
        ("A::A(int x) : x_{x} {\n  y();\n}\n", [(1, 1), (1, 3)]),
    ],
)
def test_cpp_functions_are_found(text: str, expected: list[tuple[int, int]]) -> None:
    assert list(cpp_functions(text)) == expected


def test_a_long_python_function_is_found() -> None:
    body = "\n".join(f"    x = {i}" for i in range(PYTHON_FUNCTION_LIMIT))
    assert [name for name, _ in long_python_functions(f"def f():\n{body}")] == ["f"]
