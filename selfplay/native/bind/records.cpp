// Binds game records to Python.
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/vector.h>

#include <cmath>
#include <limits>
#include <optional>
#include <string>

#include "selfplay/native/bind/bindings.hpp"
#include "selfplay/native/records/record.hpp"

namespace nb = nanobind;

namespace zero {
namespace {

using Fields = nb::typed<nb::dict, nb::str, nb::any>;
using Counts = nb::typed<nb::dict, nb::str, int>;

std::string_view view(const nb::bytes& blob) { return {blob.c_str(), blob.size()}; }

Fields to_dict(const GameRecord& record) {
  nb::list actions;
  nb::list full;
  nb::list values;
  nb::list policies;
  for (const PlyRecord& ply : record.plies) {
    actions.append(ply.action);
    full.append(ply.full);
    values.append(ply.value);
    policies.append(ply.full ? nb::cast(ply.policy) : nb::none());
  }
  Fields out;
  out["id"] = record.id;
  out["finished"] = record.finished;
  out["returns"] = static_cast<int>(record.returns);
  out["resigned"] = record.resigned;
  out["resign_off"] = record.resign_off;
  out["would_resign"] = static_cast<int>(record.would_resign);
  out["actions"] = actions;
  out["full"] = full;
  out["values"] = values;
  out["policies"] = policies;
  return out;
}

nb::bytes encode(std::uint64_t id, const std::vector<Action>& actions,
                 const std::vector<float>& values,
                 const std::vector<std::optional<std::vector<float>>>& policies,
                 std::int8_t returns, bool finished, bool resigned, bool resign_off,
                 std::int8_t would_resign) {
  if (values.size() != actions.size() || policies.size() != actions.size()) {
    throw GameError("game record: " + std::to_string(actions.size()) + " actions, " +
                    std::to_string(values.size()) + " values and " +
                    std::to_string(policies.size()) + " policies; give one of each for every ply");
  }
  GameRecord record{.id = id,
                    .finished = finished,
                    .returns = returns,
                    .resigned = resigned,
                    .resign_off = resign_off,
                    .would_resign = would_resign,
                    .plies = {}};
  for (std::size_t i = 0; i < actions.size(); ++i) {
    record.plies.push_back({.action = actions[i],
                            .full = policies[i].has_value(),
                            .value = values[i],
                            .policy = policies[i].value_or(std::vector<float>{})});
  }
  const std::string blob = encode_record(record);
  return nb::bytes(blob.data(), blob.size());
}

Counts summary(const nb::bytes& blob) {
  const GameRecord record = parse_record(view(blob));
  Counts out;
  out["id"] = record.id;
  out["finished"] = record.finished;
  out["plies"] = record.plies.size();
  out["positions"] = record.positions();
  out["returns"] = static_cast<int>(record.returns);
  out["resigned"] = record.resigned;
  return out;
}

}  // namespace

void bind_records(nb::module_& module) {
  module.def(
      "decode_record",
      [](const Game& game, const nb::bytes& blob) {
        return to_dict(decode_record(game, view(blob)));
      },
      nb::arg("game"), nb::arg("blob"),
      "Read a game record and replay it through the rules.\n\n"
      "Returns id, finished, returns (of player 0), resigned, resign_off, would_resign (player\n"
      "or -1), and for each ply: actions, full, values (root value, mover's side; NaN if not\n"
      "searched), policies (list over the legal actions in order, None unless full). Raises\n"
      "GameError if anything in it is damaged or against the rules.");
  module.def("encode_record", &encode, nb::arg("id"), nb::arg("actions"), nb::arg("values"),
             nb::arg("policies"), nb::arg("returns"), nb::arg("finished") = true,
             nb::arg("resigned") = false, nb::arg("resign_off") = false,
             nb::arg("would_resign") = -1,
             "Write a game record: the inverse of decode_record, which checks what this is given.");
  module.def("record_summary", &summary, nb::arg("blob"),
             "Read id, finished, plies, positions, returns and resigned of a game record.\n\n"
             "Checks its form and CRC-32, not the rules. Raises GameError if it is damaged.");
}

}  // namespace zero
