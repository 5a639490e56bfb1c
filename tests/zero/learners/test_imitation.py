"""Imitation: it learns the moves of stored games, and goes on from a checkpoint."""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest
import torch

import games
from arena.matches.match import play_match
from arena.players.specs import resolve as resolve_player
from arena.solved import mistakes, solved_positions
from games.errors import UserError
from selfplay import Actors, GameRecord, Pool, PoolSettings, RolloutEvaluator, SearchSettings
from selfplay.storage.games import GameStore
from zero.cli import run
from zero.evaluation import players
from zero.experience.source import Games
from zero.learners import METHODS, find_method
from zero.learners.imitation import Imitation
from zero.learners.learner import Diverged
from zero.networks.network import NetworkShape, build
from zero.run.directory import RunDirectory
from zero.run.metrics import read_metrics
from zero.settings.schema import NetworkSettings, TrainingSettings

GAME = games.make("tic_tac_toe")
NETWORK = NetworkSettings(blocks=1, channels=16)


def rollout_games(count: int) -> list[GameRecord]:
    search = SearchSettings(rule="uct", simulations=100)
    pool = Pool(GAME, search, PoolSettings(slots=32, groups=1), seed=0)
    pool.set_limit(count)
    Actors(pool, [RolloutEvaluator(1)]).play()
    return pool.take_records()


def make_learner(seed: int = 1, **settings: object) -> Imitation:
    values = {"batch": 32, "learning_rate": 5e-3, "warmup_steps": 0, "reuse": 4.0} | settings
    network = build(NetworkShape.of(GAME), NETWORK, seed)
    return Imitation(GAME, network, TrainingSettings.model_validate(values))


def test_it_foresees_the_moves_that_it_has_seen() -> None:
    learner = make_learner(reuse=40.0)
    learner.take_in(Games(rollout_games(60)), 1)
    first = learner.step(seed=1)
    figures = learner.learn(1.0, seed=1)
    last = np.mean([learner.step(seed=2) for _ in range(20)], axis=0)
    assert figures["steps_done"] > 400
    least = entropy_of_moves(learner)
    assert least - 0.1 < last[0] < least + 0.15 < first[0] - 0.5
    assert last[1] < first[1]
    assert 0 < last[2] < math.inf
    assert last[3] > 0.7


def entropy_of_moves(learner: Imitation) -> float:
    """The mean entropy of the moves played in a position, in nats: no policy can do better."""
    played: dict[str, Counter[int]] = defaultdict(Counter)
    for moves in learner.moves:
        state = GAME.initial()
        for move in moves:
            played[str(state)][move] += 1
            state = state.apply(move)
    total = sum(sum(counts.values()) for counts in played.values())
    return sum(
        -n / total * math.log(n / sum(counts.values()))
        for counts in played.values()
        for n in counts.values()
    )


def test_a_batch_holds_what_was_played() -> None:
    learner = make_learner()
    learner.take_in(Games(rollout_games(3)), 1)
    x, legal, moves, results = learner.draw(seed=1, step=0)
    again = learner.draw(seed=1, step=0)
    assert all(torch.equal(a, b) for a, b in zip((x, legal, moves, results), again, strict=True))
    assert x.shape == (32, 2, 3, 3)
    assert legal.gather(1, moves[:, None]).all()
    lines = [(game, returns) for game, returns in zip(learner.moves, learner.returns, strict=True)]
    seen = set()
    for moves_of_game, returns in lines:
        state = GAME.initial()
        for move in moves_of_game:
            mover = returns if state.to_play == 0 else -returns
            seen.add((state.observation().tobytes(), move, 1 - mover))
            state = state.apply(move)
    for row in range(32):
        assert (x[row].numpy().tobytes(), int(moves[row]), int(results[row])) in seen


def test_it_goes_on_from_a_checkpoint_bit_for_bit() -> None:
    records = rollout_games(20)
    one, other = make_learner(), make_learner(seed=9)
    one.take_in(Games(records, share=0.5), 1)
    one.learn(1.0, seed=1)
    other.restore(one.tensors(), json.loads(json.dumps(one.counters())))
    other.recall(lambda positions: Games(records))
    for learner in (one, other):
        learner.take_in(Games((), share=0.5), 2)
        learner.learn(1.0, seed=1)
    assert one.steps == other.steps > 8
    ours, theirs = one.tensors(), other.tensors()
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_a_run_imitates_stored_games_and_is_resumed_and_played(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with GameStore("games.sqlite3", GAME.name, writer=True) as store:
        store.append(rollout_games(200), 0)
    settings = [
        "training.method=imitation",
        "training.learning_rate=0.005",
        "training.warmup_steps=5",
        "training.reuse=40.0",
    ]
    train = ["train", "tic_tac_toe", "--run", "clone", "--threads", "1"]
    fresh = [*train, "--from", "games.sqlite3", *(f"--set={text}" for text in settings)]
    assert run([*fresh, "--phases", "3"]) == 0
    assert run([*train, "--phases", "5", "--resume"]) == 0
    rated = read_metrics(Path("runs/clone/metrics.jsonl"))
    errors = [line["raw_error"] for line in rated if line.get("opponent") == "solved"]
    players.register()
    clone = resolve_player("run:clone?simulations=0", GAME, {"runs_dir": tmp_path / "runs"})
    match = play_match(GAME, clone, resolve_player("random", GAME), 40, seed=1)
    assert match.score > 0.7
    assert errors[-1] == mistakes(clone, solved_positions(GAME)).overall.share, "as it was rated"
    header = players.load_network(players.checkpoint_of(RunDirectory(Path("runs/clone")), None))[1]
    assert (header.method, header.plays, header.networks) == ("imitation", "network", ("network",))


def test_what_is_not_finite_diverges() -> None:
    learner = make_learner()
    learner.take_in(Games(rollout_games(3)), 1)
    with torch.no_grad():
        learner.network.value.out.bias.fill_(math.nan)
    with pytest.raises(Diverged, match="learner step 1 was not finite"):
        learner.learn(1.0, seed=1)
    assert learner.steps == 0 < learner.credit


def test_a_method_is_told_what_it_can_learn_from() -> None:
    assert find_method("alphazero", "selfplay") is METHODS["alphazero"]
    with pytest.raises(UserError, match=r"imitation: it learns from stored games: give --from"):
        find_method("imitation", "selfplay")
    with pytest.raises(UserError, match=r"'imitate' is unknown; did you mean 'imitation'"):
        find_method("imitate", "stored")
