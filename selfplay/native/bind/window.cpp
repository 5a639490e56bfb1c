// Binds the window to Python.
#include "selfplay/native/records/window.hpp"

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/shared_ptr.h>

#include <initializer_list>
#include <optional>
#include <string>

#include "selfplay/native/bind/bindings.hpp"

namespace nb = nanobind;

namespace zero {
namespace {

nb::dict statistics(const Window& window) {
  const WindowStatistics s = [&] {
    const nb::gil_scoped_release release;
    return window.statistics();
  }();
  return dict_of("games", s.games, "positions", s.positions, "plies", s.plies, "wins", s.wins,
                 "draws", s.draws, "losses", s.losses, "resigned", s.resigned, "first_id",
                 s.first_id, "last_id", s.last_id);
}

// The memory of the array `name` in `arrays`, which must have this shape and the type T.
template <typename T>
T* memory(const nb::dict& arrays, const char* name, std::initializer_list<std::size_t> shape) {
  nb::ndarray<T, nb::c_contig, nb::device::cpu> array;
  bool fits = arrays.contains(name) && nb::try_cast(arrays[name], array, false) &&
              array.ndim() == shape.size();
  std::string wanted;
  std::size_t axis = 0;
  for (const std::size_t size : shape) {
    fits = fits && array.shape(axis) == size;
    wanted += (axis++ == 0 ? "" : ", ") + std::to_string(size);
  }
  if (!fits) {
    throw GameError("sample: out['" + std::string(name) +
                    "'] must be a writable C-contiguous array of shape [" + wanted +
                    "] and the documented type");
  }
  return array.data();
}

nb::dict new_arrays(const GameSpec& spec, std::size_t rows) {
  const nb::module_ numpy = nb::module_::import_("numpy");
  const auto empty = [&](const char* type, auto... shape) {
    return numpy.attr("empty")(nb::make_tuple(shape...), numpy.attr(type));
  };
  nb::dict out;
  out["planes"] =
      empty("uint64", rows, spec.observation.planes, spec.observation.words_per_plane());
  out["scalars"] = empty("float32", rows, spec.observation.scalars);
  out["policy"] = empty("float32", rows, spec.num_actions);
  out["legal"] = empty("bool_", rows, spec.num_actions);
  out["wdl"] = empty("float32", rows, 3);
  return out;
}

nb::dict sample(const Window& window, std::size_t batch_size, std::uint64_t seed,
                std::uint64_t step, int threads, float value_mix, std::optional<nb::dict> out) {
  const GameSpec& spec = window.game().spec();
  const auto size = [](int value) { return static_cast<std::size_t>(value); };
  const nb::dict arrays = out ? *out : new_arrays(spec, batch_size);
  const std::size_t actions = size(spec.num_actions);
  const ObservationShape& shape = spec.observation;
  const SampleArrays memories{
      .planes = memory<std::uint64_t>(
          arrays, "planes", {batch_size, size(shape.planes), size(shape.words_per_plane())}),
      .scalars = memory<float>(arrays, "scalars", {batch_size, size(shape.scalars)}),
      .policy = memory<float>(arrays, "policy", {batch_size, actions}),
      .legal = memory<bool>(arrays, "legal", {batch_size, actions}),
      .wdl = memory<float>(arrays, "wdl", {batch_size, 3})};
  {
    const nb::gil_scoped_release release;
    window.sample({.seed = seed, .step = step, .threads = threads, .value_mix = value_mix},
                  batch_size, memories);
  }
  return arrays;
}

}  // namespace

void bind_window(nb::module_& module) {
  nb::class_<Window>(module, "Window",
                     "The newest games, from which the learner draws its training positions.\n\n"
                     "One thread may sample while another adds and trims.")
      .def(nb::init<std::shared_ptr<const Game>>(), nb::arg("game"))
      .def("add", &Window::add, nb::arg("record"), nb::call_guard<nb::gil_scoped_release>(),
           "Take a finished game in as the newest one.\n\n"
           "Returns its number of training positions (plies with a full search); a game without\n"
           "any is not kept. Raises GameError if the game is not finished or of other rules.")
      .def("trim", &Window::trim, nb::arg("positions"), nb::call_guard<nb::gil_scoped_release>(),
           "Drop the oldest whole games until at most `positions` are left, never the newest game.")
      .def_prop_ro("positions", &Window::positions, nb::call_guard<nb::gil_scoped_release>(),
                   "Training positions in the window.")
      .def_prop_ro(
          "games", [](const Window& window) { return window.statistics().games; },
          nb::call_guard<nb::gil_scoped_release>(), "Games in the window.")
      .def("statistics", &statistics, nb::sig("def statistics(self) -> dict[str, int]"),
           "Counts over the games held: games, positions, plies, wins/draws/losses of player 0,\n"
           "resigned, first_id and last_id (of the oldest and the newest game).")
      .def("sample", &sample, nb::arg("batch_size"), nb::arg("seed"), nb::arg("step"),
           nb::arg("threads") = 1, nb::arg("value_mix") = 0.0F, nb::arg("out") = nb::none(),
           nb::sig("def sample(self, batch_size: int, seed: int, step: int, threads: int = 1, "
                   "value_mix: float = 0.0, "
                   "out: dict[str, numpy.typing.NDArray[typing.Any]] | None = None) "
                   "-> dict[str, numpy.typing.NDArray[typing.Any]]"),

           "Draw training rows uniformly (with replacement) from all positions.\n\n"
           "Returns planes uint64[B,P,W] (W words a plane), scalars float32[B,S],\n"
           "policy float32[B,A] (0 where illegal), legal bool[B,A], and wdl float32[B,3]: win,\n"
           "draw and loss of the player to move, (1 - value_mix) * outcome + value_mix * the\n"
           "search's value. Each row is turned by a random symmetry. Row i depends on the games\n"
           "held, seed, step and i alone, not on the number of threads. `out`, if given, is a\n"
           "dict of arrays of these shapes, which are filled and returned. Raises GameError if\n"
           "the window is empty or an argument is out of range.");
}

}  // namespace zero
