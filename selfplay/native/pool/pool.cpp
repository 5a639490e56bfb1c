#include "selfplay/native/pool/pool.hpp"

#include <algorithm>

#include "selfplay/native/records/encoding.hpp"

namespace zero {
namespace {

constexpr std::int64_t kMostCacheBytes = std::int64_t{1} << 40;

void check(bool good, const std::string& message) {
  if (!good) throw GameError(message);
}

bool is_share(double value) { return value >= 0.0 && value <= 1.0; }
bool is_temperature(double value) { return value >= 0.0 && value <= 1e6; }

void check_settings(const PoolSettings& s) {
  check_settings(s.search);
  check(s.slots >= 1, "slots=" + std::to_string(s.slots) + ": a pool needs at least one slot");
  check(s.groups >= 1 && s.groups <= s.slots,
        "groups=" + std::to_string(s.groups) + ": give 1 to slots=" + std::to_string(s.slots));
  check(s.threads >= 1 && s.threads <= 256,
        "threads=" + std::to_string(s.threads) + ": give 1 to 256");
  check(s.batch >= 0 && s.batch <= s.slots / s.groups,
        "batch=" + std::to_string(s.batch) + ": give 1 to " + std::to_string(s.slots / s.groups) +
            " rows, the slots of a group, or 0 for as many");
  check(s.cache_bytes >= 0 && s.cache_bytes <= kMostCacheBytes,
        "cache_bytes=" + std::to_string(s.cache_bytes) + ": give 0 to " +
            std::to_string(kMostCacheBytes));
  check(s.search.simulations >= 1 && s.cheap_simulations >= 1,
        "simulations and cheap_simulations must be at least 1");
  check(is_temperature(s.temperature) && is_temperature(s.temperature_final),
        "temperature and temperature_final must be from 0 to 1e6");
  check(s.temperature_half_life > 0 && s.temperature_half_life <= 1e9,
        "temperature_half_life must be above 0 plies");
  check(
      is_share(s.full_search_share) && is_share(s.resign_off_share) && is_share(s.resign_threshold),
      "full_search_share, resign_off_share and resign_threshold must be from 0 to 1");
  check(s.resign_plies >= 1, "resign_plies must be at least 1");
}

}  // namespace

Pool::Pool(std::shared_ptr<const Game> game, const PoolSettings& settings)
    : game_(std::move(game)), settings_(settings) {
  check_settings(settings_);
  const auto tables = std::make_shared<const VisitTables>(settings_.search);
  int first = 0;
  for (int g = 0; g < settings_.groups; ++g) {
    const int end =
        static_cast<int>(static_cast<std::int64_t>(settings_.slots) * (g + 1) / settings_.groups);
    groups_.emplace_back(game_, settings_, tables, first, end);
    first = end;
  }
}

Group& Pool::group_at(int group) {
  check(group >= 0 && group < groups(), "group " + std::to_string(group) + " does not exist");
  return groups_[static_cast<std::size_t>(group)];
}

Batch& Pool::batch(int group) { return group_at(group).batch(); }

int Pool::advance(int group) { return group_at(group).advance(limit_); }

int Pool::play_rollouts(int group, int rounds, std::uint64_t seed) {
  return group_at(group).play_rollouts(rounds, seed, limit_);
}

void Pool::end_phase() {
  for (Group& group : groups_) group.drop_searches();
}

void Pool::clear_cache() {
  for (Group& group : groups_) group.clear_cache();
}

std::vector<GameRecord> Pool::take_records() {
  std::vector<GameRecord> records;
  for (Group& group : groups_) {
    for (Slot& slot : group.slots()) {
      for (GameRecord& record : slot.take_finished()) records.push_back(std::move(record));
    }
  }
  std::sort(records.begin(), records.end(),
            [](const GameRecord& a, const GameRecord& b) { return a.id < b.id; });
  return records;
}

PoolCounters Pool::counters() const {
  PoolCounters total;
  for (const Group& group : groups_) {
    for (const Slot& slot : group.slots()) slot.add_counters_to(total);
  }
  return total;
}

void Pool::configure(const PoolSettings& settings) {
  check_settings(settings);
  check(settings.slots == settings_.slots && settings.groups == settings_.groups &&
            settings.threads == settings_.threads && settings.batch == settings_.batch &&
            settings.seed == settings_.seed,
        "slots, groups, threads, batch and seed of a pool cannot change");
  settings_ = settings;
  const auto tables = std::make_shared<const VisitTables>(settings_.search);
  for (Group& group : groups_) group.configure(tables);
}

// Format: for each slot, the length of its record in 4 little-endian bytes, and the record.
std::string Pool::snapshot() const {
  std::string out;
  for (const Group& group : groups_) {
    for (const Slot& slot : group.slots()) {
      const std::string blob = encode_record(slot.game_in_flight());
      for (int byte = 0; byte < 4; ++byte) {
        out += static_cast<char>((blob.size() >> (8 * byte)) & 0xff);
      }
      out += blob;
    }
  }
  return out;
}

void Pool::restore(std::string_view snapshot) {
  std::vector<GameRecord> records;
  while (!snapshot.empty()) {
    check(snapshot.size() >= 4, "the snapshot of the games in flight is cut short");
    std::size_t length = 0;
    for (std::size_t byte = 0; byte < 4; ++byte) {
      length |= static_cast<std::size_t>(static_cast<unsigned char>(snapshot[byte])) << (8 * byte);
    }
    snapshot.remove_prefix(4);
    check(snapshot.size() >= length, "the snapshot of the games in flight is cut short");
    records.push_back(decode_record(game_, snapshot.substr(0, length)));
    snapshot.remove_prefix(length);
  }
  check(records.size() == static_cast<std::size_t>(settings_.slots),
        "the snapshot holds " + std::to_string(records.size()) + " games in flight, the pool has " +
            std::to_string(settings_.slots) + " slots");
  const auto slots = static_cast<std::uint64_t>(settings_.slots);
  for (std::size_t i = 0; i < records.size(); ++i) {
    check(!records[i].finished && records[i].id % slots == i,
          "game " + std::to_string(records[i].id) +
              " of the snapshot cannot be in flight in slot " + std::to_string(i));
  }
  std::size_t next = 0;
  for (Group& group : groups_) {
    group.drop_searches();
    for (Slot& slot : group.slots()) slot.restore(std::move(records[next++]));
  }
}

}  // namespace zero
