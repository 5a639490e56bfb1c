// Binds the settings of the search and of the pool.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include "selfplay/native/bind/bindings.hpp"
#include "selfplay/native/pool/pool.hpp"

namespace nb = nanobind;

namespace zero {
namespace {

std::string rule_name(const SearchSettings& s) {
  return s.rule == Rule::kPuct ? "puct" : s.rule == Rule::kGumbel ? "gumbel" : "uct";
}

void set_rule(SearchSettings& s, const std::string& name) {
  if (name != "puct" && name != "gumbel" && name != "uct") {
    throw GameError("rule '" + name + "' does not exist; give puct, gumbel or uct");
  }
  s.rule = name == "puct" ? Rule::kPuct : name == "gumbel" ? Rule::kGumbel : Rule::kUct;
}

}  // namespace

void bind_settings(nb::module_& module) {
  nb::class_<SearchSettings>(
      module, "SearchSettings",
      "Settings of one search; selfplay/native/search/selection.hpp says what "
      "each means.")
      .def(nb::init<>())
      .def_prop_rw("rule", &rule_name, &set_rule, "puct, gumbel or uct.")
      .def_rw("simulations", &SearchSettings::simulations, "Passes below the root in one search.")
      .def_rw("c_init", &SearchSettings::c_init)
      .def_rw("c_base", &SearchSettings::c_base)
      .def_rw("fpu_reduction", &SearchSettings::fpu_reduction)
      .def_rw("root_fpu_reduction", &SearchSettings::root_fpu_reduction)
      .def_rw("noise_alpha", &SearchSettings::noise_alpha)
      .def_rw("noise_fraction", &SearchSettings::noise_fraction)
      .def_rw("gumbel_considered", &SearchSettings::gumbel_considered)
      .def_rw("gumbel_scale", &SearchSettings::gumbel_scale)
      .def_rw("value_scale", &SearchSettings::value_scale)
      .def_rw("maxvisit_init", &SearchSettings::maxvisit_init)
      .def_rw("uct_c", &SearchSettings::uct_c)
      .def_rw("solver", &SearchSettings::solver)
      .def_rw("virtual_loss", &SearchSettings::virtual_loss);
  nb::class_<PoolSettings>(
      module, "PoolSettings",
      "Settings of a self-play pool; selfplay/native/pool/slot.hpp says what each "
      "means.")
      .def(nb::init<>())
      .def_rw("search", &PoolSettings::search)
      .def_rw("seed", &PoolSettings::seed)
      .def_rw("slots", &PoolSettings::slots)
      .def_rw("groups", &PoolSettings::groups)
      .def_rw("threads", &PoolSettings::threads)
      .def_rw("batch", &PoolSettings::batch)
      .def_rw("cache_bytes", &PoolSettings::cache_bytes)
      .def_rw("canonical", &PoolSettings::canonical)
      .def_rw("full_search_share", &PoolSettings::full_search_share)
      .def_rw("cheap_simulations", &PoolSettings::cheap_simulations)
      .def_rw("temperature", &PoolSettings::temperature)
      .def_rw("temperature_final", &PoolSettings::temperature_final)
      .def_rw("temperature_half_life", &PoolSettings::temperature_half_life)
      .def_rw("resign_threshold", &PoolSettings::resign_threshold)
      .def_rw("resign_plies", &PoolSettings::resign_plies)
      .def_rw("resign_off_share", &PoolSettings::resign_off_share);
}

}  // namespace zero
