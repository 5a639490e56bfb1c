"""Compares the speed of self-play with programs that pip can install: same game, network, cores.

The game is Connect Four, with a residual tower of 5 blocks x 64 channels, untrained weights, the
same number of simulations a move, and root noise. On one core, tree search with rollouts is also
compared. Every program is its own process (or one for each core), pinned to its cores, and waits
until it is its turn. A round gives each a turn, with zero and peers alternating, so that other load
on the machine affects all alike. Compiling and warming up do not count. With a cache (zero's where
the table says so, emptied as often as in a run; OpenSpiel's AlphaZero), simulations outnumber
evaluations. By how much depends on the games.

The tables show medians of the rounds with the least and the largest, and zero divided by each peer,
round by round. "Cores used" is processor time over wall clock. If it is well below the cores given,
other load took them; then trust the ratio per processor-second (simulations a second of processor
time).

Peers live in build/peers, in environments that the first call makes (1.5 GB; minutes) from the
pins in peers/*.txt. If a peer cannot be installed or fails, it is named with the reason, the others
still run, and the exit code is 1. This uses about 3.5 GB of memory.

    scripts/dev bench_peers [--rounds 5] [--seconds 6] [--cores 2] [--only mctx] [--json]
"""

import argparse
import json
import os
import platform
import re
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from itertools import product
from pathlib import Path
from typing import Any

from peers.contestant import Contestant
from peers.rounds import FIGURES, RATIOS, Contest, Rounds


def zero(backend: str, slots: int, batch: int = 0, cache_mib: int = 0) -> Contestant:
    how = f"{backend}, {slots} games" + (f", cache of {cache_mib} MiB" if cache_mib else "")
    options = {"backend": backend, "slots": slots, "batch": batch, "cache_mib": cache_mib}
    return Contestant("zero", how, "zero_selfplay.py", options=options)


def mctx(how: str, per_core: bool, **options: Any) -> Contestant:
    return Contestant("mctx + pgx", how, "mctx_pgx.py", "mctx_pgx", options, per_core)


CONTESTS = (
    Contest(
        "Self-play with a network of 5 blocks x 64 channels",
        one_core=False,
        ours=(
            zero("torch", slots=256),
            zero("openvino-int8", slots=256),
            zero("openvino-int8", slots=512, batch=128, cache_mib=128),
            zero("int8", slots=512, batch=128, cache_mib=128),
        ),
        theirs=(
            mctx("PUCT, 64 games", False, policy="puct", batch=64),
            mctx("PUCT, 32 games a core", True, policy="puct", batch=32),
            mctx("Gumbel, 32 games a core", True, policy="gumbel", batch=32),
            Contestant(
                "OpenSpiel AlphaZero (Python)",
                "an actor a core",
                "openspiel_alphazero.py",
                "openspiel",
                per_core=True,
            ),
        ),
    ),
    Contest(
        "Search with rollouts, one thread",
        one_core=True,
        ours=(Contestant("zero", "UCT, 64 games", "zero_rollouts.py", options={"slots": 64}),),
        theirs=(Contestant("OpenSpiel MCTSBot (C++)", "UCT", "openspiel_mcts.py", "openspiel"),),
    ),
)

NOT_TRIED = {
    "OpenSpiel AlphaZero (C++)": "no wheel has it: it is built from source with LibTorch",
    "LightZero": "its dependency DI-engine needs torch, which pip draws with CUDA's libraries",
    "alpha-zero-general (suragnair; kevaday)": "no package: clones of a repository only",
}


NAMED = (  # packages whose versions the table shows; --json has them all
    "zero-selfplay", "torch", "openvino", "onnxruntime", "jax", "jaxlib", "mctx", "pgx",
    "open-spiel", "flax", "numpy",
)  # fmt: skip


def processor() -> str:
    """The processor's name, with what tells virtual ones of the same name apart."""
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.processor() or platform.machine()
    fields = dict(re.findall(r"^([\w ]+?)\s*: (.*)$", text.split("\n\n")[0], re.MULTILINE))
    flags = set(fields.get("flags", "").split())
    vectors = [f for f in ("avx2", "avx512f", "avx512_vnni", "amx_int8") if f in flags]
    family = f"family {fields.get('cpu family')}, model {fields.get('model')}"
    return f"{fields.get('model name', platform.machine())} ({family}; {' '.join(vectors)})"


def rows(contest: Contest, rounds: Rounds) -> list[dict[str, Any]]:
    """What everyone in a contest reached, as plain values."""
    return [
        {
            "who": one.who,
            "how": one.how,
            **{key: rounds.figure(one, key) for key in FIGURES},
            "failure": rounds.failures.get(one),
            "packages": rounds.packages.get(one, {}),
        }
        for one in contest.in_turns
    ]


