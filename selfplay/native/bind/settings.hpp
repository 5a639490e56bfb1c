// Settings come from any Python object that has their attributes, such as selfplay.SearchSettings.
// A type caster fills the struct by its table. It checks types; Python checks ranges.
#pragma once

#include <nanobind/nanobind.h>

#include <cstdint>
#include <tuple>

#include "selfplay/native/pool/settings.hpp"
#include "selfplay/native/search/settings.hpp"

namespace zero {

// Read one attribute. Each throws a GameError that names the attribute if it is missing or has
// another type. A whole number must be from 0 to the largest int; a number must be finite.
void read_setting(nanobind::handle source, const char* name, Rule& value);
void read_setting(nanobind::handle source, const char* name, int& value);
void read_setting(nanobind::handle source, const char* name, double& value);
void read_setting(nanobind::handle source, const char* name, bool& value);

template <typename Settings>
struct SettingsCaster {
  using Value = Settings;
  template <typename>
  using Cast = Settings;

  bool from_python(nanobind::handle from, std::uint32_t, nanobind::detail::cleanup_list*) noexcept {
    source = from;
    return true;
  }
  // Here and not in from_python, which may not throw.
  explicit operator Settings() const {
    Settings settings;
    std::apply(
        [&](const auto&... setting) {
          (read_setting(source, setting.name, settings.*setting.member), ...);
        },
        Settings::table());
    return settings;
  }

  nanobind::handle source;
};

}  // namespace zero

namespace nanobind::detail {

template <>
struct type_caster<zero::SearchSettings> : zero::SettingsCaster<zero::SearchSettings> {
  static constexpr auto Name = const_name("selfplay.settings.SearchSettings");
};

template <>
struct type_caster<zero::PoolSettings> : zero::SettingsCaster<zero::PoolSettings> {
  static constexpr auto Name = const_name("selfplay.settings.PoolSettings");
};

}  // namespace nanobind::detail
