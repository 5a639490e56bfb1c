"""Chess: how games end, what the actions and planes are, and how far back a text reaches.

test_chess_oracle.py compares legal moves and ends of games with python-chess over random games.
"""

import random

import chess
import numpy as np
import pytest
from numpy.typing import NDArray

import games

GAME = games.make("chess")


def _play(state: games.State, moves: str) -> games.State:
    for move in moves.split():
        state = state.apply(state.parse_action(move))
    return state


def _names(state: games.State) -> list[str]:
    return [state.action_to_string(action) for action in state.legal_actions()]


def test_parameters_are_in_the_name() -> None:
    assert games.make("chess?history=1&plies=512") is GAME
    assert games.make("chess?plies=100&history=8").name == "chess?history=8&plies=100"
    assert (GAME.num_actions, GAME.max_plies, GAME.max_legal_actions) == (4672, 512, 218)
    assert GAME.observation.planes == 15
    assert games.make("chess?history=8").observation.planes == 14 * 8 + 1


@pytest.mark.parametrize(
    "name", ["chess?history=0", "chess?history=9", "chess?plies=0", "chess?plies=10001"]
)
def test_parameters_out_of_range(name: str) -> None:
    with pytest.raises(games.GameError, match="is not possible; give a whole number from 1 to"):
        games.make(name)


MATE = "7k/6Q1/6K1/8/8/8/8/8 b - - {} 60"
ENDINGS = [
    ("8/8/8/8/8/8/8/K1k5 w - - 0 1", "insufficient material"),
    ("7k/8/8/8/8/8/N7/K7 w - - 0 1", "insufficient material"),
    ("7k/8/8/8/8/8/B7/K7 w - - 0 1", "insufficient material"),
    ("2b4k/8/8/8/8/8/B7/K7 w - - 0 1", "insufficient material"),
    ("2b1B2k/8/8/8/8/8/B7/K7 w - - 0 1", "insufficient material"),
    ("2b4k/8/8/8/8/8/8/K1B5 w - - 0 1", ""),  # bishops on squares of different colours
    ("7k/8/8/8/8/8/NN6/K7 w - - 0 1", ""),
    ("n6k/8/8/8/8/8/N7/K7 w - - 0 1", ""),
    ("b6k/8/8/8/8/8/N7/K7 w - - 0 1", ""),
    ("8/8/8/8/8/8/P7/K1k5 w - - 0 1", ""),
    ("7k/5Q2/6K1/8/8/8/8/8 b - - 0 60", "stalemate"),
    ("7k/8/6K1/8/8/8/8/1Q6 b - - 99 60", ""),
    ("7k/8/6K1/8/8/8/8/1Q6 b - - 100 60", "fifty moves without a capture or a pawn's move"),
    (MATE.format(0), "checkmate"),
    (MATE.format(100), "checkmate"),  # a mate by the last of the fifty moves counts
    ("7k/8/6K1/8/8/8/8/1Q6 w - - 0 256", ""),
    ("7k/8/6K1/8/8/8/8/1Q6 b - - 0 256", ""),
    ("7k/8/6K1/8/8/8/8/1Q6 w - - 0 257", "the longest game"),
    ("7k/6Q1/6K1/8/8/8/8/8 b - - 0 257", "checkmate"),
]


@pytest.mark.parametrize(("fen", "ending"), ENDINGS)
def test_ends_of_games(fen: str, ending: str) -> None:
    state = GAME.parse(fen)
    assert (state.ending, state.is_terminal) == (ending, bool(ending))
    assert state.is_terminal == (not state.legal_actions())
    if ending:
        assert state.returns() == ((1, -1) if ending == "checkmate" else (0, 0))


def test_fools_mate() -> None:
    state = _play(GAME.initial(), "f2f3 e7e5 g2g4 d8h4")
    assert state.ending == "checkmate"
    assert state.returns() == (-1, 1)


