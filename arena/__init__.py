"""Players, matches between them, what the results prove, and games with a person.

>>> import games
>>> from arena import Limit, Position, play_match, resolve
>>> game = games.make("tic_tac_toe")
>>> result = play_match(game, resolve("one_ply", game), resolve("random", game), games=20, seed=1)
>>> result.wins + result.draws + result.losses, result.score > 0.7
(20, True)

A player answers many positions in one call, each with the line that led to it:

>>> position = Position.of(game.initial(), 4, 0, 2)  # x has the centre and a corner
>>> player = resolve("mcts:100", game)
>>> [decision] = player.choose([position], Limit(simulations=400), seeds=[1])
>>> position.state.action_to_string(decision.action), decision.thought.simulations
('a3', 400)
"""

from arena.matches.match import MatchResult, play_match
from arena.players.limit import Limit
from arena.players.player import Player
from arena.players.position import Position
from arena.players.specs import register, resolve
from arena.players.thinking import Decision, Thinking, Thought
from arena.session import Session

__all__ = [
    "Decision",
    "Limit",
    "MatchResult",
    "Player",
    "Position",
    "Session",
    "Thinking",
    "Thought",
    "play_match",
    "register",
    "resolve",
]
