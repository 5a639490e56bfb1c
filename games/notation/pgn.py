"""PGN of chess, through python-chess: `read` and `write` whole games.

Of a game with variations the main line is read; marks such as "!?" and $6 are passed over.
"""

import io
from collections.abc import Iterable
from typing import Any

import zero_core
from games.errors import GameError
from games.notation.chess_board import board_of, is_chess, read_fen, write_fen
from games.notation.library import library
from games.notation.transcript import Transcript
from zero_core import Game

_RETURNS = {"1-0": 1, "0-1": -1, "1/2-1/2": 0}
_OWN = ("Result", "SetUp", "FEN")  # headers that the transcript says otherwise


def read(text: str, game: Game | None = None) -> list[Transcript]:
    """The games of a PGN file, one or more, each by its main line.

    `game`: chess with its parameters; by default the usual ones. Raises GameError that names the
    place: no game, a malformed or impossible start, a move that is not legal or comes after the
    end, a result against the rules, a variant of chess.
    """
    game = zero_core.make_game("chess") if game is None else game
    if not is_chess(game):
        raise GameError(f"PGN is for chess, not for {game.name}")
    source = io.StringIO(text)
    transcripts: list[Transcript] = []
    while True:
        place = f"PGN game {len(transcripts) + 1}"
        try:
            found = library("chess.pgn").read_game(source, Visitor=_visitor())
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
    """The class that python-chess hands what it reads to: the main line, and no lenience."""
    pgn = library("chess.pgn")

    class MainLine(pgn.GameBuilder):  # type: ignore[misc, name-defined]
        def end_headers(self) -> None:
            headers = self.game.headers
            if headers.get("Variant", "Standard").lower() not in ("standard", "from position"):
                raise GameError(f"the variant {headers['Variant']!r} is not played, chess alone is")

        def begin_variation(self) -> Any:
            return pgn.SKIP

        def end_variation(self) -> None:
            pass  # none was begun

        def handle_error(self, error: Exception) -> None:
            raise GameError(f"{_at(self.variation_stack[-1])}: {error}")

    return MainLine


def _at(node: Any) -> str:
    """The move that comes after a node, as "move 3 of black"."""
    ply = node.ply()
    return f"move {ply // 2 + 1} of {('white', 'black')[ply % 2]}"


def _transcript(found: Any, game: Game) -> Transcript:
    headers = {name: value for name, value in found.headers.items() if name not in _OWN}
    start = read_fen(found.headers["FEN"], game) if "FEN" in found.headers else game.initial()
    actions: list[int] = []
    comments = {0: found.comment}
    state, nodes = start, list(found.mainline())
    if (
        not nodes
        and "FEN" not in found.headers
        and not any(v.strip("?.") for v in headers.values())
    ):
        raise GameError("no headers and no moves were found")
    for node in nodes:
        if state.is_terminal:
            raise GameError(f"{_at(node.parent)}: the game is over before it")
        try:
            actions.append(state.parse_action(node.move.uci()))
        except GameError:
            raise GameError(f"{_at(node.parent)}: {node.move.uci()} is not legal") from None
        state = state.apply(actions[-1])
        comments[len(actions)] = node.comment
    said = found.headers.get("Result", "*")
    ruled = state.returns()[0] if state.is_terminal else None
    returns = _RETURNS.get(said, ruled)
    if ruled not in (None, returns):
        raise GameError(f"the result {said} is not that of these moves")
    kept = {ply: " ".join(text.split()) for ply, text in comments.items() if text.strip()}
    return Transcript(start, tuple(actions), returns, headers, kept)


def _text(transcript: Transcript) -> str:
    """One game."""
    pgn = library("chess.pgn")
    game = pgn.Game()
    start = transcript.start
    if start != transcript.game.initial():
        if read_fen(write_fen(start), transcript.game) != start:
            raise GameError(f"{transcript.game.name}: '{start}' has a past, which FEN cannot say")
        game.setup(board_of(start))
    try:
        for name, value in transcript.headers.items():
            if name not in _OWN:
                game.headers[name] = " ".join(value.split())
    except ValueError as error:
        raise GameError(f"PGN: {error}") from None
    names = {value: name for name, value in _RETURNS.items()}
    game.headers["Result"] = "*" if transcript.returns is None else names[transcript.returns]
    node, board = game, game.board()
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
