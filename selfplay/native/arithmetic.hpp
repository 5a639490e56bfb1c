// Arithmetic whose order is stated, so that the plain-Python reference rounds in the same places, and
// that stands in columns of eight, which compilers turn into vector instructions.
#pragma once

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace zero {

inline constexpr std::size_t kColumns = 8;

// Room for `count` values in whole rows of eight.
constexpr std::size_t padded(std::size_t count) {
  return (count + kColumns - 1) / kColumns * kColumns;
}

// The larger of two; if the first is no number, it.
template <typename Number>
Number larger(Number a, Number b) {
  return a < b ? b : a;
}

// e^x for -700 <= x <= 0, by IEEE operations alone, so that it is the same number on every
// machine. x = k ln 2 + r with |r| <= ln(2) / 2, and e^r = cosh r + sinh r by their Taylor series,
// whose first terms left out, r^14 / 14! and r^15 / 15!, are below 2^-57.
inline double exp_of_negative(double x) {
  constexpr double kShift = 0x1.8p52;  // adding it leaves a whole number in the lowest bits
  const double shifted = x * 0x1.71547652b82fep0 + kShift;
  const double k = shifted - kShift;
  const double r = (x - k * 0x1.62e42feep-1) - k * 0x1.a39ef35793c76p-33;
  const double s = r * r;
  double even = 1.0 / 479001600;
  even = even * s + 1.0 / 3628800;
  even = even * s + 1.0 / 40320;
  even = even * s + 1.0 / 720;
  even = even * s + 1.0 / 24;
  even = even * s + 0.5;
  even = even * s + 1.0;
  double odd = 1.0 / 6227020800;
  odd = odd * s + 1.0 / 39916800;
  odd = odd * s + 1.0 / 362880;
  odd = odd * s + 1.0 / 5040;
  odd = odd * s + 1.0 / 120;
  odd = odd * s + 1.0 / 6;
  odd = odd * s + 1.0;
  const auto exponent = std::bit_cast<std::uint64_t>(shifted) + 1023;
  const double power = std::bit_cast<double>(exponent << 52);
  return (even + r * odd) * power;
}

// Sum or maximum of eight columns: the right half onto the left one, until one is left.
template <typename Number, typename Combine>
Number fold(Number (&columns)[kColumns], Combine&& combine) {
  for (std::size_t half = kColumns / 2; half > 0; half /= 2) {
    for (std::size_t i = 0; i < half; ++i) columns[i] = combine(columns[i], columns[i + half]);
  }
  return columns[0];
}

// Index of the first column that equals `value`; there must be one.
template <typename Number>
std::size_t first_equal(const Number (&columns)[kColumns], Number value) {
  unsigned found = 0;
  for (std::size_t i = 0; i < kColumns; ++i) found |= static_cast<unsigned>(columns[i] == value) << i;
  return static_cast<std::size_t>(std::countr_zero(found));
}

// exp(max(x - max, -700)) / sum in place. `values` has room for padded(count); what is beyond `count` becomes
// zero. Sums run down the columns, which are then folded. Returns whether the answers are numbers.
inline bool softmax(double* values, std::size_t count) {
  constexpr double kLowest = -std::numeric_limits<double>::infinity();
  const std::size_t size = padded(count);
  for (std::size_t i = count; i < size; ++i) values[i] = kLowest;
  double high[kColumns];
  for (double& x : high) x = kLowest;
  for (std::size_t row = 0; row < size; row += kColumns) {
    for (std::size_t i = 0; i < kColumns; ++i) high[i] = larger(high[i], values[row + i]);
  }
  const double highest = fold(high, larger<double>);
  for (std::size_t i = 0; i < size; ++i) values[i] = larger(values[i] - highest, -700.0);
  double sums[kColumns] = {};
  for (std::size_t row = 0; row < size; row += kColumns) {
    for (std::size_t i = 0; i < kColumns; ++i) {
      values[row + i] = exp_of_negative(values[row + i]);
      sums[i] += values[row + i];
    }
  }
  const double total = fold(sums, [](double a, double b) { return a + b; });
  for (std::size_t i = 0; i < size; ++i) values[i] /= total;
  return std::isfinite(total);
}

}  // namespace zero
