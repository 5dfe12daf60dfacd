/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chain.c - certificate chains of devices and of manifests. The order in which
 * a chain is given is part of it: each certificate signed the one before it,
 * the first is the one whose key counts, the last is signed by (or is, byte by
 * byte) the trusted root. RFC 5280, 6.1 without revocation.
 */
#include "gpu.h"
#include "pubkey.h"
#include "pem.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *what;
	const char *format, *empty, *order, *signature, *ca, *usage, *pathlen,
	    *constraint, *leaf, *key, *expired, *early;
} kinds[] = {
	[GPU_DEVICE_CHAIN] = { "device chain", "device-chain-format",
			       "device-chain-empty", "device-chain-order",
			       "device-chain-signature", "device-chain-not-ca",
			       "device-chain-keyusage", "device-chain-pathlen",
			       "device-chain-constraint", "device-chain-leaf",
			       "device-chain-key", "device-chain-expired",
			       "device-chain-not-yet" },
	[GPU_RIM_CHAIN] = { "RIM's chain", "rim-chain-format",
			    "rim-chain-empty", "rim-chain-order",
			    "rim-chain-signature", "rim-chain-not-ca",
			    "rim-chain-keyusage", "rim-chain-pathlen",
			    "rim-chain-constraint", "rim-chain-leaf",
			    "rim-chain-key", "rim-chain-expired",
			    "rim-chain-not-yet" },
};

void rv_gpu_chain_free(struct gpu_chain *c)
{
	for (size_t i = 0; i < RV_LEN(c->cert); i++)
		rv_cert_free(&c->cert[i]);
	*c = (struct gpu_chain){ 0 };
}

bool rv_gpu_chain_add(struct gpu_chain *c, enum gpu_chain_kind kind,
		      struct rv_span der, struct gpu_why *why)
{
	if (c->n == RV_GPU_CERTS_MAX)
		return rv_gpu_doubt(why, kinds[kind].format,
				    "%s: more than %d certificates",
				    kinds[kind].what, RV_GPU_CERTS_MAX);
	if (!rv_cert_read(der, &c->cert[c->n], &why->err)) {
		rv_err_in(&why->err, "%s, certificate %zu", kinds[kind].what,
			  c->n);
		return rv_gpu_because(why, kinds[kind].format);
	}
	c->n++;
	return true;
}

bool rv_gpu_chain_read_pem(struct rv_span pem, struct gpu_chain *c,
			   struct gpu_why *why)
{
	if (pem.n > RV_GPU_CHAIN_MAX)
		return rv_gpu_doubt(
		    why, kinds[GPU_DEVICE_CHAIN].format,
		    "device chain: %zu bytes, at most %d are read", pem.n,
		    RV_GPU_CHAIN_MAX);
	while (rv_pem_has(pem, "CERTIFICATE")) {
		RV_AUTO(rv_buf_free) struct rv_buf der = { 0 };

		if (!rv_pem_walk(&pem, "CERTIFICATE", &der, &why->err)) {
			rv_err_in(&why->err, "device chain");
			return rv_gpu_because(why,
					      kinds[GPU_DEVICE_CHAIN].format);
		}
		if (!rv_gpu_chain_add(c, GPU_DEVICE_CHAIN, rv_buf_span(&der),
				      why))
			return false;
	}
	if (c->n == 0)
		return rv_gpu_doubt(why, kinds[GPU_DEVICE_CHAIN].empty,
				    "device chain: no certificate in it");
	return true;
}

static bool known_link(const struct gpu_links *links,
		       const struct rv_cert_info *a,
		       const struct rv_cert_info *b)
{
	if (rv_gpu_link(&a->sha256, &b->sha256))
		return true;
	for (size_t i = 0; i < links->n; i++)
		if (memcmp(&links->good[i].cert, &a->sha256, 32) == 0 &&
		    memcmp(&links->good[i].issuer, &b->sha256, 32) == 0)
			return true;
	return false;
}

static bool check_link(const struct gpu_chain *c, size_t i,
		       enum gpu_chain_kind kind, struct gpu_links *links,
		       struct gpu_why *why)
{
	const struct rv_cert_info *a = rv_cert_info(c->cert[i]);
	const struct rv_cert_info *b = rv_cert_info(c->cert[i + 1]);

	if (known_link(links, a, b))
		return true;
	switch (rv_cert_issued(c->cert[i], c->cert[i + 1])) {
	case RV_CHECK_GOOD:
		break;
	case RV_CHECK_OTHER:
		return rv_gpu_no(why, kinds[kind].order,
				 "%s: certificate %zu '%s' is issued by '%s',"
				 " behind it is '%s'",
				 kinds[kind].what, i, a->subject, a->issuer,
				 b->subject);
	case RV_CHECK_BAD:
		return rv_gpu_no(
		    why, kinds[kind].signature,
		    "%s: certificate %zu '%s' is not signed by '%s'",
		    kinds[kind].what, i, a->subject, b->subject);
	case RV_CHECK_FAILED:
		return rv_gpu_broken(why, kinds[kind].what);
	}
	if (links->n < RV_LEN(links->good)) {
		links->good[links->n].cert = a->sha256;
		links->good[links->n++].issuer = b->sha256;
	}
	return true;
}

