"""Which first stones of small Hex boards win, by a solver that shares no line with ours.

The plain solver knows Hex on bit sets of its own, and reasons as people do: a bridge joins two
stones whoever moves, and a player must move into every set of points with which the other would
win. Its answers and the proofs of the search, which rest on the rules as built, must agree.
"""

import random
from collections.abc import Iterator

import pytest

import games
from selfplay import RolloutEvaluator, SearchBatch, SearchResult, SearchSettings


def bits(board: int) -> Iterator[int]:
    while board:
        bit = board & -board
        board ^= bit
        yield bit


class HexSolver:
    """Solves positions of Hex; boards are sets of points, bit row * size + column.

    A player always joins top and bottom: for the other one boards are transposed. To find chains, a
    row of stones is added at the top and at the bottom, so that the edges are stones too.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        points = [(row, column) for row in range(size + 2) for column in range(size)]
        bit = {(row, column): 1 << (row * size + column) for row, column in points}
        steps = ((0, -1), (0, 1), (-1, 0), (1, 0), (-1, 1), (1, -1))
        self.near = {
            bit[row, column]: sum(bit.get((row + down, column + right), 0) for down, right in steps)
            for row, column in points
        }
        # From each point those that have two neighbours in common with it, and these neighbours.
        self.bridges = {
            a: [(b, gap) for b in self.near if (gap := self._gap(a, b)).bit_count() == 2]
            for a in self.near
        }
        self.full = (1 << size * size) - 1
        self.top = (1 << size) - 1
        self.bottom = self.top << size * (size + 1)
        self.twin = {
            1 << (row * size + column): 1 << (column * size + row)
            for row in range(size)
            for column in range(size)
        }
        self.known: dict[tuple[int, int], tuple[bool, int]] = {}

    def _gap(self, a: int, b: int) -> int:
        return 0 if a == b or self.near[a] & b else self.near[a] & self.near[b]

    def transposed(self, board: int) -> int:
        return sum(self.twin[bit] for bit in bits(board))

    def turned(self, board: int) -> int:
        """By half a turn, which exchanges top and bottom, and left and right."""
        return int(f"{board:0{self.size**2}b}"[::-1], 2)

    def linked(self, stones: int, empty: int) -> int | None:
        """The points that the stones need to join top and bottom even if the other moves first.

        None if no chain is found whose bridges need different points.
        """
        stones = stones << self.size | self.top | self.bottom
        empty <<= self.size
        needed, reached, fresh = 0, self.top, self.top
        while fresh:
            stone = fresh & -fresh
            found = self.near[stone] & stones & ~reached
            for far, gap in self.bridges[stone]:
                if far & stones & ~(reached | found) and gap & empty & ~needed == gap:
                    needed |= gap
                    found |= far
            reached |= found
            fresh = (fresh ^ stone) | found
            if reached & self.bottom:
                return needed >> self.size
        return None

    def missing(self, stones: int, empty: int) -> float:
        """How many stones are missing between top and bottom; less if the last has many places.

        Only the order in which moves are tried depends on it.
        """
        stones = stones << self.size | self.top | self.bottom
        empty <<= self.size
        reached, ring, count, ways = 0, self.top, 0, 0
        while ring:
            border, fresh = 0, ring
            while fresh:
                stone = fresh & -fresh
                reached |= stone
                around = self.near[stone]
                for far, gap in self.bridges[stone]:
                    if gap & empty == gap:
                        around |= far
                fresh = (fresh ^ stone) | (around & stones & ~reached)
                border |= around
            if reached & self.bottom:
                return count - ways / 64
            ring = border & empty & ~reached
            count, ways = count + 1, ring.bit_count()
        return float(self.size**2)

    def solve(self, own: int, other: int) -> tuple[bool, int]:
        """Whether the player to move wins, and the empty points with which the winner does it."""
        turned = self.turned(own), self.turned(other)
        if turned < (own, other):
            wins, needed = self.solve(*turned)
            return wins, self.turned(needed)
        if (own, other) not in self.known:
            self.known[own, other] = self._search(own, other)
        return self.known[own, other]

    def _search(self, own: int, other: int) -> tuple[bool, int]:
        empty = self.full & ~(own | other)
        theirs, their_empty = self.transposed(other), self.transposed(empty)
        needed = self.linked(theirs, their_empty)
        if needed is not None:
            return False, self.transposed(needed)
        # A move outside of what the other needs to win leaves him that win.
        must, used = empty, 0
        for point in bits(empty):
            needed = self.linked(own | point, empty ^ point)
            if needed is not None:
                return True, needed | point
            twin = self.twin[point]
            needed = self.linked(theirs | twin, their_empty ^ twin)
            if needed is not None:
                needed = self.transposed(needed | twin)
                must, used = must & needed, used | needed

        def promise(point: int) -> float:
            blocked = self.missing(theirs, their_empty ^ self.twin[point])
            return self.missing(own | point, empty ^ point) - blocked

        for point in sorted(bits(must), key=promise):
            if must & point:
                lost, needed = self.solve(theirs, self.transposed(own | point))
                needed = self.transposed(needed)
                if not lost:
                    return True, needed | point
                must, used = must & needed, used | needed
        return False, used

    def mover_wins(self, state: games.State) -> bool:
        """Of a state of the game, by its drawn board."""
        cells = "".join(state.board())
        x, o = (sum(1 << i for i, c in enumerate(cells) if c == stone) for stone in "xo")
        if state.to_play == 0:
            return self.solve(x, o)[0]
        return self.solve(self.transposed(o), self.transposed(x))[0]


def openings(size: int) -> list[games.State]:
    initial = games.make(f"hex?size={size}").initial()
    return [initial.apply(action) for action in initial.legal_actions()]


def search(states: list[games.State], simulations: int, rule: str) -> list[SearchResult]:
    settings = SearchSettings(rule=rule, simulations=simulations, solver=True)
    batch = SearchBatch(states[0].game, settings, len(states))
    batch.start(states, list(range(len(states))))
    evaluator = RolloutEvaluator(1)
    while batch.advance():
        evaluator.evaluate(batch.batch)
    return batch.results()


def agree(size: int, states: list[games.State], simulations: int, rule: str) -> int:
    """Every proof of the search is right; how many positions were proven."""
    solver = HexSolver(size)
    results = search(states, simulations, rule)
    for state, result in zip(states, results, strict=True):
        if result.proven:
            assert result.value == (1 if solver.mover_wins(state) else -1), str(state)
    return sum(result.proven for result in results)


# 'x' where the first player wins who opens there.
WINNING = {
    3: "..x/xxx/x..",
    4: "...x/..x./.x../x...",
    5: "....x/.xxxx/.xxx./xxxx./x....",
}


@pytest.mark.parametrize("size", [3, 4, pytest.param(5, marks=pytest.mark.slow)])
def test_openings_by_the_plain_solver(size: int) -> None:
    solver = HexSolver(size)
    wins = "".join(".x"[not solver.mover_wins(state)] for state in openings(size))
    assert "/".join(wins[i : i + size] for i in range(0, size * size, size)) == WINNING[size]


@pytest.mark.parametrize("rule", ["puct", "uct"])
def test_all_openings_of_three_are_proven(rule: str) -> None:
    assert agree(3, openings(3), 3000, rule) == 9


def test_openings_of_four_are_proven() -> None:
    """One of each pair that half a turn exchanges."""
    assert agree(4, openings(4)[:7], 200_000, "puct") == 7


@pytest.mark.slow
@pytest.mark.parametrize("rule", ["puct", "uct"])
def test_all_openings_of_four_are_proven(rule: str) -> None:
    assert agree(4, openings(4), 1_000_000, rule) == 16


def middles(size: int, plies: int, count: int) -> list[games.State]:
    """Positions after random moves, in which nobody has won yet."""
    rng = random.Random(size)
    found: list[games.State] = []
    while len(found) < count:
        state = games.make(f"hex?size={size}").initial()
        for _ in range(plies):
            if not state.is_terminal:
                state = state.apply(rng.choice(state.legal_actions()))
        if not state.is_terminal:
            found.append(state)
    return found


@pytest.mark.parametrize(("size", "plies"), [(5, 12), (6, 23)])
def test_positions_of_larger_boards_are_proven(size: int, plies: int) -> None:
    assert agree(size, middles(size, plies, 60), 60_000, "puct") >= 54
