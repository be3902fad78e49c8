// Well-formed UTF-8, sixteen bytes at a time: J. Keiser and D. Lemire, "Validating UTF-8 In Less Than One
// Instruction Per Byte", Software: Practice and Experience 51 (2021). Three tables, looked up by the two halves of a
// byte and by the upper half of the next one, say which errors a pair of bytes may be part of; what all three say is
// one. That a character's third and fourth byte follow is compared by itself. NUL is refused as well.

#include "utf8.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#include <string.h>

bool utf8_has_instructions(void) {
  unsigned a, b, c, d;
  return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_SSSE3);
}

#define LOOKING __attribute__((target("ssse3"))) static inline

enum {
  TOO_SHORT = 1,     // a lead that no continuation follows
  TOO_LONG = 2,      // a continuation after ASCII
  OVERLONG_3 = 4,    // E0 80 to E0 9F
  TOO_LARGE = 8,     // above F4 8F
  SURROGATE = 16,    // ED A0 to ED BF
  OVERLONG_2 = 32,   // C0, C1
  OVERLONG_4 = 64,   // F0 80 to F0 8F; and F5 80 and so on
  TWO = 128,         // two continuations: right where a third or fourth byte is due
  ANY = TOO_SHORT | TOO_LONG | TWO,
};

// What is wrong with pairs of bytes, by the second one of each; 0x80 where two continuations are wrong or missing.
LOOKING __m128i errors(__m128i bytes, __m128i before) {
  const __m128i by_first_upper = _mm_setr_epi8(
    TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, (char)TWO, (char)TWO, (char)TWO,
    (char)TWO, TOO_SHORT | OVERLONG_2, TOO_SHORT, TOO_SHORT | OVERLONG_3 | SURROGATE,
    TOO_SHORT | TOO_LARGE | OVERLONG_4);
  const char large = (char)(ANY | TOO_LARGE | OVERLONG_4);
  const __m128i by_first_lower = _mm_setr_epi8(
    (char)(ANY | OVERLONG_3 | OVERLONG_2 | OVERLONG_4), (char)(ANY | OVERLONG_2), (char)ANY, (char)ANY,
    (char)(ANY | TOO_LARGE), large, large, large, large, large, large, large, large, (char)(large | SURROGATE), large,
    large);
  const char nine = (char)(TOO_LONG | OVERLONG_2 | TWO | OVERLONG_3 | TOO_LARGE);
  const char later = (char)(TOO_LONG | OVERLONG_2 | TWO | SURROGATE | TOO_LARGE);
  const __m128i by_second_upper = _mm_setr_epi8(
    TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT,
    (char)(TOO_LONG | OVERLONG_2 | TWO | OVERLONG_3 | OVERLONG_4), nine, later, later, TOO_SHORT, TOO_SHORT, TOO_SHORT,
    TOO_SHORT);
  const __m128i half = _mm_set1_epi8(0x0F);
  __m128i first = _mm_alignr_epi8(bytes, before, 15);
  __m128i pairs = _mm_and_si128(
    _mm_and_si128(
      _mm_shuffle_epi8(by_first_upper, _mm_and_si128(_mm_srli_epi16(first, 4), half)),
      _mm_shuffle_epi8(by_first_lower, _mm_and_si128(first, half))),
    _mm_shuffle_epi8(by_second_upper, _mm_and_si128(_mm_srli_epi16(bytes, 4), half)));
  // The top bit of these is set where a lead two or three bytes before asks for this continuation.
  __m128i third = _mm_subs_epu8(_mm_alignr_epi8(bytes, before, 14), _mm_set1_epi8(0xE0 - 0x80));
  __m128i fourth = _mm_subs_epu8(_mm_alignr_epi8(bytes, before, 13), _mm_set1_epi8((char)(0xF0 - 0x80)));
  __m128i due = _mm_and_si128(_mm_or_si128(third, fourth), _mm_set1_epi8((char)0x80));
  return _mm_xor_si128(due, pairs);
}

LOOKING bool is_right(__m128i bytes, __m128i before) {
  const __m128i zero = _mm_setzero_si128();
  __m128i wrong = _mm_or_si128(
    _mm_andnot_si128(_mm_cmpeq_epi8(errors(bytes, before), zero), _mm_set1_epi8(1)), _mm_cmpeq_epi8(bytes, zero));
  return _mm_movemask_epi8(_mm_cmpeq_epi8(wrong, zero)) == 0xFFFF;
}

// Whether all are ASCII but NUL: above 0, as signed ones.
LOOKING bool is_plain(__m128i bytes) {
  return _mm_movemask_epi8(_mm_cmpgt_epi8(bytes, _mm_setzero_si128())) == 0xFFFF;
}

// The same of 64 bytes: none has the top bit, and the least isn't 0.
LOOKING bool are_ascii(const uint8_t *bytes) {
  const __m128i *four = (const __m128i *)bytes;
  __m128i a = _mm_loadu_si128(four), b = _mm_loadu_si128(four + 1);
  __m128i c = _mm_loadu_si128(four + 2), d = _mm_loadu_si128(four + 3);
  __m128i any = _mm_or_si128(_mm_or_si128(a, b), _mm_or_si128(c, d));
  __m128i least = _mm_min_epu8(_mm_min_epu8(a, b), _mm_min_epu8(c, d));
  return _mm_movemask_epi8(_mm_or_si128(any, _mm_cmpeq_epi8(least, _mm_setzero_si128()))) == 0;
}

// Back to the begin of a character that isn't whole there.
static size_t boundary(const uint8_t *bytes, size_t place) {
  size_t more = 0;
  while (more < 3 && more < place && (bytes[place - more - 1] & 0xC0) == 0x80) more++;
  if (more == place) return place;
  uint8_t lead = bytes[place - more - 1];
  size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
  return length > more + 1 ? place - more - 1 : place;
}

__attribute__((target("ssse3")))
size_t utf8_valid(const uint8_t *bytes, size_t count) {
  // Blanks before the first byte and after the last one: ASCII, so that what is cut off there is an error.
  __m128i before = _mm_set1_epi8(' ');
  // Most text is ASCII, where nothing needs to be looked up.
  bool was_ascii = true;
  size_t place = 0;
  for (; count - place >= 16; place += 16) {
    // The last of the four is what stands before the next.
    if (was_ascii && count - place >= 64 && are_ascii(bytes + place)) place += 48;
    __m128i next = _mm_loadu_si128((const __m128i *)(bytes + place));
    bool is_ascii = is_plain(next);
    if (!(is_ascii && was_ascii) && !is_right(next, before)) return boundary(bytes, place);
    before = next;
    was_ascii = is_ascii;
  }
  // Some of these have been looked at already.
  if (was_ascii && count >= 16 && is_plain(_mm_loadu_si128((const __m128i *)(bytes + count - 16)))) return count;
  uint8_t rest[16];
  memset(rest, ' ', sizeof rest);
  memcpy(rest, bytes + place, count - place);
  return is_right(_mm_loadu_si128((const __m128i *)rest), before) ? count : boundary(bytes, place);
}

#else

bool utf8_has_instructions(void) { return false; }

size_t utf8_valid(const uint8_t *bytes, size_t count) {
  (void)bytes;
  (void)count;
  return 0;
}

#endif
