// Binds the search, the pool and their batches to Python.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/array.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "games/native/bind/bindings.hpp"
#include "selfplay/native/bind/settings.hpp"
#include "selfplay/native/pool/pool.hpp"
#include "selfplay/native/search/evaluators.hpp"
#include "selfplay/native/search/gumbel_schedule.hpp"
#include "selfplay/native/search/search_batch.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace zero {

void bind_records(nb::module_& module);

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
}

void bind_cache(nb::module_& module) {
  using Numbers = std::vector<float>;
  nb::class_<EvaluationCache>(module, "EvaluationCache",
                              "The bounded memory of answers that each group of a pool has; "
                              "selfplay/native/pool/evaluation_cache.hpp says how it works.")
      .def(nb::init<std::size_t, int>(), "bytes"_a, "usual_count"_a)
      .def(
          "find",
          [](const EvaluationCache& cache, std::uint64_t key,
             int count) -> std::optional<std::pair<Numbers, Numbers>> {
            const std::optional<Answer> answer = cache.find({key, count});
            if (!answer) return std::nullopt;
            return std::pair(Numbers(answer->logits, answer->logits + count),
                             Numbers(answer->wdl, answer->wdl + 3));
          },
          "key"_a, "count"_a,
          "Logits and win, draw, loss of a position with this key and number of legal actions.")
      .def(
          "insert",
          [](EvaluationCache& cache, std::uint64_t key, const Numbers& logits,
             const std::array<float, 3>& wdl) {
            cache.insert({key, static_cast<std::int32_t>(logits.size())},
                         {.logits = logits.data(), .wdl = wdl.data()});
          },
          "key"_a, "logits"_a, "wdl"_a)
      .def("clear", &EvaluationCache::clear, "Forgets everything.");
}

nb::dict counters_dict(const Pool& pool) {
  const PoolCounters counters = pool.counters();
  nb::dict out;
  out["simulations"] = counters.simulations;
  out["evaluations"] = counters.evaluations;
  out["merged"] = counters.merged;
  out["cache_hits"] = counters.cache_hits;
  out["terminal_leaves"] = counters.terminal_leaves;
  out["plies"] = counters.plies;
  out["games"] = counters.games;
  return out;
}

nb::list bytes_list(const std::vector<std::string>& blobs) {
  nb::list out;
  for (const std::string& blob : blobs) out.append(nb::bytes(blob.data(), blob.size()));
  return out;
}

void bind_pool(nb::module_& module) {
  nb::class_<Pool>(module, "Pool",
                   "Self-play: many games at once, in groups that are advanced independently.")
      .def(nb::init<GamePointer, const SearchSettings&, const PoolSettings&, std::uint64_t, int>(),
           "game"_a, "search"_a, "settings"_a, nb::kw_only(), "seed"_a, "threads"_a = 1,
           "`threads` advance one group together. The same seed plays the same games. Raises "
           "GameError if the settings lack one, or the slots do not fit the groups.")
      .def_prop_ro("groups", &Pool::groups)
      .def("batch", &Pool::batch, "group"_a, nb::rv_policy::reference_internal,
           "The group's batch; the same object's memory for the life of the pool.")
      .def("advance", &Pool::advance, "group"_a, nb::call_guard<nb::gil_scoped_release>(),
           "Takes the answers in the group's batch, advances all its games to their next "
           "evaluation and returns the number of rows to evaluate (0: nothing left to play). One "
           "caller a group at a time.")
      .def("play_rollouts", &Pool::play_rollouts, "group"_a, "batches"_a, "seed"_a,
           nb::call_guard<nb::gil_scoped_release>(),
           "As `batches` times advance() and rollouts, but all of it natively, one game after the "
           "other; returns the number of games that are not over for good. The games made are a "
           "function of the pool's seed and this one.")
      .def("set_limit", &Pool::set_limit, "games"_a.none(),
           "Play only the games with ids below `games`; None = no end.")
      .def("end_phase", &Pool::end_phase,
           "Drops the searches under way and what the caches know; the moves made stay.")
      .def("clear_cache", &Pool::clear_cache,
           "Forgets what evaluators have answered, as must be when their answers change.")
      .def(
          "take_records", [](Pool& pool) { return bytes_list(pool.take_records()); },
          nb::sig("def take_records(self) -> list[bytes]"),
          "Records of the games finished since the last call, by game id.")
      .def(
          "configure", &Pool::configure, "search"_a, "settings"_a,
          "Searches with other settings from now on; slots, groups and batch must be as they were.")
      .def("counters", &counters_dict, nb::sig("def counters(self) -> dict[str, int]"),
           "Totals since the pool was made.")
      .def(
          "snapshot",
          [](const Pool& pool) {
            const std::string blob = pool.snapshot();
            return nb::bytes(blob.data(), blob.size());
          },
          "The games in flight, without their searches (call end_phase first).")
      .def(
          "restore",
          [](Pool& pool, const nb::bytes& snapshot) {
            pool.restore({snapshot.c_str(), snapshot.size()});
          },
          "snapshot"_a, "Puts the games of a snapshot back; raises GameError if they do not fit.");
}

nb::list dump(const Tree& tree) {
  nb::list nodes;
  for (std::int32_t index = 0; index < tree.size(); ++index) {
    const Node& node = tree.node(index);
    nb::list edges;
    for (const Edge& edge : tree.edges_by_action(node)) {
      edges.append(nb::make_tuple(edge.action, static_cast<double>(edge.prior), edge.visits,
                                  edge.total, edge.child));
    }
    nodes.append(
        nb::make_tuple(static_cast<int>(node.player), node.terminal(), tree.value(node), edges));
  }
  return nodes;
}

