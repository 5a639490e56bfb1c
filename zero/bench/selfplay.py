"""`zero bench`: how fast self-play is on this machine, and how close it is to its limit.

All figures come from one run. Inference alone and self-play take turns, so that other load on the
machine affects both, and the fraction of the limit is a ratio of neighbours.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field

import torch

import games
from games import Game
from selfplay import (
    Actors,
    Pool,
    PoolSettings,
    SearchSettings,
    SelfPlayReport,
    UniformEvaluator,
)
from zero.devices.cores import available_cores
from zero.inference.backends import DEFAULT_BACKEND
from zero.inference.choice import processor_name, resolved
from zero.inference.evaluator import RefreshableEvaluator, make_evaluator, picked_device
from zero.networks.network import NetworkShape, build
from zero.settings.schema import InferenceSettings, NetworkSettings, SelfplaySettings
from zero.training.machine import GPU_GROUPS, actor_count, batch_rows

TURNS = 5  # of inference alone and self-play
_SPREAD_SHARE = 0.05  # of the time, for each pool
_SPREAD_PLIES = 40
_SPREAD_SIMULATIONS = 12  # as the presets' cheap searches
# The same rules twice: what it costs to write them in Python is the ratio of their rates.
NATIVE_GAME, PYTHON_GAME = "tic_tac_toe", "games.examples.tic_tac_toe:TicTacToe"


@dataclass(frozen=True)
class PythonCost:
    """Tic-tac-toe in Python and the native one, on one core, in one run."""

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
class SelfPlayFigures:
    """Self-play with one backend, with or without the evaluation cache: medians of the turns."""

    backend: str
    cache_mib: int
    batch: int  # rows evaluated at a time
    simulations_per_s: float
    evaluations_per_s: float
    limit_evaluations_per_s: float  # inference alone, best batch
    limit_rows: int  # that best batch
    fraction_of_limit: float
    cache_hit_rate: float  # share of leaves that needed no evaluation of their own
    times_torch: float | None  # evaluations/s in relation to the first of these, on torch


@dataclass(frozen=True)
class BenchReport:
    """What `zero bench` measured. Rates are for all cores together unless stated otherwise."""

    game: str
    network: str
    device: str
    simulations: int  # a move
    slots: int  # games at once
    threads: int
    selfplay: tuple[SelfPlayFigures, ...]
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
    slots: int | None = None  # games at once; by default 512 on a CPU, 15,360 on a GPU
    seconds: float = 60.0
    device: str = "auto"
    backend: str = "auto"  # beside torch
    cache_mib: int = SelfplaySettings().cache_mib


def spread_pool(plan: BenchPlan, size: PoolSettings, threads: int, seconds: float) -> Pool:
    """Return a pool; its games begin together and drift apart for up to this many seconds.

    In step they would share more evaluations than the games of a run do. Until then they are played
    with few simulations, and an evaluator that is free. `threads` advance a group together.
    """
    search = SearchSettings(simulations=_SPREAD_SIMULATIONS)
    pool = Pool(games.make(plan.game), search, size, seed=1, threads=threads)
    workers_here = 1 if threads > 1 else size.groups  # a team for all groups, or one for each
    actors = Actors(pool, [UniformEvaluator()] * workers_here)
    end = time.perf_counter() + seconds
    while pool.counters()["plies"] < _SPREAD_PLIES * size.slots and time.perf_counter() < end:
        actors.play(batches=_SPREAD_SIMULATIONS)
    pool.configure(search.replace(simulations=plan.simulations), size)
    return pool


class Stretches:
    """Plays self-play for about the requested time, again and again."""

    def __init__(self, actors: Actors) -> None:
        self._actors = actors
        self._batches_per_s = 0.0  # of the stretch before

    def play(self, seconds: float) -> SelfPlayReport:
        """Play about `seconds`; the first stretch is short, and finds the pace."""
        batches = max(4, round(seconds * self._batches_per_s))
        report = self._actors.play(batches=batches)
        self._batches_per_s = batches / report.seconds
        return report


def tree_only_rate(plan: BenchPlan, seconds: float) -> float:
    """Simulations/s of one core through the whole pool when evaluation costs nothing."""
    search, size = SearchSettings(simulations=plan.simulations), PoolSettings(slots=1024, groups=1)
    pool = Pool(games.make(plan.game), search, size, seed=1)
    stretches = Stretches(Actors(pool, [UniformEvaluator()]))
    stretches.play(seconds)
    return statistics.median(stretches.play(seconds / 3).simulations_per_s for _ in range(3))


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


@dataclass
class Contender:
    """Self-play in one configuration and its network alone, measured a stretch at a time."""

    evaluator: RefreshableEvaluator
    stretches: Stretches
    passes: int  # at the same time
    batch: int
    cache_mib: int
    rows: int = 0  # of the limit's best batch
    limits: list[float] = field(default_factory=list)
    evaluations: list[float] = field(default_factory=list)
    simulations: list[float] = field(default_factory=list)
    hit_rates: list[float] = field(default_factory=list)

    def warm_up(self, seconds: float) -> None:
        """Find the best batch of the network alone, and start the games."""
        self.rows = self.evaluator.raw_limit(seconds, self.passes).rows
        self.stretches.play(seconds)
        self.stretches.play(seconds)

    def turn(self, seconds: float) -> None:
        """Measure the network alone, then self-play."""
        limit = self.evaluator.raw_limit(seconds, self.passes, [self.rows])
        self.limits.append(limit.evaluations_per_s)
        report = self.stretches.play(seconds)
        self.evaluations.append(report.evaluations_per_s)
        self.simulations.append(report.simulations_per_s)
        self.hit_rates.append(report.hit_rate)

    def figures(self, base: Contender | None) -> SelfPlayFigures:
        """Return the medians; `base` is what the evaluations are compared with."""
        fractions = (e / limit for e, limit in zip(self.evaluations, self.limits, strict=True))
        times = None
        if base is not None:
            pairs = zip(self.evaluations, base.evaluations, strict=True)
            times = statistics.median(own / other for own, other in pairs)
        return SelfPlayFigures(
            backend=self.evaluator.backend,
            cache_mib=self.cache_mib,
            batch=self.batch,
            simulations_per_s=statistics.median(self.simulations),
            evaluations_per_s=statistics.median(self.evaluations),
            limit_evaluations_per_s=statistics.median(self.limits),
            limit_rows=self.rows,
            fraction_of_limit=statistics.median(fractions),
            cache_hit_rate=statistics.median(self.hit_rates),
            times_torch=times,
        )


def _contenders(plan: BenchPlan, game: Game) -> list[Contender]:
    """Return self-play on torch, on the fastest backend, and on that with the cache."""
    network = build(
        NetworkShape.of(game), NetworkSettings(blocks=plan.blocks, channels=plan.channels), seed=1
    )
    device = picked_device(plan.device)
    if device == "cuda":
        evaluator = make_evaluator(network, device)
        choices = [(evaluator, 0), (evaluator, plan.cache_mib)]
        return [_contender(plan, *chosen, GPU_GROUPS) for chosen in choices]
    threads = available_cores()
    wanted = InferenceSettings(backend=plan.backend)
    settings, _ = resolved(wanted, network, game, threads)
    best = base = make_evaluator(network, device)
    choices = [(base, 0)]
    if settings.backend != DEFAULT_BACKEND:
        best = make_evaluator(network, device, settings, game)
        choices.append((best, 0))
    choices.append((best, plan.cache_mib))
    return [_contender(plan, *chosen, threads) for chosen in choices]


def _contender(
    plan: BenchPlan, evaluator: RefreshableEvaluator, cache_mib: int, groups: int
) -> Contender:
    """Return self-play of this many groups: one actor per group, or one for all on a GPU."""
    slots = -(-slots_of(plan, evaluator.on_cpu) // groups)
    batch = batch_rows(slots, cache_mib > 0, evaluator.on_cpu)
    count = actor_count(groups, groups, evaluator.on_cpu)
    helpers = max(1, available_cores() // count)
    size = PoolSettings(slots=slots * groups, groups=groups, batch=batch, cache_mib=cache_mib)
    pool = spread_pool(plan, size, helpers, plan.seconds * _SPREAD_SHARE)
    stretches = Stretches(Actors(pool, [evaluator] * count))
    return Contender(evaluator, stretches, groups, batch, cache_mib)


def slots_of(plan: BenchPlan, on_cpu: bool) -> int:
    """Return the number of games at once."""
    return plan.slots or (512 if on_cpu else 15_360)


def in_turns(contenders: Sequence[Contender], seconds: float, turns: int = TURNS) -> None:
    """Let all be measured, one after the other, again and again."""
    turn = seconds / len(contenders) / (2 * turns + 3)
    for contender in contenders:
        contender.warm_up(turn)
    for _ in range(turns):
        for contender in contenders:
            contender.turn(turn)


def run_bench(plan: BenchPlan, say: Callable[[str], None] = lambda _: None) -> BenchReport:
    """Measure everything; `say` is told what is being measured.

    Raises GameError for an unknown game, UserError for a backend that cannot be used.
    """
    start = time.perf_counter()
    game = games.make(plan.game)
    contenders = _contenders(plan, game)
    say("rules and tree without a network")
    rules = rules_rate(plan.game, plan.seconds * 0.05)
    tree = tree_only_rate(plan, plan.seconds * 0.1)
    python = python_cost(plan.seconds * 0.05)

    say("inference alone and self-play, in turns")
    in_turns(contenders, plan.seconds * 0.65)
    first = contenders[0]
    base = first if first.evaluator.backend == DEFAULT_BACKEND else None
    return BenchReport(
        game=game.name,
        network=f"{plan.blocks} blocks x {plan.channels} channels",
        device=_device(first.evaluator),
        simulations=plan.simulations,
        slots=slots_of(plan, first.evaluator.on_cpu),
        threads=available_cores(),
        selfplay=tuple(contender.figures(base) for contender in contenders),
        tree_only_simulations_per_s=tree,
        rules_positions_per_s=rules,
        python=python,
        seconds=time.perf_counter() - start,
    )


def _device(evaluator: RefreshableEvaluator) -> str:
    return processor_name() if evaluator.on_cpu else torch.cuda.get_device_name()
