"""Checks of strength and state: do the ratings rise, and is the run where it should be?"""

from __future__ import annotations

import shlex

from zero.doctor import limits
from zero.doctor.finding import Finding, judged
from zero.doctor.run.evidence import Evidence
from zero.run.metrics import Line

_GIB = 1 << 30


def check_random(evidence: Evidence) -> Finding:
    """Does it beat random play?"""
    first = evidence.first_lesson
    lines = evidence.by_opponent().get("random", [])
    taught = [line for line in lines if first is not None and line["phase"] >= first]
    if not taught or evidence.steps < limits.STEPS_TO_JUDGE:
        return Finding("against random", "early", "not met since it has learnt")
    line = taught[-1]
    # The upper end of the interval: a bad score must be more than bad luck.
    mark = limits.AGAINST_RANDOM.mark(line["score_high"])
    found = f"{100 * line['score']:.0f} % of {line.get('games', 0)} games in phase {line['phase']}"
    advice = (
        "something basic is broken: the first line marked wrong in this list is the likely cause; "
        "if there is none, check the rules (games.testing.check)"
    )
    return judged("against random", mark, found, advice)


def _fell(lines: list[Line]) -> bool:
    """Tell whether the newest rating is surely below an earlier one."""
    return bool(lines[-1]["score_high"] < max(line["score_low"] for line in lines[:-1]))


def check_ratings(evidence: Evidence) -> Finding:
    """Do the ratings rise, as far as they can?"""
    rated = evidence.by_opponent()
    older = rated.pop("older self", [])
    fixed = {name: lines for name, lines in rated.items() if len(lines) >= 2}
    for name, lines in fixed.items():
        if _fell(lines):
            best = max(lines[:-1], key=lambda line: line["score_low"])
            advice = (
                f"take the checkpoint of phase {best['phase']} (run:{evidence.name}@"
                f"{best['phase']}), and start a run with a lower training.learning_rate"
            )
            found = (
                f"against {name}: it fell from {100 * best['score']:.0f} % (phase {best['phase']}) "
                f"to {100 * lines[-1]['score']:.0f} %"
            )
            return Finding("ratings", "wrong", found, advice)
    if not fixed or max(map(len, fixed.values())) < limits.RATINGS_TO_JUDGE:
        return Finding("ratings", "early", f"fewer than {limits.RATINGS_TO_JUDGE} ratings so far")
    name, lines = min(fixed.items(), key=lambda pair: pair[1][-1]["score"])  # the strongest
    first, last = lines[0], lines[-1]
    found = f"against {name}: from {100 * first['score']:.0f} % to {100 * last['score']:.0f} %"
    if last["score"] >= limits.BEATEN:
        found += ", which is too weak by now to show progress"
        return Finding("ratings", "ok", found)
    rises = last["score_low"] > first["score"]
    if rises or (older and older[-1]["score_low"] > 0.5):
        return Finding("ratings", "ok", found)
    advice = (
        "no progress in sight: see policy and values above; else a larger network, more "
        "simulations, or more time at a lower training.learning_rate"
    )
    return Finding("ratings", "look", f"{found}, over {len(lines)} ratings", advice)


def check_state(evidence: Evidence) -> Finding:
    """Is the run finished, in progress, or abandoned?"""
    if evidence.running:
        return Finding("state", "ok", f"running, in phase {len(evidence.phases) + 1}")
    if evidence.state == "finished":
        return Finding("state", "ok", f"finished after {len(evidence.phases)} phases")
    game = shlex.quote(evidence.settings.game.name)
    folder = evidence.runs_dir
    where = "" if folder == "runs" else f" --runs-dir {shlex.quote(folder)}"
    return Finding(
        "state",
        "look",
        f"stopped after {len(evidence.phases)} phases: it was interrupted, and no process runs it",
        f"go on with: zero train {game} --run {evidence.name}{where} --resume",
    )


def check_room(evidence: Evidence) -> Finding:
    """Is there room for more?"""
    free = evidence.disk_free / _GIB
    advice = "free some space: a run stops when its disk is full"
    return judged("disk", limits.DISK_GIB.mark(free), f"{free:.1f} GiB free", advice)


def check_damage(evidence: Evidence) -> Finding:
    """Can all of the run be read?"""
    struck = [text for _, kind, text in evidence.events if kind == "damaged checkpoint"]
    if evidence.damage:
        advice = "restore the file from a copy, or start a new run"
        return Finding("files", "wrong", "; ".join(evidence.damage), advice)
    if struck:
        advice = "look after the disk: files that were synced have changed since"
        return Finding("files", "look", struck[-1], advice)
    return Finding("files", "ok", "settings, metrics, games and newest checkpoint can be read")