def ratios(contest: Contest, rounds: Rounds) -> list[dict[str, Any]]:
    """Every configuration of zero over every peer, as plain values."""
    return [
        {
            "zero": our.how,
            "peer": str(peer),
            **{key: rounds.ratio(our, peer, key) for key in RATIOS},
        }
        for our, peer in product(contest.ours, contest.theirs)
    ]


def print_contest(report: dict[str, Any]) -> None:
    def line(cells: Sequence[object], widths: Sequence[int]) -> str:
        shown = ["-" if cell is None else str(cell) for cell in cells]
        first, *others = zip(shown, widths, strict=True)
        return f"{first[0]:<{first[1]}}" + "".join(f" {cell:>{width}}" for cell, width in others)

    print(f"\n{report['title']}, {len(report['cores'])} core(s)\n")
    widths = (52, 24, 22, 20)
    print(line(("", "simulations/s", "evaluations/s", "cores used"), widths))
    for row in report["rows"]:
        cells = ["failed", None, None] if row["failure"] else [row[key] for key in FIGURES]
        print(line((f"{row['who']}, {row['how']}", *cells), widths))
    for our in dict.fromkeys(ratio["zero"] for ratio in report["ratios"]):
        print(f"\nzero ({our}) divided by")
        print(line(("", "simulations/s", "evaluations/s", "per processor-s"), widths))
        for ratio in report["ratios"]:
            if ratio["zero"] == our:
                print(line((ratio["peer"], *(ratio[key] for key in RATIOS)), widths))


def print_report(report: dict[str, Any]) -> None:
    print(f"{report['processor']}; Python {report['python']}; {report['simulations']} simulations")
    print(f"load average {report['load'][0]} before, {report['load'][1]} after (this run counts)")
    for contest in report["contests"]:
        print_contest(contest)
    print("\nversions:")
    shown = {row["who"]: row["packages"] for c in report["contests"] for row in c["rows"]}
    for who, packages in shown.items():
        named = [f"{name} {packages[name]}" for name in NAMED if name in packages]
        print(f"  {who}: {', '.join(named) or 'none'}")
    print("not compared:")
    for who, reason in report["not_compared"].items():
        print(f"  {who}: {reason}")


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Run the contests, and return everything that is to be told."""
    rounds = Rounds(lambda text: print(text, file=sys.stderr))
    contests = [chosen(contest, options.only) for contest in CONTESTS]
    allowed = available_cores()[: options.cores]
    cores = [allowed[:1] if contest.one_core else allowed for contest in contests]
    load = [load_average()]
    try:
        for contest, its_cores in zip(contests, cores, strict=True):
            for contestant in contest.in_turns:
                rounds.start(contestant, its_cores, options.simulations)
        for _ in range(options.rounds):
            for contest in contests:
                rounds.play(contest, options.seconds)
    finally:
        rounds.end()
    failed = {str(one): why for one, why in rounds.failures.items()}
    return {
        "processor": processor(),
        "python": platform.python_version(),
        "simulations": options.simulations,
        "rounds": options.rounds,
        "seconds": options.seconds,
        "load": [*load, load_average()],
        "contests": [
            {
                "title": contest.title,
                "cores": its_cores,
                "rows": rows(contest, rounds),
                "ratios": ratios(contest, rounds),
            }
            for contest, its_cores in zip(contests, cores, strict=True)
            if contest.theirs
        ],
        "failed": failed,
        "not_compared": {**failed, **NOT_TRIED},
    }


def chosen(contest: Contest, only: Sequence[str]) -> Contest:
    """Return the contest with the requested peers; all of zero stays if there is one."""
    theirs = tuple(
        one for one in contest.theirs if not only or any(w in str(one).lower() for w in only)
    )
    return replace(contest, theirs=theirs, ours=contest.ours if theirs else ())


def available_cores() -> list[int]:
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def load_average() -> float:
    """Processes that ran or waited to, a mean of the last minute."""
    return round(os.getloadavg()[0], 2)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=6.0, help="of a turn")
    parser.add_argument("--cores", type=int, help="by default all that this process may use")
    parser.add_argument("--simulations", type=int, default=100, help="of a move")
    parser.add_argument(
        "--only", nargs="+", default=[], type=str.lower, help="peers with this in their name"
    )
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    cores = len(available_cores())
    if options.cores is not None and not 1 <= options.cores <= cores:
        parser.error(f"--cores {options.cores}: this process may use 1 to {cores}")
    if options.rounds < 1 or options.seconds <= 0 or options.simulations < 2:
        parser.error("--rounds is 1 or more, --seconds above 0, --simulations 2 or more")
    if not any(chosen(contest, options.only).theirs for contest in CONTESTS):
        parser.error(f"--only {' '.join(options.only)}: no peer has that in its name")
    try:
        report = measure(options)
    except KeyboardInterrupt:
        sys.exit(130)
    if options.json:
        print(json.dumps(report, indent=2, default=asdict))
    else:
        print_report(report)
    sys.exit(1 if report["failed"] else 0)


if __name__ == "__main__":
    main()
