// Observations and legal actions as dense arrays, for Python and for learners.
#pragma once

#include <algorithm>
#include <vector>

#include "games/native/core/game.hpp"

namespace zero {

// Number of floats in a dense observation.
inline std::size_t dense_size(const ObservationShape& shape) {
  return static_cast<std::size_t>((shape.planes + shape.scalars) * shape.height * shape.width);
}

// Writes (planes + scalars) x height x width floats: the planes as 0 and 1, then each scalar,
// repeated over a whole board.
inline void observe_dense(const Game& game, const StateBytes* state, float* out) {
  const ObservationShape& shape = game.spec().observation;
  std::vector<std::uint64_t> planes(static_cast<std::size_t>(shape.words()));
  std::vector<float> scalars(static_cast<std::size_t>(shape.scalars));
  game.observe(state, planes.data(), scalars.data());
  const int squares = shape.height * shape.width;
  for (int plane = 0; plane < shape.planes; ++plane) {
    const std::uint64_t* words = planes.data() + plane * shape.words_per_plane();
    for (int square = 0; square < squares; ++square) {
      *out++ = (words[square / 64] >> (square % 64) & 1) != 0 ? 1.0F : 0.0F;
    }
  }
  for (const float scalar : scalars) out = std::fill_n(out, squares, scalar);
}

// Writes num_actions flags. `scratch` holds max_legal_actions actions.
inline void legal_mask(const Game& game, const StateBytes* state, Action* scratch, bool* out) {
  std::fill_n(out, game.spec().num_actions, false);
  const int count = game.legal_actions(state, scratch);
  for (int i = 0; i < count; ++i) out[scratch[i]] = true;
}

}  // namespace zero
