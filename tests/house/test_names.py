"""One name, one class: no public class of the packages or the native module shares its name."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

# What may be there more than once, and why.
SHARED = {
    "env": "PettingZoo's name for the class that each of its environments exports",
    "Position": "what a game in Python, or a part of one, calls a state of its own",
    "State": "the native state, and the protocol of those that the reference searches",
}


def classes(files: list[Path], root: Path) -> dict[str, list[str]]:
    """Where each public class stands."""
    found = defaultdict(list)
    for path in files:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].append(str(path.relative_to(root)))
    return found


def test_no_two_classes_have_one_name(sources: Callable[..., list[Path]], root: Path) -> None:
    files = [*sources(".py"), *sources(".pyi", folders=("stubs",))]
    shared = {name: where for name, where in classes(files, root).items() if len(where) > 1}
    assert {name: where for name, where in shared.items() if name not in SHARED} == {}
    assert set(SHARED) - set(shared) == set(), "they are told apart now: shorten the table"


def test_a_class_that_is_there_twice_is_found(tmp_path: Path) -> None:
    for name in ("a.py", "b.pyi"):
        (tmp_path / name).write_text("class One:\n    class _Two: ...\n")
    found = classes(sorted(tmp_path.iterdir()), tmp_path)
    assert found == {"One": ["a.py", "b.pyi"]}
