// Binds game records and their statistics to Python.
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <optional>
#include <string>

#include "selfplay/native/bind/bindings.hpp"
#include "selfplay/native/records/encoding.hpp"
#include "selfplay/native/records/statistics.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace zero {
namespace {

using GamePointer = std::shared_ptr<const Game>;
using Policies = std::vector<std::optional<std::vector<float>>>;

// A tuple with one entry per ply.
template <typename Entry>
nb::tuple by_ply(const GameRecord& record, const Entry& entry) {
  nb::list entries;
  for (const PlyRecord& ply : record.plies) entries.append(entry(ply));
  return nb::tuple(entries);
}

nb::object policy_of(const PlyRecord& ply) {
  return ply.full ? nb::object(nb::tuple(nb::cast(ply.policy))) : nb::none();
}

GameRecord make(GamePointer game, std::uint64_t id, const std::vector<Action>& actions,
                const std::vector<float>& values, const Policies& policies, std::int8_t returns,
                bool finished, bool resigned, bool resign_off, std::int8_t would_resign) {
  if (values.size() != actions.size() || policies.size() != actions.size()) {
    throw GameError("game record: " + std::to_string(actions.size()) + " actions, " +
                    std::to_string(values.size()) + " values and " +
                    std::to_string(policies.size()) + " policies; give one of each for every ply");
  }
  GameRecord record{.game = std::move(game),
                    .id = id,
                    .finished = finished,
                    .returns = returns,
                    .resigned = resigned,
                    .resign_off = resign_off,
                    .would_resign = would_resign};
  for (std::size_t i = 0; i < actions.size(); ++i) {
    record.plies.push_back({.action = actions[i],
                            .full = policies[i].has_value(),
                            .value = values[i],
                            .policy = policies[i].value_or(std::vector<float>{})});
  }
  validate(record);
  return record;
}

nb::dict statistics(const std::vector<const GameRecord*>& records) {
  if (std::ranges::count(records, nullptr) > 0) throw nb::type_error("None is no game record");
  const RecordStatistics s = record_statistics(records);
  return dict_of("games", s.games, "game_length", s.game_length, "first_player_score",
                 s.first_player_score, "draw_share", s.draw_share, "resigned_share",
                 s.resigned_share, "resign_wrong_share", s.resign_wrong_share, "search_entropy",
                 s.search_entropy, "value_calibration_error", s.value_calibration_error);
}

// One value per game.
void bind_fields(nb::class_<GameRecord>& record) {
  record.def_prop_ro(
            "game", [](const GameRecord& r) { return r.game; }, "The rules.")
      .def_ro("id", &GameRecord::id)
      .def_ro("finished", &GameRecord::finished, "False for a game in flight.")
      .def_ro("returns", &GameRecord::returns, "Of player 0: -1, 0 or 1; 0 while unfinished.")
      .def_ro("resigned", &GameRecord::resigned,
              "Whether the player to move after the last ply gave up.")
      .def_ro("resign_off", &GameRecord::resign_off,
              "Whether resignation was switched off, to measure it.")
      .def_ro("would_resign", &GameRecord::would_resign,
              "The player who first met the resign rule, or -1.")
      .def_prop_ro(
          "plies", [](const GameRecord& r) { return r.plies.size(); }, "Number of plies.")
      .def_prop_ro("positions", &GameRecord::positions,
                   "Number of training positions: plies with a full search.");
}

// One entry per ply.
void bind_columns(nb::class_<GameRecord>& record) {
  record
      .def_prop_ro(
          "actions",
          [](const GameRecord& r) {
            return by_ply(r, [](const PlyRecord& p) { return p.action; });
          },
          nb::sig("def actions(self) -> tuple[int, ...]"), "The actions played, one a ply.")
      .def_prop_ro(
          "full",
          [](const GameRecord& r) { return by_ply(r, [](const PlyRecord& p) { return p.full; }); },
          nb::sig("def full(self) -> tuple[bool, ...]"),
          "Whether the search was full, so that the ply is a training position.")
      .def_prop_ro(
          "values",
          [](const GameRecord& r) { return by_ply(r, [](const PlyRecord& p) { return p.value; }); },
          nb::sig("def values(self) -> tuple[float, ...]"),
          "Root values of the searches, mover's side, in [-1, 1]; NaN where nothing was searched.")
      .def_prop_ro(
          "policies", [](const GameRecord& r) { return by_ply(r, policy_of); },
          nb::sig("def policies(self) -> tuple[tuple[float, ...] | None, ...]"),
          "Policies over the legal actions in order, each of sum 1; None unless the search was "
          "full.");
}

void bind_statistics(nb::module_& module) {
  module.def(
      "record_statistics", &statistics, "records"_a,
      nb::sig("def record_statistics(records: collections.abc.Sequence[GameRecord]) "
              "-> dict[str, float]"),
      "What finished games say; NaN where there was nothing to measure.\n\n"
      "games, game_length (mean plies), first_player_score (mean points of player 0: 1, 1/2\n"
      "or 0 a game), draw_share and resigned_share (of the games), resign_wrong_share (of\n"
      "the resignations that games with resignation off would have had), search_entropy (mean\n"
      "over the policies, in nats), value_calibration_error (mean distance of the searches'\n"
      "values from the results, over ten bins of value).");
}

}  // namespace

void bind_records(nb::module_& module) {
  nb::class_<GameRecord> record(module, "GameRecord",
                                "One game of self-play: immutable, and valid by the rules.\n\n"
                                "A property with one entry a ply builds its tuple at each access.");
  record
      .def(
          "__init__",
          [](GameRecord* self, GamePointer game, std::uint64_t id,
             const std::vector<Action>& actions, const std::vector<float>& values,
             const Policies& policies, std::int8_t returns, bool finished, bool resigned,
             bool resign_off, std::int8_t would_resign) {
            new (self) GameRecord(make(std::move(game), id, actions, values, policies, returns,
                                       finished, resigned, resign_off, would_resign));
          },
          "game"_a, "id"_a, "actions"_a, "values"_a, "policies"_a, "returns"_a, "finished"_a = true,
          "resigned"_a = false, "resign_off"_a = false, "would_resign"_a = -1,
          "Make a record from its properties. Raises GameError if it is against the rules.")
      .def_static(
          "decode",
          [](GamePointer game, const nb::bytes& blob) {
            const std::string_view bytes = view_of(blob);
            const nb::gil_scoped_release release;
            return decode_record(std::move(game), bytes);
          },
          "game"_a, "blob"_a,
          "Read the binary form and replay it through the rules. Raises GameError.")
      .def(
          "encode", [](const GameRecord& r) { return to_bytes(encode_record(r)); },
          "The binary form, which selfplay/native/records/encoding.hpp describes.")
      .def(
          "__eq__",
          [](const GameRecord& a, const GameRecord& b) {
            return encode_record(a) == encode_record(b);
          },
          nb::is_operator(), "Whether the binary forms are equal.")
      .def("__hash__", [](const GameRecord& r) { return r.id; });
  bind_fields(record);
  bind_columns(record);
  bind_statistics(module);
}

}  // namespace zero
