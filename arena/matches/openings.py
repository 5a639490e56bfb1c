"""Openings: different positions, a few random plies into a game, from which matches start.

If every game began from the initial position, deterministic players would repeat one game for ever.
Positions that are mirror images of each other count as one.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from arena.players.position import Position
from games import Game, State
from games.errors import UserError

# A search for new openings ends after this many walks in a row that found nothing new ...
_PATIENCE = 100
# ... plus this many for each opening found, since the last few are the hardest to meet.
_PATIENCE_EACH = 5


@dataclass(frozen=True)
class Openings:
    """The openings of a match, one a pair; the last `reused` of them repeat earlier ones.

    An opening is a position with its line from the initial one, in which the game goes on.
    """

    openings: tuple[Position, ...]
    plies: int
    reused: int

    def warning(self) -> str:
        """One line for the user if openings repeat, else nothing."""
        if not self.reused:
            return ""
        distinct = len(self.openings) - self.reused
        return (
            f"only {distinct} different openings of {self.plies} plies: "
            f"{self.reused} of {len(self.openings)} pairs repeat one"
        )


def canonical_actions(game: Game, actions: Sequence[int]) -> tuple[int, ...]:
    """The smallest of this action sequence's images under the symmetries (B = 1 game).

    Two games have the same canonical actions exactly if they are the same game up to symmetry.
    """
    return min(
        tuple(game.transform_action(action, symmetry) for action in actions)
        for symmetry in range(game.num_symmetries)
    )


def canonical_key(state: State) -> int:
    """A key that is the same for all positions that a symmetry makes of this one."""
    return min(
        state.transform(symmetry).position_key for symmetry in range(state.game.num_symmetries)
    )


def make_openings(game: Game, count: int, seed: int, plies: int | None = None) -> Openings:
    """`count` openings by uniformly random play, different up to symmetry as far as possible.

    `plies`: the length of every opening; by default the shortest from 2 upwards that gives enough
    different ones, but at most a sixth of the longest game. Where there are too few, they are used
    again in turn. The same arguments give the same openings. Raises UserError if no opening of that
    length leaves the game unfinished.
    """
    if plies is not None:
        if not 0 <= plies < game.max_plies:
            raise UserError(
                f"{game.name}: openings of {plies} plies are not possible; "
                f"give a number from 0 to {game.max_plies - 1}"
            )
        found = _distinct(game, count, plies, seed)
    else:
        longest = max(2, game.max_plies // 6)
        for plies in range(2, longest + 1):
            found = _distinct(game, count, plies, seed)
            if len(found) >= count:
                break
    assert plies is not None
    if not found and count:
        raise UserError(
            f"{game.name}: every game met ends within {plies} plies; ask for shorter openings"
        )
    repeated = [found[i % len(found)] for i in range(count)]
    return Openings(tuple(repeated), plies, max(0, count - len(found)))


def _distinct(game: Game, count: int, plies: int, seed: int) -> list[Position]:
    """Up to `count` openings of `plies` plies, in the order in which random walks met them."""
    generator = random.Random(f"openings/{game.name}/{plies}/{seed}")
    found: dict[int, Position] = {}
    misses = 0
    while len(found) < count and misses < _PATIENCE + _PATIENCE_EACH * len(found):
        opening = _walk(game, plies, generator)
        key = None if opening is None else canonical_key(opening.state)
        if opening is None or key is None or key in found:
            misses += 1
        else:
            found[key] = opening
            misses = 0
    return list(found.values())


def _walk(game: Game, plies: int, generator: random.Random) -> Position | None:
    """One random opening, or None if the game ended on the way."""
    position = Position.of(game.initial())
    for _ in range(plies):
        position = position.apply(generator.choice(position.state.legal_actions()))
        if position.state.is_terminal:
            return None
    return position
