/* SPDX-License-Identifier: Apache-2.0 */
/*
 * certs.c - the certificates that come with a report: in PEM, in DER, or in the
 * table that the kernel returns (GHCB specification 2.03, section 4.1.8.1:
 * entries of a GUID, an offset and a length, up to one that is all zero).
 */
#include "snp.h"
#include "pem.h"

#include <string.h>

enum { TABLE_ENTRIES = 16, ENTRY = 24, TABLE_MAX = 64 << 10 };

/* GUIDs as their bytes are written in text. */
static const uint8_t ask_guid[16] = { 0x4a, 0xb7, 0xb3, 0x79, 0xbb, 0xac,
				      0x4f, 0xe4, 0xa0, 0x2f, 0x05, 0xae,
				      0xf3, 0x27, 0xc7, 0x82 };
static const uint8_t vcek_guid[16] = { 0x63, 0xda, 0x75, 0x8d, 0xe6, 0x64,
				       0x45, 0x64, 0xad, 0xc5, 0xf4, 0xb9,
				       0x3b, 0xe8, 0xac, 0xcd };
static const uint8_t vlek_guid[16] = { 0xa8, 0x07, 0x4b, 0xc2, 0xa2, 0x5a,
				       0x48, 0x3e, 0xaa, 0xe6, 0x39, 0xc0,
				       0x45, 0xa0, 0xb8, 0xa1 };

void rv_snp_certs_free(struct rv_snp_certs *c)
{
	rv_buf_free(&c->ask);
	rv_buf_free(&c->leaf);
	rv_buf_free(&c->crl);
	rv_cert_free(&c->ask_read);
	rv_cert_free(&c->leaf_read);
}

static void fill(struct rv_buf *to, struct rv_cert **to_read,
		 struct rv_buf *from, struct rv_cert **from_read)
{
	if (to->n)
		return;
	*to = RV_TAKE(*from);
	if (to_read)
		*to_read = RV_TAKE(*from_read);
}

void rv_snp_certs_fill(struct rv_snp_certs *to, struct rv_snp_certs *from)
{
	fill(&to->ask, &to->ask_read, &from->ask, &from->ask_read);
	fill(&to->leaf, &to->leaf_read, &from->leaf, &from->leaf_read);
	fill(&to->crl, NULL, &from->crl, NULL);
}

static bool put(struct rv_buf *to, struct rv_span der, const char *what,
		struct rv_err *err)
{
	if (to->n && !rv_same(rv_buf_span(to), der))
		return rv_fail(err, RV_INPUT,
			       "SEV-SNP certificates: two different ones for"
			       " the %s",
			       what);
	return to->n || rv_buf_copy(der, to, err);
}

/* No certificate, but a list: kept, and read when the root is known. */
static bool add_list(struct rv_snp_certs *c, struct rv_span der,
		     struct rv_err *err)
{
	RV_AUTO(rv_crl_free) struct rv_crl *crl = NULL;
	struct rv_err why = { 0 };

	if (rv_crl_read(der, &crl, &why))
		return put(&c->crl, der, "revocation list", err);
	if (why.code == RV_SYSTEM)
		*err = why;
	return false;
}

/* What is verified later is parsed by then. */
static void keep(struct rv_cert **to, struct rv_cert **from)
{
	if (!*to)
		*to = RV_TAKE(*from);
}

/* One certificate: by what it may do it is the ASK, or the leaf. */
static bool add_der(void *to, struct rv_span der, struct rv_err *err)
{
	struct rv_snp_certs *c = to;
	RV_AUTO(rv_cert_free) struct rv_cert *cert = NULL;
	struct rv_err why = { 0 };

	if (rv_snp_root_of(der) != RV_SNP_UNKNOWN)
		return true;
	if (!rv_cert_read(der, &cert, &why)) {
		if (why.code == RV_INPUT && add_list(c, der, &why))
			return true;
		*err = why;
		return rv_in(err, "SEV-SNP certificates");
	}
	/* A root that is not AMD's: the caller names the one to trust. */
	if (rv_cert_info(cert)->ca && strcmp(rv_cert_info(cert)->subject,
					     rv_cert_info(cert)->issuer) == 0)
		return true;
	if (rv_cert_info(cert)->ca) {
		if (!put(&c->ask, der, "ASK", err))
			return false;
		keep(&c->ask_read, &cert);
	} else {
		if (!put(&c->leaf, der, "VCEK", err))
			return false;
		keep(&c->leaf_read, &cert);
	}
	return true;
}

static bool add_entry(struct rv_snp_certs *c, struct rv_span guid,
		      struct rv_span der, struct rv_err *err)
{
	if (rv_same(guid, rv_span(ask_guid, 16)))
		return put(&c->ask, der, "ASK", err);
	if (rv_same(guid, rv_span(vcek_guid, 16)) ||
	    rv_same(guid, rv_span(vlek_guid, 16)))
		return put(&c->leaf, der, "VCEK", err);
	return true; /* the root, a list: not needed */
}

/* How many entries there are before the all-zero one; RV_INPUT: no end. */
static bool count(struct rv_span table, size_t *n, struct rv_err *err)
{
	struct rv_span entry;

	for (*n = 0; *n <= TABLE_ENTRIES; ++*n) {
		if (!rv_sub(table, *n * ENTRY, ENTRY, &entry))
			break;
		if (rv_all_zero(entry))
			return true;
	}
	return rv_fail(err, RV_INPUT,
		       "SEV-SNP certificate table: no last entry among %zu",
		       *n);
}

static bool add_table(struct rv_snp_certs *c, struct rv_span table,
		      struct rv_err *err)
{
	size_t n;

	if (table.n > TABLE_MAX)
		return rv_fail(err, RV_INPUT,
			       "SEV-SNP certificate table: %zu bytes", table.n);
	if (!count(table, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct rv_rd r = rv_rd(
		    rv_span(table.p + i * ENTRY, table.n - i * ENTRY), "entry");
		struct rv_span guid = rv_take(&r, 16, "GUID"), der;
		uint32_t at = rv_le32(&r, "offset");
		uint32_t length = rv_le32(&r, "length");

		for (size_t k = 0; k < i; k++)
			if (rv_same(guid, rv_span(table.p + k * ENTRY, 16)))
				return rv_fail(err, RV_INPUT,
					       "SEV-SNP certificate table:"
					       " entry %zu has the GUID of"
					       " entry %zu",
					       i, k);
		if (!length || at < (n + 1) * ENTRY ||
		    !rv_sub(table, at, length, &der))
			return rv_fail(err, RV_INPUT,
				       "SEV-SNP certificate table: entry %zu:"
				       " bytes %" PRIu32 "+%" PRIu32
				       " of %zu, behind %zu of entries",
				       i, at, length, table.n, (n + 1) * ENTRY);
		if (!add_entry(c, guid, der, err))
			return false;
	}
	return true;
}

bool rv_snp_certs_add(struct rv_snp_certs *c, struct rv_span bytes,
		      struct rv_err *err)
{
	bool pem;

	if (!rv_pem_certificates(bytes, add_der, c, &pem, err))
		return false;
	if (pem)
		return true;
	/* A certificate is a SEQUENCE; no GUID of a table begins like one. */
	if (bytes.n && bytes.p[0] == 0x30)
		return add_der(c, bytes, err);
	return add_table(c, bytes, err);
}
