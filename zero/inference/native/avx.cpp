// The int8 kernel for AVX-VNNI, vectors of 256 bits: Intel since Alder Lake, AMD since Zen 5.
#include "zero/inference/native/kernel.hpp"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma,avxvnni"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma,avxvnni")
#endif

#include "zero/inference/native/tiles.hpp"

namespace zero {
namespace {

struct Avx {
  // Not __m256i, whose elements are 64-bit integers: GCC then keeps every sum in two registers.
  using Ints = int __attribute__((vector_size(32)));
  using Floats = __m256;
  static constexpr int lanes = 8;
  static constexpr int rows = 3;  // 3 x 4 sums, 3 broadcasts and a vector of weights: 16 registers

  ZERO_INLINE Ints zero() { return Ints{}; }
  ZERO_INLINE Ints load(const void* from) {
    return (Ints)_mm256_loadu_si256(static_cast<const __m256i*>(from));
  }
  ZERO_INLINE void store(void* to, Ints value) {
    _mm256_storeu_si256(static_cast<__m256i*>(to), (__m256i)value);
  }
  ZERO_INLINE Ints broadcast(const std::byte* from) {
    int value;
    __builtin_memcpy(&value, from, sizeof value);
    return (Ints)_mm256_set1_epi32(value);
  }
  ZERO_INLINE Ints dot(Ints sum, Ints codes, Ints weights) {
    return (Ints)_mm256_dpbusd_avx_epi32((__m256i)sum, (__m256i)codes, (__m256i)weights);
  }
  ZERO_INLINE Ints add(Ints a, Ints b) { return a + b; }
  ZERO_INLINE Ints subtract(Ints a, Ints b) { return a - b; }
  ZERO_INLINE Floats as_floats(Ints bits) { return _mm256_castsi256_ps((__m256i)bits); }
  ZERO_INLINE Floats to_floats(Ints values) { return _mm256_cvtepi32_ps((__m256i)values); }
  ZERO_INLINE Floats load_floats(const float* from) { return _mm256_loadu_ps(from); }
  ZERO_INLINE void store(float* to, Floats value) { _mm256_storeu_ps(to, value); }
  ZERO_INLINE Floats set(float value) { return _mm256_set1_ps(value); }
  ZERO_INLINE Floats fma(Floats a, Floats b, Floats c) { return _mm256_fmadd_ps(a, b, c); }
  ZERO_INLINE Floats max(Floats a, Floats b) { return _mm256_max_ps(a, b); }

  ZERO_INLINE Ints add_bytes(Ints a, Ints b) {
    return (Ints)_mm256_add_epi8((__m256i)a, (__m256i)b);
  }
  // The difference of bytes below 128, plus 128.
  ZERO_INLINE Ints difference(Ints a, Ints b) {
    return (Ints)_mm256_xor_si256(_mm256_sub_epi8((__m256i)a, (__m256i)b), _mm256_set1_epi8(-128));
  }
  // Codes divided by 2, rounded half to even.
  ZERO_INLINE Ints half_codes(Ints values) {
    const __m256i codes = (__m256i)values;
    const __m256i odd_half = _mm256_and_si256(_mm256_srli_epi16(codes, 1), _mm256_set1_epi8(1));
    const __m256i doubled = _mm256_adds_epu8(codes, odd_half);
    return (Ints)_mm256_and_si256(_mm256_srli_epi16(doubled, 1), _mm256_set1_epi8(127));
  }

  // 8 codes as floats.
  ZERO_INLINE Floats widen(const std::uint8_t* codes) {
    const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(codes));
    return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(bytes));
  }
  // The codes, out of 32, that vector n of a group holds: bytes 4n to 4n + 3 of every 16.
  ZERO_INLINE Floats widen_packed(const std::uint8_t* codes, int n) {
    const int first = 4 * n;
    const __m128i picked = _mm_set_epi32(first + 3, first + 2, first + 1, first);
    const __m128i rest = _mm_set1_epi32(static_cast<int>(0x80808000));  // 0 in the other 3 bytes
    const __m256i pick = _mm256_broadcastsi128_si256(_mm_or_si128(picked, rest));
    const __m256i all = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(codes));
    return _mm256_cvtepi32_ps(_mm256_shuffle_epi8(all, pick));
  }
  ZERO_INLINE void narrow(std::uint8_t* codes, Floats value) {
    const __m256i values = _mm256_cvtps_epi32(value);
    const __m128i words =
        _mm_packs_epi32(_mm256_castsi256_si128(values), _mm256_extracti128_si256(values, 1));
    _mm_storel_epi64(reinterpret_cast<__m128i*>(codes), _mm_packus_epi16(words, words));
  }
  ZERO_INLINE void pack(std::uint8_t* codes, const Floats (&value)[4]) {
    const __m256i low =
        _mm256_packs_epi32(_mm256_cvtps_epi32(value[0]), _mm256_cvtps_epi32(value[1]));
    const __m256i high =
        _mm256_packs_epi32(_mm256_cvtps_epi32(value[2]), _mm256_cvtps_epi32(value[3]));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(codes), _mm256_packus_epi16(low, high));
  }
};

const Int8Kernel kernel{.name = "avx",
                        .lanes = Avx::lanes,
                        .codes = run<Avx, CodesTile<Avx, ToCodes>>,
                        .sums = run<Avx, CodesTile<Avx, ToFloats>>,
                        .floats = run<Avx, FloatsTile<Avx>>,
                        .pair_codes = run<Avx, PairTile<Avx, ToCodes>>,
                        .pair_sums = run<Avx, PairTile<Avx, ToFloats>>,
                        .spread = run_spread<Avx>,
                        .finish = run_finish<Avx>};

}  // namespace
}  // namespace zero

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

namespace zero {

const Int8Kernel* int8_avx_kernel() {
  __builtin_cpu_init();
  const bool runs = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                    __builtin_cpu_supports("avxvnni");
  return runs ? &kernel : nullptr;
}

}  // namespace zero

#else

namespace zero {

const Int8Kernel* int8_avx_kernel() { return nullptr; }

}  // namespace zero

#endif
