"""Levels of play, 1 (weakest) to 10: how much a player searches, and how freely it chooses.

A level gives a player that searches a limit and a temperature. The player draws a move in
proportion to visits^(1 / temperature); with 0 it always plays the most visited one. The strength
of a level depends on the player. For rollouts, on Connect Four and on 6x6 Othello, level 1 is about
as strong as random play. Each further level adds some 60 to 270 Elo, measured in matches of 100 to
300 games.
"""

from dataclasses import dataclass

from arena.players.limit import Limit
from arena.players.player import Player
from games.errors import UserError


@dataclass(frozen=True)
class Level:
    """The simulations for a move, and the temperature of the choice."""

    simulations: int
    temperature: float


LEVELS: tuple[Level, ...] = (
    Level(16, 5.0),
    Level(16, 1.5),
    Level(24, 0.9),
    Level(40, 0.7),
    Level(64, 0.5),
    Level(100, 0.3),
    Level(200, 0.15),
    Level(400, 0.0),
    Level(800, 0.0),
    Level(1600, 0.0),
)


def at_level(player: Player, level: int) -> Player:
    """The player held to a level, and named so.

    Raises UserError for no such level, or if the player does not search.
    """
    if not 1 <= level <= len(LEVELS):
        raise UserError(f"there is no level {level}; give a number from 1 to {len(LEVELS)}")
    if not player.searches:
        raise UserError(f"'{player.name}' has no levels: it does not search; leave the level out")
    held = LEVELS[level - 1]
    name = f"{player.name} at level {level}"
    return player.limited(Limit(simulations=held.simulations), held.temperature, name)
