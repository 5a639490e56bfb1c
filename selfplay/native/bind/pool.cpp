// Binds the pool of self-play games.
#include "selfplay/native/pool/pool.hpp"

#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/vector.h>

#include "selfplay/native/bind/bindings.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace zero {
namespace {

nb::dict counters(const Pool& pool) {
  const PoolCounters c = pool.counters();
  return dict_of("simulations", c.simulations, "evaluations", c.evaluations, "merged", c.merged,
                 "cache_hits", c.cache_hits, "terminal_leaves", c.terminal_leaves, "plies", c.plies,
                 "games", c.games);
}

}  // namespace

void bind_pool(nb::module_& module) {
  nb::class_<Pool>(module, "Pool",
                   "Self-play: many games at once, in groups that are advanced independently.")
      .def(nb::init<std::shared_ptr<const Game>, const PoolSettings&>(), "game"_a, "settings"_a)
      .def_prop_ro("groups", &Pool::groups)
      .def("batch", &Pool::batch, "group"_a, nb::rv_policy::reference_internal,
           "The group's batch; the same object's memory for the life of the pool.")
      .def("advance", &Pool::advance, "group"_a, nb::call_guard<nb::gil_scoped_release>(),
           "Takes the answers in the group's batch, advances all its games to their next "
           "evaluation and returns the number of rows to evaluate (0: nothing left to play). One "
           "caller a group at a time.")
      .def("play_rollouts", &Pool::play_rollouts, "group"_a, "rounds"_a, "seed"_a,
           nb::call_guard<nb::gil_scoped_release>(),
           "As `rounds` times advance() and rollouts, but all of it natively, one game after the "
           "other; returns the number of games that are not over for good. The games made are a "
           "function of the pool's seed and this one.")
      .def("set_limit", &Pool::set_limit, "games"_a.none(),
           "Play only the games with ids below `games`; None = no end.")
      .def("end_phase", &Pool::end_phase,
           "Drops the current searches and all cached answers; the moves made stay.")
      .def("clear_cache", &Pool::clear_cache,
           "Drops all cached answers, which is needed when the evaluator changes.")
      .def("take_records", &Pool::take_records,
           "Records of the games finished since the last call, by game id.")
      .def("configure", &Pool::configure, "settings"_a,
           "Searches with other settings from now on; slots, groups, threads, batch and "
           "seed stay.")
      .def("counters", &counters, nb::sig("def counters(self) -> dict[str, int]"),
           "Totals since the pool was made.")
      .def(
          "snapshot", [](const Pool& pool) { return to_bytes(pool.snapshot()); },
          "The games in flight, without their searches (call end_phase first).")
      .def(
          "restore", [](Pool& pool, const nb::bytes& snapshot) { pool.restore(view_of(snapshot)); },
          "snapshot"_a, "Puts the games of a snapshot back; raises GameError if they do not fit.");
}

}  // namespace zero
