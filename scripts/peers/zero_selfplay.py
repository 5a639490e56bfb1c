"""zero's self-play with a network, as a process of bench_peers: options `backend`, `simulations`,
`cores` and `slots`."""

from typing import Any

from protocol import BLOCKS, CHANNELS, NOISE_FRACTION, NOISE_TOTAL, Counts, Play, serve

import games
from selfplay import Actors, Pool, PoolSettings, RolloutEvaluator, SearchSettings
from zero.evaluator import RefreshableEvaluator, make_evaluator
from zero.network import Network, NetworkShape, build
from zero.settings import NetworkSettings


def evaluator_of(backend: str, network: Network) -> RefreshableEvaluator:
    """Return the evaluator of a backend."""
    if backend != "torch":
        raise ValueError(f"backend {backend!r} is not torch")
    return make_evaluator(network, "cpu")


def pool_settings(options: dict[str, Any], simulations: int) -> PoolSettings:
    settings, search = PoolSettings(), SearchSettings()
    search.simulations = simulations
    search.noise_alpha, search.noise_fraction = NOISE_TOTAL, NOISE_FRACTION
    settings.search = search
    settings.seed = 1
    settings.slots = options["slots"]
    settings.groups, settings.threads = options["cores"], 1
    return settings


def spread_pool(game: games.Game, options: dict[str, Any]) -> Pool:
    """Return a pool whose games have come to all stages: tiny searches have played a few."""
    pool = Pool(game, pool_settings(options, simulations=2))
    Actors(pool, [RolloutEvaluator(1)] * pool.groups).play(rounds=200)
    pool.take_records()
    pool.end_phase()
    pool.configure(pool_settings(options, options["simulations"]))
    return pool


def prepare(options: dict[str, Any]) -> Play:
    game = games.make("connect_four")
    shape = NetworkSettings(blocks=BLOCKS, channels=CHANNELS)
    evaluator = evaluator_of(options["backend"], build(NetworkShape.of(game), shape, seed=1))
    pool = spread_pool(game, options)
    actors = Actors(pool, [evaluator] * pool.groups)
    rounds_per_s = [4.0]  # of the last stretch

    def play(seconds: float) -> Counts:
        rounds = max(4, round(seconds * rounds_per_s[0]))
        report = actors.play(rounds=rounds)
        rounds_per_s[0] = rounds / report.seconds
        pool.take_records()
        return report.simulations, report.evaluations

    play(0.0)
    return play


if __name__ == "__main__":
    serve(prepare)