def test_the_third_occurrence_ends_the_game() -> None:
    state = _play(GAME.initial(), "g1f3 g8f6 f3g1 f6g8 g1f3 g8f6 f3g1")
    assert state.ending == ""
    assert _play(state, "f6g8").ending == "threefold repetition"


def test_positions_with_other_castling_rights_are_not_the_same() -> None:
    state = _play(GAME.initial(), "e2e4 e7e5 e1e2 e8e7 e2e1 e7e8 e1e2 e8e7 e2e1")
    assert (
        state.ending == ""
    )  # black's king, which could castle at first, is on e7 for the 2nd time
    assert _play(state, "e7e8 e1e2 e8e7").ending == "threefold repetition"


@pytest.mark.parametrize(
    ("start", "plies"),
    [
        # After e2e4 black can capture on e3; when the pieces have come back, that is another
        # position, and the first to occur three times is the one after h8g6.
        ("4k2n/8/8/8/3p4/8/4P3/4K2N w - - 0 1", 9),
        # Here black's pawn is pinned, so the double step leaves nothing behind.
        ("3k3n/8/8/8/3p4/8/3RP3/4K2N w - - 0 1", 8),
    ],
)
def test_en_passant_distinguishes_positions_where_it_is_legal(start: str, plies: int) -> None:
    state = _play(GAME.parse(start), "e2e4")
    moves = ["h8g6", "h1g3", "g6h8", "g3h1"]
    for ply in range(plies):
        assert state.ending == ""
        state = _play(state, moves[ply % 4])
    assert state.ending == "threefold repetition"


CASTLING = [
    ("r3k2r/8/8/8/8/8/8/R3K2R w KQkq - 0 1", {"e1g1", "e1c1"}),
    ("r3k2r/8/8/8/8/8/8/R3K2R w Kkq - 0 1", {"e1g1"}),
    ("r3k2r/8/8/8/8/8/8/R3K2R b KQkq - 0 1", {"e8g8", "e8c8"}),
    ("4k3/8/8/8/4r3/8/8/R3K2R w KQ - 0 1", set()),  # out of check
    ("4k3/8/8/8/5r2/8/8/R3K2R w KQ - 0 1", {"e1c1"}),  # through check
    ("4k3/8/8/8/3r4/8/8/R3K2R w KQ - 0 1", {"e1g1"}),
    ("4k3/8/8/8/6r1/8/8/R3K2R w KQ - 0 1", {"e1c1"}),  # into check
    ("4k3/8/8/8/1r6/8/8/R3K2R w KQ - 0 1", {"e1g1", "e1c1"}),  # the rook may pass an attack
    ("4k3/8/8/8/8/8/8/RN2K1NR w KQ - 0 1", set()),
]


@pytest.mark.parametrize(("fen", "expected"), CASTLING)
def test_castling(fen: str, expected: set[str]) -> None:
    names = set(_names(GAME.parse(fen)))
    assert names & {"e1g1", "e1c1", "e8g8", "e8c8"} == expected


def test_castling_moves_the_rook_and_ends_the_right() -> None:
    start = GAME.parse("r3k2r/8/8/8/8/8/8/R3K2R w KQkq - 0 1")
    state = _play(start, "e1g1 e8c8")
    assert state.board()[0] == "..kr...r"
    assert state.board()[7] == "R....RK."
    assert str(_play(start, "h1h8")) == "r3k2R/8/8/8/8/8/8/R3K3 b Qq - 0 1"


def test_a_promotion_needs_its_letter() -> None:
    state = GAME.parse("8/4P3/8/8/8/k7/8/K7 w - - 0 1")
    assert [n for n in _names(state) if n[0] == "e"] == ["e7e8q", "e7e8n", "e7e8b", "e7e8r"]
    assert _play(state, "E7E8N").board()[0] == "....N..."
    for text in ("e7e8", "e7e8k", "e7e8qq", "a1a2q", "e7a8q", "a1a1", "a1i1"):
        with pytest.raises(games.GameError, match=f"'{text}' is not a move; legal: "):
            state.parse_action(text)
    with pytest.raises(games.GameError, match="'a1a2' is not legal here"):
        state.parse_action("a1a2")


