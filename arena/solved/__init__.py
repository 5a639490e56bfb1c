"""How often a player gives away the value of a position that is solved.

A *mistake* is a chosen move whose value (win, draw or loss for the mover) is below the best one's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources

import games
from arena.players.player import Player
from arena.ratings.intervals import wilson
from games import Game, State
from games.errors import UserError
from selfplay.seeds import mix

_CONNECT_FOUR_FILE = "connect_four.tsv"
_FULL_COLUMN = "x"


@dataclass(frozen=True)
class SolvedPosition:
    """A position that is not over, with the value of each legal action in order.

    `values` are +1, 0 or -1, seen by the player to move. `label` is the class to count it in.
    """

    state: State
    values: tuple[int, ...]
    label: str


@dataclass(frozen=True)
class Rate:
    """Mistakes among `count` positions, with Wilson's 95 % interval of the share."""

    mistakes: int
    count: int

    @property
    def share(self) -> float:
        """Mistakes a position, in [0, 1]; 0 if there are no positions."""
        return self.mistakes / self.count if self.count else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the share."""
        return wilson(self.mistakes, self.count)

    def __str__(self) -> str:
        low, high = self.interval
        return (
            f"{100 * self.share:.1f} % [{100 * low:.1f}, {100 * high:.1f}] "
            f"({self.mistakes} of {self.count})"
        )

    def to_dict(self) -> dict[str, float | int]:
        """Counts, share and interval, for JSON."""
        low, high = self.interval
        return {
            "mistakes": self.mistakes,
            "count": self.count,
            "share": self.share,
            "low": low,
            "high": high,
        }


@dataclass(frozen=True)
class MistakeReport:
    """A player's mistakes over all positions and by class, in the order of the positions."""

    player: str
    overall: Rate
    classes: dict[str, Rate]

    def to_dict(self) -> dict[str, object]:
        """All rates, for JSON."""
        return {
            "player": self.player,
            "overall": self.overall.to_dict(),
            "classes": {label: rate.to_dict() for label, rate in self.classes.items()},
        }


def mistakes(player: Player, positions: Sequence[SolvedPosition], seed: int = 0) -> MistakeReport:
    """Asks the player once for a move in every position, and counts the mistakes.

    An answer that is not legal counts as a mistake.
    """
    seeds = [mix(seed, index) for index in range(len(positions))]
    decisions = player.choose([position.state for position in positions], seeds)
    counts: dict[str, list[int]] = {}
    for position, decision in zip(positions, decisions, strict=True):
        count = counts.setdefault(position.label, [0, 0])
        count[0] += is_mistake(position, decision.action)
        count[1] += 1
    classes = {label: Rate(wrong, count) for label, (wrong, count) in counts.items()}
    overall = Rate(sum(r.mistakes for r in classes.values()), len(positions))
    return MistakeReport(player.name, overall, classes)


def is_mistake(position: SolvedPosition, action: int) -> bool:
    """Whether the action gives away value."""
    value = dict(zip(position.state.legal_actions(), position.values, strict=True)).get(action)
    return value is None or value < max(position.values)


def solved_positions(game: Game) -> list[SolvedPosition]:
    """The solved positions of a game: the labelled ones of Connect Four, all of a small game.

    Raises UserError if the game is too large to solve and none come with the package.
    """
    if game.name == "connect_four":
        return connect_four_positions()
    return all_positions(game)


def has_solved_positions(game: Game) -> bool:
    """Whether solved_positions has an answer for the game, and a quick one."""
    return game.name in ("connect_four", "tic_tac_toe", "othello?size=4")


def connect_four_positions(text: str | None = None) -> list[SolvedPosition]:
    """1,200 Connect Four positions in which the outcome hangs on the move, 150 a class.

    There are 8 classes: the phase (opening 4-13 plies, middle 14-25, late 26-39) and the difficulty
    (plies to the end under perfect play: easy <= 8, medium <= 18, hard more). `text`, if given, is
    read in place of the file that the package ships. Each line holds, tab-separated: phase,
    difficulty, the columns (1-7) played from the empty board, and the score of each column ("x" if
    full), whose sign is the result for the mover. Raises UserError for a malformed line.
    """
    if text is None:
        text = (resources.files("arena.solved") / "data" / _CONNECT_FOUR_FILE).read_text("ascii")
    game = games.make("connect_four")
    return [_connect_four_line(game, n, line) for n, line in enumerate(text.splitlines(), start=1)]


def _connect_four_line(game: Game, number: int, line: str) -> SolvedPosition:
    try:
        phase, difficulty, columns, scores = line.split("\t")
        state = game.initial()
        for column in columns:
            state = state.apply(int(column) - 1)
        given = scores.split()
        legal = [column for column, score in enumerate(given) if score != _FULL_COLUMN]
        if len(given) != game.num_actions or legal != list(state.legal_actions()):
            raise ValueError("the scores do not fit the legal columns")
        values = tuple(_sign(int(given[column])) for column in legal)
    except ValueError as error:
        raise UserError(f"solved positions, line {number}: {error}") from None
    return SolvedPosition(state, values, f"{phase} {difficulty}")


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


def _sign(score: int) -> int:
    return (score > 0) - (score < 0)
