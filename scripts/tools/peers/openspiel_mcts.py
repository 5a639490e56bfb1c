"""OpenSpiel's C++ MCTSBot with one rollout a simulation, as a process of bench_peers on one core:
option `simulations`. Each search does all its simulations: the solver is off."""

from typing import Any

import pyspiel
from protocol import Play, repeat, serve


def prepare(options: dict[str, Any]) -> Play:
    game = pyspiel.load_game("connect_four")
    evaluator = pyspiel.RandomRolloutEvaluator(1, 1)
    simulations, megabytes = options["simulations"], 1000
    bot = pyspiel.MCTSBot(game, evaluator, 1.4, simulations, megabytes, False, 1, False)
    state = game.new_initial_state()

    def move() -> tuple[int, None]:
        nonlocal state
        if state.is_terminal():
            state = game.new_initial_state()
        state.apply_action(bot.step(state))
        return simulations, None

    return repeat(move)


if __name__ == "__main__":
    serve(prepare)
