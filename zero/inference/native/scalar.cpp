// The int8 kernel in plain C++, written to be read. The vector versions are compared with it.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "zero/inference/native/kernel.hpp"

namespace zero {
namespace {

std::size_t size(int value) { return static_cast<std::size_t>(value); }

std::uint8_t to_code(float value) {
  return static_cast<std::uint8_t>(std::clamp(std::lrint(value), 0L, 255L));
}

float at(const std::byte* floats, std::size_t index) {
  float value;
  std::memcpy(&value, floats + index * sizeof value, sizeof value);
  return value;
}

const float* bias_of(const Int8Part& part, int row) {
  return part.bias + size(row) * part.bias_stride;
}

// Adds the products of codes of one row to its sums.
void add_products(const Int8Terms& terms, const Int8Part& part, int row,
                  std::vector<std::int32_t>& sums) {
  for (int term = 0; term < terms.count; ++term) {
    const std::byte* input = terms.inputs[term] + size(row) * part.input_stride;
    for (int i = 0; i < 4 * part.steps; ++i) {
      const int code = std::to_integer<int>(input[i]);
      if (code == 0) continue;
      const std::byte* weights = terms.matrices[term] + size(i / 4 * part.width) * 4 + i % 4;
      for (std::size_t o = 0; o < sums.size(); ++o) {
        sums[o] += code * static_cast<std::int8_t>(std::to_integer<int>(weights[4 * o]));
      }
    }
  }
}

std::vector<float> scaled(const Int8Part& part, int row, const std::vector<std::int32_t>& sums) {
  std::vector<float> out(sums.size());
  for (std::size_t o = 0; o < out.size(); ++o) {
    out[o] = std::fma(static_cast<float>(sums[o]), part.scale[o], bias_of(part, row)[o]);
  }
  return out;
}

// The sums of products of floats, of one row.
std::vector<float> products(const Int8Part& part, int row) {
  const float* bias = bias_of(part, row);
  std::vector<float> sums(bias, bias + part.width);
  for (int term = 0; term < part.terms.count; ++term) {
    const std::byte* input = part.terms.inputs[term] + size(row) * part.input_stride;
    for (int i = 0; i < part.steps; ++i) {
      const std::byte* weights = part.terms.matrices[term] + size(i * part.width) * 4;
      for (std::size_t o = 0; o < sums.size(); ++o) {
        sums[o] = std::fma(at(input, size(i)), at(weights, o), sums[o]);
      }
    }
  }
  return sums;
}

void to_codes(const Int8Part& part, int row, std::size_t at, const std::vector<float>& values) {
  const std::size_t to = at + size(row) * part.output_stride;
  for (std::size_t o = 0; o < values.size(); ++o) {
    const float carried = part.carried == nullptr ? 0 : part.carried[to + o];
    part.codes[to + o] = to_code(std::fma(carried, part.carry, values[o]));
  }
}

void to_floats(const Int8Part& part, int row, std::size_t at, const std::vector<float>& values) {
  float* to = part.floats + at + size(row) * part.output_stride;
  for (int o = 0; o < std::min(part.width, part.stored); ++o) {
    to[o] = std::max(part.floor, values[size(o)]);
  }
}

using To = void (*)(const Int8Part&, int, std::size_t, const std::vector<float>&);

template <To to>
void codes(const Int8Part& part) {
  for (int row = 0; row < part.rows; ++row) {
    std::vector<std::int32_t> sums(size(part.width));
    add_products(part.terms, part, row, sums);
    to(part, row, 0, scaled(part, row, sums));
  }
}

void floats(const Int8Part& part) {
  for (int row = 0; row < part.rows; ++row) to_floats(part, row, 0, products(part, row));
}

template <To to>
void pair(const Int8Pair& pair) {
  const std::size_t width = size(pair.part.width);
  for (int row = 0; row < pair.part.rows; ++row) {
    std::vector<std::int32_t> sums[4];
    for (std::size_t i = 0; i < 4; ++i) {
      sums[i].resize(width);
      if (i == 1 || i == 2) std::copy_n(pair.starts[i - 1], width, sums[i].begin());
      add_products(pair.sums[i], pair.part, row, sums[i]);
    }
    for (std::size_t o = 0; o < width; ++o) {
      sums[0][o] += sums[1][o] + sums[2][o];
      sums[3][o] += sums[1][o] - sums[2][o];
    }
    to(pair.part, row, 0, scaled(pair.part, row, sums[0]));
    if (pair.second != 0) to(pair.part, row, pair.second, scaled(pair.part, row, sums[3]));
  }
}

void spread(const Int8Spread& spread) {
  for (std::size_t byte = 0; byte < spread.bytes; ++byte) {
    const auto half = [&](int square) {
      if (square < 0 || square >= spread.squares) return 0;
      const int code = spread.codes[size(square) * spread.square + byte];
      return code / 2 + (code % 4 == 3 && code < 255 ? 1 : 0);  // to the even one
    };
    for (int square = 0; square < spread.squares; square += 2) {
      const int parts[4] = {half(square - 1) - half(square + 1) + 128,
                            half(square) + half(square + 1), half(square + 1) - half(square) + 128,
                            half(square) - half(square + 2) + 128};
      for (std::size_t i = 0; i < 4; ++i) {
        spread.parts[(size(square / 2) * 4 + i) * spread.bytes + byte] =
            static_cast<std::uint8_t>(parts[i]);
      }
    }
  }
}

void finish(const Int8Finish& finish) {
  for (int row = 0; row < finish.rows; ++row) {
    for (int output = 0; output < finish.width; ++output) {
      const std::size_t wide = size(row) * finish.wide_stride + size(output);
      const std::size_t to = size(row) * finish.stride + size(output);
      const float carried = finish.carried == nullptr ? 0 : finish.carried[to];
      const float sum = std::fma(finish.wide[wide], finish.gate[wide], finish.offset[wide]);
      finish.codes[to] = to_code(std::fma(carried, finish.carry, sum));
    }
  }
}

const Int8Kernel kernel{.name = "scalar",
                        .lanes = 0,
                        .codes = codes<to_codes>,
                        .sums = codes<to_floats>,
                        .floats = floats,
                        .pair_codes = pair<to_codes>,
                        .pair_sums = pair<to_floats>,
                        .spread = spread,
                        .finish = finish};

}  // namespace

const Int8Kernel* int8_scalar_kernel() { return &kernel; }

}  // namespace zero
