"""Writes stubs/zero_core: the types of the native module as built."""

import sys
from collections.abc import Iterator
from pathlib import Path

from nanobind.stubgen import StubGen

import zero_core

FOLDER = Path(__file__).resolve().parents[2] / "stubs/zero_core"
HEADER = "# Written by scripts/dev stubs from the module as built. Do not edit.\n"


def stubs() -> Iterator[tuple[Path, str]]:
    """The file and the text of the native module and of each of its submodules."""
    for name in sorted(name for name in sys.modules if name.split(".")[0] == zero_core.__name__):
        generator = StubGen(sys.modules[name])
        generator.put(sys.modules[name])
        yield FOLDER / f"{name.partition('.')[2] or '__init__'}.pyi", HEADER + generator.get()


def main() -> None:
    for path, text in stubs():
        path.write_text(text)


if __name__ == "__main__":
    main()