def test_actions_off_the_board_are_named() -> None:
    with pytest.raises(games.GameError, match=r"action 0 \(a8 off the board\) is not legal"):
        GAME.initial().apply(0)


# The planes in order, as (columns to the right, rows up), written out a second time.
DIRECTIONS = [(0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1)]
QUEEN = [(x * n, y * n) for x, y in DIRECTIONS for n in range(1, 8)]
KNIGHT = [(1, 2), (2, 1), (2, -1), (1, -2), (-1, -2), (-2, -1), (-2, 1), (-1, 2)]
UNDERPROMOTIONS = [(x, piece) for x in (-1, 0, 1) for piece in "nbr"]


def _expected_action(name: str, white: bool) -> int:
    """AlphaZero's number of a move, from its name alone."""
    up = 1 if white else -1
    columns = [ord(name[i]) - ord("a") for i in (0, 2)]
    ranks = [int(name[i]) for i in (1, 3)]
    step = (columns[1] - columns[0], up * (ranks[1] - ranks[0]))
    if name[4:] in ("n", "b", "r"):
        plane = 64 + UNDERPROMOTIONS.index((step[0], name[4]))
    else:
        plane = (QUEEN + KNIGHT).index(step)
    row = 8 - ranks[0] if white else ranks[0] - 1
    return (row * 8 + columns[0]) * 73 + plane


POSITIONS = [
    chess.STARTING_FEN,
    "r3k2r/p1ppqpb1/bn2pnp1/3PN3/1p2P3/2N2Q1p/PPPBBPPP/R3K2R w KQkq - 0 1",
    "n1n5/PPPk4/8/8/8/8/4Kppp/5N1N b - - 0 1",
    "8/PPPPPPPP/8/2k5/5K2/8/pppppppp/8 b - - 0 1",
    "8/8/1k6/2b5/2pP4/8/5K2/8 b - d3 0 1",
]


