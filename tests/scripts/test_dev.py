"""scripts/dev lists the tools for developers, and runs the one that is named."""

from __future__ import annotations

import subprocess
from pathlib import Path

SCRIPTS = Path(__file__).parents[2] / "scripts"
TOOLS = {path.stem for path in (SCRIPTS / "tools").glob("*.py")}


def dev(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SCRIPTS / "dev", *arguments], capture_output=True, text=True, check=False
    )


def test_it_lists_each_tool_with_a_line_that_says_what_it_does() -> None:
    lines = [line.split(maxsplit=1) for line in dev().stdout.splitlines()]
    assert {name for name, *_ in lines} == TOOLS
    assert [name for name, *what in lines if not what or not what[0].strip().endswith(".")] == []


def test_it_runs_a_tool_with_its_arguments() -> None:
    done = dev("bench_tree", "--help")
    assert done.returncode == 0
    assert "--most" in done.stdout


def test_an_unknown_tool_is_refused_in_one_line() -> None:
    done = dev("bench_trees")
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "zero: no tool bench_trees; scripts/dev without arguments lists them"
    ]
