"""The command answers quickly because it imports little; what is heavy waits for its verb."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("torch", "numpy", "pydantic", "matplotlib", "tensorboard", "sqlite3")

PROGRAM = """
import sys
from zero.cli import main
try:
    main(sys.argv[1:])
except SystemExit as end:
    code = end.code
print("imported:", *sorted(sys.modules))
sys.exit(code)
"""


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_help_imports_nothing_heavy(argument: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, argument], capture_output=True, text=True, check=True
    )
    text, _, imported = done.stdout.partition("imported:")
    assert "zero" in text
    assert set(HEAVY) & set(imported.split()) == set()


@pytest.mark.parametrize("module", ["games", "selfplay", "arena"])
def test_what_lies_below_zero_works_without_torch(module: str) -> None:
    program = f"import sys, {module}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
