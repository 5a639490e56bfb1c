"""Perft: sequences of legal actions, counted, beside the numbers that others have published."""

import pytest

import games
from games.errors import GameError

# Chess: the six positions of the Chess Programming Wiki (and the mirror image of the fourth), whose
# counts many engines agree on; the number of plies that CI counts to, and the published counts.
CHESS = [
    (
        "rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - 0 1",
        5,
        [20, 400, 8_902, 197_281, 4_865_609, 119_060_324],
    ),
    (
        "r3k2r/p1ppqpb1/bn2pnp1/3PN3/1p2P3/2N2Q1p/PPPBBPPP/R3K2R w KQkq - 0 1",
        4,
        [48, 2_039, 97_862, 4_085_603, 193_690_690],
    ),
    (
        "8/2p5/3p4/KP5r/1R3p1k/8/4P1P1/8 w - - 0 1",
        6,
        [14, 191, 2_812, 43_238, 674_624, 11_030_083, 178_633_661],
    ),
    (
        "r3k2r/Pppp1ppp/1b3nbN/nP6/BBP1P3/q4N2/Pp1P2PP/R2Q1RK1 w kq - 0 1",
        5,
        [6, 264, 9_467, 422_333, 15_833_292, 706_045_033],
    ),
    (
        "r2q1rk1/pP1p2pp/Q4n2/bbp1p3/Np6/1B3NBn/pPPP1PPP/R3K2R b KQ - 0 1",
        5,
        [6, 264, 9_467, 422_333, 15_833_292, 706_045_033],
    ),
    (
        "rnbq1k1r/pp1Pbppp/2p5/8/2B5/8/PPP1NnPP/RNBQK2R w KQ - 1 8",
        4,
        [44, 1_486, 62_379, 2_103_487, 89_941_194],
    ),
    (
        "r4rk1/1pp1qppp/p1np1n2/2b1p1B1/2B1P1b1/P1NP1N2/1PP1QPPP/R4RK1 w - - 0 10",
        4,
        [46, 2_079, 89_890, 3_894_594, 164_075_551],
    ),
]

# Of the other games: the name, the number of plies that CI counts to, and the counts.
OTHERS = [
    ("tic_tac_toe", 9, [9, 72, 504, 3_024, 15_120, 54_720, 148_176, 200_448, 127_872]),
    # No game ends, and no column fills, before the seventh ply; then seven ways fill one too far.
    ("connect_four", 7, [7, 7**2, 7**3, 7**4, 7**5, 7**6, 7**7 - 7]),
    # Some publish 24,571,284 and 212,258,800 for the last two, where players pass on after the end
    # of a game: the 228 shortest games end with the ninth ply.
    (
        "othello",
        9,
        [4, 12, 56, 244, 1_396, 8_200, 55_092, 390_216, 3_005_288, 24_571_056, 212_258_216],
    ),
]


@pytest.mark.parametrize(("fen", "shallow", "counts"), CHESS)
def test_chess(fen: str, shallow: int, counts: list[int]) -> None:
    state = games.make("chess").parse(fen)
    assert [games.perft(state, depth + 1) for depth in range(shallow)] == counts[:shallow]


@pytest.mark.parametrize(("name", "shallow", "counts"), OTHERS)
def test_other_games(name: str, shallow: int, counts: list[int]) -> None:
    state = games.make(name).initial()
    assert [games.perft(state, depth + 1) for depth in range(shallow)] == counts[:shallow]


@pytest.mark.slow
@pytest.mark.parametrize(("fen", "counts"), [(fen, counts) for fen, _, counts in CHESS])
def test_chess_deep(fen: str, counts: list[int]) -> None:
    assert games.perft(games.make("chess").parse(fen), len(counts)) == counts[-1]


@pytest.mark.slow
def test_othello_deep() -> None:
    _, _, counts = OTHERS[-1]
    assert games.perft(games.make("othello").initial(), len(counts)) == counts[-1]


@pytest.mark.parametrize("name", games.names())
def test_every_game_is_counted_as_it_is_played(name: str) -> None:
    state = games.make(name).initial()
    legal = state.legal_actions()
    assert games.perft(state, 0) == 1
    assert games.perft(state, 1) == len(legal)
    assert games.perft(state, 2) == sum(len(state.apply(a).legal_actions()) for a in legal)


def test_games_that_end_earlier_do_not_count() -> None:
    """Either player wins on the right: x at once, o if x has not played there."""
    state = games.make("tic_tac_toe").parse("xx./oo./...")
    assert [games.perft(state, depth) for depth in range(4)] == [1, 5, 4 * 4, 4 * 3 + 3 * 3 * 3]


@pytest.mark.parametrize("depth", [-1, 65])
def test_depths_out_of_range(depth: int) -> None:
    with pytest.raises(GameError, match=f"depth {depth} is not possible; give 0 to 64"):
        games.perft(games.make("chess").initial(), depth)
