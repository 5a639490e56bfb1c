"""zero's search with rollouts, as a process of bench_peers on one core: options `simulations` and
`slots`. Each search does all its simulations: the solver is off."""

from typing import Any

from protocol import Play, repeat, serve

import games
from selfplay import Actors, Pool, PoolSettings, RolloutEvaluator, SearchSettings


def prepare(options: dict[str, Any]) -> Play:
    search = SearchSettings(rule="uct", simulations=options["simulations"], solver=False)
    size = PoolSettings(slots=options["slots"], groups=1)
    pool = Pool(games.make("connect_four"), search, size, seed=1)
    actors = Actors(pool, [RolloutEvaluator(1)])

    def some() -> tuple[int, None]:
        report = actors.play(batches=max(1, 20_000 // options["slots"]))
        pool.take_records()
        return report.simulations, None

    return repeat(some)


if __name__ == "__main__":
    serve(prepare)
