// The data that all groups and slots of a pool share.
#pragma once

#include <cstdint>
#include <memory>

#include "selfplay/native/pool/settings.hpp"
#include "selfplay/native/search/selection.hpp"

namespace zero {

struct PoolPlan {
  std::shared_ptr<const Game> game;
  std::shared_ptr<const PreparedSettings> search;
  PoolSettings settings;
  std::uint64_t seed;
  int threads;  // that advance one group together
};

}  // namespace zero
