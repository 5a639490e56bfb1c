"""SGF (FF[4], red-bean.com/sgf) of Go, Othello, Gomoku and Hex: `read` and `write` whole games.

Of a file with variations only the main line is read. These are kept: the game with its size, komi
and rules; setup stones before the first move; the moves; the result; comments; who played, when and
where. The library sgfmill parses the grammar.
"""

import re
from collections.abc import Iterable
from typing import Any

from games.errors import GameError
from games.notation.library import library
from games.notation.sgf.games import rule_properties
from games.notation.sgf.points import move_text, setup_properties
from games.notation.sgf.reader import HEADERS, read_tree, returns_of
from games.notation.transcript import Transcript
from zero_core.games import Game

_CHARSET = re.compile(rb"\bCA\s*\[\s*([A-Za-z0-9_.:-]{1,40})\s*\]")
_TEXTS = ("C", "GC")  # these keep their line breaks


def read(data: str | bytes, game: Game | None = None) -> list[Transcript]:
    """The games of an SGF file, one or more, each by its main line.

    `game`: the rules to play by; by default those that the file names. Bytes are read in the
    charset that CA names, else as UTF-8, else as Latin-1. Raises GameError that names the place:
    malformed text, a game or size that zero does not play, a move that is not legal, a result
    against the rules.
    """
    grammar = library("sgfmill.sgf_grammar")
    text = data if isinstance(data, str) else _decoded(data)
    try:
        trees = grammar.parse_sgf_collection(text.encode("utf-8", "replace"))
    except ValueError as error:
        raise GameError(f"SGF: {error}") from None
    transcripts = []
    for number, tree in enumerate(trees, 1):
        nodes = [_texts(grammar, node) for node in grammar.main_sequence_iter(tree)]
        transcripts.append(read_tree(nodes, game, f"SGF game {number}"))
    return transcripts


def write(transcripts: Transcript | Iterable[Transcript]) -> str:
    """The games as the text of one SGF file, which `read` reads back.

    Headers that SGF has no property for are left out. Raises GameError for a game that SGF does not
    know, an action that is not legal, and a start that setup stones cannot describe.
    """
    grammar = library("sgfmill.sgf_grammar")
    games = [transcripts] if isinstance(transcripts, Transcript) else transcripts
    texts = []
    for transcript in games:
        tree = grammar.Coarse_game_tree()
        tree.sequence = [_raw(grammar, node) for node in _nodes(transcript)]
        texts.append(grammar.serialise_game_tree(tree).decode())
    return "".join(texts)


def _nodes(transcript: Transcript) -> list[dict[str, list[str]]]:
    """The properties of each node: the root, and one a ply."""
    root = {"FF": ["4"], "CA": ["UTF-8"], "AP": ["zero"], "RE": [_result(transcript)]}
    root |= {name: [text] for name, text in rule_properties(transcript.game).items()}
    root |= {n: [text] for n, text in transcript.headers.items() if n in HEADERS and n != "RE"}
    root |= setup_properties(transcript.start)
    nodes = [root]
    for state, action in zip(transcript.states(), transcript.actions, strict=False):
        nodes.append({"BW"[state.to_play]: [move_text(state, action)]})
    for ply, comment in transcript.comments.items():
        if 0 <= ply < len(nodes):
            nodes[ply]["C"] = [comment]
    return nodes


def _result(transcript: Transcript) -> str:
    """RE: the text of the headers if it says the same, else the bare winner."""
    text = transcript.headers.get("RE", "")
    if text and returns_of(text) == transcript.returns:
        return text
    return "?" if transcript.returns is None else {1: "B+", -1: "W+", 0: "0"}[transcript.returns]


def _raw(grammar: Any, node: dict[str, list[str]]) -> dict[str, list[bytes]]:
    return {
        name: [grammar.escape_text(value.encode("utf-8", "replace")) for value in values]
        for name, values in node.items()
    }


def _texts(grammar: Any, node: dict[str, list[bytes]]) -> dict[str, list[str]]:
    """The properties of a node without their escapes."""
    return {
        name: [
            (grammar.text_value if name in _TEXTS else grammar.simpletext_value)(value).decode()
            for value in values
        ]
        for name, values in node.items()
    }


def _decoded(data: bytes) -> str:
    """The text of a file, in the charset that it names if that works."""
    named = _CHARSET.search(data)
    for charset in ([named[1].decode()] if named else []) + ["utf-8"]:
        try:
            return data.decode(charset)
        except (LookupError, UnicodeError):
            continue
    return data.decode("latin-1")
