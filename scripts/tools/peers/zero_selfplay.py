"""zero's self-play with a network, as a process of bench_peers: options `backend`, `simulations`,
`cores`, `slots`, `batch` (rows of a group; 0: as many as slots) and `cache_mib`."""

import time
from typing import Any

from protocol import BLOCKS, CHANNELS, NOISE_FRACTION, NOISE_TOTAL, Counts, Play, serve

import games
from games.errors import UserError
from selfplay import Actors, Pool, PoolSettings, RolloutEvaluator, SearchSettings
from zero.inference.evaluator import RefreshableEvaluator, make_evaluator
from zero.networks.network import NetworkShape, build
from zero.settings.schema import InferenceSettings, NetworkSettings, SelfplaySettings

PHASE = SelfplaySettings().rounds  # of a group, between new weights


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


class SelfPlay:
    """Stretches of self-play, with the cache emptied as often as new weights do it in a run."""

    def __init__(self, pool: Pool, actors: Actors) -> None:
        self.pool, self.actors = pool, actors
        self.rounds_per_s = 4.0
        self.rounds = 0  # in all

    def __call__(self, seconds: float) -> Counts:
        """Play for about `seconds`."""
        start, before = time.perf_counter(), self.pool.counters()
        rounds = max(4, round(seconds * self.rounds_per_s))
        self.play_rounds(rounds)
        self.rounds_per_s = rounds / (time.perf_counter() - start)
        after = self.pool.counters()
        simulations, evaluations = (
            after[key] - before[key] for key in ("simulations", "evaluations")
        )
        return simulations, evaluations

    def play_rounds(self, rounds: int) -> None:
        """Play so many evaluations of every group."""
        while rounds > 0:
            step = min(rounds, PHASE - self.rounds % PHASE)
            self.actors.play(rounds=step)
            self.pool.take_records()
            self.rounds += step
            rounds -= step
            if self.rounds % PHASE == 0:
                self.pool.clear_cache()


def prepare(options: dict[str, Any]) -> Play:
    game = games.make("connect_four")
    evaluator = evaluator_of(game, options["backend"])
    pool = spread_pool(game, options)
    play = SelfPlay(pool, Actors(pool, [evaluator] * pool.groups))
    # The first search of games that are all but over takes hardly an evaluation: it does not count.
    # Nor does the time in which a cache is empty and all searches are in step.
    play.play_rounds(PHASE // 3 if options["cache_mib"] else options["simulations"])
    return play


if __name__ == "__main__":
    serve(prepare)
