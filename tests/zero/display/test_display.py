"""What a person sees of a run: the panel, the plain lines, the report."""

from __future__ import annotations

import io
import math
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from games.errors import UserError
from zero.display import report
from zero.display.format import clock, number
from zero.display.panel import Display, Progress, render, sparkline, strength_text
from zero.run.directory import RunDirectory
from zero.run.metrics import Metrics
from zero.settings.resolve import resolve

LINE = {
    "kind": "phase",
    "phase": 2,
    "elapsed": 65.0,
    "total_games": 40,
    "simulations_per_s": 1234.5,
    "evaluations_per_s": 1.2e6,
    "fraction_of_limit": 0.87,
    "loss_policy": 1.5,
    "loss_value": 0.7,
    "steps_done": 3,
}
RATING = {
    "kind": "rating",
    "phase": 2,
    "opponent": "mcts:200",
    "score": 0.9,
    "score_low": 0.8,
    "score_high": 0.97,
    "elo": 382.0,
    "elo_low": 240.0,
    "elo_high": None,
    "wins": 9,
    "draws": 0,
    "losses": 1,
    "games": 10,
    "unique": 10,
}
SOLVED = {
    "kind": "rating",
    "phase": 2,
    "opponent": "solved",
    "error": 0.05,
    "raw_error": 0.1,
    "classes": {"late <hard>": [0.05, 0.1, 150]},
}


def test_without_a_terminal_the_display_writes_plain_lines() -> None:
    stream = io.StringIO()
    display = Display(Progress(run="a", game="g", minutes=3.0), stream)
    with display.shown():
        for line in (LINE, RATING, SOLVED):
            display.take(line)
        display.note("a note")
    lines = stream.getvalue().splitlines()
    assert lines[0].startswith("phase 2 · ")
    assert "1.2 M evaluations/s (87 % of the limit)" in lines[0]
    assert lines[1:] == [
        "phase 2: 90 % against mcts:200, Elo +382 [+240, ∞]",
        "phase 2: 5.0 % mistakes on solved positions (raw policy 10.0 %)",
        "a note",
    ]
    assert "\x1b" not in stream.getvalue()


@pytest.mark.parametrize("width", [20, 80, 300])
def test_the_panel_is_drawn_at_any_width_with_or_without_figures(width: int) -> None:
    from rich.console import Console

    empty, full = Progress(), Progress(run="a", game="g", phases=9)
    for line in (LINE, LINE, RATING, SOLVED):
        full.take(line)
    for progress in (empty, full):
        console = Console(file=io.StringIO(), width=width)
        console.print(render(progress))
        text = console.file.getvalue()  # type: ignore[attr-defined]
        assert "speed" in text
    if width == 300:
        assert "87 % of the limit" in text
        assert "90 % against mcts:200" in text


def test_a_rating_is_told_in_words() -> None:
    assert strength_text(RATING | {"elo": -44.0, "elo_low": None, "elo_high": 97.0}).endswith(
        "Elo -44 [-∞, +97]"
    )
    won = {"score": 1.0, "elo": 137.0, "elo_low": 137.0, "elo_high": None, "bound": ">="}
    assert strength_text(RATING | won) == "phase 2: 100 % against mcts:200, Elo ≥ +137"
    assert strength_text(RATING | won | {"bound": "<=", "elo": -137.0}).endswith("Elo ≤ -137")


def test_a_run_that_plays_no_games_shows_no_rates() -> None:
    stream = io.StringIO()
    line = {k: v for k, v in LINE.items() if not k.endswith("_per_s")} | {"fraction_of_limit": None}
    Display(Progress(minutes=3.0), stream).take(line)
    assert stream.getvalue().startswith("phase 2 · 0:00 · loss policy 1.5 value 0.7 · left")


def test_a_display_that_cannot_be_drawn_stops_nothing() -> None:
    stream = io.StringIO()
    stream.close()
    display = Display(Progress(), stream)
    with display.shown():
        display.take(LINE)
        display.note("nobody hears this")


def test_figures_for_people() -> None:
    assert [clock(s) for s in (5, 65, 3661)] == ["0:05", "1:05", "1:01:01"]
    figures = [number(x) for x in (None, math.nan, 7, 0.12345, 1234.5, 54321, 999_600, 7.1e6)]
    assert figures == ["-", "-", "7", "0.123", "1234", "54.3 k", "1 M", "7.1 M"]
    assert sparkline([1.0, 2.0, 3.0]) == "▁▅█"
    assert sparkline([1.0]) == ""


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    made = RunDirectory(tmp_path / "friday")
    made.make_folders()
    made.write_settings(resolve("tic_tac_toe"))
    made.database(writer=True).close()
    return made


def test_the_report_is_one_page_that_needs_nothing_else(run: RunDirectory, tmp_path: Path) -> None:
    metrics = Metrics(run.metrics_file, None)
    for phase in range(1, 4):
        metrics.write({**LINE, "phase": phase, "elapsed": 60.0 * phase})
        metrics.write({**RATING, "phase": phase, "elapsed": 60.0 * phase})
        metrics.write({**SOLVED, "phase": phase, "elapsed": 60.0 * phase})
    metrics.close()
    database = run.database(writer=True)
    database.add_event(2, "rollback", "a <b>bad</b> moment")
    database.close()
    report.write_report(run, tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    assert "<script" not in page
    assert 'src="' not in page
    assert "@import" not in page
    assert "late &lt;hard&gt;</td><td class=n>5.0 %</td><td class=n>10.0 %" in page
    assert "a &lt;b&gt;bad&lt;/b&gt; moment" in page
    pictures = [part.partition("</svg>")[0] + "</svg>" for part in page.split("<figure>")[1:]]
    assert len(pictures) >= 4
    for picture in pictures:
        ET.fromstring(picture)  # well-formed


def test_a_run_without_figures_has_no_report(run: RunDirectory, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="finished no phase yet"):
        report.write_report(run, tmp_path / "page.html")
