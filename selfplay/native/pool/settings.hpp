// The settings of a self-play pool. selfplay/settings.py has their meanings, defaults and ranges;
// the table below says which member takes which setting.
#pragma once

#include <tuple>

#include "selfplay/native/support/setting.hpp"

namespace zero {

struct PoolSettings {
  int slots;
  int groups;
  int batch;
  double cache_mib;
  bool canonical;
  double full_search_share;
  int cheap_simulations;
  double temperature;
  double temperature_final;
  double temperature_half_life;
  double resign_threshold;
  int resign_plies;
  double resign_off_share;

  static constexpr auto table() {
    using S = PoolSettings;
    return std::tuple{
        Setting{"slots", &S::slots},
        Setting{"groups", &S::groups},
        Setting{"batch", &S::batch},
        Setting{"cache_mib", &S::cache_mib},
        Setting{"canonical", &S::canonical},
        Setting{"full_search_share", &S::full_search_share},
        Setting{"cheap_simulations", &S::cheap_simulations},
        Setting{"temperature", &S::temperature},
        Setting{"temperature_final", &S::temperature_final},
        Setting{"temperature_half_life", &S::temperature_half_life},
        Setting{"resign_threshold", &S::resign_threshold},
        Setting{"resign_plies", &S::resign_plies},
        Setting{"resign_off_share", &S::resign_off_share},
    };
  }
};

}  // namespace zero
