// What a Go state remembers under positional superko, when no earlier board may come again: the
// position where the line began, the moves since then, and a key of every board on the way.
#pragma once

#include "games/native/rules/go/board.hpp"

namespace zero {

constexpr Action kNoPoint = 0xffff;

// A position without its past.
template <int Words>
struct GoPosition {
  GoStones<Words> stones{};
  Action ko = kNoPoint;     // where the player to move may not play at once
  std::uint16_t plies = 0;  // since the start of the game
  std::uint8_t player = 0;  // who moves
  std::uint8_t passes = 0;  // just made, one after another
  bool operator==(const GoPosition&) const = default;
};

// Without superko nothing is remembered.
struct NoPast {
  bool operator==(const NoPast&) const = default;
};

// The moves are kept beside the keys for the text and the symmetries, which replay them. Two boards
// with the same key would be taken for the same board; the odds are 2^-64 per pair.
template <int Words>
class GoPast {
 public:
  static constexpr int kMostMoves = 128 * Words;  // at least two for each point

  explicit GoPast(const GoPosition<Words>& start = {}) : start_(start) {
    for (int player = 0; player < 2; ++player)
      toggle(start.stones.of[static_cast<std::size_t>(player)], player);
    remember();
  }

  const GoPosition<Words>& start() const { return start_; }
  int length() const { return length_; }
  Action move(int i) const { return moves_[static_cast<std::size_t>(i)]; }

  // Removes the stones from the board or adds them.
  void toggle(const Bits<Words>& stones, int player) { key_ ^= key_of(stones, player); }

  // Called after the stones of a move; the board is new unless the move is a pass.
  void append(Action action, bool is_new) {
    moves_[static_cast<std::size_t>(length_++)] = action;
    if (is_new) remember();
  }

  // Whether a stone of the player on the point, which captures these stones, leads to a board that
  // has occurred before.
  bool would_repeat(int point, int player, const Bits<Words>& captured) const {
    const std::uint64_t key = key_ ^ point_key(point, player) ^ key_of(captured, 1 - player);
    if ((seen_[slot(key)] >> (key & 63) & 1) == 0) return false;
    for (std::size_t i = 0; i < boards_; ++i) {
      if (keys_[i] == key) return true;
    }
    return false;
  }

  bool operator==(const GoPast&) const = default;

 private:
  // Sixteen bits for each board, so that few new boards look as if they had been seen.
  static constexpr std::size_t kSeenWords = kMostMoves * 16 / 64;

  // The key of a board is the exclusive or of the keys of its stones (Zobrist 1970).
  static std::uint64_t point_key(int point, int player) {
    return mix64(static_cast<std::uint64_t>(2 * point + player) + 0x5ba9d3c4e1f7a2b6ULL);
  }
  static std::uint64_t key_of(const Bits<Words>& stones, int player) {
    std::uint64_t key = 0;
    stones.for_each([&](int point) { key ^= point_key(point, player); });
    return key;
  }
  static std::size_t slot(std::uint64_t key) { return (key >> 6) % kSeenWords; }

  void remember() {
    keys_[boards_++] = key_;
    seen_[slot(key_)] |= std::uint64_t{1} << (key_ & 63);
  }

  GoPosition<Words> start_{};
  std::uint16_t length_ = 0;
  std::uint16_t boards_ = 0;
  std::uint64_t key_ = 0;
  std::array<std::uint64_t, kSeenWords> seen_{};
  std::array<Action, kMostMoves> moves_{};
  std::array<std::uint64_t, kMostMoves + 1> keys_{};  // of all boards so far
};

}  // namespace zero
