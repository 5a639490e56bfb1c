#include "selfplay/native/records/record.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "games/native/core/state.hpp"

namespace zero {
namespace {

constexpr std::string_view kMagic = "ZGR";
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kMinPlyBytes = 2 + 1 + 4;

enum GameFlags : std::uint8_t { kFinished = 1, kResigned = 2, kResignOff = 4, kAllGameFlags = 7 };
enum PlyFlags : std::uint8_t { kFull = 1, kAllPlyFlags = 1 };

[[noreturn]] void fail(const std::string& what) {
  throw GameError("game record: " + what + "; it is damaged or of another game");
}

std::string at_ply(std::size_t ply) { return " at ply " + std::to_string(ply); }

template <typename Unsigned>
void put(std::string& out, Unsigned value) {
  for (std::size_t byte = 0; byte < sizeof(Unsigned); ++byte) {
    out.push_back(static_cast<char>((value >> (8 * byte)) & 0xff));
  }
}

void put_float(std::string& out, float value) { put(out, std::bit_cast<std::uint32_t>(value)); }

// Reads fields from the front; running out of bytes throws.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  std::size_t left() const { return bytes_.size(); }

  std::string_view take(std::size_t size) {
    if (size > bytes_.size()) fail("it ends too early");
    const std::string_view out = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return out;
  }

  template <typename Unsigned>
  Unsigned read() {
    const std::string_view from = take(sizeof(Unsigned));
    std::uint64_t value = 0;
    for (std::size_t byte = 0; byte < sizeof(Unsigned); ++byte) {
      value |= std::uint64_t{static_cast<unsigned char>(from[byte])} << (8 * byte);
    }
    return static_cast<Unsigned>(value);
  }

  float read_float() { return std::bit_cast<float>(read<std::uint32_t>()); }

 private:
  std::string_view bytes_;
};

void check_policy(const std::vector<float>& policy, std::size_t ply) {
  double sum = 0.0;
  for (const float share : policy) {
    if (!(share >= 0.0F)) fail("a policy share below 0" + at_ply(ply));  // NaN fails as well
    sum += static_cast<double>(share);
  }
  if (!(std::abs(sum - 1.0) <= static_cast<double>(kRecordTolerance))) {
    fail("a policy that sums to " + std::to_string(sum) + at_ply(ply));
  }
}

PlyRecord read_ply(Reader& reader, std::size_t index) {
  PlyRecord ply;
  ply.action = reader.read<std::uint16_t>();
  const auto flags = reader.read<std::uint8_t>();
  if ((flags & ~kAllPlyFlags) != 0) fail("unknown flags" + at_ply(index));
  ply.full = (flags & kFull) != 0;
  ply.value = reader.read_float();
  if (std::abs(ply.value) > 1.0F + kRecordTolerance) {
    fail("the value " + std::to_string(ply.value) + at_ply(index));
  }
  if (!std::isnan(ply.value)) ply.value = std::clamp(ply.value, -1.0F, 1.0F);
  if (!ply.full) return ply;
  const std::size_t count = reader.read<std::uint16_t>();
  if (count * sizeof(float) > reader.left()) fail("it ends too early");
  ply.policy.reserve(count);
  for (std::size_t i = 0; i < count; ++i) ply.policy.push_back(reader.read_float());
  check_policy(ply.policy, index);
  return ply;
}

void check_header(const GameRecord& record) {
  if (record.returns < -1 || record.returns > 1) fail("returns outside -1, 0, 1");
  if (record.would_resign < -1 || record.would_resign > 1) fail("a resigner who is no player");
  if (record.resigned && (!record.finished || record.resign_off || record.returns == 0)) {
    fail("a resignation that cannot be");
  }
  if (!record.finished && record.returns != 0) fail("an unfinished game with a result");
}

void check_end(const Game& game, const StateBytes* last, const GameRecord& record) {
  const bool over = game.is_terminal(last);
  if (record.finished && !record.resigned) {
    if (!over) fail("the game is not over after its last ply");
    if (game.returns(last) != record.returns) fail("the result is not that of the last position");
  } else if (over) {
    fail(record.resigned ? "a resignation after the end" : "an unfinished game that is over");
  } else if (record.resigned && record.returns != (game.to_play(last) == 0 ? -1 : 1)) {
    fail("a resignation by a player who was not to move");
  }
}

}  // namespace

std::size_t GameRecord::positions() const {
  return static_cast<std::size_t>(std::ranges::count(plies, true, &PlyRecord::full));
}

