"""Positions of known value, and how often a player gives that value away."""

from arena.solved.mistakes import MistakeReport, Rate, is_mistake, mistakes
from arena.solved.positions import SolvedPosition, all_positions, solve
from arena.solved.registry import Provider, has_solved_positions, register, solved_positions

__all__ = [
    "MistakeReport",
    "Provider",
    "Rate",
    "SolvedPosition",
    "all_positions",
    "has_solved_positions",
    "is_mistake",
    "mistakes",
    "register",
    "solve",
    "solved_positions",
]
