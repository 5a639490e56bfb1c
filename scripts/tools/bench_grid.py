"""Speed of self-play over sizes of batch, groups, threads and simulations, and its limit.

    scripts/dev bench_grid chess --blocks 10 --channels 128 --rows 1024,4096 --groups 2,3 --profile

Each combination plays in one pool, in turns with the network alone in as many passes at once. With
the cache there are 5 games for 4 rows, since some leaves need no row. A line shows simulations and
evaluations a second, the fraction of the network's own speed, the share of leaves that needed no
evaluation, and the share of time that the actors spent on sending positions or waiting for answers.
If that is near 1, the network is the limit; if it is far below, the processor is. `--profile` shows
the kernels on which the GPU spent its time in the last combination. If they add up to less than the
stretch, the GPU was idle for at least the rest.
"""

import argparse
import itertools
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import torch

import games
from games.errors import UserError
from selfplay import Actors, PoolSettings
from zero.bench.selfplay import BenchPlan, Stretches, spread_pool
from zero.devices.cores import available_cores
from zero.inference.choice import resolved
from zero.inference.evaluator import RefreshableEvaluator, make_evaluator, picked_device
from zero.networks.network import NetworkShape, build
from zero.settings.schema import InferenceSettings, NetworkSettings
from zero.training.machine import actor_count, passes_at_once

KERNELS = 15  # lines of the profile


@dataclass(frozen=True)
class Cell:
    """One combination and its results."""

    rows: int
    groups: int
    threads: int
    simulations: int
    simulations_per_s: float
    evaluations_per_s: float
    limit_evaluations_per_s: float
    fraction_of_limit: float
    hit_rate: float
    evaluating_share: float