@pytest.mark.parametrize("fen", POSITIONS)
def test_actions_are_those_of_alphazero(fen: str) -> None:
    rng = random.Random(1)
    state = GAME.parse(fen)
    for _ in range(100):
        legal = state.legal_actions()
        assert legal == [_expected_action(name, state.to_play == 0) for name in _names(state)]
        for action in legal:
            name = state.action_to_string(action)
            square = state.square_of(action)
            assert name[2:4] == "abcdefgh"[square % 8] + str(8 - square // 8)
        if not legal:
            break
        state = state.apply(rng.choice(legal))


def _expected_observation(board: chess.Board, history: int) -> NDArray[np.float32]:
    """The planes and scalars, from a python-chess board and the boards before it."""
    white = board.turn
    planes = []

    def plane(squares: chess.SquareSet) -> NDArray[np.float32]:
        out = np.zeros((8, 8), np.float32)
        for square in squares:
            rank = chess.square_rank(square)
            out[7 - rank if white else rank, chess.square_file(square)] = 1
        return out

    earlier = board.copy()
    for back in range(history):
        if back > len(board.move_stack):
            planes += [np.zeros((8, 8), np.float32)] * 14
            continue
        for colour in (white, not white):
            planes += [plane(earlier.pieces(piece, colour)) for piece in chess.PIECE_TYPES]
        planes += [np.full((8, 8), earlier.is_repetition(n), np.float32) for n in (2, 3)]
        if earlier.move_stack:
            earlier.pop()
    passant = [board.ep_square] if board.has_legal_en_passant() else []
    planes.append(plane(chess.SquareSet(passant)))
    rights = [
        has_right(colour)
        for colour in (white, not white)
        for has_right in (board.has_kingside_castling_rights, board.has_queenside_castling_rights)
    ]
    scalars = [*rights, np.float32(min(board.halfmove_clock, 100)) * np.float32(0.01)]
    return np.stack([*planes, *(np.full((8, 8), x, np.float32) for x in scalars)])


@pytest.mark.parametrize("history", [1, 2, 3, 8])
def test_observations(history: int) -> None:
    game = games.make(f"chess?history={history}")
    rng = random.Random(history)
    for start in [*POSITIONS, "8/8/3k4/8/8/R3K3/8/8 w - - 90 70"]:
        board, state = chess.Board(start), game.parse(start)
        for _ in range(60):
            assert np.array_equal(state.observation(), _expected_observation(board, history))
            if state.is_terminal:
                break
            move = rng.choice(_names(state))
            board.push_uci(move)
            state = state.apply(state.parse_action(move))


def test_repetitions_are_seen_in_earlier_boards() -> None:
    game = games.make("chess?history=8")
    moves = "g1f3 g8f6 f3g1 f6g8 e2e4"
    state, board = _play(game.initial(), moves), chess.Board()
    for move in moves.split():
        board.push_uci(move)
    observation = state.observation()
    assert np.array_equal(observation, _expected_observation(board, 8))
    # The board before the last move is the initial one, for the second time.
    assert [bool(observation[14 * k + 12].all()) for k in range(6)] == [False, True] + [False] * 4
    # The same board after other moves looks different, and has another key.
    other = _play(game.initial(), "e2e4")
    assert other.board() == state.board()
    assert other.observation_key != state.observation_key


def test_the_text_begins_where_the_past_no_longer_matters() -> None:
    moves = "e2e4 e7e5 g1f3 b8c6"
    assert str(_play(GAME.initial(), moves)) == (
        "rnbqkbnr/pppp1ppp/8/4p3/4P3/8/PPPP1PPP/RNBQKBNR w KQkq - 0 2 moves g1f3 b8c6"
    )
    game = games.make("chess?history=4")  # the oldest of four boards is that after e2e4
    assert str(_play(game.initial(), moves)) == (
        "rnbqkbnr/pppppppp/8/8/4P3/8/PPPP1PPP/RNBQKBNR b KQkq - 0 1 moves e7e5 g1f3 b8c6"
    )


@pytest.mark.parametrize("history", [1, 2, 8])
def test_the_past_is_bounded(history: int) -> None:
    """Games in which hardly a pawn moves or a piece is captured, up to the fiftieth move."""
    game = games.make(f"chess?history={history}&plies=10000")
    rng = random.Random(history)
    longest = 0
    for _ in range(30):
        state = game.parse("r1b1k2r/8/8/p1p1p1p1/P1P1P1P1/8/8/R1B1K2R w - - 0 1")
        while not state.is_terminal:
            names = _names(state)
            quiet = [
                n for n in names if state.board()[8 - int(n[3])]["abcdefgh".index(n[2])] == "."
            ]
            name = rng.choice(quiet if quiet and rng.random() < 0.98 else names)
            state = state.apply(state.parse_action(name))
            text = str(state)
            assert game.parse(text) == state
            longest = max(longest, len(text.split(" ")) - 7)
    assert 90 < longest <= 99 + history


def test_a_text_may_hold_a_whole_game() -> None:
    """Moves that no longer matter are read, and left out when the state is written."""
    rng = random.Random(3)
    board, state = chess.Board(), GAME.initial()
    while not state.is_terminal:
        name = rng.choice(_names(state))
        board.push_uci(name)
        state = state.apply(state.parse_action(name))
    moves = " ".join(map(str, board.move_stack))
    assert GAME.parse(f"{chess.STARTING_FEN} moves {moves}") == state
    with pytest.raises(games.GameError, match="'e2e4', is made after the end of the game"):
        GAME.parse(f"{chess.STARTING_FEN} moves {moves} e2e4")
