"""`zero bench`: how fast this machine plays itself, and how close that is to its limit.

All figures come from one run: inference alone and self-play take turns, so that what else the
machine does weighs on both, and the fraction of the limit is a ratio of neighbours.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

import torch

import games
from selfplay import Actors, Pool, PoolSettings, SearchSettings, UniformEvaluator
from zero.inference.evaluator import RefreshableEvaluator, make_evaluator
from zero.network import NetworkShape, build
from zero.run.selfplay import CARD_WORKERS
from zero.settings import NetworkSettings
from zero.torch_threads import available_cores

TURNS = 5  # of inference alone and self-play
# The same rules twice: what it costs to write them in Python is the ratio of their rates.
NATIVE_GAME, PYTHON_GAME = "tic_tac_toe", "games.examples.tic_tac_toe:TicTacToe"


@dataclass(frozen=True)
class PythonCost:
    """Tic-tac-toe in Python beside the native one, on one core, in one run."""

    rules_positions_per_s: float
    tree_simulations_per_s: float  # free evaluator, 1,024 games
    native_rules_positions_per_s: float
    native_tree_simulations_per_s: float

    @property
    def rules_times(self) -> float:
        """How many times as fast the native rules are."""
        return self.native_rules_positions_per_s / self.rules_positions_per_s

    @property
    def tree_times(self) -> float:
        """How many times as fast the search is with the native rules."""
        return self.native_tree_simulations_per_s / self.tree_simulations_per_s


@dataclass(frozen=True)
class BenchReport:
    """What `zero bench` measured. Rates are of all cores together unless they say otherwise."""

    game: str
    network: str
    simulations: int  # a move
    slots: int  # games at once
    threads: int
    simulations_per_s: float
    evaluations_per_s: float
    limit_evaluations_per_s: float  # inference alone, best batch
    limit_rows: int  # that best batch
    fraction_of_limit: float
    tree_only_simulations_per_s: float  # one core, free evaluator, 1,024 games
    rules_positions_per_s: float  # one core, uniformly random games
    python: PythonCost
    seconds: float

    def to_dict(self) -> dict[str, object]:
        """Return the figures under the keys of `--json`."""
        return asdict(self)


@dataclass(frozen=True)
class BenchPlan:
    """What to measure, and for how long."""

    game: str = "connect_four"
    blocks: int = 5
    channels: int = 64
    simulations: int = 100
    slots: int | None = None  # games at once; by default 256 on a CPU, 12,288 on a card
    seconds: float = 40.0
    device: str = "auto"


def _pool(plan: BenchPlan, slots: int, groups: int) -> Pool:
    search = SearchSettings()
    search.simulations = plan.simulations
    settings = PoolSettings()
    settings.search = search
    settings.seed = 1
    settings.slots, settings.groups = slots, groups
    settings.threads = max(1, available_cores() // groups) if groups > 1 else 1
    return Pool(games.make(plan.game), settings)


def _self_play_rate(
    actors: Actors, seconds: float, rounds_per_s: float | None
) -> tuple[float, float, float]:
    """Return evaluations/s, simulations/s and rounds/s of a stretch of about `seconds`."""
    rounds = 4 if rounds_per_s is None else max(4, round(seconds * rounds_per_s))
    report = actors.play(rounds=rounds)
    return report.evaluations_per_s, report.simulations_per_s, rounds / report.seconds


def _device(evaluator: RefreshableEvaluator) -> str:
    return "torch on the CPU" if evaluator.on_cpu else torch.cuda.get_device_name()


def tree_only_rate(plan: BenchPlan, seconds: float) -> float:
    """Simulations/s of one core through the whole pool when evaluation costs nothing."""
    pool = _pool(plan, slots=1024, groups=1)
    actors = Actors(pool, [UniformEvaluator()])
    _, _, rounds_per_s = _self_play_rate(actors, seconds, None)
    rates = []
    for _ in range(3):
        _, rate, rounds_per_s = _self_play_rate(actors, seconds / 3, rounds_per_s)
        rates.append(rate)
    return statistics.median(rates)


def rules_rate(game_name: str, seconds: float) -> float:
    """Positions/s of uniformly random games on one core, through the virtual interface."""
    game = games.make(game_name)
    plies, count, start = 0, 1, time.perf_counter()
    while (elapsed := time.perf_counter() - start) < seconds:
        plies += games.random_games(game, count, seed=plies)["plies"]
        count = min(2 * count, 1000)
    return plies / elapsed


def python_cost(seconds: float) -> PythonCost:
    """Measure what rules in Python cost, by the same rules in both languages."""
    rules = [rules_rate(name, seconds / 4) for name in (PYTHON_GAME, NATIVE_GAME)]
    plans = [BenchPlan(game=name) for name in (PYTHON_GAME, NATIVE_GAME)]
    trees = [tree_only_rate(plan, seconds / 4) for plan in plans]
    return PythonCost(rules[0], trees[0], rules[1], trees[1])


def _in_turns(
    evaluator: RefreshableEvaluator, actors: Actors, turn: float, threads: int
) -> tuple[int, list[float], list[float], list[float]]:
    """Return the best rows, and by turn evaluations/s alone, evaluations/s and simulations/s."""
    best = evaluator.raw_limit(turn, threads)
    _, _, rounds_per_s = _self_play_rate(actors, turn, None)
    limits, evaluations, simulations = [], [], []
    for _ in range(TURNS):
        limits.append(evaluator.raw_limit(turn, threads, [best.rows]).evaluations_per_s)
        evals, sims, rounds_per_s = _self_play_rate(actors, turn, rounds_per_s)
        evaluations.append(evals)
        simulations.append(sims)
    return best.rows, limits, evaluations, simulations


def run_bench(plan: BenchPlan, say: Callable[[str], None] = lambda _: None) -> BenchReport:
    """Measure everything; `say` is told what is being measured.

    Raises GameError for an unknown game.
    """
    start = time.perf_counter()
    game = games.make(plan.game)
    shape = NetworkSettings(blocks=plan.blocks, channels=plan.channels)
    evaluator = make_evaluator(build(NetworkShape.of(game), shape, seed=1), plan.device)
    threads = available_cores() if evaluator.on_cpu else CARD_WORKERS
    slots = plan.slots or (256 if evaluator.on_cpu else 12_288)
    actors = Actors(_pool(plan, slots, groups=threads), [evaluator] * threads)

    say("rules and tree without a network")
    rules = rules_rate(plan.game, plan.seconds * 0.05)
    tree = tree_only_rate(plan, plan.seconds * 0.1)
    python = python_cost(plan.seconds * 0.05)

    say("inference alone and self-play, in turns")
    turn = plan.seconds * 0.7 / (2 * TURNS + 1)
    rows, limits, evaluations, simulations = _in_turns(evaluator, actors, turn, threads)
    return BenchReport(
        game=game.name,
        network=f"{plan.blocks} blocks x {plan.channels} channels, {_device(evaluator)}",
        simulations=plan.simulations,
        slots=slots,
        threads=threads,
        simulations_per_s=statistics.median(simulations),
        evaluations_per_s=statistics.median(evaluations),
        limit_evaluations_per_s=statistics.median(limits),
        limit_rows=rows,
        fraction_of_limit=statistics.median(
            e / limit for e, limit in zip(evaluations, limits, strict=True)
        ),
        tree_only_simulations_per_s=tree,
        rules_positions_per_s=rules,
        python=python,
        seconds=time.perf_counter() - start,
    )