class Grid:
    """Plays combinations of one game and one network on one device."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self.device = picked_device(options.device)
        game = games.make(options.game)
        shape = NetworkSettings(blocks=options.blocks, channels=options.channels)
        network = build(NetworkShape.of(game), shape, seed=1)
        settings = InferenceSettings(backend=options.backend)
        if self.device == "cpu":
            settings, _ = resolved(settings, network, game, available_cores())
        self.evaluator: RefreshableEvaluator = make_evaluator(network, self.device, settings, game)

    def stretches(self, rows: int, groups: int, threads: int, simulations: int) -> Stretches:
        """Return the play of a combination whose games have started and drifted apart."""
        plan = BenchPlan(self._options.game, simulations=simulations)
        count = actor_count(threads, groups, self.evaluator.on_cpu)
        helpers = max(1, threads // count)
        in_group = rows * 5 // 4 if self._options.cache_mib else rows
        cache_mib = self._options.cache_mib
        size = PoolSettings(slots=in_group * groups, groups=groups, batch=rows, cache_mib=cache_mib)
        pool = spread_pool(plan, size, helpers, self._options.seconds)
        stretches = Stretches(Actors(pool, [self.evaluator] * count))
        for seconds in (0.0, 0.0, self._options.seconds / 4):  # the first one captures
            stretches.play(seconds)
        return stretches

    def measure(self, rows: int, groups: int, threads: int, simulations: int) -> Cell:
        """Play one combination, and measure the network alone before and after it."""
        seconds = self._options.seconds
        passes = passes_at_once(threads, groups, self.evaluator.on_cpu)
        stretches = self.stretches(rows, groups, threads, simulations)
        limits = [self.evaluator.raw_limit(seconds / 4, passes).evaluations_per_s]
        report = stretches.play(seconds)
        limits.append(self.evaluator.raw_limit(seconds / 4, passes).evaluations_per_s)
        limit = sum(limits) / 2
        return Cell(
            rows,
            groups,
            threads,
            simulations,
            report.simulations_per_s,
            report.evaluations_per_s,
            limit,
            report.evaluations_per_s / limit,
            report.hit_rate,
            report.evaluating_share,
        )

    def profile(self, rows: int, groups: int, threads: int, simulations: int) -> str:
        """Return a table of the kernels of a stretch of play on the GPU."""
        stretches = self.stretches(rows, groups, threads, simulations)
        activities = [torch.profiler.ProfilerActivity.CPU, torch.profiler.ProfilerActivity.CUDA]
        with torch.profiler.profile(activities=activities) as profile:
            report = stretches.play(self._options.seconds)
        table = profile.key_averages().table(sort_by="cuda_time_total", row_limit=KERNELS)
        return f"{table}\nthe stretch: {report.seconds:.2f} s"


def numbers(text: str) -> list[int]:
    """Read 1,2,3."""
    values = [int(part) for part in text.split(",")]
    if min(values) < 1:
        raise ValueError("numbers from 1")
    return values


def arguments() -> argparse.Namespace:
    """What to play."""
    cores = available_cores()
    parser = argparse.ArgumentParser(description="Self-play over batch, groups and simulations.")
    parser.add_argument("game", nargs="?", default="connect_four")
    parser.add_argument("--blocks", type=int, default=5)
    parser.add_argument("--channels", type=int, default=64)
    parser.add_argument("--device", default="auto", choices=["auto", "cpu", "cuda"])
    parser.add_argument("--backend", default="auto", help="on a CPU")
    parser.add_argument("--cache-mib", type=int, default=128, help="0: every leaf is evaluated")
    parser.add_argument("--rows", type=numbers, help="sizes of batch")
    parser.add_argument("--groups", type=numbers)
    parser.add_argument("--threads", type=numbers, default=[cores])
    parser.add_argument("--simulations", type=numbers, default=[100])
    parser.add_argument("--seconds", type=float, default=4.0, help="of a combination")
    parser.add_argument("--profile", action="store_true", help="of the last one, on a GPU")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def run(options: argparse.Namespace) -> None:
    """Play all combinations, and show a line for each as it comes."""
    on_gpu = picked_device(options.device) == "cuda"
    if options.profile and not on_gpu:
        raise UserError("--profile is for a GPU; here, the column 'waiting' says who waits")
    grid = Grid(options)
    rows = options.rows or ([1024, 4096] if on_gpu else [128, 256])
    groups = options.groups or ([2, 3, 4] if on_gpu else [available_cores()])
    combinations = list(itertools.product(rows, groups, options.threads, options.simulations))
    cells = []
    if not options.json:
        print(header(options, grid))
    for combination in combinations:
        cells.append(grid.measure(*combination))
        if not options.json:
            print(line(cells[-1]), flush=True)
    if options.json:
        print(json.dumps([asdict(cell) for cell in cells], indent=2))
    if options.profile:
        print(grid.profile(*combinations[-1]), file=sys.stderr)


def main() -> None:
    options = arguments()
    try:
        run(options)
    except UserError as error:
        sys.exit(f"bench_grid: {error}")


def header(options: argparse.Namespace, grid: Grid) -> str:
    """Say what was played where, and name the columns."""
    where = torch.cuda.get_device_name() if grid.device == "cuda" else grid.evaluator.backend
    names: Sequence[str] = ("simulations/s", "evaluations/s", "alone", "share", "hits", "waiting")
    return (
        f"{options.game}, {options.blocks} x {options.channels}, {where}\n"
        f"{'rows':>6}{'groups':>8}{'threads':>9}{'a move':>8}"
        + "".join(f"{name:>15}" for name in names)
    )


def line(cell: Cell) -> str:
    """Put a combination into one line."""
    rates = (cell.simulations_per_s, cell.evaluations_per_s, cell.limit_evaluations_per_s)
    shares = (cell.fraction_of_limit, cell.hit_rate, cell.evaluating_share)
    return (
        f"{cell.rows:>6}{cell.groups:>8}{cell.threads:>9}{cell.simulations:>8}"
        + "".join(f"{rate:>15,.0f}" for rate in rates)
        + "".join(f"{share:>15.2f}" for share in shares)
    )


if __name__ == "__main__":
    main()
