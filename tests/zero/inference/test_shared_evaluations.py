"""A network answers a row whatever the others hold, so games with a cache are the same."""

import pytest

import games
from selfplay import Actors, Pool, PoolSettings, SearchSettings
from zero.inference.evaluator import make_evaluator
from zero.networks.network import NetworkShape, build
from zero.settings.schema import NetworkSettings


@pytest.mark.parametrize("canonical", [False, True])
def test_games_with_a_network_are_the_same_with_a_cache(canonical: bool) -> None:
    game = games.make("connect_four")
    network = build(NetworkShape.of(game), NetworkSettings(blocks=1, channels=16), seed=1)
    search, found = SearchSettings(simulations=16), []
    for slots, cache_bytes in ((16, 0), (32, 50_000), (32, 50_000_000)):
        size = PoolSettings(slots=slots, groups=1, batch=16, canonical=canonical)
        small = size.model_copy(update={"cache_mib": cache_bytes / 2**20})  # also less than one MiB
        pool = Pool(game, search, small, seed=3)
        pool.set_limit(40)
        report = Actors(pool, [make_evaluator(network, "cpu")]).play()
        assert (report.hit_rate > 0.1) == (cache_bytes > 0)
        found.append(pool.take_records())
    assert found[0] == found[1] == found[2] and len(set(found[0])) == 40
