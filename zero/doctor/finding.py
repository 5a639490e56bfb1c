"""A finding: the result of one check, with its figure and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal, NamedTuple

# "early": there is too little yet to judge by. "look": unusual, which may be meant or may be none
# of the run's doing. "wrong": something is broken or will not work.
Mark = Literal["ok", "early", "look", "wrong"]
MARKS: tuple[Mark, ...] = ("ok", "early", "look", "wrong")  # from good to bad


@dataclass(frozen=True)
class Finding:
    """What a check found. `advice` says what to do; it is empty if there is nothing to do."""

    check: str
    mark: Mark
    found: str
    advice: str = ""

    def to_dict(self) -> dict[str, str]:
        """Return the fields under the keys of `--json`."""
        return asdict(self)


class Threshold(NamedTuple):
    """The figures from which a result is worth a look, or wrong, and the reason.

    If `wrong` is below `look`, small figures are bad.
    """

    look: float
    wrong: float
    reason: str

    def mark(self, figure: float) -> Mark:
        """Return the mark of a figure; one that is no number is ok, for nothing was measured."""
        sign = 1.0 if self.wrong >= self.look else -1.0
        if sign * figure >= sign * self.wrong:
            return "wrong"
        return "look" if sign * figure >= sign * self.look else "ok"


def worst(marks: Iterable[Mark]) -> Mark:
    """Return the worst of some marks; ok if there are none."""
    return max(marks, key=MARKS.index, default="ok")


def judged(check: str, mark: Mark, found: str, advice: str) -> Finding:
    """Return a finding whose advice is left out if all is well."""
    return Finding(check, mark, found, advice if mark in ("look", "wrong") else "")
