"""OpenSpiel's AlphaZero in Python, as a process of bench_peers on one core: option `simulations`.

Its network (flax.nnx), evaluator and search are those of its actors, which are processes too; the
actor's loop over the plies of a game is repeated here, since a game takes it a minute. The network
has the board as 6x7 squares of 3 planes. (Its own driver passes the shape 3x6x7, which the network
takes for 3x6 squares of 7 planes.) Evaluations are those that its cache did not save.
"""

from typing import Any

import numpy as np
import pyspiel
from open_spiel.python.algorithms import mcts
from open_spiel.python.algorithms.alpha_zero import evaluator as alpha_zero_evaluator
from open_spiel.python.algorithms.alpha_zero import model_nnx
from protocol import BLOCKS, CHANNELS, NOISE_FRACTION, NOISE_TOTAL, Counts, Play, repeat, serve


def build_evaluator(game: pyspiel.Game) -> alpha_zero_evaluator.AlphaZeroEvaluator:
    planes, height, width = game.observation_tensor_shape()
    network = model_nnx.Model.build_model(
        "resnet",
        (height, width, planes),
        game.num_distinct_actions(),
        nn_width=CHANNELS,
        nn_depth=BLOCKS,
        weight_decay=1e-4,
        learning_rate=1e-3,
        path=None,
    )
    return alpha_zero_evaluator.AlphaZeroEvaluator(game, network)


def prepare(options: dict[str, Any]) -> Play:
    game = pyspiel.load_game("connect_four")
    evaluator = build_evaluator(game)
    random = np.random.RandomState(options["process"])
    bot = mcts.MCTSBot(
        game,
        uct_c=1.25,
        max_simulations=options["simulations"],
        evaluator=evaluator,
        solve=False,
        random_state=random,
        child_selection_fn=mcts.SearchNode.puct_value,
        dirichlet_noise=(NOISE_FRACTION, NOISE_TOTAL / game.num_distinct_actions()),
        dont_return_chance_node=True,
    )
    state = game.new_initial_state()

    def move() -> Counts:
        nonlocal state
        if state.is_terminal():
            state = game.new_initial_state()
        before = evaluator.cache_info().misses
        root = bot.mcts_search(state)
        visits = np.array([child.explore_count for child in root.children], dtype=np.float64)
        chosen = random.choice(len(visits), p=visits / visits.sum())
        state.apply_action(root.children[chosen].action)
        return root.explore_count, evaluator.cache_info().misses - before

    return repeat(move)


if __name__ == "__main__":
    serve(prepare)
