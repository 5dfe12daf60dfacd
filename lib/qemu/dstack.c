/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dstack.c - the firmware that dstack's releases came with. The edk2 revision
 * of 0.3.1 to 0.5.9 (3a3b12cb, between two releases) has all of 202411 that is
 * measured, and nothing of 202502.
 */
#include "edk2.h"

/* Version 0.@minor.@first to @last; parts behind the third change nothing. */
static const struct {
	uint64_t minor, first, last;
	uint32_t release;
} shipped[] = {
	{ 3, 0, 999, 202411 }, { 4, 0, 999, 202411 },  { 5, 0, 9, 202411 },
	{ 5, 10, 10, 202505 }, { 5, 11, 999, 202502 }, { 6, 0, 999, 202502 },
};

/* The sha256 of an ovmf.fd. */
static const struct {
	struct rv_sha256 id;
	const char *versions;
	uint32_t release;
} known[] = {
	{ { { 0x76, 0x88, 0x8c, 0xe6, 0x9c, 0x91, 0xae, 0xd8, 0x6c, 0x43, 0xf8,
	      0x40, 0xb9, 0x13, 0x89, 0x9b, 0x40, 0xb9, 0x81, 0x96, 0x4b, 0x7c,
	      0xe6, 0x01, 0x86, 0x67, 0xf9, 0x1a, 0xd0, 0x63, 0x06, 0xf0 } },
	  "0.5.3 to 0.5.9",
	  202411 },
};

static const uint8_t witness[RV_DSTACK_BUILDS][12] = {
	{ 0x80, 0x10, 0x09, 0x04, 0x00, 0x06, 0x09, 0x02, 0x0b, 0x02, 0x10,
	  0x10 },
	{ 0x80, 0x10, 0x09, 0x04, 0x00, 0x06, 0x09, 0x02, 0x0b, 0x02, 0x11,
	  0x0f },
};

/* "0.5.4", "v0.5.4.1", "0.6.0.a1" into three numbers. */
static bool parse(const char *version, uint64_t part[3])
{
	struct rv_span s = rv_text(version);

	if (s.n && s.p[0] == 'v')
		s = rv_span(s.p + 1, s.n - 1);
	for (size_t i = 0; i < 3; i++) {
		size_t n = 0;

		while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9')
			n++;
		if (!rv_decimal(rv_span(s.p, n), 999, &part[i]))
			return false;
		s = rv_span(s.p + n, s.n - n);
		if (i < 2 && (s.n == 0 || s.p[0] != '.'))
			return false;
		if (i < 2)
			s = rv_span(s.p + 1, s.n - 1);
	}
	return !s.n || s.p[0] == '.' || s.p[0] == '-';
}

uint32_t rv_dstack_edk2(const char *version)
{
	uint64_t part[3] = { 0 };

	if (!version || !parse(version, part) || part[0] != 0)
		return 0;
	for (size_t i = 0; i < RV_LEN(shipped); i++)
		if (part[1] == shipped[i].minor &&
		    part[2] >= shipped[i].first && part[2] <= shipped[i].last)
			return shipped[i].release;
	return 0;
}

uint32_t rv_dstack_firmware(const struct rv_sha256 *id, const char **versions)
{
	for (size_t i = 0; i < RV_LEN(known); i++)
		if (memcmp(known[i].id.b, id->b, sizeof id->b) == 0) {
			*versions = known[i].versions;
			return known[i].release;
		}
	return 0;
}

uint32_t rv_dstack_release(enum rv_ovmf variant, const char *version)
{
	uint32_t release = rv_dstack_edk2(version);

	if (release && rv_edk2_release(release)->variant == variant)
		return release;
	return variant == RV_OVMF_STABLE202505 ? 202505 : 202502;
}

struct rv_span rv_dstack_witness(size_t build)
{
	return rv_span(witness[build], sizeof witness[build]);
}
