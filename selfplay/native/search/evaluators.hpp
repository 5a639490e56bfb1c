// Evaluators without a network. They answer a batch in place.
#pragma once

#include <array>
#include <vector>

#include "games/native/core/state.hpp"
#include "selfplay/native/search/batch.hpp"
#include "selfplay/native/support/rng.hpp"

namespace zero {

// Equal logits and a value of 0 (all draws), so that only the tree decides.
void uniform_evaluate(Batch& batch);

// Uniformly random games.
class Rollout {
 public:
  explicit Rollout(std::shared_ptr<const Game> game)
      : state_(std::move(game)),
        actions_(static_cast<std::size_t>(state_.game().spec().max_legal_actions)) {}
  // The result of a random game from a state that is not terminal, as win, draw, loss.
  std::array<float, 3> play(const StateBytes* from, Rng& rng);

 private:
  StateBox state_;
  std::vector<Action> actions_;
};

// Equal logits, and the result of one uniformly random game from the leaf. The game's randomness is
// a function of `seed`, the row and the position.
void rollout_evaluate(Batch& batch, std::uint64_t seed);

}  // namespace zero
