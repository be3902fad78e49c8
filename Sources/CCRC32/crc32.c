// CRC-32 by carry-less multiplication: V. Gopal and others, "Fast CRC Computation for Generic Polynomials
// Using PCLMULQDQ Instruction", Intel 2009. Four registers fold 64 bytes at a time onto themselves; the rest
// is folded into one, which Barrett's method reduces. The constants are those of the paper's section on the
// bit-reflected polynomial 0xEDB88320.

#include "crc32.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

bool crc32_has_instructions(void) {
  unsigned a, b, c, d;
  return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_PCLMUL) && (c & bit_SSE4_1);
}

#define FOLDING __attribute__((target("pclmul,sse4.1"))) static inline

FOLDING __m128i load(const uint8_t *bytes) { return _mm_loadu_si128((const __m128i *)bytes); }

// Moves a register past what follows it, and adds that.
FOLDING __m128i fold(__m128i register_, __m128i by, __m128i next) {
  __m128i low = _mm_clmulepi64_si128(register_, by, 0x00), high = _mm_clmulepi64_si128(register_, by, 0x11);
  return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

__attribute__((target("pclmul,sse4.1")))
uint32_t crc32_fold(uint32_t crc, const uint8_t *bytes, size_t count) {
  const __m128i by_64_bytes = _mm_set_epi64x(0x01c6e41596, 0x0154442bd4);
  const __m128i by_16_bytes = _mm_set_epi64x(0x00ccaa009e, 0x01751997d0);
  const __m128i by_8_bytes = _mm_set_epi64x(0, 0x0163cd6124);
  const __m128i barrett = _mm_set_epi64x(0x01f7011641, 0x01db710641);
  const __m128i words = _mm_setr_epi32(-1, 0, -1, 0);

  __m128i r0 = _mm_xor_si128(load(bytes), _mm_cvtsi32_si128((int)~crc));
  __m128i r1 = load(bytes + 16), r2 = load(bytes + 32), r3 = load(bytes + 48);
  for (bytes += 64, count -= 64; count >= 64; bytes += 64, count -= 64) {
    r0 = fold(r0, by_64_bytes, load(bytes));
    r1 = fold(r1, by_64_bytes, load(bytes + 16));
    r2 = fold(r2, by_64_bytes, load(bytes + 32));
    r3 = fold(r3, by_64_bytes, load(bytes + 48));
  }
  r0 = fold(fold(fold(r0, by_16_bytes, r1), by_16_bytes, r2), by_16_bytes, r3);
  for (; count >= 16; bytes += 16, count -= 16) r0 = fold(r0, by_16_bytes, load(bytes));

  r0 = _mm_xor_si128(_mm_srli_si128(r0, 8), _mm_clmulepi64_si128(r0, by_16_bytes, 0x10));
  r0 = _mm_xor_si128(
    _mm_srli_si128(r0, 4), _mm_clmulepi64_si128(_mm_and_si128(r0, words), by_8_bytes, 0x00));
  __m128i quotient = _mm_clmulepi64_si128(_mm_and_si128(r0, words), barrett, 0x10);
  __m128i product = _mm_clmulepi64_si128(_mm_and_si128(quotient, words), barrett, 0x00);
  return ~(uint32_t)_mm_extract_epi32(_mm_xor_si128(r0, product), 1);
}

#else

bool crc32_has_instructions(void) { return false; }

uint32_t crc32_fold(uint32_t crc, const uint8_t *bytes, size_t count) {
  (void)bytes;
  (void)count;
  return crc;
}

#endif
