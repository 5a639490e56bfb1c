"""Checks that the C++ keeps to the floors of the house: a room includes only itself and rooms below.

Includes are written from the root of the repository, so that each shows the room it comes from. No
two files may include each other, by however long a way. Prints what is wrong; scripts/lint calls it.
"""

import graphlib
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

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


def floor(path: str) -> int:
    """The floor of a file, counted from below. Raises ValueError for one that has none."""
    rooms = [room for room in FLOORS if path.startswith(f"{room}/")]
    if not rooms:
        raise ValueError(f"{path} lies in no room of scripts/check_includes.py")
    return FLOORS.index(max(rooms, key=len))


def problems(includes: dict[str, list[str]]) -> list[str]:
    """What is wrong with the includes of each file (paths from the root)."""
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


def read(root: Path) -> dict[str, list[str]]:
    """The includes in quotes of every C++ file of the packages."""
    files = [file for top in ("games", "selfplay", "zero") for file in (root / top).rglob("*.?pp")]
    return {str(file.relative_to(root)): INCLUDE.findall(file.read_text()) for file in files}


if __name__ == "__main__":
    found = problems(read(ROOT))
    print("\n".join(found) or f"{len(read(ROOT))} files, no include upwards, no circle")
    sys.exit(bool(found))
