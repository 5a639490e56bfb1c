"""zero's search with rollouts, as a process of bench_peers on one core: options `simulations` and
`slots`. Each search does all its simulations: the solver is off."""

from typing import Any

from protocol import Play, repeat, serve

import games
from selfplay import Actors, Pool, PoolSettings, RolloutEvaluator, SearchSettings


def prepare(options: dict[str, Any]) -> Play:
    settings, search = PoolSettings(), SearchSettings()
    search.rule, search.simulations = "uct", options["simulations"]
    search.solver = False
    settings.search = search
    settings.seed, settings.slots = 1, options["slots"]
    settings.groups = settings.threads = 1
    pool = Pool(games.make("connect_four"), settings)
    actors = Actors(pool, [RolloutEvaluator(1)])

    def some() -> tuple[int, None]:
        report = actors.play(rounds=max(1, 20_000 // options["slots"]))
        pool.take_records()
        return report.simulations, None

    return repeat(some)


if __name__ == "__main__":
    serve(prepare)
