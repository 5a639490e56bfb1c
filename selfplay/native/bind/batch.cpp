// Binds the batch and the evaluators without a network.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include "games/native/bind/bindings.hpp"
#include "selfplay/native/bind/bindings.hpp"
#include "selfplay/native/search/evaluators.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace zero {
namespace {

template <typename T, std::size_t N>
using View = nb::ndarray<nb::numpy, T, nb::ndim<N>>;

// A numpy view of memory that `owner` keeps alive.
template <typename T, std::size_t N>
View<T, N> view(std::vector<T>& data, const std::array<std::size_t, N>& shape, nb::handle owner) {
  return View<T, N>(data.data(), N, shape.data(), owner);
}

std::size_t rows_of(const Batch& batch) { return static_cast<std::size_t>(batch.rows); }

nb::list states_of(Batch& batch) {
  nb::list states;
  for (std::size_t i = 0; i < batch.states.size(); ++i) {
    if (batch.counts[i] == 0 || batch.states[i] == nullptr) {
      states.append(nb::none());
      continue;
    }
    StateBox state(batch.game);
    batch.game->assign(state.get(), batch.states[i]);
    states.append(nb::cast(std::move(state)));
  }
  return states;
}

}  // namespace

void bind_batch(nb::module_& module) {
  nb::class_<Batch>(module, "Batch",
                    "Positions that wait for an evaluator, a row each; numpy views into native "
                    "memory.\n\nB rows, P planes, W 64-bit words a plane, S scalars, L most legal "
                    "actions. A row with count 0 is padding.")
      .def_prop_ro(
          "rows", [](const Batch& b) { return b.rows; }, "Number of rows, B.")
      .def_prop_ro(
          "planes",
          [](nb::handle self) {
            Batch& b = nb::cast<Batch&>(self);
            const ObservationShape& shape = b.game->spec().observation;
            const auto words = static_cast<std::size_t>(shape.words_per_plane());
            return view<std::uint64_t, 3>(
                b.planes, {rows_of(b), static_cast<std::size_t>(shape.planes), words}, self);
          },
          "Bit planes, uint64[B, P, W]; bit row * width + column of a plane is that square.")
      .def_prop_ro(
          "scalars",
          [](nb::handle self) {
            Batch& b = nb::cast<Batch&>(self);
            return view<float, 2>(b.scalars, {rows_of(b), b.scalars_per_row}, self);
          },
          "Scalar inputs, float32[B, S].")
      .def_prop_ro(
          "actions",
          [](nb::handle self) {
            Batch& b = nb::cast<Batch&>(self);
            return view<Action, 2>(b.actions, {rows_of(b), b.max_legal}, self);
          },
          "Legal actions, uint16[B, L]; the first counts[i] of row i are meant.")
      .def_prop_ro(
          "counts",
          [](nb::handle self) {
            Batch& b = nb::cast<Batch&>(self);
            return view<std::int32_t, 1>(b.counts, {rows_of(b)}, self);
          },
          "Number of legal actions, int32[B]; 0 = padding.")
      .def_prop_ro(
          "logits",
          [](nb::handle self) {
            Batch& b = nb::cast<Batch&>(self);
            return view<float, 2>(b.logits, {rows_of(b), b.max_legal}, self);
          },
          "Answer: logits of the legal actions, float32[B, L].")
      .def_prop_ro(
          "wdl",
          [](nb::handle self) {
            Batch& b = nb::cast<Batch&>(self);
            return view<float, 2>(b.wdl, {rows_of(b), 3}, self);
          },
          "Answer: win, draw and loss probabilities of the player to move, float32[B, 3].")
      .def("states", &states_of, nb::sig("def states(self) -> list[State | None]"),
           "The positions of the rows; None for padding. Copies.");
  module.def("uniform_evaluate", &uniform_evaluate, "batch"_a,
             nb::call_guard<nb::gil_scoped_release>(), "Equal logits, value 0.");
  module.def("rollout_evaluate", &rollout_evaluate, "batch"_a, "seed"_a,
             nb::call_guard<nb::gil_scoped_release>(),
             "Equal logits, and the result of one random game from each position.");
}

}  // namespace zero
