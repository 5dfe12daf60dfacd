/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stub.c - what systemd-stub of each version takes out of a unified kernel
 * image (systemd, src/fundamental: the list of sections and its order;
 * src/boot: how the kernel is started). A version without a row is not known.
 */
#include "stub.h"

enum {
	FIRST = 1u << RV_UKI_LINUX | 1u << RV_UKI_OSREL | 1u << RV_UKI_CMDLINE |
		1u << RV_UKI_INITRD | 1u << RV_UKI_SPLASH | 1u << RV_UKI_DTB |
		1u << RV_UKI_PCRSIG | 1u << RV_UKI_PCRPKEY,
	NAMED = FIRST | 1u << RV_UKI_UNAME | 1u << RV_UKI_SBAT,
	MICROCODE = NAMED | 1u << RV_UKI_UCODE,
};

/* Sections that the kernel finds as files below /.extra. */
enum {
	KEYS = 1u << RV_UKI_PCRSIG | 1u << RV_UKI_PCRPKEY,
	ABOUT = KEYS | 1u << RV_UKI_OSREL,
};

static const struct rv_stub stubs[] = {
	{ 252, FIRST, KEYS, true, false, true, true, false, false },
	{ 254, NAMED, KEYS, true, false, true, true, false, false },
	{ 257, MICROCODE, ABOUT, true, true, true, false, true, false },
	{ 262, MICROCODE, ABOUT, false, true, false, false, true, true },
};

static const char versions[] = "252, 254, 257 and 262";

const struct rv_stub *rv_stub_find(unsigned version)
{
	for (size_t i = 0; i < RV_LEN(stubs); i++)
		if (stubs[i].version == version)
			return &stubs[i];
	return NULL;
}

const char *rv_stub_versions(void)
{
	return versions;
}

/* "#### LoaderInfo: systemd-stub 257.9-1 ####" */
static bool program_of(struct rv_span magic, struct rv_span *out,
		       struct rv_err *err)
{
	struct rv_span head = rv_text("#### LoaderInfo: ");
	struct rv_span tail = rv_text(" ####");
	size_t n = 0;

	while (n < magic.n && magic.p[n])
		n++;
	if (n < head.n + tail.n || !rv_starts(magic, head) ||
	    !rv_same(rv_span(magic.p + n - tail.n, tail.n), tail))
		return rv_fail(err, RV_INPUT,
			       "uki: .sdmagic does not name a program");
	*out = rv_span(magic.p + head.n, n - head.n - tail.n);
	return true;
}

bool rv_stub_magic(struct rv_span magic, const char *program, char out[64],
		   unsigned *version, struct rv_err *err)
{
	size_t k, from = strlen(program) + 1;
	uint64_t v = 0;

	if (!program_of(magic, &magic, err))
		return false;
	if (magic.n >= 64 || magic.n <= from || magic.p[from - 1] != ' ' ||
	    !rv_starts(magic, rv_text(program)))
		return rv_fail(err, RV_INPUT, "uki: not %s: %.*s", program,
			       (int)(magic.n < 60 ? magic.n : 60),
			       (const char *)magic.p);
	for (k = 0; k < magic.n; k++)
		if (magic.p[k] < ' ' || magic.p[k] > '~')
			return rv_fail(err, RV_INPUT,
				       "uki: %s: its version is not printable",
				       program);
	for (k = from; k < magic.n; k++)
		if (magic.p[k] < '0' || magic.p[k] > '9')
			break;
	/* "257", "257.9-1": a release candidate is another program. */
	if (!rv_decimal(rv_span(magic.p + from, k - from), 9999, &v) ||
	    (k < magic.n && magic.p[k] != '.' && magic.p[k] != '-'))
		return rv_fail(err, RV_INPUT,
			       "uki: %.*s: that names no version", (int)magic.n,
			       (const char *)magic.p);
	memcpy(out, magic.p, magic.n);
	out[magic.n] = 0;
	*version = (unsigned)v;
	return true;
}
