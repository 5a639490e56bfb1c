"""What a player thought, as a table to read."""

from collections.abc import Sequence

from arena.players.thinking import Thought
from games import State
from games.notation.moves import write_move

_MOST_ROWS = 12
_LONGEST_LINE = 12


def win_percent(value: float) -> float:
    """A value in [-1, 1] as the expected score in per cent; a draw counts half."""
    return 50.0 * (value + 1.0)


def table(state: State, thought: Thought, chosen: int) -> str:
    """The searched moves by visits: move, visits, prior, win-%; then the expected line of play.

    Win-% is seen by the player to move at `state`; the chosen move is marked with ">".
    """
    rows = sorted(
        zip(thought.actions, thought.visits, thought.priors, thought.q, strict=True),
        key=lambda row: (-row[1], -row[2], row[0]),
    )
    shown = [row for i, row in enumerate(rows) if i < _MOST_ROWS or row[0] == chosen]
    names = {row[0]: write_move(state, row[0]) for row in shown}
    width = max(5, *(len(name) + 1 for name in names.values()))
    lines = [f"   {'move':<{width}}  visits   prior   win %"]
    for action, visits, prior, q in shown:
        mark = ">" if action == chosen else " "
        win = f"{win_percent(q):.0f}" if visits else "-"
        lines.append(f" {mark} {names[action]:<{width}}{visits:>8}{100 * prior:>6.0f} %{win:>8}")
    if len(shown) < len(rows):
        lines.append(f"   and {len(rows) - len(shown)} more")
    if thought.principal_variation:
        lines.append("   line of play: " + line_of_play(state, thought.principal_variation))
    return "\n".join(lines)


def line_of_play(state: State, actions: Sequence[int]) -> str:
    """The moves that are expected from `state` on, by name."""
    names = []
    for action in actions[:_LONGEST_LINE]:
        names.append(write_move(state, action))
        state = state.apply(action)
    return " ".join(names) + (" ..." if len(actions) > _LONGEST_LINE else "")
