"""zero's self-play with a network, as a process of bench_peers: options `backend`, `simulations`,
`cores`, `slots`, `batch` (rows of a group; 0: as many as slots) and `cache_mib`."""

from typing import Any

from protocol import BLOCKS, CHANNELS, NOISE_FRACTION, NOISE_TOTAL, Counts, Play, serve

import games
from games.errors import UserError
from selfplay import Actors, Pool, PoolSettings, RolloutEvaluator, SearchSettings
from zero.inference.evaluator import RefreshableEvaluator, make_evaluator
from zero.network import NetworkShape, build
from zero.settings import InferenceSettings, NetworkSettings


def evaluator_of(game: games.Game, backend: str) -> RefreshableEvaluator:
    """Return the evaluator of a backend. Raises UserError if it is not usable here."""
    shape = NetworkSettings(blocks=BLOCKS, channels=CHANNELS)
    network = build(NetworkShape.of(game), shape, seed=1)
    evaluator = make_evaluator(network, "cpu", InferenceSettings(backend=backend), game)
    if evaluator.backend != backend:
        raise UserError(f"{backend} does not agree with float32: it would be {evaluator.backend}")
    return evaluator


def pool_settings(options: dict[str, Any], simulations: int) -> PoolSettings:
    settings, search = PoolSettings(), SearchSettings()
    search.simulations = simulations
    search.noise_alpha, search.noise_fraction = NOISE_TOTAL, NOISE_FRACTION
    settings.search = search
    settings.seed = 1
    settings.slots = options["slots"]
    settings.groups, settings.threads = options["cores"], 1
    settings.batch, settings.cache_bytes = options["batch"], options["cache_mib"] << 20
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
    evaluator = evaluator_of(game, options["backend"])
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
