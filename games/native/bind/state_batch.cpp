// Binds StateBatch: many states of one game behind numpy arrays.
#include "games/native/core/state_batch.hpp"

#include <nanobind/stl/optional.h>

#include "games/native/bind/bindings.hpp"
#include "games/native/core/dense.hpp"

namespace zero {
namespace {

using AnyRow = nb::ndarray<nb::ro, nb::ndim<1>, nb::device::cpu>;
using Mask = nb::ndarray<const bool, nb::ndim<1>, nb::device::cpu>;

template <typename T>
void widen(const AnyRow& from, std::vector<std::int64_t>& to) {
  const T* values = static_cast<const T*>(from.data());
  for (std::size_t i = 0; i < to.size(); ++i) {
    to[i] = static_cast<std::int64_t>(values[static_cast<std::int64_t>(i) * from.stride(0)]);
  }
}

// Actions may have any integer type except unsigned 64 bits: its largest number would turn into the
// -1 that skips a row.
std::vector<std::int64_t> actions_of(const AnyRow& array) {
  std::vector<std::int64_t> actions(array.shape(0));
  const nb::dlpack::dtype type = array.dtype();
  if (type == nb::dtype<std::int64_t>()) {
    widen<std::int64_t>(array, actions);
  } else if (type == nb::dtype<std::int32_t>()) {
    widen<std::int32_t>(array, actions);
  } else if (type == nb::dtype<std::int16_t>()) {
    widen<std::int16_t>(array, actions);
  } else if (type == nb::dtype<std::int8_t>()) {
    widen<std::int8_t>(array, actions);
  } else if (type == nb::dtype<std::uint32_t>()) {
    widen<std::uint32_t>(array, actions);
  } else if (type == nb::dtype<std::uint16_t>()) {
    widen<std::uint16_t>(array, actions);
  } else if (type == nb::dtype<std::uint8_t>()) {
    widen<std::uint8_t>(array, actions);
  } else {
    throw GameError(
        "apply: the actions must be an array of signed integers, or of unsigned ones of "
        "at most 32 bits");
  }
  return actions;
}

StateBatch make_batch(const GamePointer& game, std::int64_t size) {
  constexpr std::int64_t kMost = std::int64_t{1} << 24;
  if (size < 1 || size > kMost) {
    throw GameError("StateBatch: size=" + std::to_string(size) + " is not possible; give 1 to " +
                    std::to_string(kMost));
  }
  return {game, static_cast<std::size_t>(size)};
}

StateBatch batch_of(const std::vector<StateBox>& states) {
  if (states.empty()) throw GameError("StateBatch.from_states: give at least one state");
  for (const StateBox& state : states) {
    if (state.shared_game() != states.front().shared_game()) {
      throw GameError("StateBatch.from_states: the states are of different games, " +
                      states.front().game().spec().name + " and " + state.game().spec().name);
    }
  }
  return {states.front().shared_game(), states};
}

void check_mask(const char* where, const StateBatch& batch, const std::optional<Mask>& mask) {
  if (mask && mask->shape(0) != batch.size()) {
    throw GameError(std::string(where) + ": a mask of " + std::to_string(mask->shape(0)) +
                    " for a batch of " + std::to_string(batch.size()) +
                    " states; give one flag for each");
  }
}

void reset(StateBatch& batch, const std::optional<Mask>& mask) {
  check_mask("reset", batch, mask);
  for (std::size_t row = 0; row < batch.size(); ++row) {
    if (!mask || (*mask)(row)) batch.reset(row);
  }
}

auto to_play(const StateBatch& batch) {
  auto out = new_array<std::int8_t, 1>({batch.size()});
  for (std::size_t row = 0; row < batch.size(); ++row) {
    out(row) = static_cast<std::int8_t>(batch.game()->to_play(batch.state(row)));
  }
  return out;
}

auto is_terminal(const StateBatch& batch) {
  auto out = new_array<bool, 1>({batch.size()});
  for (std::size_t row = 0; row < batch.size(); ++row) {
    out(row) = batch.game()->is_terminal(batch.state(row));
  }
  return out;
}

auto legal_masks(const StateBatch& batch) {
  const GameSpec& spec = batch.game()->spec();
  const auto actions = static_cast<std::size_t>(spec.num_actions);
  auto out = new_array<bool, 2>({batch.size(), actions});
  std::vector<Action> scratch(static_cast<std::size_t>(spec.max_legal_actions));
  for (std::size_t row = 0; row < batch.size(); ++row) {
    legal_mask(*batch.game(), batch.state(row), scratch.data(), out.data() + row * actions);
  }
  return out;
}

auto observe(const StateBatch& batch, const std::optional<Mask>& mask) {
  check_mask("observe", batch, mask);
  std::vector<std::size_t> rows;
  for (std::size_t row = 0; row < batch.size(); ++row) {
    if (!mask || (*mask)(row)) rows.push_back(row);
  }
  const ObservationShape& shape = batch.game()->spec().observation;
  auto out = new_array<float, 4>(
      {rows.size(), static_cast<std::size_t>(shape.planes + shape.scalars),
       static_cast<std::size_t>(shape.height), static_cast<std::size_t>(shape.width)});
  for (std::size_t i = 0; i < rows.size(); ++i) {
    observe_dense(*batch.game(), batch.state(rows[i]), out.data() + i * dense_size(shape));
  }
  return out;
}

auto returns(const StateBatch& batch) {
  auto out = new_array<std::int8_t, 2>({batch.size(), 2});
  for (std::size_t row = 0; row < batch.size(); ++row) {
    if (!batch.game()->is_terminal(batch.state(row))) continue;
    const int first = batch.game()->returns(batch.state(row));
    out(row, 0) = static_cast<std::int8_t>(first);
    out(row, 1) = static_cast<std::int8_t>(-first);
  }
  return out;
}

}  // namespace

void bind_state_batch(nb::module_& module) {
  nb::class_<StateBatch>(module, "StateBatch", nb::is_final(),
                         "B states of one game, stepped together through numpy arrays. Not for use "
                         "by several threads at once.")
      .def(
          "__init__",
          [](StateBatch* self, const GamePointer& game, std::int64_t size) {
            new (self) StateBatch(make_batch(game, size));
          },
          nb::arg("game"), nb::arg("size"),
          "B = size initial states. Raises GameError if size is not positive.")
      .def_static("from_states", batch_of, nb::arg("states"),
                  "A batch of copies of the states. Raises GameError if there are none, or if they "
                  "are of different games.")
      .def_prop_ro("game", &StateBatch::game, "The game that the states are of.")
      .def("__len__", &StateBatch::size)
      .def(
          "apply",
          [](StateBatch& batch, const AnyRow& actions) { batch.apply(actions_of(actions)); },
          nb::arg("actions"), nb::sig("def apply(self, actions: NDArray[numpy.integer]) -> None"),
          "Plays actions[B], an integer array, one in each row; -1 leaves a row as it is. All rows "
          "are checked before any is changed. Raises GameError that names the first row whose "
          "action is not legal (in a terminal row none is).")
      .def("to_play", to_play, "int8[B]: the player to move, 0 or 1.")
      .def("is_terminal", is_terminal, "bool[B]: whether the game is over.")
      .def("legal_mask", legal_masks, "bool[B, A]: True where the action is legal.")
      .def("observe", observe, nb::arg("mask").noconvert() = nb::none(),
           "float32[B, P + S, H, W]: each row as State.observation() writes it. With a mask, "
           "bool[B], only the rows of the mask, in their order.")
      .def("returns", returns,
           "int8[B, 2]: the returns of both players, each -1, 0 or 1; 0 where the game goes on.")
      .def("reset", reset, nb::arg("mask").noconvert() = nb::none(),
           "Sets the rows of mask, bool[B], to the initial state; without a mask, all rows.")
      .def("states", &StateBatch::states, nb::rv_policy::copy, "Copies of the B states.");
}

}  // namespace zero
