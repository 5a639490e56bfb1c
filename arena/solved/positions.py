"""Positions of known value, and plain minimax for games that are small enough."""

from collections.abc import Iterator
from dataclasses import dataclass

from games import Game, State
from games.errors import UserError


@dataclass(frozen=True)
class SolvedPosition:
    """A position that is not terminal, with the value of each legal action, in order.

    `values` are +1, 0 or -1, seen by the player to move. `label` is the class to count it in.
    """

    state: State
    values: tuple[int, ...]
    label: str


def all_positions(game: Game, limit: int = 200_000) -> list[SolvedPosition]:
    """Every reachable position of a small game that is not over, labelled by the stones played.

    Raises UserError if there are more than `limit` (see solve).
    """
    values = solve(game, limit)
    positions = []
    for state, plies in _reachable(game):
        if state.is_terminal:
            continue
        after = [state.apply(action) for action in state.legal_actions()]
        own = tuple(_seen_by(state, child, values[child]) for child in after)
        positions.append(SolvedPosition(state, own, f"ply {plies}"))
    return positions


def solve(game: Game, limit: int = 200_000) -> dict[State, int]:
    """The value of every reachable position of a small game, seen by the player to move.

    Terminal positions are included, seen by the player who would move. Plain minimax, with each
    position visited once. Raises UserError if there are more than `limit` positions.
    """
    order = []
    for state, _ in _reachable(game):
        order.append(state)
        if len(order) > limit:
            raise UserError(
                f"{game.name} has more than {limit:,} positions: too many to solve here"
            )
    values: dict[State, int] = {}

    def value(state: State) -> int:
        if state not in values:
            if state.is_terminal:
                values[state] = state.returns()[state.to_play]
            else:
                after = (state.apply(action) for action in state.legal_actions())
                values[state] = max(_seen_by(state, child, value(child)) for child in after)
        return values[state]

    for state in reversed(order):
        value(state)
    return values


def _reachable(game: Game) -> Iterator[tuple[State, int]]:
    """Every reachable position once, with the fewest plies that lead to it, in their order."""
    frontier = [game.initial()]
    seen = set(frontier)
    plies = 0
    while frontier:
        following = []
        for state in frontier:
            yield state, plies
            for action in state.legal_actions():
                child = state.apply(action)
                if child not in seen:
                    seen.add(child)
                    following.append(child)
        frontier = following
        plies += 1


def _seen_by(state: State, child: State, value: int) -> int:
    """A child's value, turned to the view of the player to move at its parent."""
    return value if child.to_play == state.to_play else -value
