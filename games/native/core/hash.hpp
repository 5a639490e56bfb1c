// Hashes for the keys of states: the same on every machine and in every process.
#pragma once

#include <cstdint>
#include <string_view>

namespace zero {

// A fast hash of words, used for keys. (The finaliser of SplitMix64, Steele et al. 2014.)
inline std::uint64_t mix64(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

inline std::uint64_t hash_of(std::string_view bytes) {
  std::uint64_t hash = mix64(bytes.size());
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    word |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * (i % 8));
    if (i % 8 == 7 || i + 1 == bytes.size()) {
      hash = mix64(hash ^ word);
      word = 0;
    }
  }
  return hash;
}

}  // namespace zero
