/* SPDX-License-Identifier: Apache-2.0 */
/* keccak.c - Keccak[c = 2 * digest] over Keccak-f[1600] (FIPS 202, 3 and 4). */
#include "keccak.h"

enum { LANES = 25, ROUNDS = 24, STATE = 200 };

static uint64_t rotate(uint64_t v, unsigned by)
{
	return by ? v << by | v >> (64 - by) : v;
}

/* FIPS 202, 3.2.5: one bit of the round constants' shift register. */
static bool next_bit(uint8_t *r)
{
	bool bit = *r & 1;

	*r = (uint8_t)(*r & 0x80 ? *r << 1 ^ 0x71 : *r << 1);
	return bit;
}

/* FIPS 202, 3.2.1 to 3.2.5. Lane (x, y) is a[x + 5 * y]. */
static void one_round(uint64_t a[LANES], uint8_t *lfsr)
{
	uint64_t c[5], b[LANES];
	unsigned x = 1, y = 0;

	for (unsigned i = 0; i < 5; i++)
		c[i] = a[i] ^ a[i + 5] ^ a[i + 10] ^ a[i + 15] ^ a[i + 20];
	for (unsigned i = 0; i < LANES; i++)
		a[i] ^= c[(i + 4) % 5] ^ rotate(c[(i + 1) % 5], 1);
	b[0] = a[0];
	for (unsigned t = 0, at = 0; t < ROUNDS; t++) {
		unsigned to_x = y, to_y = (2 * x + 3 * y) % 5;

		at = (at + t + 1) % 64;
		b[to_x + 5 * to_y] = rotate(a[x + 5 * y], at);
		x = to_x;
		y = to_y;
	}
	for (unsigned i = 0; i < LANES; i++)
		a[i] = b[i] ^ (~b[i / 5 * 5 + (i + 1) % 5] &
			       b[i / 5 * 5 + (i + 2) % 5]);
	for (unsigned j = 0; j <= 6; j++)
		if (next_bit(lfsr))
			a[0] ^= (uint64_t)1 << ((1u << j) - 1);
}

static void permute(uint64_t a[LANES])
{
	uint8_t lfsr = 1;

	for (unsigned i = 0; i < ROUNDS; i++)
		one_round(a, &lfsr);
}

static void mix(uint64_t a[LANES], size_t at, uint8_t byte)
{
	a[at / 8] ^= (uint64_t)byte << at % 8 * 8;
}

void rv_keccak(struct rv_span s, size_t n, uint8_t *out)
{
	uint64_t a[LANES] = { 0 };
	size_t rate = STATE - 2 * n, at = 0;

	for (size_t i = 0; i < s.n; i++) {
		mix(a, at++, s.p[i]);
		if (at == rate) {
			permute(a);
			at = 0;
		}
	}
	mix(a, at, 0x01);
	mix(a, rate - 1, 0x80);
	permute(a);
	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)(a[i / 8] >> i % 8 * 8);
}
