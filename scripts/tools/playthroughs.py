"""Writes tests/golden/playthroughs: whole games, with every answer of the interface in each state.

A change to the rules, the planes or the keys shows up there as a difference that a reviewer can
read. Run it after an intended change.
"""

from pathlib import Path

import numpy as np

import games

# The games that are written, and the numbers that choose their actions: with these there is a win
# for either side, a draw, and a pass.
PLAYTHROUGHS = {
    "breakthrough?size=4": 11,
    "chess?plies=20": 7,
    "connect_four": 5,
    "go?size=3&komi=2&plies=40": 21,
    "go?size=2&komi=0&superko=yes": 3,
    "gomoku?size=4&line=3&exact=yes": 5,
    "hex?size=3&swap=yes": 8,
    "othello": 0,
    "othello?size=4": 0,
    "tic_tac_toe": 12,
}

FOLDER = Path(__file__).resolve().parents[2] / "tests/golden/playthroughs"
_LONGEST_MASK = 400


def file_name(name: str) -> str:
    """The name of the file for a game; '?' and '&' are awkward in a shell."""
    return name.replace("?", "-").replace("&", "-") + ".txt"


def playthrough(name: str, choice: int) -> str:
    """One game from start to end; `choice` decides which actions are played."""
    game = games.make(name)
    state = game.initial()
    parts = [_description(game), *_state(state, 0)]
    ply = 0
    while not state.is_terminal:
        legal = state.legal_actions()
        action = legal[(choice + ply * ply) % len(legal)]
        parts.append(f"\n# Played: {action} ({state.action_to_string(action)})\n")
        state = state.apply(action)
        ply += 1
        parts.extend(_state(state, ply))
    return "\n".join(parts) + "\n"


def _description(game: games.Game) -> str:
    layout, shape, board = game.layout, game.observation, game.board
    return "\n".join(
        [
            f"game: {game.name}",
            f"goal: {game.goal}",
            f"num_actions: {game.num_actions}",
            f"layout: {layout.kind}, height {layout.height}, width {layout.width}, planes "
            f"{layout.planes}",
            f"observation: planes {shape.planes}, scalars {shape.scalars}, height {shape.height}, "
            f"width {shape.width}, words_per_plane {shape.words_per_plane}",
            f"max_plies: {game.max_plies}",
            f"max_legal_actions: {game.max_legal_actions}",
            f"num_symmetries: {game.num_symmetries}",
            f"board: {board.style}, height {board.height}, width {board.width}, columns "
            f"{' '.join(board.columns) or '-'}, rows {' '.join(board.rows) or '-'}",
            "",
        ]
    )


def _state(state: games.State, ply: int) -> list[str]:
    game = state.game
    legal = state.legal_actions()
    return [
        f"# State {ply}",
        *("    " + row for row in state.board()),
        f"str: {state}",
        f"to_play: {state.to_play}",
        f"is_terminal: {state.is_terminal}",
        f"returns: {state.returns() if state.is_terminal else '-'}",
        "legal_actions: " + " ".join(f"{a}={state.action_to_string(a)}" for a in legal),
        "square_of: " + " ".join(str(state.square_of(a)) for a in legal),
        "legal_mask: " + _mask(state),
        f"position_key: {state.position_key:016x}",
        f"observation_key: {state.observation_key:016x}",
        "observation:",
        *_planes(state),
        *(f"transform({k}): {state.transform(k)}" for k in range(1, game.num_symmetries)),
    ]


def _mask(state: games.State) -> str:
    """A character for each action; of thousands, only how many are legal."""
    mask = state.legal_mask()
    if len(mask) > _LONGEST_MASK:
        return f"{mask.sum()} of {len(mask)}"
    return "".join("1" if flag else "." for flag in mask)


def _planes(state: games.State) -> list[str]:
    """The planes side by side, a line for each row of the board; then the scalars."""
    count = state.game.observation.planes
    observation = state.observation()
    lines = []
    for row in np.swapaxes(observation[:count], 0, 1):
        cells = ("".join("1" if cell else "." for cell in plane) for plane in row)
        lines.append("    " + "   ".join(cells))
    return lines + [f"    scalar {value[0, 0]:g}" for value in observation[count:]]


def main() -> None:
    for name, choice in PLAYTHROUGHS.items():
        (FOLDER / file_name(name)).write_text(playthrough(name, choice))


if __name__ == "__main__":
    main()
