/* SPDX-License-Identifier: Apache-2.0 */
/*
 * leaf.c - AMD's extensions of a VCEK or VLEK (AMD 57230, table 9): below
 * 1.3.6.1.4.1.3704.1, not critical, DER inside; but hwID is bare bytes in all
 * certificates that AMD signed.
 */
#include "snp.h"

#include <stdio.h>
#include <string.h>

enum { INTEGER = 0x02, OCTET_STRING = 0x04, IA5STRING = 0x16, CHIP = 64 };

static bool find(const struct rv_cert *c, const char *arc, struct rv_span *out)
{
	char oid[40];

	snprintf(oid, sizeof oid, "1.3.6.1.4.1.3704.1.%s", arc);
	return rv_cert_extension(c, oid, out);
}

/* An INTEGER of 0 to 255, in its shortest form. */
static bool small(struct rv_span s, uint8_t *out)
{
	if (s.n == 3 && s.p[0] == INTEGER && s.p[1] == 1 && s.p[2] < 0x80)
		*out = s.p[2];
	else if (s.n == 4 && s.p[0] == INTEGER && s.p[1] == 2 && !s.p[2] &&
		 s.p[3] >= 0x80)
		*out = s.p[3];
	else
		return false;
	return true;
}

/* An IA5String of printable characters, shorter than @room. */
static bool text(struct rv_span s, char *out, size_t room)
{
	if (s.n < 3 || s.p[0] != IA5STRING || s.p[1] != s.n - 2 ||
	    s.n - 2 >= room)
		return false;
	for (size_t i = 2; i < s.n; i++)
		if (s.p[i] < 0x20 || s.p[i] > 0x7e)
			return false;
	memcpy(out, s.p + 2, s.n - 2);
	out[s.n - 2] = '\0';
	return true;
}

static bool read_tcb(const struct rv_cert *c, struct rv_snp_leaf *l,
		     struct rv_err *err)
{
	const struct {
		const char *arc, *what;
		uint8_t *to;
	} row[] = {
		{ "3.1", "bootloader SVN", &l->tcb.bl },
		{ "3.2", "TEE SVN", &l->tcb.tee },
		{ "3.3", "SNP SVN", &l->tcb.snp },
		{ "3.8", "microcode SVN", &l->tcb.ucode },
	};
	struct rv_span s;

	for (size_t i = 0; i < RV_LEN(row); i++)
		if (!find(c, row[i].arc, &s) || !small(s, row[i].to))
			return rv_fail(err, RV_INPUT,
				       "VCEK: its %s is not there, or no number"
				       " below 256",
				       row[i].what);
	l->has_fmc = find(c, "3.9", &s);
	if (l->has_fmc && !small(s, &l->tcb.fmc))
		return rv_fail(err, RV_INPUT,
			       "VCEK: its FMC SVN is no number below 256");
	return true;
}

static bool read_hwid(const struct rv_cert *c, struct rv_snp_leaf *l,
		      struct rv_err *err)
{
	struct rv_span s;

	l->has_hwid = find(c, "4", &s);
	if (!l->has_hwid)
		return true;
	if ((s.n == CHIP + 2 || s.n == 10) && s.p[0] == OCTET_STRING &&
	    s.p[1] == s.n - 2)
		s = rv_span(s.p + 2, s.n - 2);
	if (s.n != CHIP && s.n != 8)
		return rv_fail(err, RV_INPUT,
			       "VCEK: a hwID of %zu bytes, not 64 or 8", s.n);
	memcpy(l->hwid, s.p, s.n);
	l->hwid_n = s.n;
	return true;
}

bool rv_snp_leaf_read(const struct rv_cert *c, struct rv_snp_leaf *out,
		      struct rv_err *err)
{
	struct rv_snp_leaf l = { 0 };
	struct rv_span s;

	if (!find(c, "2", &s) || !text(s, l.product, sizeof l.product))
		return rv_fail(err, RV_INPUT, "VCEK: no product name");
	if (!read_tcb(c, &l, err) || !read_hwid(c, &l, err))
		return false;
	if (find(c, "5", &s) && !text(s, l.csp, sizeof l.csp))
		return rv_fail(err, RV_INPUT, "VLEK: the CSP is no text");
	*out = l;
	return true;
}
