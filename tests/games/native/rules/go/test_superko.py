"""Go beside rules written the plain way, with both ko rules; superko in known positions.

The plain rules keep every board there has been, and state both ko rules by boards: a play may not
bring back the board of two plies ago (simple ko), or any earlier board (superko).
"""

import random
from collections import Counter
from collections.abc import Iterator

import pytest

import games
from games.errors import GameError

Board = tuple[str, ...]  # a character a point, as in State.board(), row by row


class PlainGo:
    """The rules as one would explain them: groups are flooded anew each time, boards are kept."""

    def __init__(self, size: int, superko: bool) -> None:
        self.size = size
        self.superko = superko
        self.boards: list[Board] = [("." * size,) * size]
        self.passes = 0
        self.captured: Counter[int] = Counter()

    @property
    def stones(self) -> dict[tuple[int, int], str]:
        size = range(self.size)
        return {(r, c): self.boards[-1][r][c] for r in size for c in size}

    @property
    def player(self) -> str:
        return "xo"[(len(self.boards) - 1) % 2]

    def near(self, point: tuple[int, int]) -> Iterator[tuple[int, int]]:
        row, column = point
        for place in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
            if min(place) >= 0 and max(place) < self.size:
                yield place

    def region(
        self, stones: dict[tuple[int, int], str], point: tuple[int, int]
    ) -> tuple[set[tuple[int, int]], set[str]]:
        """The points like this one that hang together with it, and what stands around them."""
        found, around, waiting = {point}, set(), [point]
        while waiting:
            for place in self.near(waiting.pop()):
                if stones[place] != stones[point]:
                    around.add(stones[place])
                elif place not in found:
                    found.add(place)
                    waiting.append(place)
        return found, around

    def after(self, action: int) -> tuple[Board, int] | None:
        """The board after a stone, and the stones it took; None if the play is not legal."""
        point = divmod(action, self.size)
        stones = self.stones
        if stones[point] != ".":
            return None
        stones[point] = self.player
        taken = 0
        for place in self.near(point):
            if stones[place] not in (".", self.player):
                group, around = self.region(stones, place)
                if "." not in around:
                    taken += len(group)
                    stones.update(dict.fromkeys(group, "."))
        if "." not in self.region(stones, point)[1]:
            return None
        rows = range(self.size)
        board = tuple("".join(stones[r, c] for c in rows) for r in rows)
        earlier = self.boards if self.superko else self.boards[-2:-1]
        return None if board in earlier else (board, taken)

    def legal(self) -> list[int]:
        """All legal actions while the game goes on."""
        points = self.size * self.size
        return [*(action for action in range(points) if self.after(action)), points]

    def play(self, action: int) -> None:
        board, taken = self.boards[-1], 0
        if action < self.size * self.size:
            step = self.after(action)
            assert step is not None
            board, taken = step
            self.captured[taken] += 1
            self.passes = 0
        else:
            self.passes += 1
        self.boards.append(board)

    def lead(self) -> int:
        """Points of x less those of o."""
        stones, points = self.stones, {"x": 0, "o": 0}
        for point, colour in stones.items():
            owners = {colour} if colour != "." else self.region(stones, point)[1]
            if len(owners) == 1:
                points[owners.pop()] += 1
        return points["x"] - points["o"]


def play_both(size: int, superko: bool, komi: float, seed: int) -> tuple[PlainGo, int]:
    """One random game in both, compared ply by ply; the plain one, and plays superko forbade."""
    rng = random.Random(seed)
    name = f"go?size={size}&komi={komi}&superko={'yes' if superko else 'no'}&plies=100"
    state, plain, forbidden = games.make(name).initial(), PlainGo(size, superko), 0
    loose = PlainGo(size, superko=False)
    while not state.is_terminal:
        legal = plain.legal()
        assert (state.board(), state.legal_actions()) == (list(plain.boards[-1]), legal)
        assert "xo"[state.to_play] == plain.player
        loose.boards = plain.boards
        forbidden += len(set(loose.legal()) - set(legal))
        place = len(legal) > 1 and rng.random() < 0.97
        action = rng.choice(legal[:-1]) if place else legal[-1]
        state = state.apply(action)
        plain.play(action)
    assert plain.passes >= 2 or len(plain.boards) == 101
    ahead = plain.lead() - komi
    assert state.returns()[0] == (ahead > 0) - (ahead < 0)
    return plain, forbidden


