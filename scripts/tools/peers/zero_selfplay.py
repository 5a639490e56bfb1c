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

PHASE = SelfplaySettings().batches_per_phase  # of a group, between new weights


def evaluator_of(game: games.Game, backend: str) -> RefreshableEvaluator:
    """Return the evaluator of a backend. Raises UserError if it is not usable here."""
    shape = NetworkSettings(blocks=BLOCKS, channels=CHANNELS)
    network = build(NetworkShape.of(game), shape, seed=1)
    evaluator = make_evaluator(network, "cpu", InferenceSettings(backend=backend), game)
    if evaluator.backend != backend:
        raise UserError(f"{backend} does not agree with float32: it would be {evaluator.backend}")
    return evaluator


def search_settings(simulations: int) -> SearchSettings:
    return SearchSettings(
        simulations=simulations, noise_concentration=NOISE_TOTAL, noise_fraction=NOISE_FRACTION
    )


def spread_pool(game: games.Game, options: dict[str, Any]) -> Pool:
    """Return a pool whose games have come to all stages: tiny searches have played a few."""
    sizes = {name: options[name] for name in ("slots", "batch", "cache_mib")}
    size = PoolSettings(groups=options["cores"], **sizes)
    pool = Pool(game, search_settings(2), size, seed=1)
    Actors(pool, [RolloutEvaluator(1)] * pool.groups).play(batches=200)
    pool.take_records()
    pool.end_phase()
    pool.configure(search_settings(options["simulations"]), size)
    return pool


class SelfPlay:
    """Stretches of self-play, with the cache emptied as often as new weights do it in a run."""

    def __init__(self, pool: Pool, actors: Actors) -> None:
        self.pool, self.actors = pool, actors
        self.batches_per_s = 4.0
        self.batches = 0  # in all

    def __call__(self, seconds: float) -> Counts:
        """Play for about `seconds`."""
        start, before = time.perf_counter(), self.pool.counters()
        batches = max(4, round(seconds * self.batches_per_s))
        self.play_batches(batches)
        self.batches_per_s = batches / (time.perf_counter() - start)
        after = self.pool.counters()
        simulations, evaluations = (
            after[key] - before[key] for key in ("simulations", "evaluations")
        )
        return simulations, evaluations

    def play_batches(self, batches: int) -> None:
        """Play this many evaluations of every group."""
        while batches > 0:
            step = min(batches, PHASE - self.batches % PHASE)
            self.actors.play(batches=step)
            self.pool.take_records()
            self.batches += step
            batches -= step
            if self.batches % PHASE == 0:
                self.pool.clear_cache()


def prepare(options: dict[str, Any]) -> Play:
    game = games.make("connect_four")
    evaluator = evaluator_of(game, options["backend"])
    pool = spread_pool(game, options)
    play = SelfPlay(pool, Actors(pool, [evaluator] * pool.groups))
    # The first search of games that are all but over takes hardly an evaluation: it does not count.
    # Nor does the time in which a cache is empty and all searches are in step.
    play.play_batches(PHASE // 3 if options["cache_mib"] else options["simulations"])
    return play


if __name__ == "__main__":
    serve(prepare)
