/* SPDX-License-Identifier: Apache-2.0 */
/*
 * random.h - the generator behind the property tests. A run is the same each
 * time; REFVAL_SEED=N gives other ones, REFVAL_ROUNDS=N more or fewer of each
 * property. A round that fails is named, and is the first one of
 * REFVAL_SEED=that seed: seeds count up from round to round.
 */
#ifndef TEST_RANDOM_H
#define TEST_RANDOM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint64_t random_state;
static unsigned long long random_seed; /* of the round */
static bool random_open;	       /* inside of a round */

/* splitmix64 (Steele, Lea, Flood: Fast splittable generators, 2014). */
static inline uint64_t rnd64(void)
{
	uint64_t z = random_state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* 0 to @n - 1 */
static inline size_t rnd(size_t n)
{
	return (size_t)(rnd64() % n);
}

/* Once in @n times. */
static inline bool rnd_once(size_t n)
{
	return rnd(n) == 0;
}

static inline void rnd_fill(void *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		((uint8_t *)p)[i] = (uint8_t)rnd64();
}

static inline unsigned long long rnd_number(const char *name,
					    unsigned long long usual)
{
	const char *s = getenv(name);

	return s && *s ? strtoull(s, NULL, 10) : usual;
}

/* One round; false when there were enough. Begin with *@round 0. */
static inline bool rnd_round(unsigned long long *round,
			     unsigned long long usual)
{
	random_open = *round < rnd_number("REFVAL_ROUNDS", usual);
	random_seed = rnd_number("REFVAL_SEED", 1) + (*round)++;
	random_state = random_seed;
	return random_open;
}

/* The teardown of each property. */
static inline int rnd_teardown(void **state)
{
	(void)state;
	if (random_open)
		print_message("# failed with REFVAL_SEED=%llu\n", random_seed);
	random_open = false;
	return 0;
}

#define property(f) cmocka_unit_test_setup_teardown(f, NULL, rnd_teardown)

#endif
