// Random numbers as a pure function of (seed, game id, ply), so that no draw depends on the order
// of threads. The generator is SplitMix64 (Steele, Lea & Flood 2014); its state is one word.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <span>

#include "games/native/core/hash.hpp"

namespace zero {

class Rng {
 public:
  explicit Rng(std::uint64_t state) : state_(state) {}
  Rng(std::uint64_t seed, std::uint64_t game_id, std::uint64_t ply)
      : Rng(mix64(mix64(mix64(seed) ^ game_id) ^ ply)) {}

  std::uint64_t state() const { return state_; }

  std::uint64_t next() {
    const std::uint64_t value = mix64(state_);  // mix64 adds the increment before it mixes
    state_ += 0x9e3779b97f4a7c15ULL;
    return value;
  }

  // In [0, 1) with 53 random bits; in (0, 1) with 52, so that adding one half is exact.
  double uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  double uniform_open() { return (static_cast<double>(next() >> 12) + 0.5) * 0x1.0p-52; }

  // An index in [0, bound), bound > 0. The bias of the multiplication is below bound / 2^32.
  std::uint32_t index(std::uint32_t bound) {
    return static_cast<std::uint32_t>(((next() >> 32) * bound) >> 32);
  }

  double gumbel() { return -std::log(-std::log(uniform_open())); }

  // Box-Muller, cosine branch only.
  double normal() {
    const double u1 = uniform_open();
    const double u2 = uniform_open();
    return std::sqrt(-2.0 * std::log(u1)) * std::cos(2.0 * std::numbers::pi * u2);
  }

  // Gamma(alpha, 1) by Marsaglia and Tsang (2000).
  double gamma(double alpha) {
    if (alpha < 1.0) {
      const double larger = gamma(alpha + 1.0);
      return larger * std::pow(uniform_open(), 1.0 / alpha);
    }
    const double d = alpha - 1.0 / 3.0;
    const double c = 1.0 / std::sqrt(9.0 * d);
    while (true) {
      const double x = normal();
      const double t = 1.0 + c * x;
      if (t <= 0.0) continue;
      const double v = t * t * t;
      const double u = uniform_open();
      if (std::log(u) < 0.5 * x * x + d - d * v + d * std::log(v)) return d * v;
    }
  }

  // A symmetric Dirichlet sample; uniform if every gamma underflows to 0.
  void dirichlet(double alpha, std::span<double> out) {
    double total = 0.0;
    for (double& value : out) {
      value = gamma(alpha);
      total += value;
    }
    for (double& value : out) {
      value = total > 0.0 ? value / total : 1.0 / static_cast<double>(out.size());
    }
  }

 private:
  std::uint64_t state_;
};

}  // namespace zero
