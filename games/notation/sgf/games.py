"""The games that SGF knows, and their rules as the properties GM, SZ, KM and RU."""

import re
from decimal import Decimal, InvalidOperation

from games.errors import GameError
from zero_core import games as core
from zero_core.games import Game

NUMBERS = {1: "go", 2: "othello", 4: "gomoku", 11: "hex"}
# The values of parameters that a file may leave out, by game and name.
_USUAL = {name: {key: usual for key, usual, *_ in keys} for name, _, keys in core.entries()}
_GOMOKU_RULES = re.compile(r"(freestyle|standard)(?: (\d{1,3}) in a row)?", re.IGNORECASE)


def base_name(game: Game) -> str:
    """The name of the game without its parameters."""
    return game.name.partition("?")[0]


def make_game(name: str, size: str, komi: str, rules: str, swapped: bool) -> Game:
    """The game that a file describes. Raises GameError for what zero does not play.

    `size`, `komi` and `rules`: the texts of SZ, KM and RU, "" where absent. `swapped`: the moves
    have the swap of Hex.
    """
    words = [f"size={read_size(name, size)}"]
    if name == "go":
        words += [f"komi={_komi(komi)}", f"superko={_yes('POSITIONAL' in rules.upper())}"]
    elif name == "gomoku":
        if "renju" in rules.lower():
            raise GameError(f"RU[{rules}]: Renju forbids some moves; zero plays Gomoku only")
        if found := _GOMOKU_RULES.fullmatch(rules):
            words.append(f"exact={_yes(found[1].lower() == 'standard')}")
            words += [f"line={found[2]}"] if found[2] else []
    elif name == "hex":
        words.append(f"swap={_yes(swapped or rules.lower() == 'swap')}")
    return core.make_game(name + "?" + "&".join(words))


def rule_properties(game: Game) -> dict[str, str]:
    """The properties GM, SZ, KM and RU from which `make_game` makes this game again.

    Raises GameError for a game that SGF has no number for.
    """
    name = base_name(game)
    if name not in NUMBERS.values():
        known = ", ".join(sorted(NUMBERS.values()))
        raise GameError(f"{game.name} cannot be written as SGF, which is for {known}")
    given = dict(word.split("=", 1) for word in game.name.partition("?")[2].split("&") if word)
    number = next(n for n, known in NUMBERS.items() if known == name)
    found = {"GM": str(number), "SZ": str(game.board.width)}
    if name == "go":
        # In the words of KataGo, which say exactly what is meant.
        ko = "POSITIONAL" if given.get("superko") == "yes" else "SIMPLE"
        found |= {"KM": given.get("komi", _USUAL["go"]["komi"]), "RU": f"ko{ko}scoreAREAsui0"}
    elif name == "gomoku":
        rules = "standard" if given.get("exact") == "yes" else "freestyle"
        found["RU"] = rules + (f" {given['line']} in a row" if "line" in given else "")
    elif name == "hex" and given.get("swap") == "yes":
        found["RU"] = "swap"
    return found


def read_size(name: str, text: str) -> int:
    """The size that SZ names, by default the usual one of the game. Raises GameError."""
    parts = (text.strip() or _USUAL[name]["size"]).split(":")
    if not all(re.fullmatch("[0-9]{1,3}", part.strip()) for part in parts):
        raise GameError(f"SZ[{text}] is no size; expected a number")
    sizes = {int(part) for part in parts}
    if len(sizes) > 1:
        raise GameError(f"SZ[{text}]: zero plays {name} on square boards only")
    return sizes.pop()


def _yes(flag: bool) -> str:
    return "yes" if flag else "no"


def _komi(text: str) -> str:
    """Komi as a parameter; where a file names none it is 0, as other readers of SGF have it."""
    try:
        komi = Decimal(text.strip() or "0")
    except InvalidOperation:
        raise GameError(f"KM[{text}] is no komi; expected a number") from None
    if not (komi.is_finite() and -1000 <= komi <= 1000) or 2 * komi % 1:
        raise GameError(f"KM[{text}]: zero plays with a komi that is a multiple of 0.5")
    return f"{komi:.1f}".removesuffix(".0")  # many programs write 6.50
