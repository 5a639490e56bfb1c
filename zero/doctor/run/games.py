"""Checks of the games that a run plays: do they explore, differ, and end in more than one way?"""

from __future__ import annotations

import math
from collections import Counter

from zero.doctor import limits
from zero.doctor.finding import Finding, judged, worst
from zero.doctor.run.evidence import Evidence


def check_noise(evidence: Evidence) -> Finding:
    """Do the settings let self-play leave the best line?"""
    search, selfplay = evidence.settings.search, evidence.settings.selfplay
    if not evidence.playing:
        return Finding("exploration set", "ok", "this run plays no games")
    off = []
    if search.rule == "gumbel":
        if search.gumbel_scale == 0.0:
            off.append("search.gumbel_scale (usual: 1.0)")
    else:
        if search.noise_fraction == 0.0:
            off.append("search.noise_fraction (usual: 0.25)")
        if selfplay.temperature == 0.0:
            off.append("selfplay.temperature (usual: 1.0)")
    if not off:
        return Finding("exploration set", "ok", "noise at the root and temperature are on")
    both = search.rule == "gumbel" or len(off) == 2
    return Finding(
        "exploration set",
        "wrong" if both else "look",
        f"0 is set for {' and '.join(off)}",
        "start a run with it on: without chance every game is the same, and nothing new is seen",
    )


def check_exploration(evidence: Evidence) -> Finding:
    """Are first plies still open, or has everything collapsed into one line?"""
    sample = evidence.games
    if early := evidence.unplayed("exploration"):
        return early
    share, opening = sample.opening_share(limits.OPENING_PLIES)
    mark = worst((limits.SAME_OPENING.mark(share), limits.ENTROPY_EARLY.mark(sample.early_entropy)))
    found = (
        f"{100 * share:.0f} % of {len(sample.lines)} games begin with the same {len(opening)} plies"
    )
    if not math.isnan(sample.early_entropy):
        found += f"; early on the search is {100 * sample.early_entropy:.0f} % as open as can be"
    advice = (
        "exploration has collapsed: raise search.noise_fraction (0.25), selfplay.temperature (1.0) "
        "and selfplay.temperature_half_life, and start again; a small or solved game that has been "
        "learnt ends this way"
    )
    return judged("exploration", mark, found, advice)


def check_duplicates(evidence: Evidence) -> Finding:
    """How many of the games are different ones?"""
    sample = evidence.games
    if early := evidence.unplayed("duplicate games"):
        return early
    count, different = len(sample.lines), len(set(sample.lines))
    by_ply = ", ".join(f"{keys} after {ply}" for ply, keys in sorted(sample.distinct.items()))
    found = f"{different} of the newest {count} games are different; positions by ply: {by_ply}"
    advice = (
        "the learner sees the same games again and again: raise selfplay.temperature, "
        "temperature_final and temperature_half_life, or search.noise_fraction; very small games "
        "cannot do better"
    )
    return judged("duplicate games", limits.DIFFERENT_GAMES.mark(different / count), found, advice)


def check_results(evidence: Evidence) -> Finding:
    """Do games end in more than one way?"""
    sample = evidence.games
    if early := evidence.unplayed("results"):
        return early
    count = len(sample.returns)
    won, drawn = sample.returns.count(1) / count, sample.returns.count(0) / count
    found = (
        f"the first player wins {100 * won:.0f} %, draws {100 * drawn:.0f} %, loses "
        f"{100 * (1.0 - won - drawn):.0f} % of {count} games"
    )
    advice = (
        "if perfect play leads there (tic-tac-toe is drawn, the first player wins small Hex), it "
        "has been learnt; otherwise check the rules (games.testing.check) and look at some games "
        "(zero export)"
    )
    mark = limits.ONE_SIDED.mark(max(won, drawn, 1.0 - won - drawn))
    return judged("results", mark, found, advice)


def check_lengths(evidence: Evidence) -> Finding:
    """Do games end by play?"""
    sample = evidence.games
    if early := evidence.unplayed("game length"):
        return early
    lengths = Counter(map(len, sample.lines))
    count = len(sample.lines)
    length, often = lengths.most_common(1)[0]
    cut = lengths[sample.longest] / count
    mark = worst((limits.ONE_LENGTH.mark(often / count), limits.CUT_OFF.mark(cut)))
    mean = sum(map(len, sample.lines)) / count
    found = f"{min(lengths)} to {max(lengths)} plies, {mean:.1f} on average"
    if mark != "ok":
        found += f"; {100 * often / count:.0f} % have {length} of at most {sample.longest}"
    advice = (
        "games that end by a limit teach little: look at some (zero export); in games that fill "
        "their board (Othello, drawn tic-tac-toe) this is fine"
    )
    return judged("game length", mark, found, advice)


def check_resignation(evidence: Evidence) -> Finding:
    """Would players who resign have lost?"""
    settings, sample = evidence.settings.selfplay, evidence.games
    if settings.resign_threshold == 0.0:
        return Finding("resignation", "ok", "off: games are played to their ends")
    if settings.resign_off_share == 0.0:
        advice = "set selfplay.resign_off_share to 0.1, or nobody will know"
        found = "on, and no game is played on to see who was right"
        return Finding("resignation", "look", found, advice)
    tried, wrongly = sample.unresigned, sample.unresigned_wrongly
    if tried < limits.GAMES_TO_JUDGE:
        found = (
            f"{tried} games played on after a resignation; {limits.GAMES_TO_JUDGE} tell something"
        )
        return Finding("resignation", "early", found)
    found = f"{wrongly} of {tried} players who would have resigned did not lose"
    advice = (
        "raise selfplay.resign_threshold towards 1, or set it to 0: wrong resignations teach wrong "
        "values"
    )
    return judged("resignation", limits.RESIGN_WRONG.mark(wrongly / tried), found, advice)
