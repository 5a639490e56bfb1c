"""`zero runs report`: one static HTML page with the curves of a run; no script, no server."""

from __future__ import annotations

import html
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from games.errors import UserError
from selfplay.storage.files import write_atomically
from zero.display.format import clock, number, percent
from zero.display.panel import strength_text
from zero.run.directory import RunDirectory
from zero.run.metrics import Line, read_metrics


@dataclass(frozen=True)
class Chart:
    """One picture: a title, the unit of its axis, its meaning, and (label, key) curves."""

    title: str
    unit: str
    explanation: str
    curves: tuple[tuple[str, str], ...]
    scale: str = "linear"


CHARTS = (
    Chart(
        "Loss",
        "nats",
        "Cross-entropy of the policy with the search's distribution, and of win/draw/loss with "
        "the result. The policy's cannot fall below its floor, the entropy of that distribution; "
        "a rise can mean that the games got harder, not that learning failed.",
        (("policy", "loss_policy"), ("its floor", "target_entropy"), ("value", "loss_value")),
    ),
    Chart(
        "Policy entropy",
        "nats",
        "How undecided the network and the search are. A fall to zero early on means that the "
        "games have stopped exploring.",
        (("network", "policy_entropy"), ("search", "search_entropy")),
    ),
    Chart(
        "Value calibration error",
        "value",
        "Mean distance between the value that the search gave and the result of the game, over "
        "ten bins of value; 0 is perfect.",
        (("self-play", "value_calibration_error"),),
    ),
    Chart(
        "Game length",
        "plies",
        "Mean length of the games that ended in the phase.",
        (("plies", "game_length"),),
    ),
    Chart(
        "Results of self-play",
        "share",
        "Points of the player who moves first, and the share of draws.",
        (("first player", "first_player_score"), ("draws", "draw_share")),
    ),
    Chart(
        "Speed",
        "a second",
        "Simulations and evaluations a second during self-play. Until the network has learnt, "
        "random games are the evaluations, which are far quicker.",
        (("simulations", "simulations_per_s"), ("evaluations", "evaluations_per_s")),
        "log",
    ),
    Chart(
        "Window",
        "positions",
        "Positions that the learner samples from.",
        (("positions", "window_positions"),),
    ),
    Chart(
        "Learning rate",
        "",
        "Rate of the last learner step of the phase.",
        (("rate", "learning_rate"),),
    ),
)

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;color:#1d2433;background:#fff;max-width:1080px;
margin:2rem auto;padding:0 1rem}
h1{margin-bottom:.2rem}h2{margin-top:2.2rem;border-bottom:1px solid #dde2ea}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(440px,1fr));gap:1.5rem}
figure{margin:0}figcaption{font-size:.85rem;color:#5a6475}svg{width:100%;height:auto}
table{border-collapse:collapse;width:100%;margin-top:1.5rem}
td,th{padding:.3rem .7rem;text-align:left;border-bottom:1px solid #e6eaf0}
.n{text-align:right;font-variant-numeric:tabular-nums}
pre{background:#f5f7fa;padding:1rem;overflow-x:auto;font-size:.85rem}
@media (max-width:520px){.charts{grid-template-columns:1fr}}
"""


def write_report(run: RunDirectory, out: Path) -> None:
    """Write the page of a run to `out`. Raises UserError if the run has no figures yet."""
    settings = run.settings()
    lines = list(read_metrics(run.metrics_file))
    phases = [line for line in lines if line.get("kind") == "phase"]
    ratings = [line for line in lines if line.get("kind") == "rating"]
    if not phases:
        raise UserError(f"run {run.name!r} has finished no phase yet: there is nothing to report")
    database = run.database()
    try:
        events = database.events()
    finally:
        database.close()
    name = html.escape(run.name)
    body = [
        f"<h1>{name}</h1><p>{html.escape(settings.game.name)} · {_headline(phases[-1])}</p>",
        "<h2>Strength</h2>",
        *_strength(ratings),
        "<h2>Training</h2><div class=charts>",
        *(_figure(chart, phases) for chart in CHARTS),
        "</div>",
        *_events(events),
        f"<h2>Settings</h2><pre>{html.escape(settings.to_toml())}</pre>",
    ]
    page = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>zero: {name}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>'
        f"<body>{''.join(body)}</body></html>\n"
    )
    write_atomically(out, page.encode())


def _headline(line: Line) -> str:
    elapsed = clock(line.get("elapsed") or 0.0)
    parts = [f"{line['phase']} phases in {elapsed}"]
    if "evaluations_per_s" in line:  # a run that learns from stored games plays none
        parts.append(f"{number(line.get('total_games'))} games")
    parts.append(f"{number(line.get('steps'))} learner steps")
    if (fraction := line.get("fraction_of_limit")) is not None:
        rate = number(line.get("evaluations_per_s"))
        parts.append(f"{rate} evaluations/s, {percent(fraction)} of the network's limit")
    return " · ".join(parts)


def _values(lines: Sequence[Line], key: str) -> tuple[list[float], list[float]]:
    """Return (minutes, values) of a key, where it was measured."""
    pairs = [
        ((line.get("elapsed") or 0.0) / 60.0, float(line[key]))
        for line in lines
        if isinstance(line.get(key), int | float)
    ]
    return [x for x, _ in pairs], [y for _, y in pairs]


def _figure(chart: Chart, lines: Sequence[Line]) -> str:
    """Draw one chart as a figure with its explanation."""
    curves = [(label, *_values(lines, key)) for label, key in chart.curves]
    if not any(x for _, x, _ in curves):
        return ""
    plain = [(label, x, y, None) for label, x, y in curves if x]
    svg = _draw(chart.title, chart.unit, plain, chart.scale)
    return f"<figure>{svg}<figcaption>{html.escape(chart.explanation)}</figcaption></figure>"


Band = tuple[list[float], list[float]]


def _draw(
    title: str,
    unit: str,
    curves: Sequence[tuple[str, list[float], list[float], Band | None]],
    scale: str = "linear",
) -> str:
    """Draw curves, each with an optional band, as SVG text."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.4, 3.1), layout="constrained")
    axes = figure.add_subplot()
    for label, x, y, band in curves:
        (drawn,) = axes.plot(x, y, label=label, marker="o" if len(x) < 25 else None, ms=3)
        if band is not None:
            axes.fill_between(x, band[0], band[1], color=drawn.get_color(), alpha=0.15)
    axes.set_title(title, loc="left", fontsize=11)
    axes.set_yscale(scale)
    axes.set_xlabel("minutes")
    axes.set_ylabel(unit)
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    if len(curves) > 1:
        axes.legend(frameon=False, fontsize=9)
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None})
    svg = text.getvalue()
    return svg[svg.index("<svg") :]


def _strength(ratings: Sequence[Line]) -> list[str]:
    """Draw the curves of strength, and list every rating."""
    if not ratings:
        return ["<p>No checkpoint has been rated yet.</p>"]
    parts = ["<div class=charts>"]
    matches: dict[str, list[Line]] = {}
    for line in ratings:
        if line["opponent"] != "solved" and "@" not in line["opponent"]:
            matches.setdefault(line["opponent"], []).append(line)
    if matches:
        parts.append(
            _strength_figure(
                matches,
                "Points against fixed opponents",
                "Share of points in paired games, with its 95 % interval.",
            )
        )
    solved = [line for line in ratings if line["opponent"] == "solved"]
    if solved:
        parts.append(_solved_figure(solved))
    parts.append("</div>")
    if solved:
        parts.append(_class_table(solved[-1]))
    parts.append(
        "<table><tr><th>Rating</th><th class=n>W/D/L</th><th class=n>Games (unique)</th></tr>"
    )
    for line in reversed(ratings):
        results = "/".join(number(line.get(k)) for k in ("wins", "draws", "losses"))
        games = f"{number(line.get('games'))} ({number(line.get('unique'))})"
        cells = ("-", "-") if line["opponent"] == "solved" else (results, games)
        parts.append(
            f"<tr><td>{html.escape(strength_text(line))}</td>"
            f"<td class=n>{cells[0]}</td><td class=n>{cells[1]}</td></tr>"
        )
    return [*parts, "</table>"]


def _strength_figure(matches: dict[str, list[Line]], title: str, explanation: str) -> str:
    curves = []
    for opponent, lines in matches.items():
        x, y = _values(lines, "score")
        low, high = _values(lines, "score_low")[1], _values(lines, "score_high")[1]
        band = (low, high) if len(low) == len(high) == len(x) else None
        curves.append((opponent, x, y, band))
    svg = _draw(title, "share of points", curves)
    return f"<figure>{svg}<figcaption>{html.escape(explanation)}</figcaption></figure>"


def _solved_figure(lines: list[Line]) -> str:
    curves = [
        (label, *_values(lines, key), None)
        for label, key in (("with search", "error"), ("raw policy", "raw_error"))
    ]
    svg = _draw("Mistakes on solved positions", "share", curves)
    text = "Share of positions with a known outcome in which the chosen move loses value."
    return f"<figure>{svg}<figcaption>{text}</figcaption></figure>"


def _class_table(line: Line) -> str:
    """List the mistakes of the newest rating by class of position."""
    classes = line.get("classes") or {}
    rows = "".join(
        f"<tr><td>{html.escape(label)}</td><td class=n>{100 * searched:.1f} %</td>"
        f"<td class=n>{100 * raw:.1f} %</td><td class=n>{count}</td></tr>"
        for label, (searched, raw, count) in classes.items()
    )
    numeric = "".join(f"<th class=n>{n}</th>" for n in ("Mistakes", "Policy alone", "Count"))
    head = f"<tr><th>Solved positions</th>{numeric}</tr>"
    return f"<table>{head}{rows}</table>" if rows else ""


def _events(events: Sequence[tuple[int, str, str]]) -> list[str]:
    if not events:
        return []
    rows = "".join(
        f"<tr><td class=n>{phase}</td><td>{html.escape(kind)}</td><td>{html.escape(text)}</td></tr>"
        for phase, kind, text in events
    )
    return [
        f"<h2>Events</h2><table><tr><th class=n>Phase</th><th>Kind</th><th></th></tr>{rows}</table>"
    ]


def newest_lines(lines: Sequence[Line]) -> list[Line]:
    """Return the newest line of rating of each fixed opponent."""
    newest = {
        line["opponent"]: line
        for line in lines
        if line.get("kind") == "rating" and "@" not in line["opponent"]
    }
    return list(newest.values())


def newest_ratings(lines: Sequence[Line]) -> dict[str, Any]:
    """Return the newest score against each fixed opponent, and the error on solved positions."""
    newest: dict[str, Any] = {}
    for line in newest_lines(lines):
        key = "error" if line["opponent"] == "solved" else "score"
        value = line.get(key)
        if isinstance(value, int | float) and math.isfinite(value):
            newest[line["opponent"]] = value
    return newest
