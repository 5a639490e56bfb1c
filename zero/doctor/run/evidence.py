"""Gathers the facts that the checks of a run judge: its files, newest games and newest network."""

from __future__ import annotations

import math
import shutil
import statistics
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import games
from arena.ratings.intervals import wilson
from games import Game
from games.errors import UserError
from selfplay.storage.games import GameStore
from zero.doctor import limits
from zero.doctor.finding import Finding
from zero.doctor.run.judgement import Judgement, judge
from zero.doctor.run.sample import GameSample, take_sample
from zero.evaluation.rater import SOLVED
from zero.run.directory import RunDirectory
from zero.run.metrics import Line, read_metrics
from zero.settings.schema import Settings


@dataclass(frozen=True)
class Evidence:
    """All facts that the checks of a run judge."""

    name: str
    runs_dir: str
    settings: Settings
    phases: list[Line] = field(default_factory=list)
    ratings: list[Line] = field(default_factory=list)
    events: list[tuple[int, str, str]] = field(default_factory=list)
    state: str = "finished"  # or "unfinished"
    running: bool = False
    ages: list[list[int]] = field(default_factory=list)  # (phase, positions) of the window
    games: GameSample = field(default_factory=GameSample)  # the newest
    network: Judgement | None = None  # of the newest checkpoint, on positions of these games
    disk_free: int = 1 << 40  # bytes
    damage: list[str] = field(default_factory=list)  # what could not be read, and why

    @property
    def playing(self) -> bool:
        """Whether the run plays games, rather than learning from stored ones."""
        return self.settings.run.store is None

    @property
    def first_lesson(self) -> int | None:
        """The first phase with learner steps; None if there was none yet."""
        return next((line["phase"] for line in self.phases if line.get("steps_done")), None)

    @property
    def steps(self) -> int:
        return int(self.phases[-1].get("steps") or 0) if self.phases else 0

    def untaught(self, check: str) -> Finding | None:
        """Return the finding of a check that needs more learner steps than there were."""
        if self.steps < limits.STEPS_TO_JUDGE:
            found = f"{self.steps} learner steps so far; {limits.STEPS_TO_JUDGE} are enough"
            return Finding(check, "early", found)
        if self.network is None:
            return Finding(check, "early", "there are no games, or no network, to judge by")
        return None

    def unplayed(self, check: str) -> Finding | None:
        """Return the finding of a check that needs more games than there were."""
        count = len(self.games.lines)
        if count >= limits.GAMES_TO_JUDGE:
            return None
        found = f"{count} games so far; {limits.GAMES_TO_JUDGE} are enough"
        return Finding(check, "early", found)

    def values(self, key: str) -> list[float]:
        """Return the figures of a key, a phase each, where there is one."""
        found = (line.get(key) for line in self.phases)
        return [float(v) for v in found if isinstance(v, int | float) and math.isfinite(v)]

    def median(self, key: str) -> float | None:
        """Return the median of a key over the newest phases that have it."""
        values = self.values(key)[-limits.PHASES :]
        return statistics.median(values) if values else None

    def by_opponent(self) -> dict[str, list[Line]]:
        """Return the ratings that have a score and its interval, by opponent, oldest first.

        Older selves count as one opponent, solved positions as one with right moves for points.
        """
        found: dict[str, list[Line]] = {}
        for line in self.ratings:
            opponent = str(line.get("opponent"))
            if opponent == SOLVED:
                line, opponent = line | _points(line), "solved positions"
            elif "@" in opponent:
                opponent = "older self"
            if all(isinstance(line.get(key), int | float) for key in _SCORES):
                found.setdefault(opponent, []).append(line)
        return found


_SCORES = ("score", "score_low", "score_high")


def _points(line: Line) -> Line:
    """Return the share of right moves in solved positions, as a score with its 95 % interval."""
    error, count = line.get("error"), line.get("positions")
    if not isinstance(error, int | float) or not isinstance(count, int) or count < 1:
        return {}
    right = min(count, max(0, round((1.0 - error) * count)))
    low, high = wilson(right, count)
    return {"score": right / count, "score_low": low, "score_high": high, "games": count}


def gather(run: RunDirectory) -> Evidence:
    """Read a run. What is damaged is told in `damage`. Raises UserError without settings."""
    settings = run.settings()
    lines = list(read_metrics(run.metrics_file))
    phases = [line for line in lines if line.get("kind") == "phase"]
    facts = _Reader(run, settings, phases)
    return Evidence(
        name=run.name,
        runs_dir=str(run.path.parent),
        settings=settings,
        phases=phases,
        ratings=[line for line in lines if line.get("kind") == "rating"],
        running=run.is_running(),
        disk_free=shutil.disk_usage(run.path).free,
        **facts.read(),
    )


class _Reader:
    """Reads the databases and the newest checkpoint, each as far as it can be read."""

    def __init__(self, run: RunDirectory, settings: Settings, phases: Sequence[Line]) -> None:
        self._run = run
        self._settings = settings
        self._phases = phases
        self._damage: list[str] = []

    def read(self) -> dict[str, Any]:
        """Return the fields of Evidence that come from databases and checkpoints."""
        found: dict[str, Any] = {"damage": self._damage}
        try:
            found |= self._database()
            game = games.make(self._settings.game.name)
            found["games"] = sample = self._sample(game)
            found |= self._checkpoint(game, sample)
        except UserError as error:
            self._damage.append(str(error))
        return found

    def _database(self) -> dict[str, Any]:
        with closing(self._run.database()) as database:
            rows = database.checkpoints()
            return {
                "events": database.events(),
                "state": database.about().get("state", "unfinished"),
                "ages": rows[-1].counters.get("ages", []) if rows else [],  # of older runs
            }

    def _sample(self, game: Game) -> GameSample:
        """Take the newest games; those from before the first lesson only if there are no others."""
        store = self._settings.run.store
        path = Path(store) if store is not None else self._run.games_file
        with GameStore(path, game.name) as open_store:
            records = list(open_store.newest(game, limits.SAMPLE_POSITIONS))
        lessons = [line["phase"] for line in self._phases if line.get("steps_done")]
        taught = [line for line in self._phases if lessons and line["phase"] > lessons[0]]
        since = sum(int(line.get("games") or 0) for line in taught)
        kept = records[-since:] if since else records
        return take_sample(game, kept, store is not None or since > 0)

    def _checkpoint(self, game: Game, sample: GameSample) -> dict[str, Any]:
        """Read the newest checkpoint: how old its window is, and what its network says."""
        from zero.evaluation.players import checkpoint_of
        from zero.run.checkpoint import load_network

        if not sample.positions:
            return {}
        network, info = load_network(checkpoint_of(self._run, None), game)
        found = {key: info.counters[key] for key in ("ages",) if key in info.counters}
        if info.steps:
            found["network"] = judge(network, self._settings, sample.positions)
        return found
