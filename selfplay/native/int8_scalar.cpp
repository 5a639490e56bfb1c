// The int8 kernel in plain C++, written for reading: what the vector versions are compared with.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "int8_kernel.hpp"

namespace zero {
namespace {

std::size_t size(int value) { return static_cast<std::size_t>(value); }

std::uint8_t to_code(float value) {
  return static_cast<std::uint8_t>(std::clamp(std::lrint(value), 0L, 255L));
}

// The sum of products of one output of one row, scaled.
float scaled(const Int8Part& part, int row, int output) {
  std::int32_t sum = 0;
  for (int term = 0; term < part.terms; ++term) {
    const std::byte* input = part.inputs[term] + size(row) * part.input_stride;
    for (int i = 0; i < 4 * part.steps; ++i) {
      const std::size_t at = size(i / 4 * part.width + output) * 4 + size(i % 4);
      sum += std::to_integer<int>(input[i]) *
             static_cast<std::int8_t>(std::to_integer<std::uint8_t>(part.matrices[term][at]));
    }
  }
  return std::fma(static_cast<float>(sum), part.scale[output],
                  part.bias[size(row) * part.bias_stride + size(output)]);
}

float at(const std::byte* floats, std::size_t index) {
  float value;
  std::memcpy(&value, floats + index * sizeof value, sizeof value);
  return value;
}

float of_floats(const Int8Part& part, int row, int output) {
  float sum = part.bias[size(row) * part.bias_stride + size(output)];
  for (int term = 0; term < part.terms; ++term) {
    const std::byte* input = part.inputs[term] + size(row) * part.input_stride;
    for (int i = 0; i < part.steps; ++i) {
      sum = std::fma(at(input, size(i)), at(part.matrices[term], size(i * part.width + output)),
                     sum);
    }
  }
  return sum;
}

void codes(const Int8Part& part) {
  for (int row = 0; row < part.rows; ++row) {
    for (int output = 0; output < part.width; ++output) {
      const std::size_t to = size(row) * part.output_stride + size(output);
      float out = scaled(part, row, output);
      if (part.carried != nullptr) {
        out = std::fma(static_cast<float>(part.carried[to]), part.carry, out);
      }
      part.codes[to] = to_code(out);
    }
  }
}

template <float (*Of)(const Int8Part&, int, int)>
void to_floats(const Int8Part& part) {
  for (int row = 0; row < part.rows; ++row) {
    for (int output = 0; output < std::min(part.width, part.stored); ++output) {
      const float out = Of(part, row, output);
      part.floats[size(row) * part.output_stride + size(output)] =
          out > part.floor ? out : part.floor;
    }
  }
}

void finish(const Int8Finish& finish) {
  for (int row = 0; row < finish.rows; ++row) {
    for (int output = 0; output < finish.width; ++output) {
      const std::size_t wide = size(row) * finish.wide_stride + size(output);
      const std::size_t to = size(row) * finish.stride + size(output);
      float out = std::fma(finish.wide[wide], finish.gate[wide], finish.offset[wide]);
      if (finish.carried != nullptr) {
        out = std::fma(static_cast<float>(finish.carried[to]), finish.carry, out);
      }
      finish.codes[to] = to_code(out);
    }
  }
}

const Int8Kernel kernel{.name = "scalar",
                        .lanes = 0,
                        .codes = codes,
                        .sums = to_floats<scaled>,
                        .floats = to_floats<of_floats>,
                        .finish = finish};

}  // namespace

const Int8Kernel* int8_scalar_kernel() { return &kernel; }

}  // namespace zero
