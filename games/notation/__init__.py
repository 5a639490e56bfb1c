"""Games and positions as other programs write them: PGN, SAN and FEN for chess, and SGF.

>>> from games.notation import sgf
>>> [game] = sgf.read("(;GM[2]SZ[6];B[cb];W[bb])")
>>> game.game.name, str(game.states()[-1])
('othello?size=6', '....../.ox.../..ox../..xo../....../...... x')
"""

from games.notation.transcript import Transcript

__all__ = ["Transcript"]
