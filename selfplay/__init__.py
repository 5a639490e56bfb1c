"""Tree search, self-play and game records: everything between the rules and the players.

`SearchBatch` searches many positions at once. `Thinker` searches one position for as long as you
like. `Actors` runs a `Pool` of self-play games. An `Evaluator` answers their batches.
"""

from selfplay.actors import Actors, SelfPlayReport
from selfplay.evaluator import (
    Answers,
    AsyncEvaluator,
    Evaluator,
    PositionEvaluator,
    RolloutEvaluator,
    UniformEvaluator,
)
from selfplay.settings import PoolSettings, SearchSettings
from zero_core.selfplay import (
    Batch,
    GameRecord,
    Pool,
    SearchBatch,
    SearchResult,
    Thinker,
    Window,
    record_statistics,
)

__all__ = [
    "Actors",
    "Answers",
    "AsyncEvaluator",
    "Batch",
    "Evaluator",
    "GameRecord",
    "Pool",
    "PoolSettings",
    "PositionEvaluator",
    "RolloutEvaluator",
    "SearchBatch",
    "SearchResult",
    "SearchSettings",
    "SelfPlayReport",
    "Thinker",
    "UniformEvaluator",
    "Window",
    "record_statistics",
]
