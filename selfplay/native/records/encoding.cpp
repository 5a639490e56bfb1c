#include "selfplay/native/records/encoding.hpp"

#include <array>
#include <bit>
#include <limits>

namespace zero {
namespace {

constexpr std::string_view kMagic = "ZGR";
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kMinPlyBytes = 2 + 1 + 4;

enum GameFlags : std::uint8_t { kFinished = 1, kResigned = 2, kResignOff = 4, kAllGameFlags = 7 };
enum PlyFlags : std::uint8_t { kFull = 1, kAllPlyFlags = 1 };

template <typename Unsigned>
void put(std::string& out, Unsigned value) {
  for (std::size_t byte = 0; byte < sizeof(Unsigned); ++byte) {
    out.push_back(static_cast<char>((value >> (8 * byte)) & 0xff));
  }
}

void put_float(std::string& out, float value) { put(out, std::bit_cast<std::uint32_t>(value)); }

// Reads fields from the front. Throws GameError when there are no more bytes.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  std::size_t left() const { return bytes_.size(); }

  std::string_view take(std::size_t size) {
    if (size > bytes_.size()) record_error("it ends too early");
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

PlyRecord read_ply(Reader& reader, std::size_t index) {
  PlyRecord ply;
  ply.action = reader.read<std::uint16_t>();
  const auto flags = reader.read<std::uint8_t>();
  if ((flags & ~kAllPlyFlags) != 0) record_error("unknown flags at ply " + std::to_string(index));
  ply.full = (flags & kFull) != 0;
  ply.value = reader.read_float();
  if (!ply.full) return ply;
  const std::size_t count = reader.read<std::uint16_t>();
  if (count * sizeof(float) > reader.left()) record_error("it ends too early");
  ply.policy.reserve(count);
  for (std::size_t i = 0; i < count; ++i) ply.policy.push_back(reader.read_float());
  return ply;
}

// Checks the CRC-32, and returns the bytes between it and the version.
std::string_view body_of(std::string_view blob) {
  if (blob.substr(0, kMagic.size()) != kMagic) record_error("it does not begin with 'ZGR'");
  if (blob.size() < kMagic.size() + 1 + sizeof(std::uint32_t)) record_error("it ends too early");
  if (const auto version = static_cast<std::uint8_t>(blob[kMagic.size()]); version != kVersion) {
    record_error("its format is " + std::to_string(version) + ", this program reads " +
                 std::to_string(kVersion));
  }
  Reader trailer(blob.substr(blob.size() - sizeof(std::uint32_t)));
  blob.remove_suffix(sizeof(std::uint32_t));
  if (trailer.read<std::uint32_t>() != crc32(blob))
    record_error("its CRC-32 does not match its bytes");
  return blob.substr(kMagic.size() + 1);
}

}  // namespace

std::string encode_record(const GameRecord& record) {
  if (record.plies.size() > std::numeric_limits<std::uint32_t>::max())
    record_error("too many plies");
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
    if (ply.policy.size() > std::numeric_limits<std::uint16_t>::max())
      record_error("a policy too long");
    put(out, static_cast<std::uint16_t>(ply.policy.size()));
    for (const float share : ply.policy) put_float(out, share);
  }
  put(out, crc32(out));
  return out;
}

GameRecord decode_record(std::shared_ptr<const Game> game, std::string_view blob) {
  Reader reader(body_of(blob));
  GameRecord record{.game = std::move(game)};
  record.id = reader.read<std::uint64_t>();
  const auto flags = reader.read<std::uint8_t>();
  if ((flags & ~kAllGameFlags) != 0) record_error("unknown flags");
  record.finished = (flags & kFinished) != 0;
  record.resigned = (flags & kResigned) != 0;
  record.resign_off = (flags & kResignOff) != 0;
  record.returns = static_cast<std::int8_t>(reader.read<std::uint8_t>());
  record.would_resign = static_cast<std::int8_t>(reader.read<std::uint8_t>());
  const std::size_t plies = reader.read<std::uint32_t>();
  if (plies > reader.left() / kMinPlyBytes) record_error("it ends too early");
  record.plies.reserve(plies);
  for (std::size_t i = 0; i < plies; ++i) record.plies.push_back(read_ply(reader, i));
  if (reader.left() != 0) record_error("bytes are left over at its end");
  validate(record);
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
