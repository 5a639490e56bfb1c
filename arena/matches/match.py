"""A match: two players, pairs of games from the same openings with the sides swapped.

All games advance together. A player gets all the games in which it is to move in one call, so a
player with a network can answer them as one batch.
"""

import functools
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from arena.matches.openings import Openings, canonical_actions, make_openings
from arena.players.limit import OWN, Limit
from arena.players.player import Player
from arena.players.position import Position
from arena.ratings.pairs import Rating, rate
from games import Game
from games.errors import UserError
from selfplay.seeds import mix

REASON_RULES = "rules"
REASON_ILLEGAL = "illegal"


@dataclass(frozen=True)
class GameResult:
    """One finished game. `actions` holds all plies, the first `opening_plies` of them the opening.

    `first`: 0 if the match's first player, A, moved first, 1 if B did. `returns`: the return of
    whoever moved first, in {-1, 0, 1}. `reason`: "rules", or "illegal" when a player lost by an
    answer that the rules do not allow.
    """

    first: int
    actions: tuple[int, ...]
    opening_plies: int
    returns: int
    reason: str = REASON_RULES

    @property
    def points(self) -> float:
        """Player A's points: 1, 1/2 or 0."""
        return (1 + (self.returns if self.first == 0 else -self.returns)) / 2


@dataclass(frozen=True)
class MatchResult:
    """The games of a finished match; games 2i and 2i + 1 are the pair of opening i.

    In game 2i player A moves first. All figures are from A's side.
    """

    game: Game
    a: str
    b: str
    seed: int
    games: tuple[GameResult, ...]
    reused_openings: int = 0
    notes: tuple[str, ...] = field(default=())

    @property
    def wins(self) -> int:
        """Games that A won."""
        return sum(game.points == 1 for game in self.games)

    @property
    def draws(self) -> int:
        """Games that nobody won."""
        return sum(game.points == 0.5 for game in self.games)

    @property
    def losses(self) -> int:
        """Games that A lost."""
        return sum(game.points == 0 for game in self.games)

    @property
    def score(self) -> float:
        """A's share of the points, in [0, 1]."""
        return sum(game.points for game in self.games) / len(self.games)

    @property
    def first_player_score(self) -> float:
        """The share of the points, in [0, 1], made by whoever moved first."""
        return sum((1 + game.returns) / 2 for game in self.games) / len(self.games)

    @property
    def mean_plies(self) -> float:
        """The mean length of a game in plies, opening included."""
        return sum(len(game.actions) for game in self.games) / len(self.games)

    @property
    def forfeits(self) -> tuple[int, int]:
        """Games that A, and that B, lost by an illegal answer."""
        lost = Counter(game.points for game in self.games if game.reason == REASON_ILLEGAL)
        return lost[0.0], lost[1.0]

    @property
    def pairs(self) -> tuple[int, int, int, int, int]:
        """Pairs in which A made 0, 1/2, 1, 3/2 and 2 points."""
        counts = [0] * 5
        for one, other in zip(self.games[::2], self.games[1::2], strict=True):
            counts[round(2 * (one.points + other.points))] += 1
        return counts[0], counts[1], counts[2], counts[3], counts[4]

    @functools.cached_property
    def _identities(self) -> list[tuple[int, tuple[int, ...]]]:
        return [(game.first, canonical_actions(self.game, game.actions)) for game in self.games]

    @property
    def unique(self) -> int:
        """Games that differ up to symmetry; who moved first counts as a difference."""
        return len(set(self._identities))

    @property
    def distinct_pairs(self) -> int:
        """Pairs that differ from each other in at least one of their games, up to symmetry."""
        return len(set(zip(self._identities[::2], self._identities[1::2], strict=True)))

    @property
    def rating(self) -> Rating:
        """A's strength seen from B, with its 95 % interval by pairs."""
        return rate(self.pairs, self.distinct_pairs)

    def to_dict(self) -> dict[str, object]:
        """All figures, for JSON; the games themselves are left out."""
        return {
            "game": self.game.name,
            "a": self.a,
            "b": self.b,
            "seed": self.seed,
            "games": len(self.games),
            "wins": self.wins,
            "draws": self.draws,
            "losses": self.losses,
            "pairs": list(self.pairs),
            "unique": self.unique,
            "distinct_pairs": self.distinct_pairs,
            "reused_openings": self.reused_openings,
            "forfeits": list(self.forfeits),
            "mean_plies": self.mean_plies,
            "first_player_score": self.first_player_score,
            "rating": self.rating.to_dict(),
        }


