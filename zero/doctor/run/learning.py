"""Checks of the learning: does it continue, from which data, and does it help?"""

from __future__ import annotations

import math

from zero.doctor import limits
from zero.doctor.finding import Finding, Mark, judged, worst
from zero.doctor.run.evidence import Evidence


def check_lessons(evidence: Evidence) -> Finding:
    """Does the learner take any steps?"""
    training = evidence.settings.training
    if evidence.first_lesson is not None:
        found = f"{evidence.steps} learner steps, the first in phase {evidence.first_lesson}"
        return Finding("learning", "ok", found)
    done = len(evidence.phases)
    last = evidence.phases[-1] if evidence.phases else {}
    total, held = last.get("total_positions") or 0, last.get("window_positions") or 0
    found = f"no learner step in {done} phases: {held} of {training.window_min} positions"
    if total >= training.window_min > held:
        advice = (
            "the window is trimmed to whole games below window_min, so learning never begins: set "
            "training.window_start well above training.window_min"
        )
        return Finding("learning", "wrong", f"{found} in the window, {total} were made", advice)
    if not total:
        advice = "games are longer than that: wait, or lower search.simulations"
        mark: Mark = "look" if done >= limits.PHASES_WITHOUT_LESSON else "early"
        return judged("learning", mark, f"{found}; no game has ended", advice)
    needed, planned = math.ceil(training.window_min * done / total), _planned_phases(evidence)
    if done >= limits.PHASES_WITHOUT_LESSON and needed > planned:
        advice = "lower training.window_min, or train longer (--phases, --minutes with --resume)"
        when = f"phase {needed} would reach that, but {planned} are planned"
        return Finding("learning", "wrong", f"{found}; {when}", advice)
    return Finding("learning", "early", f"{found}; it begins in about phase {needed}")


def _planned_phases(evidence: Evidence) -> float:
    """Return how many phases the run will have; infinite if it has no end."""
    run = evidence.settings.run
    last = evidence.phases[-1] if evidence.phases else {}
    planned = math.inf if run.phases is None else run.phases
    if run.minutes is not None and last.get("elapsed"):
        # Allow a little more than the pace so far, so that a slow start does not count against it.
        planned = min(planned, math.ceil(1.2 * run.minutes * 60 * last["phase"] / last["elapsed"]))
    return planned


def check_window(evidence: Evidence) -> Finding:
    """Does the learner look at games of a network like its own?"""
    first, phases = evidence.first_lesson, evidence.phases
    if not evidence.playing:
        return Finding("window", "ok", "this run learns from stored games")
    if first is None or phases[-1]["phase"] - first < limits.PHASES_TO_TURN_OVER:
        return Finding("window", "early", "learning has just begun; old games are to be expected")
    held = sum(count for _, count in evidence.ages)
    old = sum(count for phase, count in evidence.ages if phase < first)
    share = old / held if held else 0.0
    age = phases[-1].get("window_age") or 0.0
    found = (
        f"{held} positions, {age:.0f} phases old on average, {100 * share:.0f} % from before the "
        "first learner step"
    )
    advice = (
        "it learns from games played before it could play: lower training.window_start, "
        "window_slope or window_max"
    )
    return judged("window", limits.OLD_SHARE.mark(share), found, advice)


def check_finite(evidence: Evidence) -> Finding:
    """Has learning been finite throughout?"""
    skipped = sum(evidence.values("steps_skipped"))
    steps = max(1, evidence.steps)
    events = [kind for _, kind, _ in evidence.events]
    rollbacks, diverged = events.count("rollback"), "diverged" in events
    mark = limits.SKIPPED.mark(skipped / steps)
    if diverged or rollbacks > 1:
        mark = "wrong"
    elif rollbacks or skipped:
        mark = worst((mark, "look"))
    found = f"{skipped:.0f} of {evidence.steps} learner steps were not finite"
    if rollbacks:
        found += f", {rollbacks} times it went back to a checkpoint"
    advice = (
        "start a run with a lower training.learning_rate (a third), a lower "
        "training.max_grad_norm, or training.precision=float32"
    )
    return judged("finite", mark, found, advice)


def check_gradient(evidence: Evidence) -> Finding:
    """Is the gradient cut at nearly every step?"""
    norm, clip = evidence.median("gradient_norm"), evidence.settings.training.max_grad_norm
    if norm is None:
        return Finding("gradient", "early", "no learner steps yet")
    found = f"norm {norm:.2g}, cut at {clip:g} (training.max_grad_norm)"
    advice = (
        "every step is cut, so that its size is that of clip alone: lower training.learning_rate, "
        "and raise training.max_grad_norm above the usual norm"
    )
    return judged("gradient", limits.CLIPPED.mark(norm / clip), found, advice)


def check_loss(evidence: Evidence) -> Finding:
    """Does the value's loss stay near its best? (The policy's moves with its target.)"""
    losses = evidence.values("loss_value")
    if len(losses) < 2 * limits.PHASES:
        return Finding("loss", "early", f"{len(losses)} phases with learner steps so far")
    width = limits.PHASES // 2
    means = [sum(losses[i : i + width]) / width for i in range(len(losses) - width + 1)]
    best, now = min(means), means[-1]
    found = f"value {now:.2f} nats, at its best {best:.2f}; policy {_policy_loss(evidence)}"
    advice = (
        "the value gets worse: games that got closer do that; if ratings fall too, lower "
        "training.learning_rate (a third), and training.reuse"
    )
    return judged("loss", limits.LOSS_RISE.mark(now - best), found, advice)


def _policy_loss(evidence: Evidence) -> str:
    loss, floor = evidence.median("loss_policy"), evidence.median("target_entropy")
    if loss is None or floor is None:
        return "unknown"
    return f"{loss:.2f}, {loss - floor:.2f} above its floor"


def check_policy(evidence: Evidence) -> Finding:
    """Has the policy learnt what the search finds?"""
    network = evidence.network
    if early := evidence.untaught("policy"):
        return early
    assert network is not None
    if not math.isfinite(network.learnt):
        advice = "more simulations (search.simulations), or fewer of them spent on noise"
        found = "the search likes all moves alike: there is nothing to learn from it"
        return Finding("policy", "look", found, advice)
    ratio = network.agreement / max(network.chance, 1e-9)
    ceiling = min(limits.POLICY_AGREEMENT.look, 0.95 / max(network.chance, 1e-9))
    agrees = "ok" if ratio >= ceiling else limits.POLICY_AGREEMENT.mark(ratio)
    mark = worst((limits.POLICY_LEARNT.mark(network.learnt), agrees))
    found = (
        f"the network alone has come {100 * network.learnt:.0f} % of the way from a uniform policy "
        f"to the search's; its best move is the search's in {100 * network.agreement:.0f} % "
        f"(chance: {100 * network.chance:.0f} %)"
    )
    advice = (
        "the policy has not learnt: train longer; if it stays, raise training.learning_rate or "
        "training.reuse, give it a larger network, and check what observe() shows"
    )
    return judged("policy", mark, found, advice)
