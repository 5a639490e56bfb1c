// The inner loops over vectors V, for files that have set the target for their instructions.
//
// A tile is a few rows times 1, 2 or 4 vectors of outputs. Its sums stay in registers. Each step
// broadcasts 4 bytes of a row (four codes, or one float) and multiplies them by the weights in 4
// bytes of every output. When four vectors become codes, the group's outputs are in an order
// (layer.cpp) that becomes the right one when they are packed to bytes inside 128-bit lanes.
//
// Everything is in an anonymous namespace, and nothing from the standard library is used: the
// linker must not pick a function with these instructions for another file.
#pragma once

#include "zero/inference/native/kernel.hpp"

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
  ZERO_INLINE Sum add(Sum sum, typename V::Ints input, typename V::Ints weights) {
    return V::dot(sum, input, weights);
  }
};

template <class V>
struct FloatProducts {
  using Sum = typename V::Floats;
  ZERO_INLINE Sum add(Sum sum, typename V::Ints input, typename V::Ints weights) {
    return V::fma(V::as_floats(input), V::as_floats(weights), sum);
  }
};

// Adds the products of all terms to a tile's sums.
template <class V, class Products, int R, int N>
ZERO_INLINE void add_products(typename Products::Sum (&sums)[R][N], const Int8Terms& terms,
                              const Int8Part& part, int row) {
  const std::size_t stride = part.input_stride;
  for (int term = 0; term < terms.count; ++term) {
    const std::byte* input = terms.inputs[term] + static_cast<std::size_t>(row) * stride;
    const std::byte* weights = terms.matrices[term];
    for (int step = 0; step < part.steps; ++step) {
      // The smaller operand is held in registers; the larger one passes through a single register.
      if constexpr (N <= R) {
        typename V::Ints held[N];
        ZERO_UNROLL for (int n = 0; n < N; ++n) { held[n] = V::load(weights + n * V::lanes * 4); }
        ZERO_UNROLL for (int r = 0; r < R; ++r) {
          const typename V::Ints value = V::broadcast(input + static_cast<std::size_t>(r) * stride);
          ZERO_UNROLL for (int n = 0; n < N; ++n) {
            sums[r][n] = Products::add(sums[r][n], value, held[n]);
          }
        }
      } else {
        typename V::Ints held[R];
        ZERO_UNROLL for (int r = 0; r < R; ++r) {
          held[r] = V::broadcast(input + static_cast<std::size_t>(r) * stride);
        }
        ZERO_UNROLL for (int n = 0; n < N; ++n) {
          const typename V::Ints w = V::load(weights + n * V::lanes * 4);
          ZERO_UNROLL for (int r = 0; r < R; ++r) {
            sums[r][n] = Products::add(sums[r][n], held[r], w);
          }
        }
      }
      input += 4;
      weights += N * V::lanes * 4;
    }
  }
}

template <class V>
ZERO_INLINE typename V::Floats bias(const Int8Part& part, int row, int vector) {
  return V::load_floats(part.bias + static_cast<std::size_t>(row) * part.bias_stride +
                        vector * V::lanes);
}

template <class V>
ZERO_INLINE typename V::Floats scaled(const Int8Part& part, int row, int vector,
                                      typename V::Ints sum) {
  return V::fma(V::to_floats(sum), V::load_floats(part.scale + vector * V::lanes),
                bias<V>(part, row, vector));
}

// Stores a vector of floats, or the part of it that is wanted.
template <class V>
ZERO_INLINE void store(const Int8Part& part, std::size_t at, int vector, typename V::Floats value) {
  value = V::max(value, V::set(part.floor));
  float* to = part.floats + at + vector * V::lanes;
  const int wanted = part.stored - vector * V::lanes;
  if (wanted >= V::lanes) {
    V::store(to, value);
    return;
  }
  alignas(64) float all[V::lanes];
  V::store(all, value);
  for (int i = 0; i < wanted; ++i) to[i] = all[i];
}

// Turns a tile's integer sums into outputs; `at` is where the outputs of its square are.
template <class V, int R, int N>
struct ToCodes {
  ZERO_INLINE void write(const Int8Part& part, int row, std::size_t at,
                         const typename V::Ints (&sums)[R][N]) {
    const typename V::Floats carry = V::set(part.carry);
    ZERO_UNROLL for (int r = 0; r < R; ++r) {
      const std::size_t to = at + static_cast<std::size_t>(row + r) * part.output_stride;
      typename V::Floats out[N];
      ZERO_UNROLL for (int n = 0; n < N; ++n) { out[n] = scaled<V>(part, row + r, n, sums[r][n]); }
      if (part.carried != nullptr) {
        const std::uint8_t* carried = part.carried + to;
        ZERO_UNROLL for (int n = 0; n < N; ++n) {
          out[n] = V::fma(N == 4 ? V::widen_packed(carried, n) : V::widen(carried + n * V::lanes),
                          carry, out[n]);
        }
      }
      if constexpr (N == 4) {
        V::pack(part.codes + to, out);
      } else {
        ZERO_UNROLL for (int n = 0; n < N; ++n) {
          V::narrow(part.codes + to + n * V::lanes, out[n]);
        }
      }
    }
  }
};

template <class V, int R, int N>
struct ToFloats {
  ZERO_INLINE void write(const Int8Part& part, int row, std::size_t at,
                         const typename V::Ints (&sums)[R][N]) {
    ZERO_UNROLL for (int r = 0; r < R; ++r) {
      ZERO_UNROLL for (int n = 0; n < N; ++n) {
        const std::size_t to = at + static_cast<std::size_t>(row + r) * part.output_stride;
        store<V>(part, to, n, scaled<V>(part, row + r, n, sums[r][n]));
      }
    }
  }
};

