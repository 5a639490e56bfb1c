#include "selfplay/native/search/evaluators.hpp"

#include <algorithm>

#include "selfplay/native/support/rng.hpp"

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

std::array<float, 3> Rollout::play(const StateBytes* from, Rng& rng) {
  const Game& game = state_.game();
  game.assign(state_.get(), from);
  const int player = game.to_play(state_.get());
  int count = game.legal_actions(state_.get(), actions_.data());
  for (int plies = 1; count > 0; ++plies) {
    check_length(game, plies);
    game.apply(state_.get(), actions_[rng.index(static_cast<std::uint32_t>(count))]);
    count = game.legal_actions(state_.get(), actions_.data());
  }
  const int first_player_return = game.returns(state_.get());
  const int outcome = player == 0 ? first_player_return : -first_player_return;
  return {outcome > 0 ? 1.0F : 0.0F, outcome == 0 ? 1.0F : 0.0F, outcome < 0 ? 1.0F : 0.0F};
}

void rollout_evaluate(Batch& batch, std::uint64_t seed) {
  Rollout rollout(batch.game);
  for (int row = 0; row < batch.rows; ++row) {
    const auto i = static_cast<std::size_t>(row);
    if (batch.states[i] == nullptr) continue;
    Rng rng(seed, i, batch.game->position_key(batch.states[i]));
    const std::array<float, 3> wdl = rollout.play(batch.states[i], rng);
    std::copy(wdl.begin(), wdl.end(), batch.wdl.data() + i * 3);
    std::fill_n(batch.logits.data() + i * batch.max_legal, batch.max_legal, 0.0F);
  }
}

}  // namespace zero
