// The parts of zero_core.selfplay: each file in this folder binds one of them.
#pragma once

#include <nanobind/nanobind.h>

#include <string>
#include <string_view>

namespace zero {

void bind_batch(nanobind::module_& module);
void bind_cache(nanobind::module_& module);
void bind_search(nanobind::module_& module);
void bind_records(nanobind::module_& module);
void bind_window(nanobind::module_& module);
void bind_pool(nanobind::module_& module);

// A Python dict from names and numbers: dict_of("games", 3, "draw_share", 0.5).
template <typename... Items>
nanobind::dict dict_of(const Items&... items) {
  nanobind::dict out;
  const auto put = [&](auto& self, const char* name, auto value, const auto&... rest) -> void {
    out[name] = value;
    if constexpr (sizeof...(rest) > 0) self(self, rest...);
  };
  put(put, items...);
  return out;
}

inline nanobind::bytes to_bytes(const std::string& text) {
  return nanobind::bytes(text.data(), text.size());
}

inline std::string_view view_of(const nanobind::bytes& bytes) {
  return {bytes.c_str(), bytes.size()};
}

}  // namespace zero
