"""Tree search, self-play and game records: everything between the rules and the players.

`SearchBatch` searches many positions at once, `Thinker` one position for as long as one likes,
`Actors` runs a `Pool` of self-play games; an `Evaluator` answers their batches.
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
from zero_core.selfplay import (
    Batch,
    GameRecord,
    Pool,
    PoolSettings,
    SearchBatch,
    SearchResult,
    SearchSettings,
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
