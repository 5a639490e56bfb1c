// The int8 kernel for AVX-512 VNNI: Intel since Cascade and Ice Lake, AMD since Zen 4.
#include "int8_kernel.hpp"

#if defined(__x86_64__) && defined(__GNUC__)
#if !defined(__clang__)  // GCC 12 warns of undefined vectors of its own header, which it masks out
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif
#include <immintrin.h>

#if defined(__clang__)
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")
#endif

#include "int8_tiles.hpp"

namespace zero {
namespace {

struct Avx512 {
  using Ints = __m512i;
  using Floats = __m512;
  static constexpr int lanes = 16;
  static constexpr int rows = 6;  // 6 x 4 sums, 6 broadcasts and a vector of weights: 31 registers

  ZERO_INLINE Ints zero() { return _mm512_setzero_si512(); }
  ZERO_INLINE Ints load(const std::byte* from) { return _mm512_loadu_si512(from); }
  ZERO_INLINE Ints broadcast(const std::byte* from) {
    int value;
    __builtin_memcpy(&value, from, sizeof value);
    return _mm512_set1_epi32(value);
  }
  ZERO_INLINE Ints dot(Ints sum, Ints codes, Ints weights) {
    return _mm512_dpbusd_epi32(sum, codes, weights);
  }
  ZERO_INLINE Floats as_floats(Ints bits) { return _mm512_castsi512_ps(bits); }
  ZERO_INLINE Floats to_floats(Ints values) { return _mm512_cvtepi32_ps(values); }
  ZERO_INLINE Floats load_floats(const float* from) { return _mm512_loadu_ps(from); }
  ZERO_INLINE void store(float* to, Floats value) { _mm512_storeu_ps(to, value); }
  ZERO_INLINE Floats set(float value) { return _mm512_set1_ps(value); }
  ZERO_INLINE Floats fma(Floats a, Floats b, Floats c) { return _mm512_fmadd_ps(a, b, c); }
  ZERO_INLINE Floats max(Floats a, Floats b) { return _mm512_max_ps(a, b); }

  // 16 codes as floats.
  ZERO_INLINE Floats widen(const std::uint8_t* codes) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(codes));
    return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(bytes));
  }
  // Of 64 codes those that vector n of a group holds: bytes 4n to 4n + 3 of every 16.
  ZERO_INLINE Floats spread(const std::uint8_t* codes, int n) {
    const int first = 4 * n;
    const __m128i picked = _mm_set_epi32(first + 3, first + 2, first + 1, first);
    const __m128i rest = _mm_set1_epi32(static_cast<int>(0x80808000));  // 0 in the other 3 bytes
    const __m512i pick = _mm512_broadcast_i32x4(_mm_or_si128(picked, rest));
    return _mm512_cvtepi32_ps(_mm512_shuffle_epi8(_mm512_loadu_si512(codes), pick));
  }
  ZERO_INLINE void narrow(std::uint8_t* codes, Floats value) {
    const __m512i rectified = _mm512_max_epi32(_mm512_cvtps_epi32(value), _mm512_setzero_si512());
    _mm_storeu_si128(reinterpret_cast<__m128i*>(codes), _mm512_cvtusepi32_epi8(rectified));
  }
  ZERO_INLINE void pack(std::uint8_t* codes, const Floats (&value)[4]) {
    const __m512i low =
        _mm512_packs_epi32(_mm512_cvtps_epi32(value[0]), _mm512_cvtps_epi32(value[1]));
    const __m512i high =
        _mm512_packs_epi32(_mm512_cvtps_epi32(value[2]), _mm512_cvtps_epi32(value[3]));
    _mm512_storeu_si512(codes, _mm512_packus_epi16(low, high));
  }
};

const Int8Kernel kernel{.name = "avx512",
                        .lanes = Avx512::lanes,
                        .codes = run_part<Avx512, CodesTile>,
                        .sums = run_part<Avx512, SumsTile>,
                        .floats = run_part<Avx512, FloatsTile>,
                        .finish = run_finish<Avx512>};

}  // namespace
}  // namespace zero

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

namespace zero {

const Int8Kernel* int8_avx512_kernel() {
  __builtin_cpu_init();
  const bool runs = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                    __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
                    __builtin_cpu_supports("avx512vnni");
  return runs ? &kernel : nullptr;
}

}  // namespace zero

#else

namespace zero {

const Int8Kernel* int8_avx512_kernel() { return nullptr; }

}  // namespace zero

#endif
