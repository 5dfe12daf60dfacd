/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sha256x2.c - SHA-256 (FIPS 180-4) by the SHA instructions of x86-64. With one
 * stream such a processor often waits, for each round needs the one before: a
 * second stream, worked on in turn, uses that time. OpenSSL has no such thing;
 * everything else is left to it (digest.c).
 */
#include "sha256x2.h"
#include "digest.h"

/* FIPS 180-4, 5.3.3 */
const struct rv_sha256_state rv_sha256_start = {
	{ 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f,
	  0x9b05688c, 0x1f83d9ab, 0x5be0cd19 },
};

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>

/* FIPS 180-4, 4.2.2 */
static const uint32_t round_constant[64] __attribute__((aligned(16))) = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
	0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
	0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
	0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
	0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
	0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
	0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
	0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

#define WITH_SHA                                                               \
	static inline __attribute__((always_inline, target("sha,ssse3,sse4.1")))

/*
 * Where s0 of the message schedule comes from. A processor may be slow at
 * SHA256MSG1; one with AVX-512 has rotations of words for it, in units that the
 * SHA instructions leave idle.
 */
enum s0 { BY_MSG1, BY_ROTATIONS };

/* A stream in registers: a to h as the instructions want them, 16 words. */
struct lane {
	__m128i abef, cdgh;
	__m128i w[4];
};

/* The words of the state are stored a first; here f, e, b, a and h, g, d, c. */
WITH_SHA void lane_load(struct lane *l, const struct rv_sha256_state *s)
{
	const uint32_t *h = s->h;

	l->abef = _mm_set_epi32((int)h[0], (int)h[1], (int)h[4], (int)h[5]);
	l->cdgh = _mm_set_epi32((int)h[2], (int)h[3], (int)h[6], (int)h[7]);
}

WITH_SHA void lane_store(const struct lane *l, struct rv_sha256_state *s)
{
	uint32_t abef[4], cdgh[4];

	_mm_storeu_si128((__m128i *)(void *)abef, l->abef);
	_mm_storeu_si128((__m128i *)(void *)cdgh, l->cdgh);
	*s = (struct rv_sha256_state){ { abef[3], abef[2], cdgh[3], cdgh[2],
					 abef[1], abef[0], cdgh[1], cdgh[0] } };
}

/* 4.1.2, (4.6), of four words. Compilers know the rotations where there are. */
WITH_SHA __m128i s0(__m128i x)
{
	typedef uint32_t words __attribute__((vector_size(16)));
	words w = (words)x;

	return (__m128i)((w >> 7 | w << 25) ^ (w >> 18 | w << 14) ^ w >> 3);
}

/* W[t-16] + s0(W[t-15]) for t = 4 * @i and the three behind. */
WITH_SHA __m128i w16_s0(const __m128i *w, unsigned i, enum s0 by)
{
	__m128i w16 = w[i % 4], w12 = w[(i + 1) % 4];

	return by == BY_MSG1
		   ? _mm_sha256msg1_epu32(w16, w12)
		   : _mm_add_epi32(w16, s0(_mm_alignr_epi8(w12, w16, 4)));
}

/* 6.2.2, 1: the message schedule of rounds 4 * @i and the three behind. */
WITH_SHA __m128i schedule(struct lane *l, const uint8_t *p, unsigned i,
			  enum s0 by)
{
	const __m128i swap =
	    _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3);
	__m128i *w = l->w;
	__m128i t;

	if (i < 4) {
		t = _mm_loadu_si128(
		    (const __m128i *)(const void *)(p + 16 * i));
		w[i] = _mm_shuffle_epi8(t, swap);
		return w[i];
	}
	/* The two, + W[t-7], + s1(W[t-2]) */
	t = _mm_add_epi32(w16_s0(w, i, by),
			  _mm_alignr_epi8(w[(i + 3) % 4], w[(i + 2) % 4], 4));
	w[i % 4] = _mm_sha256msg2_epu32(t, w[(i + 3) % 4]);
	return w[i % 4];
}

/* 6.2.2, 3: four rounds. After each two, what was a b e f is c d g h. */
WITH_SHA void four_rounds(struct lane *l, const uint8_t *p, unsigned i,
			  enum s0 by)
{
	const __m128i k = _mm_load_si128(
	    (const __m128i *)(const void *)(round_constant + 4 * i));
	__m128i t = _mm_add_epi32(schedule(l, p, i, by), k);

	l->cdgh = _mm_sha256rnds2_epu32(l->cdgh, l->abef, t);
	t = _mm_shuffle_epi32(t, 0x0e);
	l->abef = _mm_sha256rnds2_epu32(l->abef, l->cdgh, t);
}

