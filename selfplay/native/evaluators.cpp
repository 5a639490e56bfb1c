#include "evaluators.hpp"

#include <algorithm>

#include "rng.hpp"

namespace zero {
void uniform_evaluate(Batch& batch) {
  std::fill(batch.logits.begin(), batch.logits.end(), 0.0F);
  for (int i = 0; i < batch.rows; ++i) {
    float* wdl = batch.wdl.data() + static_cast<std::size_t>(i) * 3;
    wdl[0] = 0.0F;
    wdl[1] = 1.0F;
    wdl[2] = 0.0F;
  }
}

// Return of player 0 after random moves to the end.
int Rollout::play_on(Rng& rng) {
  const Game& game = state_.game();
  int count = game.legal_actions(state_.get(), actions_.data());
  for (int plies = 1; count > 0; ++plies) {
    check_length(game, plies);
    game.apply(state_.get(), actions_[rng.index(static_cast<std::uint32_t>(count))]);
    count = game.legal_actions(state_.get(), actions_.data());
  }
  return game.returns(state_.get());
}

void Rollout::evaluate(Batch& batch, int row, Rng& rng) {
  const auto i = static_cast<std::size_t>(row);
  const Game& game = state_.game();
  game.assign(state_.get(), batch.states[i]);
  const int player = game.to_play(state_.get());
  const int first_player_return = play_on(rng);
  const int outcome = player == 0 ? first_player_return : -first_player_return;
  const auto logits = batch.logits.begin() + static_cast<std::ptrdiff_t>(i * batch.max_legal);
  std::fill(logits, logits + batch.counts[i], 0.0F);
  float* wdl = batch.wdl.data() + i * 3;
  wdl[0] = outcome > 0 ? 1.0F : 0.0F;
  wdl[1] = outcome == 0 ? 1.0F : 0.0F;
  wdl[2] = outcome < 0 ? 1.0F : 0.0F;
}

void rollout_evaluate(Batch& batch, std::uint64_t seed) {
  Rollout rollout(batch.game);
  for (int row = 0; row < batch.rows; ++row) {
    const auto i = static_cast<std::size_t>(row);
    if (batch.counts[i] == 0) continue;
    Rng rng(seed, i, batch.game->position_key(batch.states[i]));
    rollout.evaluate(batch, row, rng);
  }
}

}  // namespace zero
