// Evaluators without a network: they answer a batch in place.
#pragma once

#include "batch.hpp"

namespace zero {

// Equal logits and a value of 0 (all draws): the tree alone.
void uniform_evaluate(Batch& batch);

// Equal logits, and the result of one uniformly random game from the leaf. The game's randomness is
// a function of `seed`, the row and the position.
void rollout_evaluate(Batch& batch, std::uint64_t seed);

}  // namespace zero
