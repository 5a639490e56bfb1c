// Binds the int8 forward pass to Python.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <vector>

#include "games/native/core/errors.hpp"
#include "zero/inference/native/forward.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace zero {
namespace {

template <typename T, std::size_t N>
using Given = nb::ndarray<const T, nb::ndim<N>, nb::c_contig, nb::device::cpu>;

template <typename Array>
auto copied(const Array& array) {
  return std::vector(array.data(), array.data() + array.size());
}

Int8Values codes(const Given<std::int8_t, 3>& weights, const Given<float, 1>& scale,
                 const Given<float, 1>& bias, float carry) {
  return {.matrices = static_cast<int>(weights.shape(0)),
          .inputs = static_cast<int>(weights.shape(1)),
          .outputs = static_cast<int>(weights.shape(2)),
          .codes = copied(weights),
          .floats = {},
          .scale = copied(scale),
          .bias = copied(bias),
          .carry = carry};
}

Int8Values floats(const Given<float, 3>& weights, const Given<float, 1>& bias) {
  return {.matrices = static_cast<int>(weights.shape(0)),
          .inputs = static_cast<int>(weights.shape(1)),
          .outputs = static_cast<int>(weights.shape(2)),
          .codes = {},
          .floats = copied(weights),
          .scale = {},
          .bias = copied(bias)};
}

Int8Shape shape(const std::map<std::string, int>& sizes) {
  const auto at = [&](const char* name, int least) {
    const auto found = sizes.find(name);
    if (found == sizes.end() || found->second < least) {
      throw GameError("int8 network: '" + std::string(name) + "' must be given, at least " +
                      std::to_string(least));
    }
    return found->second;
  };
  return {.height = at("height", 1),
          .width = at("width", 1),
          .planes = at("planes", 0),
          .scalars = at("scalars", 0),
          .actions = at("actions", 1),
          .action_planes = at("action_planes", 0),
          .channels = at("channels", 1),
          .policy_channels = at("policy_channels", 1),
          .value_channels = at("value_channels", 1),
          .value_hidden = at("value_hidden", 1),
          .pooled = at("pooled", 0),
          .squeezed = at("squeezed", 0),
          .paired = at("paired", 0)};
}

// A numpy view of a session's memory, which the session keeps alive.
template <typename T, std::size_t N>
nb::ndarray<nb::numpy, T, nb::ndim<N>> view(const Aligned<T>& data, const std::array<int, N>& sizes,
                                            nb::handle owner) {
  std::array<std::size_t, N> extents;
  std::ranges::transform(sizes, extents.begin(), [](int n) { return static_cast<std::size_t>(n); });
  return {data.data(), N, extents.data(), owner};
}

void bind_session(nb::module_& module) {
  nb::class_<Int8Forward>(module, "Int8Forward",
                          "Forward passes of a fixed number of rows, B, by one thread at a time, "
                          "in memory allocated once.")
      .def(
          "__init__",
          [](Int8Forward* self, const Int8Weights& network, int rows) {
            if (rows < 1) throw GameError("int8 session: rows must be at least 1");
            new (self) Int8Forward(network.shape(), rows);
          },
          "network"_a, "rows"_a)
      .def("forward", &Int8Forward::forward, "network"_a, nb::call_guard<nb::gil_scoped_release>(),
           "Answers `planes` and `scalars` in `logits` and `wdl`; a row's answer depends on that "
           "row alone. Raises GameError if the network has another shape.")
      .def_prop_ro(
          "planes",
          [](nb::handle self) {
            const auto& s = nb::cast<const Int8Forward&>(self);
            return view<std::uint64_t, 3>(
                s.planes, {s.rows(), s.shape().planes, s.shape().words_per_plane()}, self);
          },
          "Bit planes, uint64[B, P, W], to be filled; bit row * width + column is that square.")
      .def_prop_ro(
          "scalars",
          [](nb::handle self) {
            const auto& s = nb::cast<const Int8Forward&>(self);
            return view<float, 2>(s.scalars, {s.rows(), s.shape().scalars}, self);
          },
          "Scalars, float32[B, S], to be filled.")
      .def_prop_ro(
          "logits",
          [](nb::handle self) {
            const auto& s = nb::cast<const Int8Forward&>(self);
            return view<float, 2>(s.logits, {s.rows(), s.shape().actions}, self);
          },
          "Logits of all actions, float32[B, A].")
      .def_prop_ro(
          "wdl",
          [](nb::handle self) {
            const auto& s = nb::cast<const Int8Forward&>(self);
            return view<float, 2>(s.wdl, {s.rows(), 3}, self);
          },
          "Logits of win, draw and loss of the player to move, float32[B, 3].");
}

}  // namespace

void bind_inference(nb::module_& module) {
  module.def("int8_kernels", &int8_kernels,
             "Names of the int8 kernels that this build and this processor can run, the fastest "
             "first; the last is 'scalar', plain C++ for tests.");
  nb::class_<Int8Values>(
      module, "Int8Values",
      "A layer of a network: int8 weights with a scale an output, or float32.\n\n"
      "M matrices (taps of a convolution, or squares), I inputs, O outputs.")
      .def_static(
          "codes", &codes, "weights"_a, "scale"_a, "bias"_a, "carry"_a = 0.0F,
          "From weights int8[M, I, O], scale and bias float32[O]: scale * (codes @ weights)\n"
          "+ bias, plus `carry` times the codes of the residual input.")
      .def_static("floats", &floats, "weights"_a, "bias"_a,
                  "From weights float32[M, I, O] and bias float32[O].");
  nb::class_<Int8Weights>(module, "Int8Weights",
                          "The weights of an int8 network, which never change.")
      .def(
          "__init__",
          [](Int8Weights* self, const std::map<std::string, int>& sizes,
             const std::map<std::string, Int8Values>& layers, const std::string& kernel) {
            const Int8Shape given = shape(sizes);
            const nb::gil_scoped_release release;
            new (self) Int8Weights(given, layers, kernel);
          },
          "sizes"_a, "layers"_a, "kernel"_a,
          "Takes layers by the names of their modules. Raises GameError if one is missing or does "
          "not fit, or if the kernel does not run here.");
  bind_session(module);
}

}  // namespace zero
