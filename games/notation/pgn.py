"""PGN of chess, through python-chess: `read` and `write` whole games.

Of a game with variations only the main line is read. Marks such as "!?" and $6 are ignored.
"""

import io
from collections.abc import Iterable
from typing import Any

from games.errors import GameError
from games.notation.chess_board import board_of, is_chess, read_fen
from games.notation.library import library
from games.notation.transcript import Transcript
from zero_core import games as core
from zero_core.games import Game

_RETURNS = {"1-0": 1, "0-1": -1, "1/2-1/2": 0}
_OWN = ("Result", "SetUp", "FEN")  # headers that the transcript says otherwise


def read(text: str, game: Game | None = None) -> list[Transcript]:
    """The games of a PGN file, one or more, each by its main line.

    `game`: chess with its parameters; by default the usual ones. Raises GameError that names the
    place: no game, a malformed or impossible start, a move that is not legal or comes after the
    end, a result against the rules, a variant of chess.
    """
    game = core.make_game("chess") if game is None else game
    if not is_chess(game):
        raise GameError(f"PGN is for chess, not for {game.name}")
    source = io.StringIO(text)
    transcripts: list[Transcript] = []
    while True:
        place = f"PGN game {len(transcripts) + 1}"
        try:
            found = library("chess.pgn").read_game(source, Visitor=_visitor)
            if found is None:
                break
            transcripts.append(_transcript(found, game))
        except ValueError as error:  # GameError is one
            raise GameError(f"{place}: {' '.join(str(error).split())[:300]}") from None
    if not transcripts:
        raise GameError("PGN: no game was found")
    return transcripts


def write(transcripts: Transcript | Iterable[Transcript]) -> str:
    """The games as the text of one PGN file, which `read` reads back.

    Line breaks in comments and headers become spaces. Raises GameError for a game that is not
    chess, an action that is not legal, and a start whose past matters (FEN cannot say it).
    """
    games = [transcripts] if isinstance(transcripts, Transcript) else transcripts
    return "\n".join(_text(transcript) for transcript in games)


def _visitor() -> Any:
    """What python-chess hands the parts of a game to: the main line alone, and no lenience."""
    pgn = library("chess.pgn")

    class MainLine(pgn.GameBuilder):  # type: ignore[misc, name-defined]
        def begin_game(self) -> None:
            super().begin_game()
            self.game.has_headers = False

        def visit_header(self, name: str, value: str) -> None:
            super().visit_header(name, value)
            self.game.has_headers = True

        def end_headers(self) -> None:
            variant = self.game.headers.get("Variant", "Standard")
            if variant.lower() not in ("standard", "from position"):
                raise GameError(f"the variant {variant!r} is not played, chess alone is")

        def begin_variation(self) -> Any:
            return pgn.SKIP

        def end_variation(self) -> None:
            pass  # none was begun

        def handle_error(self, error: Exception) -> None:
            raise GameError(f"{_at(self.variation_stack[-1])}: {error}")

    return MainLine()


def _at(node: Any) -> str:
    """The move that comes after a node, as "move 3 of black"."""
    ply = node.ply()
    return f"move {ply // 2 + 1} of {('white', 'black')[ply % 2]}"


def _transcript(found: Any, game: Game) -> Transcript:
    """What python-chess has read, by our rules."""
    start = read_fen(found.headers["FEN"], game) if "FEN" in found.headers else game.initial()
    nodes = list(found.mainline())
    if not nodes and not found.has_headers:
        raise GameError("no headers and no moves were found")
    state, actions = start, []
    for node in nodes:
        uci = node.move.uci()
        if state.is_terminal:
            raise GameError(f"{_at(node.parent)}: {uci} comes after the end of the game")
        try:
            actions.append(state.parse_action(uci))
        except GameError:
            raise GameError(f"{_at(node.parent)}: {uci} is not legal") from None
        state = state.apply(actions[-1])
    said = found.headers.get("Result", "*")
    ruled = state.returns()[0] if state.is_terminal else None
    returns = _RETURNS.get(said, ruled)
    if ruled not in (None, returns):
        raise GameError(f"the result {said} is not that of these moves")
    headers = {name: value for name, value in found.headers.items() if name not in _OWN}
    comments = {ply: " ".join(n.comment.split()) for ply, n in enumerate([found, *nodes])}
    return Transcript(
        start, tuple(actions), returns, headers, {ply: c for ply, c in comments.items() if c}
    )


def _text(transcript: Transcript) -> str:
    """One game."""
    pgn = library("chess.pgn")
    game = pgn.Game()
    board = board_of(transcript.start)
    if transcript.start != transcript.game.initial():
        if board.move_stack:
            raise GameError(f"'{transcript.start}' has a past, which FEN cannot say")
        game.setup(board)
    try:
        for name, value in transcript.headers.items():
            if name not in _OWN:
                game.headers[name] = " ".join(value.split())
    except ValueError as error:
        raise GameError(f"PGN: {error}") from None
    names = {value: name for name, value in _RETURNS.items()}
    game.headers["Result"] = "*" if transcript.returns is None else names[transcript.returns]
    node = game
    node.comment = _comment(transcript, 0)
    states = transcript.states()
    for ply, (state, action) in enumerate(zip(states, transcript.actions, strict=False), 1):
        node = node.add_main_variation(board.push_uci(state.action_to_string(action)))
        node.comment = _comment(transcript, ply)
    exported: str = game.accept(pgn.StringExporter(columns=80))
    return exported + "\n"


def _comment(transcript: Transcript, ply: int) -> str:
    """A comment on one line; a brace would end it."""
    return " ".join(transcript.comments.get(ply, "").replace("}", ")").split())
