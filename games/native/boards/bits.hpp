// A set of squares, for boards that do not fit into one 64-bit word. The bit of a square is
// row * width + column, as in actions and observations.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "games/native/core/hash.hpp"

namespace zero {

template <int Words>
struct Bits {
  static constexpr int kWords = Words;
  static constexpr int kSize = 64 * Words;

  std::array<std::uint64_t, Words> words{};

  bool operator==(const Bits&) const = default;

  static constexpr Bits of(int square) {
    Bits out;
    out.set(square);
    return out;
  }

  constexpr bool test(int square) const { return (word_of(square) >> (square & 63) & 1) != 0; }
  constexpr void set(int square) { word_of(square) |= std::uint64_t{1} << (square & 63); }
  constexpr void reset(int square) { word_of(square) &= ~(std::uint64_t{1} << (square & 63)); }

  constexpr bool any() const {
    std::uint64_t all = 0;
    for (const std::uint64_t word : words) all |= word;
    return all != 0;
  }
  constexpr int count() const {
    int total = 0;
    for (const std::uint64_t word : words) total += std::popcount(word);
    return total;
  }

  constexpr Bits& operator|=(const Bits& other) {
    for (std::size_t i = 0; i < Words; ++i) words[i] |= other.words[i];
    return *this;
  }
  constexpr Bits& operator&=(const Bits& other) {
    for (std::size_t i = 0; i < Words; ++i) words[i] &= other.words[i];
    return *this;
  }
  constexpr Bits& operator^=(const Bits& other) {
    for (std::size_t i = 0; i < Words; ++i) words[i] ^= other.words[i];
    return *this;
  }
  friend constexpr Bits operator|(Bits a, const Bits& b) { return a |= b; }
  friend constexpr Bits operator&(Bits a, const Bits& b) { return a &= b; }
  friend constexpr Bits operator^(Bits a, const Bits& b) { return a ^= b; }
  constexpr Bits operator~() const {
    Bits out;
    for (std::size_t i = 0; i < Words; ++i) out.words[i] = ~words[i];
    return out;
  }

  // Moves every square to a higher (lower) number. Squares that leave the words are lost. The shift
  // is from 1 to 63, enough for one row of any board.
  friend constexpr Bits operator<<(const Bits& a, int shift) {
    Bits out;
    out.words[0] = a.words[0] << shift;
    for (std::size_t i = 1; i < Words; ++i) {
      out.words[i] = a.words[i] << shift | a.words[i - 1] >> (64 - shift);
    }
    return out;
  }
  friend constexpr Bits operator>>(const Bits& a, int shift) {
    Bits out;
    for (std::size_t i = 0; i + 1 < Words; ++i) {
      out.words[i] = a.words[i] >> shift | a.words[i + 1] << (64 - shift);
    }
    out.words[Words - 1] = a.words[Words - 1] >> shift;
    return out;
  }

  // Calls task(square) for each square of the set, in ascending order.
  template <typename Task>
  constexpr void for_each(Task&& task) const {
    for (int i = 0; i < Words; ++i) {
      for (std::uint64_t word = words[static_cast<std::size_t>(i)]; word != 0; word &= word - 1) {
        task(64 * i + std::countr_zero(word));
      }
    }
  }

  std::uint64_t hash() const {
    std::uint64_t out = 0;
    for (const std::uint64_t word : words) out = mix64(out ^ word);
    return out;
  }

  // As a plane of an observation that has at most this many words.
  constexpr void copy_to(std::uint64_t* plane, int count) const {
    for (int i = 0; i < count; ++i) plane[i] = words[static_cast<std::size_t>(i)];
  }

 private:
  constexpr std::uint64_t word_of(int square) const {
    return words[static_cast<std::size_t>(square) / 64];
  }
  constexpr std::uint64_t& word_of(int square) {
    return words[static_cast<std::size_t>(square) / 64];
  }
};

}  // namespace zero
