"""`zero bench --tune`: finds the settings of self-play that are fastest on this machine.

It starts from the settings a run would use, and tries other values for one setting after another,
in turns with the best so far. A value is kept if it gives clearly more evaluations a second. (The
savings of the cache come on top; they depend more on the games than on these settings.)
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace

import games
from games import Game
from selfplay import Actors, PoolSettings
from zero.bench.selfplay import BenchPlan, Stretches, slots_of, spread_pool
from zero.devices.cores import available_cores
from zero.inference.backends import usable_backends
from zero.inference.choice import processor_name, resolved
from zero.inference.evaluator import RefreshableEvaluator, make_evaluator, picked_device
from zero.networks.network import Network, NetworkShape, build
from zero.settings.schema import InferenceSettings, NetworkSettings
from zero.settings.toml import sections_to_toml
from zero.training.machine import GPU_GROUPS, actor_count, batch_rows

_BETTER = 1.03  # what a value must gain to be taken over: less is noise
_TURNS = 3
_TRIALS = 12  # about


@dataclass(frozen=True)
class Candidate:
    """What a run can choose: games at once, rows of a batch, and who evaluates them."""

    backend: str
    threads: int
    groups: int
    slots_in_group: int
    batch_share: float  # of the slots of a group

    @property
    def batch(self) -> int:
        """Rows that are evaluated at a time."""
        rows = round(self.slots_in_group * self.batch_share)
        return rows // 32 * 32 or rows

    def to_settings(self, device: str) -> dict[str, dict[str, int | str]]:
        """Return the settings of a run that say the same."""
        slots = self.groups * self.slots_in_group
        settings: dict[str, dict[str, int | str]] = {
            "run": {"threads": self.threads},
            "selfplay": {"slots": slots, "groups": self.groups, "batch": self.batch},
        }
        if device == "cpu":
            settings["inference"] = {"backend": self.backend}
        return settings


@dataclass(frozen=True)
class Trial:
    """A candidate and the best before it, measured in turns: medians of the stretches."""

    candidate: Candidate
    evaluations_per_s: float
    simulations_per_s: float
    best_evaluations_per_s: float
    taken: bool


@dataclass(frozen=True)
class TuneReport:
    """The best candidate, and the trials that led to it."""

    game: str
    network: str
    device: str
    best: Candidate
    trials: tuple[Trial, ...]
    settings: str  # TOML for --settings

    def to_dict(self) -> dict[str, object]:
        """Return the figures under the keys of `--json`."""
        return asdict(self)


@dataclass
class _Player:
    """Self-play of one candidate, a stretch at a time."""

    stretches: Stretches
    evaluations: list[float] = field(default_factory=list)
    simulations: list[float] = field(default_factory=list)

    def play(self, seconds: float) -> None:
        report = self.stretches.play(seconds)
        self.evaluations.append(report.evaluations_per_s)
        self.simulations.append(report.simulations_per_s)


class Tuner:
    """Tries candidates for one game and one network on one device."""

    def __init__(self, plan: BenchPlan) -> None:
        """Raises GameError for an unknown game, UserError for a device or backend not here."""
        self._plan = plan
        self._game: Game = games.make(plan.game)
        self._shape = NetworkSettings(blocks=plan.blocks, channels=plan.channels)
        self._network: Network = build(NetworkShape.of(self._game), self._shape, seed=1)
        self.device = picked_device(plan.device)
        self._evaluators: dict[str, RefreshableEvaluator] = {}

    def first(self) -> Candidate:
        """Return what a run would take by itself."""
        cores = available_cores()
        groups = cores if self.device == "cpu" else GPU_GROUPS
        slots = -(-slots_of(self._plan, self.device == "cpu") // groups)
        share = batch_rows(slots, self._plan.cache_mib > 0, self.device == "cpu") / slots
        if self.device != "cpu":
            return Candidate("cuda", cores, groups, slots, share)
        wanted = InferenceSettings(backend=self._plan.backend)
        settings, _ = resolved(wanted, self._network, self._game, cores)
        return Candidate(settings.backend, cores, groups, slots, share)

    def others(self, best: Candidate) -> Iterator[Callable[[Candidate], list[Candidate]]]:
        """Yield, a setting at a time, what makes other candidates of the best so far."""
        cores = available_cores()
        if self.device == "cpu" and self._plan.backend == "auto":
            names = usable_backends(self._shape)
            yield lambda c: [replace(c, backend=name) for name in names]
        if self.device == "cpu":  # a GPU is fed by all of them
            yield lambda c: [
                replace(c, threads=n, groups=min(c.groups, n))
                for n in sorted({1, (cores + 1) // 2})
            ]
        # On a GPU, such that the batches fill its graphs.
        sizes = (64, 128, 512) if self.device == "cpu" else (1280, 2560, 10240)
        yield lambda c: [replace(c, slots_in_group=size) for size in sizes]
        counts = (1, 2) if self.device == "cpu" else (2, 4)
        yield lambda c: [
            replace(c, groups=n * c.threads if self.device == "cpu" else n) for n in counts
        ]
        if self.device == "cpu":
            yield lambda c: [replace(c, batch_share=share) for share in (0.5, 0.65, 1.0)]

    def compare(self, best: Candidate, other: Candidate, seconds: float) -> Trial:
        """Let two candidates play in turns, `seconds` in all."""
        players = [self._player(candidate) for candidate in (best, other)]
        stretch = seconds / 2 / (_TURNS + 1)
        for _ in range(_TURNS + 1):
            for player in players:
                player.play(stretch)
        old, new = (statistics.median(player.evaluations[1:]) for player in players)
        simulations = statistics.median(players[1].simulations[1:])
        return Trial(other, new, simulations, old, taken=new > _BETTER * old)

    def _player(self, candidate: Candidate) -> _Player:
        evaluator = self._evaluator(candidate.backend)
        count = actor_count(candidate.threads, candidate.groups, self.device == "cpu")
        size = PoolSettings(
            slots=candidate.groups * candidate.slots_in_group,
            groups=candidate.groups,
            batch=candidate.batch,
            cache_mib=self._plan.cache_mib,
        )
        helpers = max(1, candidate.threads // count)
        seconds = 0.2 if self.device == "cpu" else 2.0
        pool = spread_pool(self._plan, size, helpers, seconds)
        actors = Actors(pool, [evaluator] * count)
        return _Player(Stretches(actors))

    def _evaluator(self, backend: str) -> RefreshableEvaluator:
        if backend not in self._evaluators:
            settings = None if self.device == "cuda" else InferenceSettings(backend=backend)
            self._evaluators[backend] = make_evaluator(
                self._network, self.device, settings, self._game
            )
        return self._evaluators[backend]


def tune(plan: BenchPlan, say: Callable[[str], None] = lambda _: None) -> TuneReport:
    """Find the fastest settings; `say` is told of each trial.

    Raises GameError for an unknown game, UserError for a device or backend that is not here.
    """
    tuner = Tuner(plan)
    best = tuner.first()
    steps = list(tuner.others(best))
    trials: list[Trial] = []
    for step in steps:
        for other in step(best):
            known = [best, *(trial.candidate for trial in trials)]
            if any(other.to_settings(tuner.device) == c.to_settings(tuner.device) for c in known):
                continue  # shares that come to the same batch, too
            trial = tuner.compare(best, other, 2 * plan.seconds / _TRIALS)
            trials.append(trial)
            say(describe(trial))
            if trial.taken:
                best = other
    device = processor_name() if tuner.device == "cpu" else "a CUDA GPU"
    network = f"{plan.blocks} blocks x {plan.channels} channels"
    return TuneReport(plan.game, network, device, best, tuple(trials), _toml(plan, best, trials))


def describe(trial: Trial) -> str:
    """Put a trial into one line."""
    c, ratio = trial.candidate, trial.evaluations_per_s / trial.best_evaluations_per_s
    return (
        f"{c.backend}, {c.threads} threads, {c.groups} groups of {c.slots_in_group} games, "
        f"batches of {c.batch}: {trial.evaluations_per_s:,.0f} evaluations/s, {ratio:.2f} times "
        f"the best before{', taken' if trial.taken else ''}"
    )


def _toml(plan: BenchPlan, best: Candidate, trials: list[Trial]) -> str:
    """Write the best candidate as settings, with what was measured as comments."""
    device = "cuda" if best.backend == "cuda" else "cpu"
    head = [
        f"# Self-play of {plan.game}, {plan.blocks} blocks x {plan.channels} channels, as tuned by",
        f"# zero bench {plan.game} --tune on {processor_name()}. Tried, in this order:",
        *(f"#   {describe(trial)}" for trial in trials),
    ]
    return "\n".join(head) + "\n\n" + sections_to_toml(best.to_settings(device))
