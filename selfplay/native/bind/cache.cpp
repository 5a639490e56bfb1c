// Binds the evaluation cache.
#include <nanobind/nanobind.h>
#include <nanobind/stl/array.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/vector.h>

#include "selfplay/native/bind/bindings.hpp"
#include "selfplay/native/pool/evaluation_cache.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace zero {

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

}  // namespace zero