template <class V, template <class, int, int> class To>
struct CodesTile {
  using Task = Int8Part;

  template <int R, int N>
  static void run(const Int8Part& part, int row) {
    typename V::Ints sums[R][N];
    ZERO_UNROLL for (int r = 0; r < R; ++r) {
      ZERO_UNROLL for (int n = 0; n < N; ++n) { sums[r][n] = V::zero(); }
    }
    add_products<V, CodeProducts<V>>(sums, part.terms, part, row);
    To<V, R, N>::write(part, row, 0, sums);
  }
};

template <class V>
struct FloatsTile {
  using Task = Int8Part;

  template <int R, int N>
  static void run(const Int8Part& part, int row) {
    typename V::Floats sums[R][N];
    ZERO_UNROLL for (int r = 0; r < R; ++r) {
      ZERO_UNROLL for (int n = 0; n < N; ++n) { sums[r][n] = bias<V>(part, row + r, n); }
    }
    add_products<V, FloatProducts<V>>(sums, part.terms, part, row);
    ZERO_UNROLL for (int r = 0; r < R; ++r) {
      ZERO_UNROLL for (int n = 0; n < N; ++n) {
        store<V>(part, static_cast<std::size_t>(row + r) * part.output_stride, n, sums[r][n]);
      }
    }
  }
};

template <class V, template <class, int, int> class To>
struct PairTile {
  using Task = Int8Pair;

  template <int R, int N>
  ZERO_INLINE void start(const std::int32_t* values, typename V::Ints (&sums)[R][N]) {
    ZERO_UNROLL for (int r = 0; r < R; ++r) {
      ZERO_UNROLL for (int n = 0; n < N; ++n) { sums[r][n] = V::load(values + n * V::lanes); }
    }
  }

  template <int R, int N>
  static void run(const Int8Pair& pair, int row) {
    const Int8Part& part = pair.part;
    typename V::Ints first[R][N];
    typename V::Ints second[R][N];
    start(pair.starts[0], first);
    add_products<V, CodeProducts<V>>(first, pair.sums[1], part, row);
    ZERO_UNROLL for (int r = 0; r < R; ++r) {
      ZERO_UNROLL for (int n = 0; n < N; ++n) { second[r][n] = first[r][n]; }
    }
    start(pair.starts[1], first);
    add_products<V, CodeProducts<V>>(first, pair.sums[2], part, row);
    ZERO_UNROLL for (int r = 0; r < R; ++r) {
      ZERO_UNROLL for (int n = 0; n < N; ++n) {
        const typename V::Ints other = second[r][n];
        second[r][n] = V::subtract(other, first[r][n]);
        first[r][n] = V::add(other, first[r][n]);
      }
    }
    add_products<V, CodeProducts<V>>(first, pair.sums[0], part, row);
    To<V, R, N>::write(part, row, 0, first);
    if (pair.second == 0) return;
    add_products<V, CodeProducts<V>>(second, pair.sums[3], part, row);
    To<V, R, N>::write(part, row, pair.second, second);
  }
};

ZERO_INLINE const Int8Part& part_of(const Int8Part& part) { return part; }
ZERO_INLINE const Int8Part& part_of(const Int8Pair& pair) { return pair.part; }

// All rows, in tiles of R rows as long as there are that many, then in smaller tiles.
template <class Kind, int R, int N>
void sweep(const typename Kind::Task& task, int row) {
  for (; part_of(task).rows - row >= R; row += R) Kind::template run<R, N>(task, row);
  if constexpr (R > 1) {
    if (row < part_of(task).rows) sweep<Kind, (R > 4 ? 4 : R > 2 ? 2 : 1), N>(task, row);
  }
}

template <class V, class Kind>
void run(const typename Kind::Task& task) {
  switch (part_of(task).width / V::lanes) {
    case 1:
      return sweep<Kind, V::rows, 1>(task, 0);
    case 2:
      return sweep<Kind, V::rows, 2>(task, 0);
    default:
      return sweep<Kind, V::rows, 4>(task, 0);
  }
}

// A square's codes, halved; zero beyond the board.
template <class V>
ZERO_INLINE typename V::Ints half(const Int8Spread& spread, const std::uint8_t* codes, int square) {
  if (square >= spread.squares) return V::zero();
  return V::half_codes(V::load(codes + static_cast<std::size_t>(square) * spread.square));
}

template <class V>
void run_spread(const Int8Spread& spread) {
  for (std::size_t byte = 0; byte < spread.bytes; byte += V::lanes * 4) {
    const std::uint8_t* codes = spread.codes + byte;
    std::uint8_t* parts = spread.parts + byte;
    typename V::Ints before = V::zero();
    typename V::Ints first = half<V>(spread, codes, 0);
    for (int square = 0; square < spread.squares; square += 2) {
      const typename V::Ints second = half<V>(spread, codes, square + 1);
      const typename V::Ints after = half<V>(spread, codes, square + 2);
      V::store(parts, V::difference(before, second));
      V::store(parts + spread.bytes, V::add_bytes(first, second));
      V::store(parts + 2 * spread.bytes, V::difference(second, first));
      V::store(parts + 3 * spread.bytes, V::difference(first, after));
      parts += 4 * spread.bytes;
      before = second;
      first = after;
    }
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