std::string encode_record(const GameRecord& record) {
  if (record.plies.size() > std::numeric_limits<std::uint32_t>::max()) fail("too many plies");
  std::string out(kMagic);
  put(out, kVersion);
  put(out, record.id);
  put(out, static_cast<std::uint8_t>((record.finished ? kFinished : 0) |
                                     (record.resigned ? kResigned : 0) |
                                     (record.resign_off ? kResignOff : 0)));
  put(out, static_cast<std::uint8_t>(record.returns));
  put(out, static_cast<std::uint8_t>(record.would_resign));
  put(out, static_cast<std::uint32_t>(record.plies.size()));
  for (const PlyRecord& ply : record.plies) {
    put(out, ply.action);
    put(out, static_cast<std::uint8_t>(ply.full ? kFull : 0));
    put_float(out, ply.value);
    if (!ply.full) continue;
    if (ply.policy.size() > std::numeric_limits<std::uint16_t>::max()) fail("a policy too long");
    put(out, static_cast<std::uint16_t>(ply.policy.size()));
    for (const float share : ply.policy) put_float(out, share);
  }
  put(out, crc32(out));
  return out;
}

GameRecord parse_record(std::string_view blob) {
  if (blob.substr(0, kMagic.size()) != kMagic) fail("it does not begin with 'ZGR'");
  if (blob.size() < kMagic.size() + 1 + sizeof(std::uint32_t)) fail("it ends too early");
  if (const auto version = static_cast<std::uint8_t>(blob[kMagic.size()]); version != kVersion) {
    fail("its format is " + std::to_string(version) + ", this program reads " +
         std::to_string(kVersion));
  }
  Reader trailer(blob.substr(blob.size() - sizeof(std::uint32_t)));
  blob.remove_suffix(sizeof(std::uint32_t));
  if (trailer.read<std::uint32_t>() != crc32(blob)) fail("its CRC-32 does not match its bytes");

  Reader reader(blob.substr(kMagic.size() + 1));
  GameRecord record;
  record.id = reader.read<std::uint64_t>();
  const auto flags = reader.read<std::uint8_t>();
  if ((flags & ~kAllGameFlags) != 0) fail("unknown flags");
  record.finished = (flags & kFinished) != 0;
  record.resigned = (flags & kResigned) != 0;
  record.resign_off = (flags & kResignOff) != 0;
  record.returns = static_cast<std::int8_t>(reader.read<std::uint8_t>());
  record.would_resign = static_cast<std::int8_t>(reader.read<std::uint8_t>());
  check_header(record);
  const std::size_t plies = reader.read<std::uint32_t>();
  if (plies > reader.left() / kMinPlyBytes) fail("it ends too early");
  record.plies.reserve(plies);
  for (std::size_t i = 0; i < plies; ++i) record.plies.push_back(read_ply(reader, i));
  if (reader.left() != 0) fail("bytes are left over at its end");
  return record;
}

GameRecord decode_record(const Game& game, std::string_view blob) {
  GameRecord record = parse_record(blob);
  if (record.plies.size() > static_cast<std::size_t>(game.spec().max_plies)) {
    fail(std::to_string(record.plies.size()) + " plies, more than a game can have");
  }
  std::vector<Action> legal(static_cast<std::size_t>(game.spec().max_legal_actions));
  // The box lives no longer than the caller's game, so it need not own it.
  StateBox state(std::shared_ptr<const Game>(std::shared_ptr<void>(), &game));
  for (std::size_t i = 0; i < record.plies.size(); ++i) {
    const PlyRecord& ply = record.plies[i];
    const auto count = static_cast<std::size_t>(game.legal_actions(state.get(), legal.data()));
    const auto end = legal.begin() + static_cast<std::ptrdiff_t>(count);
    if (std::find(legal.begin(), end, ply.action) == end) {
      fail("the illegal action " + std::to_string(ply.action) + at_ply(i));
    }
    if (ply.full && ply.policy.size() != count) {
      fail("a policy over " + std::to_string(ply.policy.size()) + " actions, where " +
           std::to_string(count) + " are legal," + at_ply(i));
    }
    game.apply(state.get(), ply.action);
  }
  check_end(game, state.get(), record);
  return record;
}

std::uint32_t crc32(std::string_view bytes) {
  static constexpr auto kTable = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < 256; ++i) {
      std::uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? 0xedb88320U : 0);
      table[i] = value;
    }
    return table;
  }();
  std::uint32_t crc = 0xffffffffU;
  for (const char byte : bytes) {
    crc = (crc >> 8) ^ kTable[(crc ^ static_cast<unsigned char>(byte)) & 0xff];
  }
  return ~crc;
}

}  // namespace zero
