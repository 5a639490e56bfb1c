"""Contests, and the rounds in which the contestants of each take turns."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain, zip_longest

from peers.contestant import Contestant, PeerError, Running
from peers.figures import Spread, Stretch, quotients, spread

FIGURES = ("simulations_per_s", "evaluations_per_s", "cores_used")
RATIOS = ("simulations_per_s", "evaluations_per_s", "simulations_per_processor_s")


@dataclass(frozen=True)
class Contest:
    """Configurations of zero, and the peers that each of them is compared with."""

    title: str
    one_core: bool
    ours: tuple[Contestant, ...]
    theirs: tuple[Contestant, ...]

    @property
    def in_turns(self) -> list[Contestant]:
        """The order of a round: zero and peers alternate as far as there are both."""
        pairs = zip_longest(self.ours, self.theirs)
        return [one for one in chain.from_iterable(pairs) if one is not None]


class Rounds:
    """Who is ready, who has failed, and what each round measured."""

    def __init__(self, say: Callable[[str], None]) -> None:
        """`say` reports the progress."""
        self._say = say
        self._running: dict[Contestant, Running] = {}
        self._stretches: dict[Contestant, list[Stretch]] = {}
        self.packages: dict[Contestant, dict[str, str]] = {}
        self.failures: dict[Contestant, str] = {}

    def start(self, contestant: Contestant, cores: list[int], simulations: int) -> None:
        """Set a contestant up, and wait until it is warm; one that fails takes no part."""
        self._say(f"setting up {contestant}")
        try:
            self._running[contestant] = Running(contestant, cores, simulations)
        except PeerError as error:
            self._drop(contestant, error)
        else:
            self._stretches[contestant] = []
            self.packages[contestant] = self._running[contestant].packages

    def play(self, contest: Contest, seconds: float) -> None:
        """One round: everyone in the contest that is ready has a turn."""
        for contestant in contest.in_turns:
            if running := self._running.get(contestant):
                self._say(f"playing {contestant}")
                try:
                    self._stretches[contestant].append(running.play(seconds))
                except PeerError as error:
                    self._drop(contestant, error)

    def end(self) -> None:
        """End all processes."""
        while self._running:
            self._running.popitem()[1].end()

    def _drop(self, contestant: Contestant, error: PeerError) -> None:
        self._say(f"{contestant} failed: {error}")
        self.failures[contestant] = str(error)
        if running := self._running.pop(contestant, None):
            running.end()

    def figure(self, contestant: Contestant, key: str) -> Spread | None:
        """Spread of a figure of the stretches; None if there is none."""
        return spread(stretch[key] for stretch in self._stretches.get(contestant, []))

    def ratio(self, ours: Contestant, theirs: Contestant, key: str) -> Spread | None:
        """Spread of ours over theirs in the same round; None if they share none."""
        both = [
            [stretch[key] for stretch in self._stretches.get(one, [])] for one in (ours, theirs)
        ]
        return spread(quotients(*both))
