#include "evaluators.hpp"

#include <algorithm>

#include "rng.hpp"

namespace zero {
namespace {

// Return of player 0 after random moves to the end.
int random_game(const Game& game, StateBox& state, std::vector<Action>& actions, Rng& rng) {
  int count = game.legal_actions(state.get(), actions.data());
  while (count > 0) {
    game.apply(state.get(), actions[rng.index(static_cast<std::uint32_t>(count))]);
    count = game.legal_actions(state.get(), actions.data());
  }
  return game.returns(state.get());
}

}  // namespace

void uniform_evaluate(Batch& batch) {
  std::fill(batch.logits.begin(), batch.logits.end(), 0.0F);
  for (int i = 0; i < batch.rows; ++i) {
    float* wdl = batch.wdl.data() + static_cast<std::size_t>(i) * 3;
    wdl[0] = 0.0F;
    wdl[1] = 1.0F;
    wdl[2] = 0.0F;
  }
}

void rollout_evaluate(Batch& batch, std::uint64_t seed) {
  std::fill(batch.logits.begin(), batch.logits.end(), 0.0F);
  const Game& game = *batch.game;
  StateBox state(batch.game);
  std::vector<Action> actions(batch.max_legal);
  for (int i = 0; i < batch.rows; ++i) {
    const auto row = static_cast<std::size_t>(i);
    if (batch.counts[row] == 0) continue;
    game.assign(state.get(), batch.states[row]);
    const int player = game.to_play(state.get());
    Rng rng(seed, row, game.position_key(state.get()));
    const int first_player_return = random_game(game, state, actions, rng);
    const int outcome = player == 0 ? first_player_return : -first_player_return;
    float* wdl = batch.wdl.data() + row * 3;
    wdl[0] = outcome > 0 ? 1.0F : 0.0F;
    wdl[1] = outcome == 0 ? 1.0F : 0.0F;
    wdl[2] = outcome < 0 ? 1.0F : 0.0F;
  }
}

}  // namespace zero
