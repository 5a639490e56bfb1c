"""Checks that the native code keeps to the floors of the house, and prints what does not.

C++: a room includes only itself and rooms below it, and no file includes itself, directly or
through others. Includes are written from the root, so that each shows its room. Python: a package
imports only its own part of the native module. scripts/lint runs this.
"""

import graphlib
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Upwards. A file belongs to the longest of these that its path begins with.
FLOORS = (
    "games/native/core",
    "games/native/boards",
    "games/native/rules",
    "games/native/python",
    "games/native",  # the registry
    "games/native/bind",
    "selfplay/native/support",
    "selfplay/native/search",
    "selfplay/native/records",
    "selfplay/native/pool",
    "selfplay/native/bind",
    "zero/inference/native",
    "zero",  # the module that is made of all
)
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)

# Who may import what: the folder, and the part of the native module.
PARTS = {
    "games": "zero_core.games",
    "selfplay": "zero_core.selfplay",
    "zero/inference": "zero_core.inference",
}
IMPORT = re.compile(r"^\s*(?:from (zero_core\S*) import (\S+)|import (zero_core\S*))", re.MULTILINE)


def floor(path: str) -> int:
    """The floor of a C++ file, counted from below. Raises ValueError for one that has none."""
    rooms = [room for room in FLOORS if path.startswith(f"{room}/")]
    if not rooms:
        raise ValueError(f"{path} lies in no room of scripts/tools/check_native.py")
    return FLOORS.index(max(rooms, key=len))


def wrong_includes(includes: Mapping[str, Sequence[str]]) -> list[str]:
    """What is wrong with the includes of each C++ file (paths from the root)."""
    wrong = []
    for path, included in includes.items():
        for other in included:
            if other not in includes:
                wrong.append(f'{path}: "{other}" is no file; write the path from the root')
            elif floor(other) > floor(path):
                wrong.append(f"{path} includes {other}, which lies above it")
    try:
        graphlib.TopologicalSorter(includes).prepare()
    except graphlib.CycleError as error:
        wrong.append(f"files include each other in a circle: {' <- '.join(error.args[1])}")
    return wrong


def wrong_imports(path: str, text: str) -> list[str]:
    """What a Python file imports of the native module that is not its own."""
    allowed = {part for folder, part in PARTS.items() if path.startswith(f"{folder}/")}
    wrong = []
    for module, name, whole in IMPORT.findall(text):
        part = whole or (f"{module}.{name}" if module == "zero_core" else module)
        if part not in allowed:
            wrong.append(f"{path} imports {part}, which is not its part of the native module")
    return wrong


def files(*endings: str) -> list[Path]:
    """The files of the four packages with these endings."""
    packages = ("games", "selfplay", "arena", "zero")
    return sorted(f for top in packages for end in endings for f in (ROOT / top).rglob(f"*{end}"))


def main() -> int:
    """Check the repository; the exit code is 1 if anything is wrong."""
    sources = {str(f.relative_to(ROOT)): f.read_text() for f in files(".hpp", ".cpp")}
    found = wrong_includes({path: INCLUDE.findall(text) for path, text in sources.items()})
    for file in files(".py"):
        found += wrong_imports(str(file.relative_to(ROOT)), file.read_text())
    print("\n".join(found) or f"{len(sources)} files of C++: no include upwards, no circle")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
