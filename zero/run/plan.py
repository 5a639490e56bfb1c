"""When the learning rate falls and when a run stops.

A run that is planned in phases is a pure function of its settings. For a run that is planned in
minutes, the clock decides only two things, each at the end of a phase: from which phase on the rate
falls, and after which phase to stop. The checkpoint holds the first, so that a resumed run keeps
it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zero.settings.schema import Settings


@dataclass(frozen=True)
class Plan:
    """The fall of the learning rate: from which phase, over how many. 0 phases: not yet set.

    After the fall, the rate stays at the floor for the rest of the time.
    """

    start: int = 0
    phases: int = 0

    def rate_scale(self, phase: int, floor: float) -> float:
        """Return the factor of the learning rate in `phase` (from 1): 1, then a straight fall."""
        if not self.phases or phase < self.start:
            return 1.0
        done = min(1.0, (phase - self.start + 0.5) / self.phases)
        return 1.0 - done * (1.0 - floor)

    def to_counters(self) -> dict[str, Any]:
        """Return what a checkpoint keeps."""
        return {"cooldown_start": self.start, "cooldown_phases": self.phases}

    @classmethod
    def from_counters(cls, counters: dict[str, Any]) -> Plan:
        """Read back what a checkpoint kept."""
        return cls(counters.get("cooldown_start", 0), counters.get("cooldown_phases", 0))


def initial_plan(settings: Settings) -> Plan:
    """Return the plan of a new run; one planned in phases is complete from the beginning."""
    phases = settings.run.phases
    if phases is None or settings.run.minutes is not None:
        return Plan()
    length = round(phases * settings.training.cooldown)
    return Plan(phases - length + 1, length)


def review(plan: Plan, settings: Settings, phase: int, remaining: float, pace: float) -> Plan:
    """Look at the clock at the end of `phase`, and begin the fall of the rate if it is time.

    `remaining` (of the minutes) and `pace` (a phase, lately) are in seconds.
    """
    minutes = settings.run.minutes
    cooldown = settings.training.cooldown
    if minutes is None or plan.phases or cooldown == 0.0:
        return plan
    left = remaining / max(pace, 1e-9)
    called = False
    if settings.run.phases is not None:
        left = min(left, settings.run.phases - phase)
        called = phase >= settings.run.phases * (1.0 - cooldown)
    if remaining > minutes * 60.0 * cooldown and not called:
        return plan
    return Plan(start=phase + 1, phases=max(1, int(left)))


def is_over(settings: Settings, phase: int, remaining: float, pace: float) -> bool:
    """Tell whether the run stops after `phase`: the next one would not fit, or all are done."""
    run = settings.run
    if run.phases is not None and phase >= run.phases:
        return True
    if run.minutes is None or phase == 0:
        return False
    return remaining < 0.5 * pace