/* RFC 5280, 4.2.1.3, 4.2.1.9: what an issuer must be. @below: CAs under it. */
static bool check_issuer(const struct rv_cert_info *b, size_t at, size_t below,
			 enum gpu_chain_kind kind, struct gpu_why *why)
{
	if (!b->ca)
		return rv_gpu_no(why, kinds[kind].ca,
				 "%s: certificate %zu '%s' is no CA",
				 kinds[kind].what, at, b->subject);
	if (!b->may_sign_certs)
		return rv_gpu_no(why, kinds[kind].usage,
				 "%s: certificate %zu '%s' may not sign"
				 " certificates",
				 kinds[kind].what, at, b->subject);
	if (b->path_len >= 0 && (size_t)b->path_len < below)
		return rv_gpu_no(why, kinds[kind].pathlen,
				 "%s: certificate %zu '%s' allows %ld CAs below"
				 " it, there are %zu",
				 kinds[kind].what, at, b->subject, b->path_len,
				 below);
	if (b->constrained)
		return rv_gpu_no(why, kinds[kind].constraint,
				 "%s: certificate %zu '%s' has constraints that"
				 " are not supported",
				 kinds[kind].what, at, b->subject);
	return true;
}

static bool check_leaf(const struct rv_cert *cert, enum gpu_chain_kind kind,
		       struct gpu_why *why)
{
	const struct rv_cert_info *i = rv_cert_info(cert);

	if (i->ca || !i->may_sign_data)
		return rv_gpu_no(why, kinds[kind].leaf,
				 "%s: '%s' may not sign data", kinds[kind].what,
				 i->subject);
	return true;
}

/* NVIDIA's keys are all of one curve; no weaker one gets between them. */
static bool check_keys(const struct gpu_chain *c, const struct rv_cert *root,
		       enum gpu_chain_kind kind, struct gpu_why *why)
{
	for (size_t i = 0; i <= c->n; i++) {
		const struct rv_cert *cert = i < c->n ? c->cert[i] : root;

		if (!rv_cert_info(cert)->p384)
			return rv_gpu_no(why, kinds[kind].key,
					 "%s: the key of '%s' is not of P-384",
					 kinds[kind].what,
					 rv_cert_info(cert)->subject);
	}
	return true;
}

bool rv_gpu_chain_check(struct gpu_chain *c, enum gpu_chain_kind kind,
			const struct rv_cert *root, struct gpu_links *links,
			struct gpu_why *why)
{
	struct rv_cert *top;

	if (c->n == 0)
		return rv_gpu_doubt(why, kinds[kind].empty,
				    "%s: no certificate in it",
				    kinds[kind].what);
	/* Only its bytes make it the root, never its name. */
	if (!rv_same(rv_cert_info(c->cert[c->n - 1])->der,
		     rv_cert_info(root)->der)) {
		if (!rv_cert_read(rv_cert_info(root)->der, &top, &why->err))
			return rv_gpu_broken(why, kinds[kind].what);
		c->cert[c->n++] = top;
	}
	for (size_t i = 0; i + 1 < c->n; i++)
		if (!check_link(c, i, kind, links, why) ||
		    !check_issuer(rv_cert_info(c->cert[i + 1]), i + 1, i, kind,
				  why))
			return false;
	if (!check_leaf(c->cert[0], kind, why) ||
	    !check_keys(c, root, kind, why))
		return false;
	rv_cert_window((const struct rv_cert *const *)c->cert, c->n,
		       &c->not_before, &c->not_after);
	return true;
}

bool rv_gpu_chain_time(const struct gpu_chain *c, enum gpu_chain_kind kind,
		       int64_t at, struct gpu_why *why)
{
	char when[32], limit[32];

	rv_time_text(at, when);
	rv_time_text(at > c->not_after ? c->not_after : c->not_before, limit);
	if (at > c->not_after)
		return rv_gpu_doubt(why, kinds[kind].expired,
				    "%s: valid until %s, not at %s",
				    kinds[kind].what, limit, when);
	if (at < c->not_before)
		return rv_gpu_doubt(why, kinds[kind].early,
				    "%s: valid from %s, not at %s",
				    kinds[kind].what, limit, when);
	return true;
}

/* Long division of the hex number by ten, digit by digit. */
void rv_gpu_serial_decimal(const char *hex, char out[52])
{
	uint8_t n[RV_SERIAL_MAX];
	size_t len = strlen(hex) / 2, at = 51;

	out[0] = '\0';
	if (len > sizeof n || !rv_unhex(rv_text(hex), n, len))
		return;
	out[at] = '\0';
	do {
		unsigned rest = 0;

		for (size_t i = 0; i < len; i++) {
			unsigned v = rest << 8 | n[i];

			n[i] = (uint8_t)(v / 10);
			rest = v % 10;
		}
		out[--at] = (char)('0' + rest);
	} while (!rv_all_zero(rv_span(n, len)) && at > 0);
	memmove(out, out + at, 52 - at);
}
