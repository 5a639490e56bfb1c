"""Checks of the speed: is the evaluator busy, and are its answers those of the network?"""

from __future__ import annotations

from games import is_python
from zero.doctor import limits
from zero.doctor.finding import Finding, judged
from zero.doctor.run.evidence import Evidence
from zero.settings.resolve import has_preset


def check_evaluator(evidence: Evidence) -> Finding:
    """Is the network kept at work?"""
    fraction = evidence.median("fraction_of_limit")
    share = evidence.median("evaluating_share")
    if not evidence.playing:
        return Finding("evaluator", "ok", "this run plays no games")
    if fraction is None or share is None:
        return Finding("evaluator", "early", "the network has not played yet")
    hits = evidence.median("cache_hit_rate") or 0.0
    found = (
        f"{100 * fraction:.0f} % of what the network does alone; the actors spend "
        f"{100 * share:.0f} % of their time in it"
    )
    if hits:
        found += f"; {100 * hits:.0f} % of the leaves were known already"
    # What the cache answers has been evaluated once: leaves, not evaluations, are to be fed.
    mark = limits.FRACTION.mark(fraction / max(1.0 - hits, 0.05))
    return judged("evaluator", mark, found, _feeding(evidence, share))


def _feeding(evidence: Evidence, share: float) -> str:
    """Say what would feed the evaluator better."""
    selfplay = evidence.settings.selfplay
    groups = max(1, selfplay.groups)
    rows = selfplay.batch or selfplay.slots // groups
    if is_python(evidence.settings.game.name):
        return (
            "rules in Python take the time: write the slow operations more cheaply (zero bench "
            "GAME measures them), or use --threads 1"
        )
    on_gpu = bool(evidence.phases) and evidence.phases[-1].get("inference_backend") == "cuda"
    fewest = limits.ROWS_ON_A_GPU if on_gpu else limits.ROWS_OF_A_BATCH
    if rows < fewest:
        better = fewest * groups
        has_gpu = on_gpu and has_preset(evidence.settings.game.name, "gpu")
        return (
            f"a batch has {rows} rows, too few: start a run with "
            f"{'--preset gpu or ' if has_gpu else ''}--set selfplay.slots={better} or more"
        )
    if limits.EVALUATING.mark(share) != "ok":
        return (
            "the search takes the time, not the network: more --threads if cores are free, else a "
            "larger network costs little"
        )
    if evidence.settings.run.overlap:
        return (
            "the learner takes cores at the same time (run.overlap), and other work may (zero "
            "doctor tells): compare phases an hour with and without it"
        )
    return (
        "other work shares the cores, or threads outnumber them (zero doctor tells): end it, or "
        "give fewer --threads; with a very small network, more selfplay.slots make it worth the "
        "calls"
    )


def check_inference(evidence: Evidence) -> Finding:
    """Is the network evaluated as was chosen, and does what is rounded agree with float32?"""
    chosen = evidence.settings.inference.backend
    used = [
        str(line["inference_backend"]) for line in evidence.phases if "inference_backend" in line
    ]
    if not used:
        return Finding(
            "backend", "early", "not told: no network was evaluated, or by an older version"
        )
    kl, value = evidence.median("inference_kl"), evidence.median("inference_value_error")
    moves = evidence.median("inference_agreement")
    if kl is None or value is None or moves is None:
        return Finding("backend", "ok", f"{used[-1]}, where nothing is rounded to int8")
    newest = used[-limits.PHASES :]
    refused = sum(name != chosen for name in newest) / len(newest)
    found = (
        f"{chosen} beside float32: policies {kl:.4f} nats apart, values {value:.3f}, the same best "
        f"move in {100 * moves:.0f} %"
    )
    if refused:
        found += f"; too far in {100 * refused:.0f} % of the newest phases, which used {used[-1]}"
    advice = (
        "the games are sound, but slower to make: start a run with --set inference.backend=torch "
        "or openvino, the faster one of those (zero doctor measures them)"
    )
    return judged("backend", limits.REFUSED.mark(refused), found, advice)
