// Game records: what self-play leaves behind, and all that training reads.
//
// A record keeps what is needed to make training targets again at any time (actions, search
// policies, root values), never encoded planes. Its binary form is little-endian:
//
//   "ZGR" version:u8 | id:u64 flags:u8 returns:i8 would_resign:i8 plies:u32 | ply ... | crc32:u32
//   ply = action:u16 flags:u8 value:f32, and if the search was full: count:u16 policy:f32[count]
//
// Policies stay float32: 14 bytes a Connect Four position more than 16-bit steps, but a sampled
// target is then bit for bit what the search said. The CRC-32 (IEEE 802.3, as zlib) covers all
// before it, so any flipped bit, and any cut, is found.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "games/native/core/game.hpp"

namespace zero {

// Policies sum to 1 and values lie in [-1, 1] up to this; it covers float32 rounding only.
inline constexpr float kRecordTolerance = 1e-3F;

struct PlyRecord {
  Action action = 0;
  bool full = false;          // searched in full: the ply is a training position
  float value = 0.0F;         // root value of the search, mover's side, in [-1, 1]; NaN: no search
  std::vector<float> policy;  // over the legal actions in order, sums to 1; empty unless full
};

struct GameRecord {
  std::uint64_t id = 0;
  bool finished = true;           // false: a game in flight, as the pool's snapshot keeps it
  std::int8_t returns = 0;        // of player 0, in {-1, 0, 1}; 0 while unfinished
  bool resigned = false;          // the player to move after the last ply gave up
  bool resign_off = false;        // resignation was switched off for this game, to measure it
  std::int8_t would_resign = -1;  // the player (0, 1) who first met the resign rule, or -1
  std::vector<PlyRecord> plies;

  // Number of training positions: plies with a full search.
  std::size_t positions() const;
};

// The binary form. Throws GameError if a count does not fit into its field.
std::string encode_record(const GameRecord& record);

// Reads the binary form: magic, version, CRC, lengths, flags and ranges, but not the rules. Throws
// GameError.
GameRecord parse_record(std::string_view blob);

// Reads the binary form and replays it through the rules: every action legal, every policy over
// exactly the legal actions, the result that of the last position (unless resigned), an unfinished
// game not over. Values are clamped to [-1, 1]. Throws GameError.
GameRecord decode_record(const Game& game, std::string_view blob);

// CRC-32 (IEEE 802.3), equal to zlib's.
std::uint32_t crc32(std::string_view bytes);

}  // namespace zero
