// The int8 kernel in plain C++, written for reading: what the vector versions are compared with.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "int8_kernel.hpp"

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

// The scaled sums of products of codes, of one row.
std::vector<float> of_codes(const Int8Part& part, int row) {
  std::vector<std::int32_t> sums(size(part.width));
  for (int term = 0; term < part.terms; ++term) {
    const std::byte* input = part.inputs[term] + size(row) * part.input_stride;
    for (int i = 0; i < 4 * part.steps; ++i) {
      const int code = std::to_integer<int>(input[i]);
      if (code == 0) continue;
      const std::byte* weights = part.matrices[term] + size(i / 4 * part.width) * 4 + i % 4;
      for (std::size_t o = 0; o < sums.size(); ++o) {
        sums[o] += code * static_cast<std::int8_t>(std::to_integer<int>(weights[4 * o]));
      }
    }
  }
  std::vector<float> out(sums.size());
  for (std::size_t o = 0; o < out.size(); ++o) {
    out[o] = std::fma(static_cast<float>(sums[o]), part.scale[o], bias_of(part, row)[o]);
  }
  return out;
}

// The sums of products of floats, of one row.
std::vector<float> of_floats(const Int8Part& part, int row) {
  const float* bias = bias_of(part, row);
  std::vector<float> sums(bias, bias + part.width);
  for (int term = 0; term < part.terms; ++term) {
    const std::byte* input = part.inputs[term] + size(row) * part.input_stride;
    for (int i = 0; i < part.steps; ++i) {
      const std::byte* weights = part.matrices[term] + size(i * part.width) * 4;
      for (std::size_t o = 0; o < sums.size(); ++o) {
        sums[o] = std::fma(at(input, size(i)), at(weights, o), sums[o]);
      }
    }
  }
  return sums;
}

void codes(const Int8Part& part) {
  for (int row = 0; row < part.rows; ++row) {
    const std::vector<float> sums = of_codes(part, row);
    const std::size_t to = size(row) * part.output_stride;
    for (std::size_t o = 0; o < sums.size(); ++o) {
      const float carried = part.carried == nullptr ? 0 : part.carried[to + o];
      part.codes[to + o] = to_code(std::fma(carried, part.carry, sums[o]));
    }
  }
}

template <std::vector<float> (*Sums)(const Int8Part&, int)>
void to_floats(const Int8Part& part) {
  for (int row = 0; row < part.rows; ++row) {
    const std::vector<float> sums = Sums(part, row);
    float* to = part.floats + size(row) * part.output_stride;
    for (int o = 0; o < std::min(part.width, part.stored); ++o) {
      to[o] = std::max(part.floor, sums[size(o)]);
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
                        .codes = codes,
                        .sums = to_floats<of_codes>,
                        .floats = to_floats<of_floats>,
                        .finish = finish};

}  // namespace

const Int8Kernel* int8_scalar_kernel() { return &kernel; }

}  // namespace zero
