// The binary form of game records, for storage and transfer. It is little-endian:
//
//   "ZGR" version:u8 | id:u64 flags:u8 returns:i8 would_resign:i8 plies:u32 | ply ... | crc32:u32
//   ply = action:u16 flags:u8 value:f32, and if the search was full: count:u16 policy:f32[count]
//
// Policies stay float32. For Connect Four this takes 14 bytes a position more than 16-bit steps,
// but a sampled target is bit for bit what the search found. The CRC-32 (IEEE 802.3, as in zlib)
// covers all bytes before it, so it detects any flipped bit and any truncation.
#pragma once

#include <string_view>

#include "selfplay/native/records/record.hpp"

namespace zero {

// Throws GameError if a count does not fit into its field.
std::string encode_record(const GameRecord& record);

// Reads and validates a record. Throws GameError.
GameRecord decode_record(std::shared_ptr<const Game> game, std::string_view blob);

// CRC-32 (IEEE 802.3), equal to zlib's.
std::uint32_t crc32(std::string_view bytes);

}  // namespace zero
