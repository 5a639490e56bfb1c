"""Trains for a while and watches the process: does it crash, leak or slow down?

    scripts/soak chess --minutes 10 [--settings FILE] [--set section.key=value ...]

Prints resident memory and speed for each quarter of the time in which the network plays. Ends with
exit code 1 if the run fails, if memory grows by more than a tenth from the second quarter to the
last (the window of positions is held in memory and grows until it is full, which is part of it),
or if evaluations a second fall by more than a quarter.
"""

import argparse
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
SPEED_LEFT = 0.75


def resident_mib(process: int) -> float | None:
    """Resident memory of a process, MiB; nothing once it has ended."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    lines = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(lines[0].split()[1]) / 1024 if lines else None


def watch(command: list[str], folder: str) -> tuple[int, list[tuple[float, float]]]:
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
    return parser.parse_args()


def main() -> None:
    options = arguments()
    command = [sys.executable, "-m", "zero", "train", options.game, "--run", "soak"]
    command += ["--preset", options.preset, "--minutes", str(options.minutes)]
    if options.settings:
        command += ["--settings", str(Path(options.settings).resolve())]
    for override in options.overrides:
        command += ["--set", override]
    with tempfile.TemporaryDirectory() as folder:
        code, memory = watch(command, folder)
        metrics = Path(folder, "runs/soak/metrics.jsonl")
        lines = [json.loads(line) for line in metrics.open()] if metrics.exists() else []
    if code != 0:
        sys.exit(f"soak: the training ended with exit code {code}")
    # Phases in which the network plays: those with rollouts have another speed.
    speed = [
        (line["elapsed"], line["evaluations_per_s"])
        for line in lines
        if line["kind"] == "phase" and line.get("fraction_of_limit") is not None
    ]
    if len(speed) < 8:
        sys.exit(f"soak: the network played {len(speed)} phases only; give more --minutes")
    begin, end = speed[0][0], speed[-1][0] + 1e-6
    mib, rate = quarters(memory, begin, end), quarters(speed, begin, end)
    phases = [line for line in lines if line["kind"] == "phase"]
    print(
        f"{options.game}: {end / 60:.1f} min, {len(phases)} phases, "
        f"{phases[-1]['total_games']} games, {phases[-1]['total_positions']} positions"
    )
    print("quarter        " + "".join(f"{quarter:>10}" for quarter in range(1, 5)))
    print("memory, MiB    " + "".join(f"{value:>10.0f}" for value in mib))
    print("evaluations/s  " + "".join(f"{value:>10.0f}" for value in rate))
    if any(math.isnan(value) for value in mib + rate):
        sys.exit("soak: nothing was measured in one of the quarters; give more --minutes")
    if mib[3] > MEMORY_GROWTH * mib[1]:
        sys.exit("soak: memory grows")
    if rate[3] < SPEED_LEFT * rate[0]:
        sys.exit("soak: self-play slows down")


if __name__ == "__main__":
    main()
