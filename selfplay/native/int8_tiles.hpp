// The inner loops over vectors V; included by a file that has set the target for its instructions.
//
// A tile is a few rows times 1, 2 or 4 vectors of outputs, whose sums stay in registers. In each
// step a row's 4 bytes (four codes, or one float) are broadcast and multiplied by the weights that
// 4 bytes of every output hold. Where four vectors become codes, the group's outputs are in an
// order (int8_layer.cpp) in which packing them to bytes inside 128-bit lanes puts them straight.
//
// Everything is in a nameless namespace, and nothing of the standard library is used: no function
// with these instructions may be what the linker takes for another file's.
#pragma once

#include "int8_kernel.hpp"

#if defined(__clang__)
#define ZERO_UNROLL _Pragma("unroll")
#else
#define ZERO_UNROLL _Pragma("GCC unroll 8")
#endif
#define ZERO_INLINE [[gnu::always_inline]] static inline

namespace zero {
namespace {

template <class V>
struct CodeProducts {
  using Sum = typename V::Ints;
  ZERO_INLINE Sum start(const Int8Part&, int, int) { return V::zero(); }
  ZERO_INLINE Sum add(Sum sum, typename V::Ints input, typename V::Ints weights) {
    return V::dot(sum, input, weights);
  }
};

template <class V>
struct FloatProducts {
  using Sum = typename V::Floats;
  ZERO_INLINE Sum start(const Int8Part& part, int row, int vector) {
    return V::load_floats(part.bias + static_cast<std::size_t>(row) * part.bias_stride +
                          vector * V::lanes);
  }
  ZERO_INLINE Sum add(Sum sum, typename V::Ints input, typename V::Ints weights) {
    return V::fma(V::as_floats(input), V::as_floats(weights), sum);
  }
};

template <class V, class Products, int R, int N>
struct Tile {
  using Sum = typename Products::Sum;
  Sum sums[R][N];

  [[gnu::always_inline]] inline Tile(const Int8Part& part, int row) {
    ZERO_UNROLL for (int r = 0; r < R; ++r) {
      ZERO_UNROLL for (int n = 0; n < N; ++n) sums[r][n] = Products::start(part, row + r, n);
    }
    const std::size_t stride = part.input_stride;
    for (int term = 0; term < part.terms; ++term) {
      const std::byte* input = part.inputs[term] + static_cast<std::size_t>(row) * stride;
      const std::byte* weights = part.matrices[term];
      for (int step = 0; step < part.steps; ++step) {
        typename V::Ints values[R];
        ZERO_UNROLL for (int r = 0; r < R; ++r) {
          values[r] = V::broadcast(input + static_cast<std::size_t>(r) * stride);
        }
        ZERO_UNROLL for (int n = 0; n < N; ++n) {
          const typename V::Ints w = V::load(weights + n * V::lanes * 4);
          ZERO_UNROLL for (int r = 0; r < R; ++r) {
            sums[r][n] = Products::add(sums[r][n], values[r], w);
          }
        }
        input += 4;
        weights += N * V::lanes * 4;
      }
    }
  }
};

template <class V>
ZERO_INLINE typename V::Floats scaled(const Int8Part& part, int row, int vector,
                                      typename V::Ints sum) {
  const float* bias = part.bias + static_cast<std::size_t>(row) * part.bias_stride;
  return V::fma(V::to_floats(sum), V::load_floats(part.scale + vector * V::lanes),
                V::load_floats(bias + vector * V::lanes));
}

template <class V, int R, int N>
struct CodesTile {
  static void run(const Int8Part& part, int row) {
    const Tile<V, CodeProducts<V>, R, N> tile(part, row);
    const typename V::Floats carry = V::set(part.carry);
    ZERO_UNROLL for (int r = 0; r < R; ++r) {
      const std::size_t at = static_cast<std::size_t>(row + r) * part.output_stride;
      typename V::Floats out[N];
      ZERO_UNROLL for (int n = 0; n < N; ++n) out[n] = scaled<V>(part, row + r, n, tile.sums[r][n]);
      if (part.carried != nullptr) {
        ZERO_UNROLL for (int n = 0; n < N; ++n) {
          const std::uint8_t* carried = part.carried + at;
          out[n] = V::fma(N == 4 ? V::spread(carried, n) : V::widen(carried + n * V::lanes), carry,
                          out[n]);
        }
      }
      if constexpr (N == 4) {
        V::pack(part.codes + at, out);
      } else {
        ZERO_UNROLL for (int n = 0; n < N; ++n) V::narrow(part.codes + at + n * V::lanes, out[n]);
      }
    }
  }
};

// Stores a vector, or what of it is wanted.
template <class V>
ZERO_INLINE void store(const Int8Part& part, int row, int vector, typename V::Floats value) {
  value = V::max(value, V::set(part.floor));
  float* to = part.floats + static_cast<std::size_t>(row) * part.output_stride + vector * V::lanes;
  const int wanted = part.stored - vector * V::lanes;
  if (wanted >= V::lanes) {
    V::store(to, value);
    return;
  }
  alignas(64) float all[V::lanes];
  V::store(all, value);
  for (int i = 0; i < wanted; ++i) to[i] = all[i];
}

template <class V, int R, int N>
struct SumsTile {
  static void run(const Int8Part& part, int row) {
    const Tile<V, CodeProducts<V>, R, N> tile(part, row);
    ZERO_UNROLL for (int r = 0; r < R; ++r) {
      ZERO_UNROLL for (int n = 0; n < N; ++n) {
        store<V>(part, row + r, n, scaled<V>(part, row + r, n, tile.sums[r][n]));
      }
    }
  }
};

template <class V, int R, int N>
struct FloatsTile {
  static void run(const Int8Part& part, int row) {
    const Tile<V, FloatProducts<V>, R, N> tile(part, row);
    ZERO_UNROLL for (int r = 0; r < R; ++r) {
      ZERO_UNROLL for (int n = 0; n < N; ++n) store<V>(part, row + r, n, tile.sums[r][n]);
    }
  }
};

// All rows, in tiles of R rows as long as there are so many, then in smaller ones.
template <class V, template <class, int, int> class Kind, int R, int N>
void sweep(const Int8Part& part, int row) {
  for (; part.rows - row >= R; row += R) Kind<V, R, N>::run(part, row);
  if constexpr (R > 1) {
    if (row < part.rows) sweep<V, Kind, (R > 4 ? 4 : R > 2 ? 2 : 1), N>(part, row);
  }
}

template <class V, template <class, int, int> class Kind>
void run_part(const Int8Part& part) {
  switch (part.width / V::lanes) {
    case 1:
      return sweep<V, Kind, V::rows, 1>(part, 0);
    case 2:
      return sweep<V, Kind, V::rows, 2>(part, 0);
    default:
      return sweep<V, Kind, V::rows, 4>(part, 0);
  }
}

template <class V>
void run_finish(const Int8Finish& finish) {
  const typename V::Floats carry = V::set(finish.carry);
  for (int row = 0; row < finish.rows; ++row) {
    const std::size_t wide = static_cast<std::size_t>(row) * finish.wide_stride;
    const std::size_t at = static_cast<std::size_t>(row) * finish.stride;
    for (int o = 0; o < finish.width; o += V::lanes) {
      typename V::Floats out =
          V::fma(V::load_floats(finish.wide + wide + o), V::load_floats(finish.gate + wide + o),
                 V::load_floats(finish.offset + wide + o));
      if (finish.carried != nullptr) out = V::fma(V::widen(finish.carried + at + o), carry, out);
      V::narrow(finish.codes + at + o, out);
    }
  }
}

}  // namespace
}  // namespace zero
