/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gcp_files.c - what Google has beside the evidence, told apart: authorities of
 * vTPMs, lists of revoked ones, the root of its firmware's endorsements, and an
 * endorsement.
 */
#include "gcp.h"
#include "digest.h"
#include "pem.h"

/* GCE-cc-tcb-root_1 (2023 to 2048), SHA-256 of its DER. */
static const uint8_t tcb_root_sha256[32] = {
	0xe8, 0x76, 0xbc, 0x69, 0x78, 0xbf, 0x4f, 0x3d, 0xa4, 0x45, 0xf9,
	0x8a, 0x0a, 0x82, 0x36, 0x3c, 0x8c, 0x0b, 0xae, 0x5a, 0x1f, 0xc0,
	0x33, 0xc6, 0xdf, 0x65, 0x84, 0x6a, 0x6c, 0xb0, 0xf1, 0x8c
};

void rv_gcp_files_free(struct rv_gcp_files *f)
{
	for (size_t i = 0; i < f->middles; i++)
		rv_buf_free(&f->middle[i]);
	for (size_t i = 0; i < f->crls; i++)
		rv_buf_free(&f->crl[i]);
	rv_buf_free(&f->endorsement);
	rv_buf_free(&f->tcb_root);
	*f = (struct rv_gcp_files){ 0 };
}

/* One more of *@n, at most @max, unless it is there. */
static bool add_one(struct rv_buf *all, size_t *n, size_t max, const char *what,
		    struct rv_span der, struct rv_err *err)
{
	for (size_t i = 0; i < *n; i++)
		if (rv_same(rv_buf_span(&all[i]), der))
			return true;
	if (*n == max)
		return rv_fail(err, RV_INPUT, "Google's %s: more than %zu",
			       what, max);
	return rv_buf_copy(der, &all[(*n)++], err);
}

/* No certificate, but a list: verified when the chain is known. */
static bool add_list(struct rv_gcp_files *f, struct rv_span der,
		     struct rv_err *err)
{
	RV_AUTO(rv_crl_free) struct rv_crl *crl = NULL;
	struct rv_err why = { 0 };

	if (rv_crl_read(der, &crl, &why))
		return add_one(f->crl, &f->crls, RV_GCP_CRLS,
			       "revocation lists", der, err);
	if (why.code == RV_SYSTEM)
		*err = why;
	return false;
}

static bool add_der(void *to, struct rv_span der, struct rv_err *err)
{
	struct rv_gcp_files *f = to;
	RV_AUTO(rv_cert_free) struct rv_cert *c = NULL;
	const struct rv_cert_info *i;
	struct rv_err why = { 0 };

	if (rv_same(der, rv_gcp_root()))
		return true;
	if (!rv_cert_read(der, &c, &why)) {
		if (why.code == RV_INPUT && add_list(f, der, &why))
			return true;
		*err = why;
		return rv_in(err, "Google's certificates");
	}
	i = rv_cert_info(c);
	if (!i->ca)
		return rv_fail(err, RV_INPUT,
			       "Google's certificates: %s is no authority",
			       i->subject);
	if (memcmp(i->sha256.b, tcb_root_sha256, sizeof tcb_root_sha256) == 0)
		return f->tcb_root.n || rv_buf_copy(der, &f->tcb_root, err);
	return add_one(f->middle, &f->middles, RV_GCP_MIDDLES, "certificates",
		       der, err);
}

/* VMLaunchEndorsement: its first field, of bytes, before the signature. */
static bool is_endorsement(struct rv_span s)
{
	return s.n > 2 && s.p[0] == 0x0a;
}

bool rv_gcp_files_add(struct rv_gcp_files *f, struct rv_span bytes,
		      struct rv_err *err)
{
	bool pem;

	if (!rv_pem_certificates(bytes, add_der, f, &pem, err))
		return false;
	if (pem)
		return true;
	if (!is_endorsement(bytes))
		return add_der(f, bytes, err);
	if (bytes.n > RV_GCP_ENDORSEMENT_MAX)
		return rv_fail(err, RV_INPUT,
			       "Google's endorsement: %zu bytes, at most %d",
			       bytes.n, RV_GCP_ENDORSEMENT_MAX);
	if (f->endorsement.n && !rv_same(rv_buf_span(&f->endorsement), bytes))
		return rv_fail(err, RV_INPUT,
			       "Google's endorsement: two different ones");
	return f->endorsement.n || rv_buf_copy(bytes, &f->endorsement, err);
}
