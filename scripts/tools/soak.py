"""Trains for a while and watches whether the process crashes, leaks or slows down.

    scripts/dev soak chess --minutes 10 [--settings FILE] [--set section.key=value ...]
                           [--keep FOLDER]

Prints resident memory, speed and the fraction of the inference limit (which the run measures anew
every few minutes) for each quarter of the time in which the network plays. Ends with exit code 1 if
the run fails, if memory grows by more than a tenth from the second quarter to the last (the window
of positions is held in memory and grows until it is full, which is part of it), or if the fraction
of the limit falls by more than 0.03. The run is made in a temporary folder, or stays in --keep.
"""

import argparse
import contextlib
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MEMORY_GROWTH = 1.10
FRACTION_LOST = 0.03


def resident_mib(process: int) -> float | None:
    """Resident memory of a process, MiB; nothing once it has ended."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    lines = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(lines[0].split()[1]) / 1024 if lines else None


def watch(command: list[str], folder: Path) -> tuple[int, list[tuple[float, float]]]:
    """Runs the command in the folder; its exit code, and (seconds, MiB) twice a second."""
    start, seen = time.monotonic(), []
    with subprocess.Popen(command, cwd=folder, env=os.environ) as process:
        while process.poll() is None:
            if (memory := resident_mib(process.pid)) is not None:
                seen.append((time.monotonic() - start, memory))
            time.sleep(0.5)
    return process.returncode, seen


def quarters(points: list[tuple[float, float]], begin: float, end: float) -> list[float]:
    """Medians of a curve over the four quarters of a stretch of time."""
    width = (end - begin) / 4
    out = []
    for quarter in range(4):
        low = begin + quarter * width
        inside = [value for at, value in points if low <= at < low + width]
        out.append(statistics.median(inside) if inside else float("nan"))
    return out


def arguments() -> argparse.Namespace:
    """What to train, and for how long."""
    parser = argparse.ArgumentParser(description="Trains for a while and watches memory and speed.")
    parser.add_argument("game")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--preset", default="quick")
    parser.add_argument("--settings")
    parser.add_argument("--set", action="append", default=[], dest="overrides")
    parser.add_argument("--keep", type=Path, help="folder in which the run stays, as runs/soak")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    command = [sys.executable, "-m", "zero", "train", options.game, "--run", "soak"]
    command += ["--preset", options.preset, "--minutes", str(options.minutes)]
    if options.settings:
        command += ["--settings", str(Path(options.settings).resolve())]
    for override in options.overrides:
        command += ["--set", override]
    with contextlib.ExitStack() as stack:
        folder = options.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        code, memory = watch(command, folder)
        metrics = folder / "runs/soak/metrics.jsonl"
        lines = [json.loads(line) for line in metrics.open()] if metrics.exists() else []
    if code != 0:
        sys.exit(f"soak: the training ended with exit code {code}")
    report(options.game, [line for line in lines if line["kind"] == "phase"], memory)


def report(game: str, phases: list[dict], memory: list[tuple[float, float]]) -> None:
    """Prints what was seen, and ends with exit code 1 if that is not sound."""
    # Phases in which the network plays: those with rollouts have another speed.
    played = [line for line in phases if line.get("fraction_of_limit") is not None]
    if len(played) < 8:
        sys.exit(f"soak: the network played {len(played)} phases only; give more --minutes")
    begin, end = played[0]["elapsed"], played[-1]["elapsed"] + 1e-6
    rows = {"memory, MiB": quarters(memory, begin, end)}
    for title, key in (
        ("evaluations/s", "evaluations_per_s"),
        ("simulations/s", "simulations_per_s"),
        ("limit, evaluations/s", "limit_evaluations_per_s"),
        ("fraction of limit", "fraction_of_limit"),
    ):
        rows[title] = quarters([(line["elapsed"], line[key]) for line in played], begin, end)
    print(
        f"{game}: {end / 60:.1f} min, {len(phases)} phases, "
        f"{phases[-1]['total_games']} games, {phases[-1]['total_positions']} positions"
    )
    print(f"{'quarter':<22}" + "".join(f"{quarter:>10}" for quarter in range(1, 5)))
    for title, values in rows.items():
        digits = 3 if title.startswith("fraction") else 0
        print(f"{title:<22}" + "".join(f"{value:>10.{digits}f}" for value in values))
    if any(math.isnan(value) for values in rows.values() for value in values):
        sys.exit("soak: nothing was measured in one of the quarters; give more --minutes")
    mib, fraction = rows["memory, MiB"], rows["fraction of limit"]
    if mib[3] > MEMORY_GROWTH * mib[1]:
        sys.exit("soak: memory grows")
    if fraction[3] < fraction[0] - FRACTION_LOST:
        sys.exit("soak: self-play falls behind the network")


if __name__ == "__main__":
    main()
