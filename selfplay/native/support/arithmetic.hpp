// Arithmetic in columns of eight, with the vector types of GCC and Clang. The order of operations
// is fixed, so that the plain-Python reference rounds at the same points.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wpsabi"  // none of it is called across compilers
#endif

namespace zero {

inline constexpr std::size_t kColumns = 8;
using Floats = float __attribute__((vector_size(4 * kColumns)));
using Ints = std::int32_t __attribute__((vector_size(4 * kColumns)));
using HalfOfDoubles = double __attribute__((vector_size(4 * kColumns)));
using HalfOfBits = std::uint64_t __attribute__((vector_size(4 * kColumns)));
using HalfOfFloats = float __attribute__((vector_size(2 * kColumns)));

// Doubles are two halves: columns 0 to 3, and 4 to 7.
struct Doubles {
  HalfOfDoubles low;
  HalfOfDoubles high;
};

// Room for `count` values in whole rows of columns.
constexpr std::size_t padded(std::size_t count) {
  return (count + kColumns - 1) / kColumns * kColumns;
}

template <typename Vector, typename Number>
Vector load(const Number* from) {
  Vector vector;
  std::memcpy(&vector, from, sizeof(vector));
  return vector;
}
template <typename Vector, typename Number>
void store(Number* to, const Vector& vector) {
  std::memcpy(to, &vector, sizeof(vector));
}

inline Ints column_numbers() { return Ints{0, 1, 2, 3, 4, 5, 6, 7}; }

// The largest column, and the first column with that value.
template <typename Vector>
auto highest(Vector v) {
  const auto larger = [](const Vector& a, const Vector& b) { return a < b ? b : a; };
  v = larger(v, __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3));
  v = larger(v, __builtin_shufflevector(v, v, 2, 3, 0, 1, 6, 7, 4, 5));
  v = larger(v, __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6));
  return v[0];
}
template <typename Vector, typename Number>
std::size_t first_equal(const Vector& v, Number value) {
  const Ints none = Ints{} + static_cast<std::int32_t>(kColumns);
  const Ints places = v == (Vector{} + value) ? column_numbers() : none;
  return static_cast<std::size_t>(-highest(-places));
}

// e^x for -700 <= x <= 0, by IEEE operations alone, so that every machine gets the same number.
// x = k ln 2 + r with |r| <= ln(2) / 2, and e^r = cosh r + sinh r by their Taylor series. The first
// terms left out, r^14 / 14! and r^15 / 15!, are below 2^-57.
inline HalfOfDoubles exp_of_negative(const HalfOfDoubles& x) {
  constexpr double kShift = 0x1.8p52;  // adding it leaves a whole number in the lowest bits
  const HalfOfDoubles shifted = x * 0x1.71547652b82fep0 + kShift;
  const HalfOfDoubles k = shifted - kShift;
  const HalfOfDoubles r = (x - k * 0x1.62e42feep-1) - k * 0x1.a39ef35793c76p-33;
  const HalfOfDoubles s = r * r;
  HalfOfDoubles even = s * (1.0 / 479001600) + 1.0 / 3628800;
  even = even * s + 1.0 / 40320;
  even = even * s + 1.0 / 720;
  even = even * s + 1.0 / 24;
  even = even * s + 0.5;
  even = even * s + 1.0;
  HalfOfDoubles odd = s * (1.0 / 6227020800) + 1.0 / 39916800;
  odd = odd * s + 1.0 / 362880;
  odd = odd * s + 1.0 / 5040;
  odd = odd * s + 1.0 / 120;
  odd = odd * s + 1.0 / 6;
  odd = odd * s + 1.0;
  const HalfOfBits exponent = (std::bit_cast<HalfOfBits>(shifted) + 1023) << 52;
  return (even + r * odd) * std::bit_cast<HalfOfDoubles>(exponent);
}

