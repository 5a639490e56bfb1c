// What the bindings of games and selfplay share. State (a StateBox) and Game are bound once, in
// games.cpp; a file that passes them to or from Python includes this header.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <array>
#include <functional>
#include <memory>
#include <numeric>
#include <vector>

#include "games/native/core/state.hpp"

namespace zero {

namespace nb = nanobind;

using GamePointer = std::shared_ptr<const Game>;

// A new numpy array of zeros that owns its memory.
template <typename T, std::size_t Dimensions>
nb::ndarray<nb::numpy, T, nb::ndim<Dimensions>> new_array(
    const std::array<std::size_t, Dimensions>& shape) {
  const std::size_t size =
      std::accumulate(shape.begin(), shape.end(), std::size_t{1}, std::multiplies<>());
  auto values = std::make_unique<T[]>(size);
  nb::capsule owner(values.get(), [](void* p) noexcept { delete[] static_cast<T*>(p); });
  return {values.release(), Dimensions, shape.data(), owner};
}

// The text of a Python string as UTF-8. Lone surrogates, which command-line arguments may hold,
// have no UTF-8; they become '?', which no parser accepts.
inline std::string utf8(const nb::str& text) {
  const nb::bytes encoded =
      nb::steal<nb::bytes>(PyUnicode_AsEncodedString(text.ptr(), "utf-8", "replace"));
  return {encoded.c_str(), encoded.size()};
}

// The legal actions, in ascending order.
inline std::vector<Action> legal_actions_of(const Game& game, const StateBytes* state) {
  std::vector<Action> actions(static_cast<std::size_t>(game.spec().max_legal_actions));
  actions.resize(static_cast<std::size_t>(game.legal_actions(state, actions.data())));
  return actions;
}

}  // namespace zero