@dataclass(frozen=True)
class MatchProgress:
    """How far a match is: games over of all games, A's points so far, plies played in all games."""

    finished: int
    total: int
    points: float
    plies: int


def play_match(
    game: Game,
    a: Player,
    b: Player,
    games: int,
    seed: int = 0,
    *,
    limit: Limit = OWN,
    plies: int | None = None,
    openings: Sequence[Position] | None = None,
    progress: Callable[[MatchProgress], None] | None = None,
) -> MatchResult:
    """Plays `games` games, an even number: each opening twice, with the sides swapped.

    Openings are random and seeded (`plies` long; see make_openings), or given: then game pair i
    uses opening i modulo their number. What player A is asked in game i at ply p comes with a seed
    that depends on (seed, i, p) alone. `limit` holds for every move of both; by default each keeps
    to its own. `progress` is called after every round of moves. Raises UserError if `games` is odd
    or less than 2, for openings that are none, or if a player cannot keep to the limit.
    """
    if games < 2 or games % 2:
        raise UserError(
            f"{games} games cannot be played in pairs with the sides swapped; "
            "give an even number, 2 or more"
        )
    book = _book(game, games // 2, seed, plies, openings)
    running = [_Running(i, book.openings[i // 2]) for i in range(games)]
    players = (a, b)
    while any(not one.over for one in running):
        # Collected before anyone moves: each game advances by one ply a round.
        turns = [[one for one in running if not one.over and one.mover == p] for p in (0, 1)]
        for player, turn in zip(players, turns, strict=True):
            if turn:
                _move(player, turn, limit, seed)
        if progress is not None:
            progress(_progress(running))
    notes = (book.warning(),) if book.reused else ()
    results = tuple(one.result() for one in running)
    return MatchResult(game, a.name, b.name, seed, results, book.reused, notes)


def _book(
    game: Game, pairs: int, seed: int, plies: int | None, openings: Sequence[Position] | None
) -> Openings:
    if openings is None:
        return make_openings(game, pairs, seed, plies)
    if not openings or any(opening.state.is_terminal for opening in openings):
        raise UserError("a match needs at least one opening, and none in which the game is over")
    if any(opening.start != game.initial() for opening in openings):
        raise UserError(f"an opening of a match begins at the initial position of {game.name}")
    given = tuple(openings[i % len(openings)] for i in range(pairs))
    return Openings(given, max(o.plies for o in given), max(0, pairs - len(openings)))


class _Running:
    """A game of the match that is still being played."""

    def __init__(self, index: int, opening: Position) -> None:
        self.index = index
        self.first = index % 2
        self.opening_plies = opening.plies
        self.position = opening
        self.forfeit: int | None = None  # the side (0 moves first) that answered illegally

    @property
    def over(self) -> bool:
        return self.forfeit is not None or self.position.state.is_terminal

    @property
    def mover(self) -> int:
        """The match player to move: 0 is A, 1 is B."""
        return self.position.state.to_play ^ self.first

    def play(self, action: int) -> None:
        if action in self.position.state.legal_actions():
            self.position = self.position.apply(action)
        else:
            self.forfeit = self.position.state.to_play

    def result(self) -> GameResult:
        actions, plies = self.position.actions, self.opening_plies
        if self.forfeit is not None:
            returns = -1 if self.forfeit == 0 else 1
            return GameResult(self.first, actions, plies, returns, REASON_ILLEGAL)
        return GameResult(self.first, actions, plies, self.position.state.returns()[0])


def _move(player: Player, turn: list[_Running], limit: Limit, seed: int) -> None:
    seeds = [mix(seed, one.index, one.position.plies) for one in turn]
    decisions = player.choose([one.position for one in turn], limit, seeds)
    if len(decisions) != len(turn):
        raise RuntimeError(f"{player.name} gave {len(decisions)} answers to {len(turn)} positions")
    for one, decision in zip(turn, decisions, strict=True):
        one.play(decision.action)


def _progress(running: list[_Running]) -> MatchProgress:
    over = [one.result() for one in running if one.over]
    plies = sum(one.position.plies for one in running)
    return MatchProgress(len(over), len(running), sum(result.points for result in over), plies)
