// The settings of a search. selfplay/settings.py has their meanings, defaults and ranges; the table
// below says which member takes which setting.
#pragma once

#include <cstdint>
#include <tuple>

#include "selfplay/native/support/setting.hpp"

namespace zero {

enum class Rule : std::uint8_t { kPuct, kGumbel, kUct };

struct SearchSettings {
  Rule rule;
  int simulations;
  double c_init;
  double c_base;
  double fpu_reduction;
  double root_fpu_reduction;
  double noise_concentration;
  double noise_fraction;
  int gumbel_considered;
  double gumbel_scale;
  double value_scale;
  double maxvisit_init;
  double uct_c;
  bool solver;
  double virtual_loss;

  static constexpr auto table() {
    using S = SearchSettings;
    return std::tuple{
        Setting{"rule", &S::rule},
        Setting{"simulations", &S::simulations},
        Setting{"c_init", &S::c_init},
        Setting{"c_base", &S::c_base},
        Setting{"fpu_reduction", &S::fpu_reduction},
        Setting{"root_fpu_reduction", &S::root_fpu_reduction},
        Setting{"noise_concentration", &S::noise_concentration},
        Setting{"noise_fraction", &S::noise_fraction},
        Setting{"gumbel_considered", &S::gumbel_considered},
        Setting{"gumbel_scale", &S::gumbel_scale},
        Setting{"value_scale", &S::value_scale},
        Setting{"maxvisit_init", &S::maxvisit_init},
        Setting{"uct_c", &S::uct_c},
        Setting{"solver", &S::solver},
        Setting{"virtual_loss", &S::virtual_loss},
    };
  }
};

}  // namespace zero
