"""Go agrees with OpenSpiel's, ply by ply, over random games, with and without superko.

Two rules differ on purpose. OpenSpiel allows a play that brings an earlier board back and then ends
the game as a draw: here the game goes on, or with superko the play is illegal. So each comparison
ends there, and holds that it ends exactly at the plays that superko forbids. And OpenSpiel's points
count from the bottom row.
"""

import random
from collections import Counter
from functools import cache

import pyspiel
import pytest

import games


class Pair:
    """Our state without superko, ours with it, and theirs, after the same actions."""

    def __init__(self, size: int, komi: float) -> None:
        name = f"go?size={size}&komi={komi}"
        self.size = size
        self.ours = games.make(name).initial()
        self.strict: games.State | None = games.make(name + "&superko=yes").initial()
        self.theirs = pyspiel.load_game(
            f"go(board_size={size},komi={float(komi)})"
        ).new_initial_state()

    def their_action(self, action: int) -> int:
        return _turned(action, self.size)

    def play(self, action: int) -> None:
        legal = self.strict is not None and action in self.strict.legal_actions()
        self.strict = self.strict.apply(action) if self.strict is not None and legal else None
        self.ours = self.ours.apply(action)
        self.theirs.apply_action(self.their_action(action))

    def _repeats(self, action: int) -> bool:
        """Whether they call the game a draw after the action, though nobody has passed."""
        child = self.theirs.child(self.their_action(action))
        return bool(child.is_terminal() and child.returns() == [0, 0])

    def compare(self) -> str:
        """Compares all that the three say; "" while the game goes on, or how it ended."""
        assert str(self.ours).split(" ")[0] == _their_board(self.theirs)
        if self.strict is None:
            assert self.theirs.is_terminal()
            assert self.theirs.returns() == [0, 0]
            return "repetition"
        assert self.strict.board() == self.ours.board()
        over = self.theirs.is_terminal()
        assert self.ours.is_terminal == self.strict.is_terminal == over
        if over:
            assert self.theirs.returns() == list(self.ours.returns())
            assert self.theirs.returns() == list(self.strict.returns())
            return "two passes" if str(self.ours).split(" ")[3] == "2" else "longest game"
        assert self.theirs.current_player() == self.ours.to_play == self.strict.to_play
        legal, strict = self.ours.legal_actions(), self.strict.legal_actions()
        assert sorted(map(self.their_action, legal)) == self.theirs.legal_actions()
        assert set(strict) <= set(legal)
        for action in set(legal) - set(strict):
            assert self._repeats(action)
        return ""


@cache
def _turned(action: int, size: int) -> int:
    """Between points that count from the top row and from the bottom row; the pass is the last."""
    row, column = divmod(action, size)
    return action if row == size else (size - 1 - row) * size + column


def _their_board(state: pyspiel.State) -> str:
    """The board as in str() of our states: rows from the top, 'x', 'o' and '.'."""
    rows = [row[3:] for row in str(state).splitlines() if row[1:2].isdigit()]
    return "/".join(rows).replace("+", ".").replace("X", "x").replace("O", "o")


def compare(size: int, komi: float, plays: int, seed: int, pass_share: float) -> Counter[str]:
    """Plays random games in all three; returns how they ended, and the plies and ko points met.

    A pass is chosen in `pass_share` of the plies, so that a game has captures and fights.
    """
    rng = random.Random(seed)
    found: Counter[str] = Counter()
    for _ in range(plays):
        pair = Pair(size, komi)
        while not (end := pair.compare()):
            placements = pair.ours.legal_actions()[:-1]
            place = placements and rng.random() >= pass_share
            pair.play(rng.choice(placements) if place else size * size)
            found["plies"] += 1
            found["ko"] += str(pair.ours).split(" ")[2] != "-"
        found[end] += 1
    return found


@pytest.mark.parametrize(
    ("size", "komi", "plays"),
    [(2, 0.5, 1000), (3, 0, 1000), (5, 7.5, 1000), (9, 7.5, 1000), (13, 6, 50), (19, 7.5, 40)],
)
def test_random_games_agree(size: int, komi: float, plays: int) -> None:
    found = compare(size, komi, plays, seed=size, pass_share=0.02)
    assert found["plies"] > 5 * plays
    assert size == 2 or found["ko"] > 20
    assert size > 5 or found["repetition"] > 10
    assert size < 5 or found["longest game"] > 20


def test_passes_end_games_alike() -> None:
    assert compare(5, 0.5, 200, seed=1, pass_share=0.3)["two passes"] > 150


@pytest.mark.slow
@pytest.mark.parametrize(
    ("size", "plays"), [(2, 10_000), (3, 10_000), (5, 10_000), (9, 10_000), (19, 1000)]
)
def test_ten_thousand_random_games_agree(size: int, plays: int) -> None:
    found = compare(size, 7.5, plays, seed=100 + size, pass_share=0.02)
    print(f"go {size}x{size}: {plays:,} games, {dict(found)}, no difference")
    assert found["plies"] > 5 * plays
