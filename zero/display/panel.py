"""What people see of a run: a live panel on a terminal, plain lines elsewhere.

The run writes into a `Progress`; the display reads it on its own thread. The display is never on
the data path: if drawing fails, it goes dark and the run continues.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TextIO

from zero.display.format import clock, number, percent

if TYPE_CHECKING:
    from rich.console import RenderableType

_BARS = "▁▂▃▄▅▆▇█"


@dataclass
class Progress:
    """What a run is doing now. One thread writes it; the display only reads it."""

    run: str = ""
    game: str = ""
    stage: str = "starting"
    phase: int = 0
    phases: int | None = None
    minutes: float | None = None
    elapsed_before: float = 0.0  # seconds of running time before this process
    started: float = field(default_factory=time.monotonic)
    latest: dict[str, Any] = field(default_factory=dict)  # the last phase's line of metrics
    live: dict[str, float] = field(default_factory=dict)  # rates of the current phase
    history: dict[str, list[float]] = field(default_factory=dict)
    strength: list[dict[str, Any]] = field(default_factory=list)  # ratings, newest last
    notes: list[str] = field(default_factory=list)

    def elapsed(self) -> float:
        """Return the seconds that the run has been running, all its processes together."""
        return self.elapsed_before + time.monotonic() - self.started

    def take(self, line: dict[str, Any]) -> None:
        """Take a line of metrics in."""
        if line["kind"] == "rating":
            self.strength.append(line)
            return
        self.latest = line
        self.live = {}
        self.phase = line["phase"]
        for key in ("loss_policy", "loss_value", "game_length", "evaluations_per_s"):
            value = line.get(key)
            if value is not None and math.isfinite(value):
                self.history.setdefault(key, []).append(value)

    def left(self) -> str:
        """Say how much time is left, as far as it is known."""
        elapsed = self.elapsed()
        if self.minutes is not None:
            return clock(max(0.0, self.minutes * 60 - elapsed))
        if self.phases and self.phase:
            pace = self.latest.get("pace") or elapsed / self.phase
            return clock(max(0.0, pace * (self.phases - self.phase)))
        return "until Ctrl-C"


def sparkline(values: list[float], width: int = 24) -> str:
    """Draw the last values as one line of bars."""
    values = values[-width:]
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    scale = (len(_BARS) - 1) / (high - low) if high > low else 0.0
    return "".join(_BARS[round((value - low) * scale)] for value in values)


def strength_text(line: dict[str, Any]) -> str:
    """Describe one rating of a checkpoint in a few words."""
    if line["opponent"] == "solved":
        raw = line.get("raw_error")
        return (
            f"phase {line['phase']}: {100 * line['error']:.1f} % mistakes on solved positions"
            + (f" (raw policy {100 * raw:.1f} %)" if raw is not None else "")
        )
    text = f"phase {line['phase']}: {100 * line['score']:.0f} % against {line['opponent']}"
    elo, low, high = (line.get(key) for key in ("elo", "elo_low", "elo_high"))
    if elo is None:
        return text
    if line.get("bound"):  # every game won, or lost: only one side of the strength is known
        return f"{text}, Elo {'≥' if line['bound'] == '>=' else '≤'} {elo:+.0f}"
    low_text = "-∞" if low is None else f"{low:+.0f}"
    high_text = "∞" if high is None else f"{high:+.0f}"
    return f"{text}, Elo {elo:+.0f} [{low_text}, {high_text}]"


def _rows(progress: Progress) -> list[tuple[str, str]]:
    """Return the panel as (name, text) rows."""
    line = progress.latest | progress.live
    phases = f" of {progress.phases}" if progress.phases else ""
    history = progress.history
    return [
        ("stage", f"{progress.stage} · {progress.phase}{phases} phases done"),
        ("time", f"{clock(progress.elapsed())} · left {progress.left()}"),
        ("speed", f"{number(line.get('games_per_s'))} games/s · {_speed(line)}"),
        (
            "data",
            f"{number(line.get('total_games'))} games · window "
            f"{number(line.get('window_positions'))} positions, "
            f"{number(line.get('window_age'))} phases old on average",
        ),
        (
            "loss",
            f"policy {number(line.get('loss_policy'))} {sparkline(history.get('loss_policy', []))}"
            f" · value {number(line.get('loss_value'))} "
            f"{sparkline(history.get('loss_value', []))}",
        ),
        (
            "policy",
            f"entropy {number(line.get('policy_entropy'))} (search "
            f"{number(line.get('search_entropy'))}) nats",
        ),
        ("value", f"calibration error {number(line.get('value_calibration_error'))}"),
        (
            "games",
            f"{number(line.get('game_length'))} plies · first player "
            f"{percent(line.get('first_player_score'))} · draws {percent(line.get('draw_share'))}"
            + _resignation(line),
        ),
    ]


def _speed(line: dict[str, Any]) -> str:
    """Describe the rates of self-play; without a network there is no limit to compare with."""
    fraction = line.get("fraction_of_limit")
    return (
        f"{number(line.get('simulations_per_s'))} simulations/s · "
        f"{number(line.get('evaluations_per_s'))} evaluations/s"
        + (f" ({percent(fraction)} of the limit)" if fraction is not None else "")
    )


def _resignation(line: dict[str, Any]) -> str:
    share = line.get("resigned_share")
    if share is None or not share > 0.0:  # nothing resigned, or (NaN) no games
        return ""
    return f" · resigned {percent(share)}, wrongly {percent(line.get('resign_wrong_share'))}"


def render(progress: Progress) -> RenderableType:
    """Draw the panel for rich."""
    from rich.panel import Panel
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold cyan", no_wrap=True)
    table.add_column(overflow="fold")
    for name, text in _rows(progress):
        table.add_row(name, Text(text))
    for i, line in enumerate(_newest_strength(progress)):
        table.add_row("strength" if i == 0 else "", Text(strength_text(line)))
    for note in progress.notes[-3:]:
        table.add_row("note", Text(note, style="yellow"))
    title = Text(f"zero · {progress.game} · run {progress.run}")
    return Panel(table, title=title, title_align="left", border_style="blue")


def _newest_strength(progress: Progress) -> list[dict[str, Any]]:
    """Return the newest rating against each opponent."""
    newest: dict[str, dict[str, Any]] = {}
    for line in progress.strength:
        newest[line["opponent"].partition("@")[0]] = line
    return list(newest.values())


class Display:
    """Shows a Progress on a stream: `live` on a terminal, one line a phase or rating elsewhere."""

    def __init__(self, progress: Progress, stream: TextIO | None = None) -> None:
        self.progress = progress
        self._stream = sys.stderr if stream is None else stream
        self._live: Any = None

    @contextmanager
    def shown(self) -> Iterator[Display]:
        """Show the display while the body runs."""
        self._start()
        try:
            yield self
        finally:
            with suppress(Exception):
                if self._live is not None:
                    self._live.stop()

    def _start(self) -> None:
        with suppress(Exception):
            if not self._stream.isatty():
                return
            from rich.console import Console
            from rich.live import Live

            self._live = Live(
                get_renderable=self._safe,
                console=Console(file=self._stream),
                refresh_per_second=4,
            )
            self._live.start()

    def _safe(self) -> RenderableType:
        try:
            return render(self.progress)
        except Exception as error:  # drawing must never stop a run
            return f"(the panel cannot be drawn: {error})"

    def take(self, line: dict[str, Any]) -> None:
        """Show a new line of metrics."""
        self.progress.take(line)
        if line["kind"] == "rating":
            self._say(strength_text(line))
        else:
            self._say(_plain(self.progress))

    def stage(self, text: str) -> None:
        """Say what the run is doing."""
        self.progress.stage = text

    def meter(self, counters: Callable[[], dict[str, int]]) -> Callable[[], None]:
        """Return a function that, called now and then, shows the rates since this moment."""
        start, before = time.monotonic(), counters()

        def tick() -> None:
            seconds = time.monotonic() - start
            if seconds < 0.5:
                return
            now = counters()
            names = {"games", "simulations", "evaluations"} & now.keys()
            self.progress.live = {f"{k}_per_s": (now[k] - before[k]) / seconds for k in names}

        return tick

    def note(self, text: str) -> None:
        """Show a message that stays."""
        self.progress.notes.append(text)
        self._say(text)

    def _say(self, text: str) -> None:
        """Write a plain line where there is no live panel. A closed stream is no reason to stop."""
        if self._live is None:
            with suppress(Exception):  # also called from a signal handler, in the midst of a print
                print(text, file=self._stream, flush=True)


def _plain(progress: Progress) -> str:
    """Describe the last phase in one line."""
    line = progress.latest
    parts = [f"phase {line['phase']}", clock(progress.elapsed())]
    if "simulations_per_s" in line:  # a run that learns from stored games plays none
        parts += [f"{number(line.get('total_games'))} games", _speed(line)]
    if line.get("steps_done"):
        parts.append(
            f"loss policy {number(line.get('loss_policy'))} value {number(line.get('loss_value'))}"
        )
    parts.append(f"left {progress.left()}")
    return " · ".join(parts)
