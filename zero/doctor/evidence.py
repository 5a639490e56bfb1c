"""Gathers what the checks of a run judge by: its files, its newest games, its newest network."""

from __future__ import annotations

import math
import shutil
import statistics
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import games
from games import Game
from games.errors import UserError
from selfplay.records import GameRecord
from selfplay.store import GameStore
from zero.doctor import limits
from zero.doctor.judgement import Judgement, judge
from zero.doctor.sample import GameSample, take_sample
from zero.metrics import Line, read_metrics
from zero.run.directory import RunDirectory
from zero.settings import Settings


@dataclass(frozen=True)
class Evidence:
    """All that the checks of a run judge by."""

    name: str
    folder: str
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
        """Learner steps so far."""
        return int(self.phases[-1].get("steps") or 0) if self.phases else 0

    def values(self, key: str) -> list[float]:
        """Return the figures of a key, a phase each, where there is one."""
        found = (line.get(key) for line in self.phases)
        return [float(v) for v in found if isinstance(v, int | float) and math.isfinite(v)]

    def median(self, key: str) -> float | None:
        """Return the median of a key over the newest phases that have it."""
        values = self.values(key)[-limits.PHASES :]
        return statistics.median(values) if values else None

    def by_opponent(self) -> dict[str, list[Line]]:
        """Return the ratings by opponent, oldest first; older selves count as one opponent."""
        found: dict[str, list[Line]] = {}
        for line in self.ratings:
            opponent = str(line.get("opponent"))
            found.setdefault("older self" if "@" in opponent else opponent, []).append(line)
        return found


def gather(run: RunDirectory) -> Evidence:
    """Read a run. What is damaged is told in `damage`. Raises UserError without settings."""
    settings = run.settings()
    lines = list(read_metrics(run.metrics_file))
    phases = [line for line in lines if line.get("kind") == "phase"]
    facts = _Reader(run, settings, phases)
    return Evidence(
        name=run.name,
        folder=str(run.path),
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
            found["network"] = self._network(game, sample)
        except UserError as error:
            self._damage.append(str(error))
        return found

    def _database(self) -> dict[str, Any]:
        with closing(self._run.database()) as database:
            rows = database.checkpoints()
            return {
                "events": database.events(),
                "state": database.about().get("state", "unfinished"),
                "ages": rows[-1].counters.get("ages", []) if rows else [],
            }

    def _sample(self, game: Game) -> GameSample:
        """Take the newest games; those from before the first lesson only if there are no others."""
        store = self._settings.run.store
        path = Path(store) if store is not None else self._run.games_file
        with GameStore(path, game.name) as open_store:
            blobs = list(open_store.newest(limits.SAMPLE_POSITIONS))
        lessons = [line["phase"] for line in self._phases if line.get("steps_done")]
        since = (
            sum(
                int(line.get("games") or 0) for line in self._phases if line["phase"] > min(lessons)
            )
            if lessons
            else 0
        )
        kept = blobs[-since:] if since else blobs
        return take_sample(game, _decoded(game, kept), store is not None or since > 0)

    def _network(self, game: Game, sample: GameSample) -> Judgement | None:
        from zero.checkpoint import load_network
        from zero.players import checkpoint_of

        if not sample.positions:
            return None
        network, info = load_network(checkpoint_of(self._run, None), game)
        if not info.steps:
            return None
        return judge(network, self._settings, sample.positions)


def _decoded(game: Game, blobs: Sequence[bytes]) -> Iterator[GameRecord]:
    return (GameRecord.decode(game, blob) for blob in blobs)
