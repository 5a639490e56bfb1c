// Stones on a Go board: groups, liberties, captures and area, on sets of points.
//
// The board does not count liberties. It keeps only which stones are in atari: in a group with one
// liberty. This is enough, because a move is legal exactly if it is next to an empty point, to a
// group of one's own with more than one liberty, or to a group of the other player with one
// liberty, which is captured. One step of a set of points over the board finds all legal moves at
// once. A move changes few groups, and a group is searched only until a second liberty is found.
#pragma once

#include "games/native/boards/bits.hpp"

namespace zero {

// The third set follows from the stones, so boards with equal stones are equal.
template <int Words>
struct GoStones {
  std::array<Bits<Words>, 2> of{};  // by player
  Bits<Words> atari{};              // stones of both in groups with one liberty
  bool operator==(const GoStones&) const = default;
};

template <int Words>
class GoBoard {
 public:
  using Points = Bits<Words>;
  using Stones = GoStones<Words>;

  explicit GoBoard(int size) : size_(size) {
    for (int point = 0; point < size * size; ++point) {
      all_.set(point);
      if (point % size != 0) not_first_.set(point);
      if (point % size != size - 1) not_last_.set(point);
    }
  }

  Points empty(const Stones& s) const { return all_ & ~(s.of[0] | s.of[1]); }

  // The points above, below, left and right of the points. Some may lie beyond the last row.
  Points beside(const Points& points) const {
    return (points & not_last_) << 1 | (points & not_first_) >> 1 | points << size_ |
           points >> size_;
  }

  // The points of `within` that are connected, inside it, to those of `seed`.
  Points connected(const Points& seed, const Points& within) const {
    Points found = seed & within;
    while (found.any()) {
      const Points next = found | (beside(found) & within);
      if (next == found) break;
      found = next;
    }
    return found;
  }

  // Where the player may place a stone, ignoring ko: not where it would have no liberty (suicide).
  Points placements(const Stones& s, int player) const {
    const Points open = empty(s);
    const Points friends = s.of[index(player)] & ~s.atari;
    const Points victims = s.of[index(1 - player)] & s.atari;
    return open & beside(open | friends | victims);
  }

  // Where a stone of the player would capture, and which stones.
  Points takers(const Stones& s, int player) const {
    return empty(s) & beside(s.of[index(1 - player)] & s.atari);
  }
  Points captures(const Stones& s, int point, int player) const {
    const Points victims = s.of[index(1 - player)] & s.atari;
    return connected(beside(Points::of(point)), victims);
  }

  // Places a stone where placements() allows it, and removes and returns the captured stones.
  Points place(Stones& s, int point, int player) const {
    Points& own = s.of[index(player)];
    Points& other = s.of[index(1 - player)];
    const Points stone = Points::of(point);
    const Points near = beside(stone);
    const Points captured = connected(near, other & s.atari);
    // Own groups in atari that touch the captured stones or the new one now have other liberties.
    // The new stone's group is counted below.
    Points changed = near;
    if (captured.any()) {
      other ^= captured;
      s.atari ^= captured;
      changed |= beside(captured);
    }
    s.atari ^= connected(changed, own & s.atari);
    own |= stone;
    const Points open = empty(s);
    note_atari(s, stone, own, open);
    for (Points rest = near & other; rest.any();) {
      const Points seed = first_of(rest);
      rest = rest & ~note_atari(s, seed, other, open);
    }
    return captured;
  }

  // Finds the stones in atari from the stones alone. False if a group has no liberty.
  bool find_atari(Stones& s) const {
    s.atari = {};
    const Points open = empty(s);
    for (const Points& own : s.of) {
      for (Points rest = own; rest.any();) {
        const Points group = connected(first_of(rest), own);
        const int liberties = (beside(group) & open).count();
        if (liberties == 0) return false;
        if (liberties == 1) s.atari |= group;
        rest ^= group;
      }
    }
    return true;
  }

  // Points of player 0 minus those of player 1: stones, and empty regions that touch only one
  // colour.
  int area_difference(const Stones& s) const {
    const Points open = empty(s);
    const Points first = connected(beside(s.of[0]), open);
    const Points second = connected(beside(s.of[1]), open);
    return (s.of[0] | (first & ~second)).count() - (s.of[1] | (second & ~first)).count();
  }

  // Whether the point can be a ko point for the player: an empty point whose neighbours are all
  // stones of the other player, one of them single and with no other liberty.
  bool may_be_ko(const Stones& s, int point, int player) const {
    const Points other = s.of[index(1 - player)];
    const Points near = beside(Points::of(point)) & all_;
    bool taker = false;
    (near & s.atari).for_each([&](int stone) {
      taker = taker || !(beside(Points::of(stone)) & other).any();
    });
    return taker && empty(s).test(point) && !(near & ~other).any();
  }

 private:
  static std::size_t index(int player) { return static_cast<std::size_t>(player); }

  static Points first_of(const Points& points) {
    Points out;
    for (std::size_t i = 0; i < Words; ++i) {
      if (points.words[i] == 0) continue;
      out.words[i] = points.words[i] & (~points.words[i] + 1);
      break;
    }
    return out;
  }

  // Searches the group of `seed` among the stones `own` until it finds a second liberty; if there
  // is none, the stones are in atari. Returns the stones of the group that it has seen.
  Points note_atari(Stones& s, const Points& seed, const Points& own, const Points& open) const {
    for (Points group = seed;;) {
      const Points around = beside(group);
      if ((around & open).count() > 1) return group;
      const Points next = group | (around & own);
      if (next == group) {
        s.atari |= group;
        return group;
      }
      group = next;
    }
  }

  int size_;
  Points all_{};
  Points not_first_{};  // all but the first column
  Points not_last_{};   // all but the last
};

}  // namespace zero