@pytest.mark.parametrize("superko", [False, True])
@pytest.mark.parametrize("size", [2, 3, 4, 5])
def test_random_games_agree_with_the_plain_rules(size: int, superko: bool) -> None:
    captured: Counter[int] = Counter()
    forbidden = 0
    for seed in range(60 // size):
        plain, count = play_both(size, superko, komi=seed % 4 / 2, seed=seed)
        captured += plain.captured
        forbidden += count
    assert captured[1] > 5
    assert sum(captured.values()) - captured[0] - captured[1] > 5
    assert (forbidden > 0) == superko


def _after(state: games.State, moves: str) -> games.State:
    for move in moves.split():
        state = state.apply(state.parse_action(move))
    return state


def _is_legal(state: games.State, move: str) -> bool:
    return move in map(state.action_to_string, state.legal_actions())


# The board that comes again had the other player to move: positional superko looks at the board
# alone, where situational superko would allow it.
SENDING_TWO = "..../..../xxo./.o.o o - 0 0"  # o A1, x takes two at C1, o takes one back at B1
TRIPLE_KO = "/".join(
    row + "....."
    for row in (".xo.", "xo.o", ".xo.", ".xo.", "x.xo", ".xo.", ".xo.", "xo.o", ".xo.")
)


@pytest.mark.parametrize(
    ("size", "text", "moves", "last"),
    [
        (4, SENDING_TWO, "A1 C1", "B1"),
        (9, TRIPLE_KO + " x - 0 0", "C8 B5 C2 B8 C5", "B2"),
    ],
)
def test_superko_forbids_what_simple_ko_allows(size: int, text: str, moves: str, last: str) -> None:
    loose = _after(games.make(f"go?size={size}").parse(text), moves)
    strict = _after(games.make(f"go?size={size}&superko=yes").parse(text), moves)
    assert loose.board() == strict.board()
    assert _is_legal(loose, last)
    assert not _is_legal(strict, last)
    again = loose.apply(loose.parse_action(last))
    assert again.board() == loose.game.parse(text).board()
    # The network is told of just this point beside a point of simple ko.
    more = strict.observation() - loose.observation()
    assert more.reshape(-1).nonzero()[0].tolist() == [3 * size**2 + loose.parse_action(last)]


def test_the_start_of_the_text_counts_as_an_earlier_board() -> None:
    game = games.make("go?size=4&superko=yes")
    fresh = game.parse("..../..../xxo./..xo o - 0 0")
    assert _is_legal(fresh, "B1")
    assert not _is_legal(_after(game.parse(SENDING_TWO), "A1 C1"), "B1")


def test_the_moves_are_in_the_text_and_the_past_in_equality() -> None:
    game = games.make("go?size=3&superko=yes")
    one, two = _after(game.initial(), "A1 pass C3 B2"), _after(game.initial(), "C3 pass A1 B2")
    assert str(one) == ".../.../... x - 0 0 moves A1 pass C3 B2"
    assert game.parse(str(one)) == one != two
    assert one.board() == two.board()
    assert one.position_key == two.position_key
    assert one.observation_key == two.observation_key
    assert game.parse("..x/.o./x.. x - 0 4") != one
    plain = games.make("go?size=3")
    assert _after(plain.initial(), "A1 pass C3 B2") == _after(plain.initial(), "C3 pass A1 B2")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (".../.../... x - 0 0 moves A1 A1", "'A1' is no legal move at ply 1"),
        (".../.../... x - 0 0 moves A1 D1", "'D1' is no legal move at ply 1"),
        (".../.../... x - 0 0 moves pass pass A1", "'A1' is no legal move at ply 2"),
        (".../.../... x - 0 0 moves a1", "is written '.../.../... x - 0 0 moves A1'"),
        (".../.../... x - 0 0 moves A1 ", "is written"),
        (".../.../... x - 0 0 moves A1  B1", "'' is no legal move at ply 1"),
        (".../.../... x - 0 0 moves ", "is written"),
        (".../.../... x - 0 0 moves", "a position is its rows, .* then the moves"),
    ],
)
def test_texts_that_are_no_line(text: str, message: str) -> None:
    with pytest.raises(GameError, match=message):
        games.make("go?size=3&superko=yes").parse(text)


def test_only_superko_bounds_the_longest_game() -> None:
    """Only with superko is the past in the state, and has room for so many boards."""
    with pytest.raises(GameError, match="plies='1000' is not possible"):
        games.make("go?size=9&superko=yes&plies=1000")
    assert games.make("go?size=9&plies=1000").max_plies == 1000
