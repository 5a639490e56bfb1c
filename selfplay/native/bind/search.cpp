// Binds the searches of positions outside self-play and what they find.
#include <nanobind/nanobind.h>
#include <nanobind/stl/vector.h>

#include "games/native/bind/bindings.hpp"
#include "selfplay/native/bind/bindings.hpp"
#include "selfplay/native/search/search_batch.hpp"
#include "selfplay/native/search/thinker.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace zero {
namespace {

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

void bind_search_batch(nb::module_& module) {
  nb::class_<SearchBatch>(module, "SearchBatch",
                          "Searches of many positions at once, one leaf each, in one batch.")
      .def(nb::init<std::shared_ptr<const Game>, const SearchSettings&, int>(), "game"_a,
           "settings"_a, "rows"_a)
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
}

void bind_thinker(nb::module_& module) {
  nb::class_<Thinker>(module, "Thinker",
                      "The search of one position, several leaves a batch; it can be looked at "
                      "while it grows.")
      .def(nb::init<std::shared_ptr<const Game>, const SearchSettings&, int>(), "game"_a,
           "settings"_a, "leaves"_a)
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

void bind_search(nb::module_& module) {
  bind_result(module);
  bind_search_batch(module);
  bind_thinker(module);
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