// Whether all are below infinity (and not NaN), and at least one is above -infinity.
inline bool can_be_logits(const float* logits, std::size_t count) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  bool good = true;
  float high = -kInfinity;
  for (std::size_t i = 0; i < count; ++i) {
    good &= logits[i] < kInfinity;
    high = high < logits[i] ? logits[i] : high;
  }
  return good && high > -kInfinity;
}

// Writes padded(count) doubles: the floats, and -infinity behind them.
inline void widen(const float* from, std::size_t count, double* to) {
  for (std::size_t row = 0; row < count; row += kColumns) {
    const std::size_t rest = count - row;
    const auto at = [&](std::size_t i) { return from[row + (i < rest ? i : rest - 1)]; };
    // Column by column: memory behind the last value must not be read.
    const Floats v = rest >= kColumns
                         ? load<Floats>(from + row)
                         : Floats{at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7)};
    const Floats kept = column_numbers() < static_cast<std::int32_t>(std::min(rest, kColumns))
                            ? v
                            : Floats{} - std::numeric_limits<float>::infinity();
    const auto low = __builtin_shufflevector(kept, kept, 0, 1, 2, 3);
    const auto high = __builtin_shufflevector(kept, kept, 4, 5, 6, 7);
    store(to + row, __builtin_convertvector(low, HalfOfDoubles));
    store(to + row + kColumns / 2, __builtin_convertvector(high, HalfOfDoubles));
  }
}

// Writes padded(count) floats: the doubles, and `padding` behind them.
inline void narrow(const double* from, std::size_t count, float padding, float* to) {
  for (std::size_t row = 0; row < count; row += kColumns) {
    const auto low = __builtin_convertvector(load<HalfOfDoubles>(from + row), HalfOfFloats);
    const auto high =
        __builtin_convertvector(load<HalfOfDoubles>(from + row + kColumns / 2), HalfOfFloats);
    const Floats v = __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7);
    const auto rest = static_cast<std::int32_t>(std::min(count - row, kColumns));
    const Floats padded_row = column_numbers() < rest ? v : Floats{} + padding;
    store(to + row, padded_row);
  }
}

// Replaces padded(count) numbers, -infinity behind the count, by exp(max(x - max, -700)) / sum.
// Sums run down the columns. Then the right half of the columns is added to the left half, until
// one column is left.
inline void softmax(double* values, std::size_t count) {
  constexpr double kLowest = -std::numeric_limits<double>::infinity();
  constexpr std::size_t kHalf = kColumns / 2;
  const auto larger = [](const HalfOfDoubles& a, const HalfOfDoubles& b) { return a < b ? b : a; };
  const auto fold = [](HalfOfDoubles v, auto&& combine) {
    v = combine(v, __builtin_shufflevector(v, v, 2, 3, 0, 1));
    return combine(v, __builtin_shufflevector(v, v, 1, 0, 3, 2));
  };
  const std::size_t size = padded(count);
  HalfOfDoubles high = HalfOfDoubles{} + kLowest;
  for (std::size_t i = 0; i < size; i += kHalf)
    high = larger(high, load<HalfOfDoubles>(values + i));
  high = fold(high, larger);
  HalfOfDoubles low_sums{};
  HalfOfDoubles high_sums{};
  const auto to_exp = [&](double* at) {
    const HalfOfDoubles x = larger(load<HalfOfDoubles>(at) - high, HalfOfDoubles{} - 700.0);
    const HalfOfDoubles result = exp_of_negative(x);
    store(at, result);
    return result;
  };
  for (std::size_t i = 0; i < size; i += kColumns) {
    low_sums += to_exp(values + i);
    high_sums += to_exp(values + i + kHalf);
  }
  const HalfOfDoubles total = fold(
      low_sums + high_sums, [](const HalfOfDoubles& a, const HalfOfDoubles& b) { return a + b; });
  for (std::size_t i = 0; i < size; i += kHalf)
    store(values + i, load<HalfOfDoubles>(values + i) / total);
}

}  // namespace zero
