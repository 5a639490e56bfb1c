"""Speed of the search when evaluation costs nothing, and memory of its tree.

First table: one position searched with 10^2 to 10^6 simulations (equal priors, value 0, no noise;
a native loop): simulations a second, and bytes of tree per node, in use and held. Second table: the
self-play pool at 100 simulations, root noise on, 256 games a core as in Connect Four's presets, on
one core and on two (a group and a worker each), in turns. Every stretch is one call, as a phase of
a run is.

Times are processor time, so that what else the machine does weighs little, and that one worker
waits for the other at the end does not count; the ratio of two cores to one is what the pool would
reach with both cores to itself.

    scripts/dev bench_tree [--seconds 1] [--game NAME ...] [--most 1000000] [--json]
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

import games
from selfplay import Actors, Pool, PoolSettings, SearchBatch, SearchSettings, UniformEvaluator

GAMES = ["connect_four", "othello", "chess", "go"]
TURNS = 15  # of one core and two
SLOTS, SIMULATIONS = 256, 100  # of the pool, a core
LONGEST = 15  # a cell that would take this many times --seconds is left out


@dataclass(frozen=True)
class Cell:
    """Searches of one position with this many simulations."""

    game: str
    simulations: int
    simulations_per_s: float
    nodes: int
    bytes_used_per_node: float
    bytes_held_per_node: float


@dataclass(frozen=True)
class PoolSpeed:
    """Simulations/s of the pool on one core and on two, and the median ratio of neighbours."""

    game: str
    one_core: float
    two_cores: float
    ratio: float


def measure_tree(game: games.Game, simulations: int, seconds: float) -> Cell:
    """Searches the first position again and again for about `seconds`, at least once."""
    searches = SearchBatch(game, SearchSettings(simulations=simulations), 1)
    state, done, start = game.initial(), 0, time.process_time()
    while done == 0 or time.process_time() - start < seconds:
        searches.start([state], [done])
        searches.finish_uniformly()
        done += 1
    rate = done * simulations / (time.process_time() - start)
    nodes, used, held = searches.tree_sizes(0)
    return Cell(game.name, simulations, rate, nodes, used / nodes, held / nodes)


def measure_trees(name: str, most: int, seconds: float) -> list[Cell]:
    """The cells of a game, up to the one that would take too long."""
    game, cells = games.make(name), list[Cell]()
    simulations = 100
    while simulations <= most:
        if cells and simulations / cells[-1].simulations_per_s > LONGEST * seconds:
            break
        cells.append(measure_tree(game, simulations, seconds))
        simulations *= 10
    return cells


def pool_rate(name: str, workers: int) -> Callable[[float], float]:
    """Returns a function that plays on for about this many seconds and returns simulations/s."""
    search = SearchSettings(simulations=SIMULATIONS)
    size = PoolSettings(slots=SLOTS * workers, groups=workers)
    pool = Pool(games.make(name), search, size, seed=1)
    actors = Actors(pool, [UniformEvaluator() for _ in range(workers)])
    actors.play(batches=2 * SIMULATIONS)  # the trees take their memory
    batches_per_s = 1000 / actors.play(batches=1000).seconds

    def play(seconds: float) -> float:
        start = time.process_time()
        simulations = actors.play(batches=round(batches_per_s * seconds)).simulations
        return workers * simulations / (time.process_time() - start)

    return play


def measure_pool(name: str, seconds: float) -> PoolSpeed:
    """One core and two in turns."""
    one, two = pool_rate(name, 1), pool_rate(name, 2)
    pairs = [(one(seconds), two(seconds)) for _ in range(TURNS)]
    return PoolSpeed(
        name,
        statistics.median(a for a, _ in pairs),
        statistics.median(b for _, b in pairs),
        statistics.median(b / a for a, b in pairs),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Speed and memory of the search tree.")
    parser.add_argument("--seconds", type=float, default=1.0, help="of a cell")
    parser.add_argument("--game", action="append", help="only these; by default four")
    parser.add_argument("--most", type=int, default=10**6, help="simulations of the largest tree")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    names = options.game or GAMES
    cells = [c for name in names for c in measure_trees(name, options.most, options.seconds)]
    speeds = [measure_pool(name, options.seconds) for name in names]
    if options.json:
        report = {"trees": [asdict(c) for c in cells], "pool": [asdict(s) for s in speeds]}
        print(json.dumps(report, indent=2))
        return
    print(f"{'one tree':<14}{'simulations':>12}{'simulations/s':>16}{'bytes/node':>12}{'held':>7}")
    for c in cells:
        print(
            f"{c.game:<14}{c.simulations:>12,}{c.simulations_per_s:>16,.0f}"
            f"{c.bytes_used_per_node:>12,.0f}{c.bytes_held_per_node:>7,.0f}"
        )
    print(f"\n{'pool':<14}{'one core':>14}{'two cores':>14}{'ratio':>8}    (simulations/s)")
    for s in speeds:
        print(f"{s.game:<14}{s.one_core:>14,.0f}{s.two_cores:>14,.0f}{s.ratio:>8.2f}")


if __name__ == "__main__":
    main()