void bind_result(nb::module_& module) {
  nb::class_<SearchResult>(module, "SearchResult",
                           "What a search found; values are those of the player to move.")
      .def_ro("action", &SearchResult::action, "The action to play.")
      .def_ro("actions", &SearchResult::actions, "Legal actions, ascending.")
      .def_ro("visits", &SearchResult::visits, "Visits of each legal action.")
      .def_ro("priors", &SearchResult::priors, "Prior of each legal action.")
      .def_ro("q", &SearchResult::q, "Mean value of each legal action, in [-1, 1].")
      .def_ro("policy", &SearchResult::policy, "Training target over the legal actions.")
      .def_ro("value", &SearchResult::value,
              "Mean value of the position, in [-1, 1], or what is proven.")
      .def_ro("proven", &SearchResult::proven, "Whether the value is exact.")
      .def_ro("raw_value", &SearchResult::raw_value, "The evaluator's value without search.")
      .def_ro("principal_variation", &SearchResult::principal_variation, "Best line found.")
      .def_ro("simulations", &SearchResult::simulations);
}

void bind_searches(nb::module_& module) {
  nb::class_<SearchBatch>(module, "SearchBatch",
                          "Searches of many positions at once, one leaf each, in one batch.")
      .def(nb::init<GamePointer, const SearchSettings&, int>(), "game"_a, "settings"_a, "rows"_a)
      .def("start", &SearchBatch::start, "states"_a, "seeds"_a, "noise"_a = false,
           "Begins the searches of at most `rows` positions, none of them over.")
      .def("advance", &SearchBatch::advance, nb::call_guard<nb::gil_scoped_release>(),
           "Takes the answers, advances every search to its next evaluation and returns the "
           "number of rows to evaluate (0: all searches are done).")
      .def_prop_ro("batch", &SearchBatch::batch, nb::rv_policy::reference_internal)
      .def("finish_uniformly", &SearchBatch::finish_uniformly,
           nb::call_guard<nb::gil_scoped_release>(),
           "Brings all searches to their end with equal logits and value 0, natively.")
      .def(
          "tree_sizes",
          [](const SearchBatch& batch, int row) {
            const Tree& tree = batch.search(row).tree();
            return nb::make_tuple(tree.size(), tree.bytes_used(), tree.bytes_held());
          },
          "row"_a, nb::sig("def tree_sizes(self, row: int) -> tuple[int, int, int]"),
          "Of one tree: nodes, bytes in use, bytes of memory held.")
      .def(
          "results",
          [](const SearchBatch& batch) {
            std::vector<SearchResult> results;
            for (int i = 0; i < batch.size(); ++i) results.push_back(batch.search(i).result());
            return results;
          },
          "One result a position.")
      .def(
          "dump", [](const SearchBatch& batch, int row) { return dump(batch.search(row).tree()); },
          "row"_a,
          nb::sig("def dump(self, row: int) -> list[tuple[int, bool, float, "
                  "list[tuple[int, float, int, float, int]]]]"),
          "The whole tree: (player, terminal, value, [(action, prior, visits, total, child)]) a "
          "node in order of creation; child -1 = not visited.");
  nb::class_<Thinker>(module, "Thinker",
                      "The search of one position, several leaves a batch; it can be looked at "
                      "while it grows.")
      .def(nb::init<GamePointer, const SearchSettings&, int>(), "game"_a, "settings"_a, "leaves"_a)
      .def("start", &Thinker::start, "state"_a, "seed"_a)
      .def("apply", &Thinker::apply, "action"_a,
           "Goes on after `action`, keeping what was found below it.")
      .def("advance", &Thinker::advance, nb::call_guard<nb::gil_scoped_release>(),
           "Takes the answers and fills the batch again; returns the rows to evaluate.")
      .def_prop_ro("batch", &Thinker::batch, nb::rv_policy::reference_internal)
      .def("result", &Thinker::result,
           "What is known so far, without the simulations under way; between calls of advance() "
           "only. Raises GameError if the root has not been evaluated.")
      .def(
          "dump", [](const Thinker& thinker) { return dump(thinker.search().tree()); },
          nb::sig("def dump(self) -> list[tuple[int, bool, float, "
                  "list[tuple[int, float, int, float, int]]]]"),
          "The whole tree, as SearchBatch.dump gives it.");
}

}  // namespace

void bind_selfplay(nb::module_& module) {
  bind_records(module);
  bind_batch(module);
  bind_cache(module);
  bind_result(module);
  bind_pool(module);
  bind_searches(module);
  module.def("uniform_evaluate", &uniform_evaluate, "batch"_a,
             nb::call_guard<nb::gil_scoped_release>(), "Equal logits, value 0.");
  module.def("rollout_evaluate", &rollout_evaluate, "batch"_a, "seed"_a,
             nb::call_guard<nb::gil_scoped_release>(),
             "Equal logits, and the result of one random game from each position.");
  module.def(
      "considered_visit_schedule",
      [](int considered, int simulations) {
        if (considered < 1 || simulations < 0) {
          throw GameError("considered must be at least 1 and simulations at least 0");
        }
        return considered_visit_schedule(considered, simulations);
      },
      "considered"_a, "simulations"_a,
      "Sequential halving: the visit count each simulation looks for.");
}

}  // namespace zero
