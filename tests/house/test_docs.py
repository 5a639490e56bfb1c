"""README, CONTRIBUTING and the other pages name commands, options and files that are there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from games.errors import UserError
from zero.cli import cli

ROOT = Path(__file__).parents[2]
FOLDERS = ("docs", "games", "selfplay", "arena", "zero", "scripts", "tests")  # beside the root
PAGES = [
    *ROOT.glob("*.md"),
    *(page for folder in FOLDERS for page in (ROOT / folder).rglob("*.md")),
]
DOCS = sorted(str(page.relative_to(ROOT)) for page in PAGES if page.name != "CHANGELOG.md")
CODE = re.compile(r"^```\w*\n(.*?)^```|`([^`\n]+)`", re.MULTILINE | re.DOTALL)


def snippets(name: str) -> list[str]:
    """Each line of the code blocks, and each piece of code in the text."""
    found = CODE.findall((ROOT / name).read_text())
    return [line for block, inline in found for line in (block or inline).splitlines()]


def invocations() -> list[str]:
    """The `zero` commands of the documents, without comments."""
    pattern = re.compile(r"(?:\w+=\S+ )?(?:scripts/)?zero (.*)")
    matches = (pattern.match(line) for name in DOCS for line in snippets(name))
    return sorted({shlex.join(shlex.split(m[1], comments=True)) for m in matches if m})


def parse(words: list[str]) -> click.Context:
    """Parse a command as the command line does, without running it. Raises for what is unknown."""
    command: click.Command = cli
    context = click.Context(cli, info_name="zero")
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        name, found, words = command.resolve_command(context, words)
        assert found is not None
        command, context = found, click.Context(found, info_name=name, parent=context)
    # Without arguments it is only named, as `zero games show` is.
    if words and "--help" not in words and "--version" not in words:
        command.parse_args(context, words)
    return context


@pytest.mark.parametrize("command", invocations())
def test_each_command_of_the_docs_parses(command: str) -> None:
    if "VERB" not in command:
        parse(shlex.split(command))


def test_the_readme_shows_every_verb() -> None:
    shown = {command.split()[0] for command in invocations() if command}
    assert set(cli.list_commands(click.Context(cli))) <= shown


@pytest.mark.parametrize("command", ["trane connect_four", "train connect_four --pirset quick"])
def test_a_wrong_command_is_found(command: str) -> None:
    with pytest.raises((click.ClickException, UserError), match=r"trane|pirset"):
        parse(shlex.split(command))


def test_the_scripts_of_the_docs_are_there() -> None:
    """`scripts/test`, `.ci/run`; of `scripts/dev NAME` the tool, too."""
    pattern = re.compile(r"(?<![\w/])((?:scripts|\.ci)/\w+)(?:[ \n](\w+))?")
    pairs = {pair for name in DOCS for pair in pattern.findall((ROOT / name).read_text())}
    files = {
        f"scripts/tools/{tool}.py" if script == "scripts/dev" and tool else script
        for script, tool in pairs
    }
    assert {"scripts/zero", "scripts/tools/playthroughs.py"} <= files
    assert [file for file in sorted(files) if not (ROOT / file).exists()] == []


def test_the_files_of_the_docs_are_there() -> None:
    pattern = re.compile(r"(?:docs|games|selfplay|arena|zero|scripts|tests)/[\w./]*")
    named = {
        path
        for name in DOCS
        for line in snippets(name)
        for path in pattern.findall(line)
        if "NAME" not in path
    }
    assert len(named) > 10
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


def tree_of_the_readme() -> list[Path]:
    """The paths of the annotated tree; indentation is depth."""
    block = (ROOT / "README.md").read_text().split("```\ngames/", 1)[1].split("```", 1)[0]
    paths: list[Path] = []
    folder = Path()
    for line in ("games/" + block).splitlines():
        name = Path(line.split()[0])
        if line.startswith("  "):
            paths.append(folder / name)
        else:
            folder = name
            paths.append(name)
    return paths


def test_the_tree_of_the_readme_is_that_of_the_repository() -> None:
    paths = tree_of_the_readme()
    assert [str(path) for path in paths if not (ROOT / path).exists()] == []
    folders = {
        path.parent for path in ROOT.glob("*/*") if path.name in {"__init__.py", "conftest.py"}
    }
    assert {path.relative_to(ROOT) for path in folders} <= set(paths)


@pytest.mark.parametrize("name", DOCS)
def test_no_figure_is_missing(name: str) -> None:
    """What is to be filled in later stands in the documents as one word in capitals."""
    text = (ROOT / name).read_text()
    assert re.findall(r"^[A-Z]{4,}$", text, re.MULTILINE) == []


@pytest.mark.parametrize("name", DOCS)
def test_the_pictures_and_links_of_the_docs_are_there(name: str) -> None:
    path = ROOT / name
    links = re.findall(r"\]\(([^)#:\s]+)(?:#[\w-]*)?\)", path.read_text())
    assert [link for link in links if not (path.parent / link).exists()] == []
