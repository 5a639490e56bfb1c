import games
from arena.players.limit import Limit
from arena.players.position import Position
from arena.players.random import RandomPlayer

GAME = games.make("connect_four")


def test_random_play_is_legal_seeded_and_varied():
    start = Position.of(GAME.initial())
    asked = [start.apply(a).apply(b).apply(c) for a in range(7) for b in range(7) for c in range(7)]
    player, limit, seeds = RandomPlayer(), Limit(depth=1), list(range(343))
    chosen = [d.action for d in player.choose(asked, limit, seeds)]
    assert chosen == [d.action for d in player.choose(asked, limit, seeds)]
    assert set(chosen) == set(range(7))
    assert all(a in p.state.legal_actions() for p, a in zip(asked, chosen, strict=True))
