"""What does not occur in the source: ways to run what a file says, other words for our terms, and
notes to be done later."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Sources = Callable[..., list[Path]]

EVERYWHERE = ("games", "selfplay", "arena", "zero", "tests", "scripts")

FORBIDDEN_MODULES = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "marshal", "shelve"}
FORBIDDEN_CALLS = {"eval", "exec", "torch.load", "torch.save", "os.system", "os.popen"}
FORBIDDEN_ARGUMENTS = {"shell", "allow_pickle"}


def forbidden(text: str) -> Iterator[str]:
    """What in the Python source could execute the content of a file or of a string."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names = {alias.name.split(".")[0] for alias in node.names}
            yield from sorted(names & FORBIDDEN_MODULES)
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module.split(".")[0] in FORBIDDEN_MODULES:
                yield node.module
            for alias in node.names:
                if f"{node.module}.{alias.name}" in FORBIDDEN_CALLS:
                    yield f"{node.module}.{alias.name}"
        elif isinstance(node, ast.Call):
            if ast.unparse(node.func) in FORBIDDEN_CALLS:
                yield ast.unparse(node.func)
            for keyword in node.keywords:
                value = keyword.value
                harmless = isinstance(value, ast.Constant) and not value.value
                if keyword.arg in FORBIDDEN_ARGUMENTS and not harmless:
                    yield f"{keyword.arg}="


def test_nothing_executes_what_it_reads(sources: Sources, root: Path) -> None:
    wrong = {
        str(path.relative_to(root)): found
        for path in sources(".py")
        if (found := list(forbidden(path.read_text())))
    }
    assert wrong == {}


@pytest.mark.parametrize(
    "text",
    [
        "import pickle",
        "from pickle import loads",
        "import torch\ntorch.load('x')",
        "from torch import load",
        "eval('1')",
        "subprocess.run('ls', shell=True)",
        "np.load('x', allow_pickle=True)",
    ],
)
def test_the_forbidden_is_found(text: str) -> None:
    assert list(forbidden(text))


@pytest.mark.parametrize("text", ["re.compile('x')", "network.eval()", "np.load('x')"])
def test_the_harmless_is_not(text: str) -> None:
    assert not list(forbidden(text))


# CONTRIBUTING.md, "Words". A name is split at its underscores and capitals.
AVOIDED = {
    "episode": "game",
    "episodes": "games",
    "epoch": "phase or step",
    "epochs": "phases or steps",
    "playout": "simulation",
    "playouts": "simulations",
    "card": "GPU",
    "cards": "GPUs",
}
# A method's name as its authors gave it, cards to play with, and the list in CONTRIBUTING.md.
HARMLESS = re.compile(r"playout-cap|dice, cards|Not: playout.*?\.\n", re.IGNORECASE | re.DOTALL)
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
PART = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")


def avoided(text: str) -> Iterator[str]:
    """The names and words in a text for which there is a better one."""
    for name in NAME.findall(HARMLESS.sub("", text)):
        for part in PART.findall(name):
            if better := AVOIDED.get(part.lower()):
                yield f"{name} ({better})"


def test_names_and_prose_use_the_words_of_the_project(sources: Sources, root: Path) -> None:
    folders = ("docs", "games", "selfplay", "arena", "zero", "scripts")
    files = sources(".py", ".hpp", ".cpp", ".toml", ".sh", ".md", folders=folders)
    wrong = {
        str(path.relative_to(root)): found
        for path in [*files, *root.glob("*.md")]
        if (found := list(avoided(path.read_text())))
    }
    assert wrong == {}


@pytest.mark.parametrize("text", ["num_playouts", "GraphicsCard", "two cards", "EPOCHS = 3"])
def test_an_avoided_word_is_found(text: str) -> None:
    assert list(avoided(text))


@pytest.mark.parametrize("text", ["playout-cap randomisation", "discarded", "layouts", "cardinal"])
def test_a_word_that_holds_an_avoided_one_is_not(text: str) -> None:
    assert not list(avoided(text))


def test_a_network_is_not_called_a_model(sources: Sources, root: Path) -> None:
    wrong = []
    for path in sources(".py"):
        for node in ast.walk(ast.parse(path.read_text())):
            name = getattr(node, "arg", None) or getattr(node, "id", None)
            if name in {"model", "models", "net", "nets"}:
                wrong.append(f"{path.relative_to(root)}:{node.lineno}")
    assert wrong == []


def test_nothing_is_left_for_later(sources: Sources, root: Path) -> None:
    note = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|X" + r"XX|HA" + r"CK)\b")
    wrong = [
        f"{path.relative_to(root)}:{number}"
        for path in sources(".py", ".hpp", ".cpp", ".sh", ".toml", folders=EVERYWHERE)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if note.search(line)
    ]
    assert wrong == []
