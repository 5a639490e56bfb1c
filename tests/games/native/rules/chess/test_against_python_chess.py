"""Chess agrees with python-chess in every state of random games: moves, FEN, keys, end and reason.

CI plays 100,000 plies. The long suite plays a million, or as many as CHESS_PLIES says:

    CHESS_PLIES=10000000 scripts/test --slow tests/games/native/rules/chess -k long -s
"""

import os
import random

import chess
import pytest

import games

# No cap on the length, so that games end by the rules of chess alone.
GAME = games.make("chess?plies=10000")

# Where random games from the start seldom lead.
STARTS = [
    "r3k2r/p1ppqpb1/bn2pnp1/3PN3/1p2P3/2N2Q1p/PPPBBPPP/R3K2R w KQkq - 0 1",
    "r3k2r/8/8/8/8/8/8/R3K2R w KQkq - 0 1",
    "r3k2r/8/1b6/8/8/8/5N2/R3K2R b KQkq - 3 20",
    "8/2p5/3p4/KP5r/1R3p1k/8/4P1P1/8 w - - 0 1",
    "r3k2r/Pppp1ppp/1b3nbN/nP6/BBP1P3/q4N2/Pp1P2PP/R2Q1RK1 w kq - 0 1",
    "rnbq1k1r/pp1Pbppp/2p5/8/2B5/8/PPP1NnPP/RNBQK2R w KQ - 1 8",
    "8/PPPPPPPP/8/2k5/5K2/8/pppppppp/8 b - - 0 1",
    "n1n5/PPPk4/8/8/8/8/4Kppp/5N1N b - - 0 1",
    "4k3/pppppppp/8/8/8/8/PPPPPPPP/4K3 w - - 0 1",
    "8/8/1k6/2b5/2pP4/8/5K2/8 b - d3 0 1",
    "8/8/8/K1pP3r/8/8/8/7k w - c6 0 2",
    "k3r3/8/8/3pP3/8/8/8/4K3 w - d6 0 2",
    "7k/6b1/8/3pP3/8/8/1K6/8 w - d6 0 2",
    "8/6bb/8/8/R1pP2k1/4P3/P7/K7 b - d3 0 1",
    "4k3/8/8/8/8/8/8/RNBQKBNR w KQ - 0 1",
    "8/8/8/4k3/8/8/2KR4/8 w - - 60 80",
    "8/8/4k3/8/8/2N5/3K4/6n1 w - - 0 1",
    "8/8/4kb2/8/8/2B5/3K4/8 w - - 0 1",
    "5b2/8/4k3/8/8/2B5/3K3P/8 w - - 90 100",
    "7k/8/8/8/8/8/8/KQ6 w - - 0 1",
    "R6r/8/8/2K5/5k2/8/8/r6R w - - 0 1",
]


def _their_ending(board: chess.Board, moves: list[chess.Move]) -> str:
    """As `Board.outcome` does, with the draws that a player can claim made at once."""
    if not moves and board.is_check():
        return "checkmate"
    if board.is_insufficient_material():
        return "insufficient material"
    if not moves:
        return "stalemate"
    if board.halfmove_clock >= 100:
        return "fifty moves without a capture or a pawn's move"
    if board.halfmove_clock >= 8 and board.is_repetition(3):
        return "threefold repetition"
    return ""


class Comparison:
    """Compares states with boards, and keeps the keys of all positions seen."""

    def __init__(self) -> None:
        self.endings: dict[str, int] = {}
        self.plies = 0
        self._key_of: dict[str, int] = {}
        self._position_of: dict[int, str] = {}

    def play(self, board: chess.Board, rng: random.Random) -> None:
        """One random game, compared in every state."""
        state = GAME.parse(board.fen())
        while True:
            moves = list(board.legal_moves)
            ending = _their_ending(board, moves)
            self._compare_position(state, board.fen())
            assert (state.ending, state.is_terminal) == (ending, bool(ending)), board.fen()
            if ending:
                break
            names = [state.action_to_string(action) for action in state.legal_actions()]
            assert sorted(names) == sorted(move.uci() for move in moves), board.fen()
            name = rng.choice(names)
            board.push_uci(name)
            state = state.apply(state.parse_action(name))
            self.plies += 1
        self.endings[ending] = self.endings.get(ending, 0) + 1
        loser = 0 if board.turn else 1
        expected = {loser: -1, 1 - loser: 1} if ending == "checkmate" else {0: 0, 1: 0}
        assert state.returns() == (expected[0], expected[1]), board.fen()
        self._compare_text(state, board)

    def _compare_position(self, state: games.State, fen: str) -> None:
        """The FEN, and the key: the same for the same position, in all games."""
        twin = GAME.parse(fen)
        assert str(twin) == fen
        assert twin.position_key == state.position_key, fen
        assert twin.board() == state.board(), fen
        position = fen.rsplit(" ", 2)[0]
        assert self._key_of.setdefault(position, state.position_key) == state.position_key, fen
        assert self._position_of.setdefault(state.position_key, position) == position, fen

    def _compare_text(self, state: games.State, board: chess.Board) -> None:
        """The text of a state, FEN and moves, leads python-chess to the same position."""
        fen, _, moves = str(state).partition(" moves ")
        again = chess.Board(fen)
        for move in moves.split():
            again.push_uci(move)
        assert again.fen() == board.fen()
        assert GAME.parse(str(state)) == state


def compare(plies: int, seed: int) -> Comparison:
    """Plays at least this many plies; every other game begins at one of STARTS."""
    rng = random.Random(seed)
    comparison = Comparison()
    number = 0
    while comparison.plies < plies:
        start = chess.STARTING_FEN if number % 2 else STARTS[number // 2 % len(STARTS)]
        comparison.play(chess.Board(start), rng)
        number += 1
    return comparison


def test_random_games_agree() -> None:
    assert len(compare(100_000, seed=1).endings) == 5  # each way to end a game has been met


@pytest.mark.slow
def test_long_random_games_agree() -> None:
    comparison = compare(int(os.environ.get("CHESS_PLIES", "1000000")), seed=2)
    print(f"{comparison.plies:,} plies, no difference; ends of games: {comparison.endings}")
