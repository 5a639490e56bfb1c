"""The newest games of a run, reduced to what the checks need."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from games import Game, State
from selfplay import GameRecord
from zero.doctor import limits


@dataclass(frozen=True)
class SampledPosition:
    """A position with a full search. Values are those of the player to move."""

    state: State
    policy: tuple[float, ...]  # the search's, over the legal actions in order
    value: float  # the search's; NaN if it was not recorded
    result: int  # what the game came to: -1, 0 or 1
    game: int  # which of the sample's games


@dataclass(frozen=True)
class GameSample:
    """Some games, in order of play."""

    by_network: bool = False  # played with a network that has learnt
    longest: int = 0  # plies that the rules allow a game
    lines: list[tuple[int, ...]] = field(default_factory=list)  # the actions of each game
    returns: list[int] = field(default_factory=list)  # of player 0
    distinct: dict[int, int] = field(default_factory=dict)  # ply to different positions after it
    early_entropy: float = math.nan  # of the search, as a share of a uniform policy's
    values: list[tuple[float, int]] = field(default_factory=list)  # the search's, with the result
    unresigned: int = 0  # games with resignation off in which a player would have resigned
    unresigned_wrongly: int = 0  # of these, games that this player did not lose
    resigned: int = 0
    positions: list[SampledPosition] = field(default_factory=list)  # some of them, evenly spread

    def opening_share(self, plies: int) -> tuple[float, tuple[int, ...]]:
        """Return the share of the commonest first plies, and these."""
        openings = Counter(line[:plies] for line in self.lines)
        opening, count = openings.most_common(1)[0]
        return count / len(self.lines), opening


def take_sample(game: Game, records: Iterable[GameRecord], by_network: bool) -> GameSample:
    """Boil records of finished games down."""
    taker = _Taker(game)
    for record in records:
        taker.add(record)
    found = taker.positions
    step = max(1, len(found) // limits.NETWORK_POSITIONS)
    return GameSample(
        by_network=by_network,
        longest=game.max_plies,
        lines=taker.lines,
        returns=taker.returns,
        distinct={ply: len(keys) for ply, keys in taker.keys.items()},
        early_entropy=taker.early_entropy(),
        values=taker.values,
        unresigned=taker.unresigned,
        unresigned_wrongly=taker.unresigned_wrongly,
        resigned=taker.resigned,
        positions=found[::step],
    )


_PLIES_COUNTED = (2, 4, 8, 16)


class _Taker:
    """Sums over records."""

    def __init__(self, game: Game) -> None:
        self._initial = game.initial()
        self.lines: list[tuple[int, ...]] = []
        self.returns: list[int] = []
        self.keys: dict[int, set[int]] = {}
        self.values: list[tuple[float, int]] = []
        self.positions: list[SampledPosition] = []
        self.unresigned = self.unresigned_wrongly = self.resigned = 0
        self._entropies: list[tuple[int, float, float]] = []  # ply, entropy, a uniform policy's

    def add(self, record: GameRecord) -> None:
        """Count one game, replaying it."""
        state, actions = self._initial, record.actions
        plies = zip(actions, record.values, record.policies, strict=True)
        for ply, (action, value, policy) in enumerate(plies):
            result = record.returns if state.to_play == 0 else -record.returns
            self._add_position(state, ply, value, policy, result)
            state = state.apply(action)
            if ply + 1 in _PLIES_COUNTED:
                self.keys.setdefault(ply + 1, set()).add(state.position_key)
        self.lines.append(actions)
        self.returns.append(record.returns)
        self.resigned += record.resigned
        if record.resign_off and record.would_resign >= 0:
            own = record.returns if record.would_resign == 0 else -record.returns
            self.unresigned += 1
            self.unresigned_wrongly += own >= 0

    def _add_position(
        self, state: State, ply: int, value: float, policy: tuple[float, ...] | None, result: int
    ) -> None:
        if not math.isnan(value):
            self.values.append((value, result))
        if policy is None:
            return
        self.positions.append(SampledPosition(state, policy, value, result, len(self.lines)))
        if len(policy) > 1:
            entropy = -sum(p * math.log(p) for p in policy if p > 0)
            self._entropies.append((ply, entropy, math.log(len(policy))))

    def early_entropy(self) -> float:
        """Return the search's entropy in the first quarter of the games, at least four plies."""
        if not self.lines:
            return math.nan
        end = max(4.0, sum(map(len, self.lines)) / len(self.lines) / 4.0)
        early = [(entropy, most) for ply, entropy, most in self._entropies if ply < end]
        most = sum(pair[1] for pair in early)
        return sum(pair[0] for pair in early) / most if most else math.nan