/* 6.2.2 for one block of @a and, unless it is NULL, one of @b. */
WITH_SHA void block(struct lane *a, const uint8_t *p, struct lane *b,
		    const uint8_t *q, enum s0 by)
{
	struct lane a0 = *a, b0 = b ? *b : *a;

	/* Unrolled by hand: compilers then keep both lanes in registers. */
#define ROUNDS(i)                                                              \
	four_rounds(a, p, i, by);                                              \
	if (b)                                                                 \
	four_rounds(b, q, i, by)
	ROUNDS(0);
	ROUNDS(1);
	ROUNDS(2);
	ROUNDS(3);
	ROUNDS(4);
	ROUNDS(5);
	ROUNDS(6);
	ROUNDS(7);
	ROUNDS(8);
	ROUNDS(9);
	ROUNDS(10);
	ROUNDS(11);
	ROUNDS(12);
	ROUNDS(13);
	ROUNDS(14);
	ROUNDS(15);
#undef ROUNDS
	a->abef = _mm_add_epi32(a->abef, a0.abef);
	a->cdgh = _mm_add_epi32(a->cdgh, a0.cdgh);
	if (b) {
		b->abef = _mm_add_epi32(b->abef, b0.abef);
		b->cdgh = _mm_add_epi32(b->cdgh, b0.cdgh);
	}
}

/* @b may be NULL. */
WITH_SHA void blocks(struct lane *a, const uint8_t *p, struct lane *b,
		     const uint8_t *q, size_t n, enum s0 by)
{
	for (; b && n; n--, p += RV_SHA256_BLOCK, q += RV_SHA256_BLOCK)
		block(a, p, b, q, by);
	for (; n; n--, p += RV_SHA256_BLOCK)
		block(a, p, NULL, NULL, by);
}

__attribute__((target("sha,ssse3,sse4.1"))) static void
by_msg1(struct rv_sha256_state *sa, const uint8_t *p,
	struct rv_sha256_state *sb, const uint8_t *q, size_t n)
{
	struct lane a, b;

	lane_load(&a, sa);
	if (sb)
		lane_load(&b, sb);
	blocks(&a, p, sb ? &b : NULL, q, n, BY_MSG1);
	lane_store(&a, sa);
	if (sb)
		lane_store(&b, sb);
}

__attribute__((target("sha,ssse3,sse4.1,avx512vl"))) static void
by_rotations(struct rv_sha256_state *sa, const uint8_t *p,
	     struct rv_sha256_state *sb, const uint8_t *q, size_t n)
{
	struct lane a, b;

	lane_load(&a, sa);
	if (sb)
		lane_load(&b, sb);
	/*
	 * SHA instructions have the old encoding: while the upper halves of
	 * registers are in use, as after a copy of 32 bytes, each costs tens of
	 * cycles more.
	 */
	_mm256_zeroupper();
	blocks(&a, p, sb ? &b : NULL, q, n, BY_ROTATIONS);
	lane_store(&a, sa);
	if (sb)
		lane_store(&b, sb);
}

/* CPUID leaf 7: EBX bit 29 is SHA, in which 128-bit registers suffice. */
size_t rv_sha256x2_ways(rv_sha256x2_fn out[RV_SHA256X2_WAYS])
{
	const unsigned sha = 1U << 29;
	unsigned a, b, c, d;
	size_t n = 0;

	if (!__builtin_cpu_supports("ssse3") ||
	    !__builtin_cpu_supports("sse4.1") ||
	    !__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(b & sha))
		return 0;
	/* This asks the operating system's mask as well (XGETBV). */
	if (__builtin_cpu_supports("avx512vl"))
		out[n++] = by_rotations;
	out[n++] = by_msg1;
	return n;
}

#else

size_t rv_sha256x2_ways(rv_sha256x2_fn out[RV_SHA256X2_WAYS])
{
	(void)out;
	return 0;
}

#endif

rv_sha256x2_fn rv_sha256x2(void)
{
	rv_sha256x2_fn way[RV_SHA256X2_WAYS] = { NULL };

	(void)rv_sha256x2_ways(way);
	return way[0];
}

/* FIPS 180-4, 5.1.1: a one bit, zeros, the length in bits. */
void rv_sha256x2_end(rv_sha256x2_fn fn, struct rv_sha256_state *s,
		     struct rv_span tail, uint64_t n, struct rv_sha256 *out)
{
	uint8_t last[2 * RV_SHA256_BLOCK] = { 0 };
	size_t blocks = tail.n + 9 <= RV_SHA256_BLOCK ? 1 : 2;
	uint8_t *length = last + blocks * RV_SHA256_BLOCK - 8;

	if (tail.n)
		memcpy(last, tail.p, tail.n);
	last[tail.n] = 0x80;
	for (unsigned i = 0; i < 8; i++)
		length[i] = (uint8_t)(n * 8 >> (56 - 8 * i));
	fn(s, last, NULL, NULL, blocks);
	for (unsigned i = 0; i < sizeof out->b; i++)
		out->b[i] = (uint8_t)(s->h[i / 4] >> (24 - 8 * (i % 4)));
}
