#include "selfplay/native/pool/pool.hpp"

#include <algorithm>

#include "selfplay/native/records/encoding.hpp"

namespace zero {
namespace {

constexpr double kMostCacheMib = 1 << 20;

void check(bool good, const std::string& message) {
  if (!good) throw GameError(message);
}

// Checks only what memory and arithmetic rely on; selfplay/settings.py checks the ranges.
void check_sizes(const PoolSettings& s) {
  check(s.slots >= 1, "slots=" + std::to_string(s.slots) + ": a pool needs at least one slot");
  check(s.groups >= 1 && s.groups <= s.slots,
        "groups=" + std::to_string(s.groups) + ": give 1 to slots=" + std::to_string(s.slots));
  check(s.batch <= s.slots / s.groups, "batch=" + std::to_string(s.batch) + ": give 1 to " +
                                           std::to_string(s.slots / s.groups) +
                                           " rows, the slots of a group, or 0 for as many");
  check(s.cache_mib >= 0 && s.cache_mib <= kMostCacheMib,
        "cache_mib=" + std::to_string(s.cache_mib) + ": give 0 to " +
            std::to_string(static_cast<int>(kMostCacheMib)));
}

}  // namespace

Pool::Pool(std::shared_ptr<const Game> game, const SearchSettings& search,
           const PoolSettings& settings, std::uint64_t seed, int threads)
    : plan_{std::move(game), std::make_shared<const PreparedSettings>(search), settings, seed,
            threads} {
  check_sizes(settings);
  check(threads >= 1 && threads <= 256, "threads=" + std::to_string(threads) + ": give 1 to 256");
  int first = 0;
  for (int g = 0; g < settings.groups; ++g) {
    const int end =
        static_cast<int>(static_cast<std::int64_t>(settings.slots) * (g + 1) / settings.groups);
    groups_.emplace_back(plan_, first, end);
    first = end;
  }
}

Group& Pool::group_at(int group) {
  check(group >= 0 && group < groups(), "group " + std::to_string(group) + " does not exist");
  return groups_[static_cast<std::size_t>(group)];
}

Batch& Pool::batch(int group) { return group_at(group).batch(); }

int Pool::advance(int group) { return group_at(group).advance(limit_); }

int Pool::play_rollouts(int group, int batches, std::uint64_t seed) {
  return group_at(group).play_rollouts(batches, seed, limit_);
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

void Pool::configure(const SearchSettings& search, const PoolSettings& settings) {
  check_sizes(settings);
  const PoolSettings& now = plan_.settings;
  check(settings.slots == now.slots && settings.groups == now.groups && settings.batch == now.batch,
        "slots, groups and batch of a pool cannot change");
  plan_.search = std::make_shared<const PreparedSettings>(search);
  plan_.settings = settings;
  for (Group& group : groups_) group.configure();
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
    records.push_back(decode_record(plan_.game, snapshot.substr(0, length)));
    snapshot.remove_prefix(length);
  }
  check(records.size() == static_cast<std::size_t>(plan_.settings.slots),
        "the snapshot holds " + std::to_string(records.size()) + " games in flight, the pool has " +
            std::to_string(plan_.settings.slots) + " slots");
  const auto slots = static_cast<std::uint64_t>(plan_.settings.slots);
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
