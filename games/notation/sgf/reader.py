"""From the nodes of an SGF game to its transcript."""

import re

from games.errors import GameError
from games.notation.sgf.games import NUMBERS, base_name, make_game, read_size
from games.notation.sgf.points import is_swap, place_stones, read_move, read_setup
from games.notation.transcript import Transcript
from zero_core.games import Game, State

Node = dict[str, list[str]]

# The root properties that are kept as headers.
HEADERS = frozenset(
    [
        "AN",
        "BR",
        "BT",
        "CP",
        "DT",
        "EV",
        "GC",
        "GN",
        "HA",
        "ON",
        "OT",
        "PB",
        "PC",
        "PW",
        "RE",
        "RO",
        "SO",
        "TM",
        "US",
        "WR",
        "WT",
    ]
)
_SETUP = {"AB": "x", "AW": "o", "AE": "."}
_COLOURS = ("black", "white")
_RESIGNED = ("resign", "forfeit")
_WINNER = re.compile(r"(b|w|black|white)(\+.*)?", re.IGNORECASE | re.DOTALL)


def returns_of(result: str) -> int | None:
    """The return of black that RE says; None for unknown, void or other words."""
    text = result.strip().lower()
    if text in ("0", "draw", "jigo"):
        return 0
    found = _WINNER.fullmatch(text)
    return None if found is None else {"b": 1, "w": -1}[found[1][0]]


def read_tree(nodes: list[Node], game: Game | None, place: str) -> Transcript:
    """The transcript of the main line. Raises GameError that begins with `place`."""
    try:
        if _is_little_golem(nodes[0]):
            nodes = _colours_swapped(nodes)
        begun = next((i for i, node in enumerate(nodes) if _has_move(node)), len(nodes))
        rules = _game(nodes, game)
        start = _start(rules, nodes[:begun], nodes[begun] if begun < len(nodes) else {})
    except GameError as error:
        raise GameError(f"{place}: {error}") from None
    line = _Line(start, place)
    for number, node in enumerate(nodes):
        line.read(node, setup=number < begun)
    return line.transcript({n: v[0] for n, v in nodes[0].items() if n in HEADERS})


class _Line:
    """The part of the game that has been read so far."""

    def __init__(self, start: State, place: str) -> None:
        self._start = self._state = start
        self._place = place
        self._actions: list[int] = []
        self._comments: dict[int, str] = {}
        self._resigned: int | None = None

    def read(self, node: Node, setup: bool) -> None:
        """Take in a node: its move, if it has one, and its comment."""
        if not setup and any(name in node for name in _SETUP):
            raise self._error("stones are set up after the first move, which is not read")
        moves = [(player, text) for player, name in enumerate("BW") for text in node.get(name, [])]
        if len(moves) > 1:
            raise self._error("a node with two moves")
        for player, text in moves:
            if self._resigned is not None:
                raise self._error("a move after a resignation")
            try:
                self._play(player, text)
            except GameError as error:
                raise self._error(f"{'BW'[player]}[{text}]: {error}") from None
        if comment := "\n".join(node.get("C", [])).strip():
            ply = len(self._actions)
            self._comments[ply] = "\n".join(filter(None, [self._comments.get(ply), comment]))

    def _play(self, player: int, text: str) -> None:
        state = self._state
        if base_name(state.game) == "hex" and text.lower() in _RESIGNED:
            self._resigned = player
            return
        if state.is_terminal:
            raise GameError("the game is over before it")
        if player != state.to_play and base_name(state.game) == "othello":
            self._pass()  # forced passes are often left out of the scores of Othello
            state = self._state
        if player != state.to_play:
            raise GameError(f"it is the move of {_COLOURS[state.to_play]}")
        action = read_move(state, text)
        self._actions.append(action)
        self._state = state.apply(action)

    def _pass(self) -> None:
        legal = self._state.legal_actions()
        if [self._state.action_to_string(action) for action in legal] == ["pass"]:
            self._actions += legal
            self._state = self._state.apply(legal[0])

    def transcript(self, headers: dict[str, str]) -> Transcript:
        """The whole; its result is that of the rules where they settle it, else that of RE."""
        said = returns_of(headers.get("RE", ""))
        ruled: int | None = None
        if self._resigned is not None:
            ruled = (-1, 1)[self._resigned]
        elif self._state.is_terminal:
            ruled = self._state.returns()[0]
        is_go = base_name(self._state.game) == "go"  # players agree there on stones that are dead
        if said is not None and ruled not in (None, said) and not is_go:
            raise self._error(f"RE[{headers['RE']}] is not the result of these moves")
        returns = said if said is not None else ruled
        return Transcript(self._start, tuple(self._actions), returns, headers, self._comments)

    def _error(self, what: str) -> GameError:
        text = " ".join(f"{self._place}, move {len(self._actions) + 1}: {what}".split())
        return GameError(text if len(text) < 300 else text[:297] + "...")


def _has_move(node: Node) -> bool:
    return "B" in node or "W" in node


def _first(node: Node, name: str) -> str:
    return node.get(name, [""])[0].strip()


def _game(nodes: list[Node], given: Game | None) -> Game:
    """The game of the file, or the given one if the file is of that game and size."""
    root = nodes[0]
    number = _first(root, "GM") or ("11" if _is_little_golem(root) else "1")
    name = NUMBERS.get(int(number)) if re.fullmatch("[0-9]{1,3}", number) else None
    if name is None:
        known = ", ".join(f"{n} ({game})" for n, game in NUMBERS.items())
        raise GameError(f"GM[{number}] is a game that is not read from SGF; expected {known}")
    if given is None:
        swapped = name == "hex" and any(
            is_swap(text) for node in nodes for text in node.get("B", []) + node.get("W", [])
        )
        return make_game(name, _first(root, "SZ"), _first(root, "KM"), _first(root, "RU"), swapped)
    size = read_size(name, _first(root, "SZ"))
    if name != base_name(given) or size != given.board.width:
        raise GameError(f"the file is of {name} on {size} x {size}, not of {given.name}")
    return given


def _start(game: Game, nodes: list[Node], first_move: Node) -> State:
    """The state that the nodes before the first move set up."""
    rows: list[str] | None = None
    player: int | None = None
    for node in nodes:
        for name, mark in _SETUP.items():
            if name in node:
                rows = rows or ["." * game.board.width] * game.board.height
                rows = place_stones(game, rows, mark, node[name])
        if "PL" in node:
            player = _player(_first(node, "PL"))
    if rows is None and player in (None, 0):
        return game.initial()
    if player is None and _has_move(first_move):
        player = 1 if "W" in first_move else 0
    if player is None:
        player = 1 if _first(nodes[0], "HA") not in ("", "0", "1") else 0
    return read_setup(game, rows or game.initial().board(), player)


def _player(text: str) -> int:
    if text.lower() in ("b", "black", "1"):
        return 0
    if text.lower() in ("w", "white", "2"):
        return 1
    raise GameError(f"PL[{text}] is no player; expected B or W")


def _is_little_golem(root: Node) -> bool:
    """Whether the file is of Hex as Little Golem writes it: no GM, and an event named hex..."""
    return "GM" not in root and _first(root, "EV").startswith("hex")


def _colours_swapped(nodes: list[Node]) -> list[Node]:
    """Little Golem calls the moves of PB, who begins, W: the colours as all others have them."""
    other = {"B": "W", "W": "B"}
    return [{other.get(name, name): values for name, values in node.items()} for node in nodes]
