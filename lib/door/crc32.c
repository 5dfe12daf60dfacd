/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crc32.c - CRC-32 by carry-less multiplication where the processor has it,
 * else by zlib. An image's CRC is a third of the work of reading it otherwise.
 *
 * The message is a polynomial over GF(2). Four 128-bit pieces are carried over
 * it: each is multiplied by x^512 (mod P) and the next 64 bytes are added,
 * which leaves the remainder as it was. Then the four are folded into one by
 * x^128, and zlib takes the CRC of those 16 bytes and of what is left over.
 */
#include "crc32.h"

#include <zlib.h>

static uint32_t plain(uint32_t crc, const uint8_t *p, size_t n)
{
	return (uint32_t)crc32_z(crc, p, n);
}

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

#define CLMUL __attribute__((target("pclmul,sse2")))

enum { STEP = 64 };

CLMUL static inline __m128i load(const uint8_t *p)
{
	return _mm_loadu_si128((const __m128i *)(const void *)p);
}

/* @a times the two powers in @k, plus @next. */
CLMUL static inline __m128i fold(__m128i a, __m128i k, __m128i next)
{
	__m128i low = _mm_clmulepi64_si128(a, k, 0x00);
	__m128i high = _mm_clmulepi64_si128(a, k, 0x11);

	return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

/* @n is at least STEP. */
CLMUL static uint32_t folded(uint32_t crc, const uint8_t *p, size_t n)
{
	/* x^(512+32), x^(512-32); x^(128+32), x^(128-32): mod P, reflected. */
	const __m128i by4 = _mm_set_epi64x(0x1c6e41596, 0x154442bd4);
	const __m128i by1 = _mm_set_epi64x(0x0ccaa009e, 0x1751997d0);
	__m128i a[4];
	uint8_t rest[16];

	for (int i = 0; i < 4; i++)
		a[i] = load(p + 16 * i);
	a[0] = _mm_xor_si128(a[0], _mm_cvtsi32_si128((int)~crc));
	for (p += STEP, n -= STEP; n >= STEP; p += STEP, n -= STEP)
		for (int i = 0; i < 4; i++)
			a[i] = fold(a[i], by4, load(p + 16 * i));
	for (int i = 1; i < 4; i++)
		a[i] = fold(a[i - 1], by1, a[i]);
	_mm_storeu_si128((__m128i *)(void *)rest, a[3]);
	/* A start of all ones here is a register of zeros. */
	return plain(plain(UINT32_MAX, rest, sizeof rest), p, n);
}

uint32_t rv_crc32(uint32_t crc, struct rv_span s)
{
	if (s.n >= STEP && __builtin_cpu_supports("pclmul"))
		return folded(crc, s.p, s.n);
	return plain(crc, s.p, s.n);
}
#else
uint32_t rv_crc32(uint32_t crc, struct rv_span s)
{
	return plain(crc, s.p, s.n);
}
#endif
