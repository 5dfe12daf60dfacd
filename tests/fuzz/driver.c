/* SPDX-License-Identifier: Apache-2.0 */
/*
 * driver.c - runs a fuzz target without a fuzzing engine: each file as it is,
 * cut short, and damaged in ways that a fixed seed decides. The short form of
 * `make fuzz` that every `make check` runs; one TAP line per target.
 * usage: fuzz_NAME ROUNDS FILE...
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t state = 0x9e3779b97f4a7c15u;
static uint64_t inputs;

static uint64_t next(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* An exact-size copy, so that a read behind the end is noticed. */
static void run(const uint8_t *p, size_t n)
{
	uint8_t *copy = malloc(n ? n : 1);

	if (!copy)
		exit(4);
	if (n)
		memcpy(copy, p, n);
	LLVMFuzzerTestOneInput(copy, n);
	free(copy);
	inputs++;
}

static void damage(uint8_t *p, size_t n)
{
	static const uint8_t edge[] = { 0, 1, 0x7f, 0x80, 0xff, '"', '}', '/' };

	for (uint64_t k = next() % 8 + 1; k; k--) {
		size_t at = (size_t)(next() % n);

		if (next() & 1)
			p[at] ^= (uint8_t)(1u << next() % 8);
		else
			p[at] = edge[next() % sizeof edge];
	}
}

static void one_file(const char *path, unsigned long rounds)
{
	FILE *f = fopen(path, "rb");
	static uint8_t p[1 << 24], q[1 << 24];
	size_t n;

	if (!f) {
		printf("# cannot read %s\n", path);
		exit(4);
	}
	n = fread(p, 1, sizeof p, f);
	fclose(f);
	run(p, n);
	for (unsigned long i = 0; i < rounds && n; i++) {
		run(p, (size_t)(next() % n));
		memcpy(q, p, n);
		damage(q, n);
		run(q, n);
	}
}

int main(int argc, char **argv)
{
	unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
	const char *name = strrchr(argv[0], '/');

	run((const uint8_t *)"", 0);
	for (int i = 2; i < argc; i++)
		one_file(argv[i], rounds);
	if (argc < 3) {
		printf("1..1\nnot ok 1 - no seeds\n");
		return 1;
	}
	printf("1..1\nok 1 - %s: %" PRIu64 " inputs\n",
	       name ? name + 1 : argv[0], inputs);
	return 0;
}
