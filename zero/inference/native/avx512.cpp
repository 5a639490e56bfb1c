// The int8 kernel for AVX-512 VNNI: Intel since Cascade and Ice Lake, AMD since Zen 4.
#include "zero/inference/native/kernel.hpp"

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

#include "zero/inference/native/tiles.hpp"

namespace zero {
namespace {

struct Avx512 {
  // Not __m512i, whose elements are 64-bit integers: GCC then keeps every sum in two registers.
  using Ints = int __attribute__((vector_size(64)));
  using Floats = __m512;
  static constexpr int lanes = 16;
  static constexpr int rows = 6;  // 6 x 4 sums, 6 broadcasts and a vector of weights: 31 registers

  ZERO_INLINE Ints zero() { return Ints{}; }
  ZERO_INLINE Ints load(const void* from) { return (Ints)_mm512_loadu_si512(from); }
  ZERO_INLINE void store(void* to, Ints value) { _mm512_storeu_si512(to, (__m512i)value); }
  ZERO_INLINE Ints broadcast(const std::byte* from) {
    int value;
    __builtin_memcpy(&value, from, sizeof value);
    return (Ints)_mm512_set1_epi32(value);
  }
  ZERO_INLINE Ints dot(Ints sum, Ints codes, Ints weights) {
    return (Ints)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)codes, (__m512i)weights);
  }
  ZERO_INLINE Ints add(Ints a, Ints b) { return a + b; }
  ZERO_INLINE Ints subtract(Ints a, Ints b) { return a - b; }
  ZERO_INLINE Floats as_floats(Ints bits) { return _mm512_castsi512_ps((__m512i)bits); }
  ZERO_INLINE Floats to_floats(Ints values) { return _mm512_cvtepi32_ps((__m512i)values); }
  ZERO_INLINE Floats load_floats(const float* from) { return _mm512_loadu_ps(from); }
  ZERO_INLINE void store(float* to, Floats value) { _mm512_storeu_ps(to, value); }
  ZERO_INLINE Floats set(float value) { return _mm512_set1_ps(value); }
  ZERO_INLINE Floats fma(Floats a, Floats b, Floats c) { return _mm512_fmadd_ps(a, b, c); }
  ZERO_INLINE Floats max(Floats a, Floats b) { return _mm512_max_ps(a, b); }

  ZERO_INLINE Ints add_bytes(Ints a, Ints b) {
    return (Ints)_mm512_add_epi8((__m512i)a, (__m512i)b);
  }
  // The difference of bytes below 128, plus 128.
  ZERO_INLINE Ints difference(Ints a, Ints b) {
    return (Ints)_mm512_xor_si512(_mm512_sub_epi8((__m512i)a, (__m512i)b), _mm512_set1_epi8(-128));
  }
  // Codes divided by 2, rounded half to even.
  ZERO_INLINE Ints half_codes(Ints values) {
    const __m512i codes = (__m512i)values;
    const __m512i odd_half = _mm512_and_si512(_mm512_srli_epi16(codes, 1), _mm512_set1_epi8(1));
    const __m512i doubled = _mm512_adds_epu8(codes, odd_half);
    return (Ints)_mm512_and_si512(_mm512_srli_epi16(doubled, 1), _mm512_set1_epi8(127));
  }

  // 16 codes as floats.
  ZERO_INLINE Floats widen(const std::uint8_t* codes) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(codes));
    return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(bytes));
  }
  // The codes, out of 64, that vector n of a group holds: bytes 4n to 4n + 3 of every 16.
  ZERO_INLINE Floats widen_packed(const std::uint8_t* codes, int n) {
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
                        .codes = run<Avx512, CodesTile<Avx512, ToCodes>>,
                        .sums = run<Avx512, CodesTile<Avx512, ToFloats>>,
                        .floats = run<Avx512, FloatsTile<Avx512>>,
                        .pair_codes = run<Avx512, PairTile<Avx512, ToCodes>>,
                        .pair_sums = run<Avx512, PairTile<Avx512, ToFloats>>,
                        .spread = run_spread<Avx512>,
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
