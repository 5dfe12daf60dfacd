/* SPDX-License-Identifier: Apache-2.0 */
/*
 * made.h - quotes and collateral of the PKI of pki.h, with bodies as a test
 * wants them. Every field that is compared has another value than its
 * neighbours, none is zero where it may be otherwise: what is not looked at
 * cannot be equal by chance.
 */
#ifndef TEST_MADE_H
#define TEST_MADE_H

#include "pki.h"

static struct pki pki;
static struct rv_quote_verifier *verifier;

static inline int setup(void **state)
{
	(void)state;
	pki_make(&pki, false);
	verifier = pki_verifier(&pki, false);
	return 0;
}

static inline int teardown(void **state)
{
	(void)state;
	rv_quote_verifier_free(&verifier);
	pki_free(&pki);
	return 0;
}

/* ---- bodies ---- */

#define DATES                                                                  \
	"\"issueDate\":\"2026-05-20T00:00:00Z\","                              \
	"\"nextUpdate\":\"2026-06-20T00:00:00Z\","
/* The signer of a TDX module; Intel's own is all zeros. */
#define SIGNER48                                                               \
	"1112131415161718191a1b1c1d1e1f20313233343536373839"                   \
	"3a3b3c3d3e3f405152535455565758595a5b5c5d5e5f60"
#define MODULE                                                                 \
	"\"mrsigner\":\"" SIGNER48 "\",\"attributes\":\"0000000000000000\","   \
	"\"attributesMask\":\"FFFFFFFFFFFFFFFF\""

struct made_level {
	uint8_t sgx[16], tdx[16];
	unsigned pcesvn;
	const char *status;
};

static inline void put_components(struct rv_grow *g, const char *key,
				  const uint8_t c[16])
{
	rv_grow_printf(g, "\"%s\":[", key);
	for (int i = 0; i < 16; i++)
		rv_grow_printf(g, "%s{\"svn\":%u}", i ? "," : "", c[i]);
	rv_grow_text(g, "]");
}

static inline void put_level(struct rv_grow *g, const struct made_level *l)
{
	rv_grow_text(g, "{\"tcb\":{");
	put_components(g, "sgxtcbcomponents", l->sgx);
	rv_grow_printf(g, ",\"pcesvn\":%u,", l->pcesvn);
	put_components(g, "tdxtcbcomponents", l->tdx);
	rv_grow_printf(g,
		       "},\"tcbDate\":\"2025-05-14T00:00:00Z\","
		       "\"tcbStatus\":\"%s\"}",
		       l->status);
}

/* How a body is written when it says the same in other words. */
struct style {
	bool extra, lower, backwards;
};

/* The module identity TDX_01 has level 5 as @module, and level 9 UpToDate. */
static inline void tcb_info(struct rv_grow *g, const struct made_level *level,
			    size_t n, const char *module, struct style s)
{
	rv_grow_printf(g,
		       "{\"id\":\"TDX\",\"version\":3," DATES
		       "\"fmspc\":\"%s\",\"pceId\":\"" PKI_PCEID
		       "\",\"tcbType\":0,"
		       "\"tcbEvaluationDataNumber\":19,%s"
		       "\"tdxModule\":{" MODULE "},"
		       "\"tdxModuleIdentities\":[{\"id\":\"%s\"," MODULE ","
		       "\"tcbLevels\":[{\"tcb\":{\"isvsvn\":9},\"tcbDate\":"
		       "\"2025-05-14T00:00:00Z\",\"tcbStatus\":\"UpToDate\"},"
		       "{\"tcb\":{\"isvsvn\":5},\"tcbDate\":"
		       "\"2024-05-14T00:00:00Z\",\"tcbStatus\":\"%s\"}]}],"
		       "\"tcbLevels\":[",
		       s.lower ? "f0a06f718293" : PKI_FMSPC,
		       s.extra ? "\"news\":{\"a\":[1,2.5,null]}," : "",
		       s.lower ? "TDX_01" : "TDX_01", module);
	for (size_t i = 0; i < n; i++) {
		rv_grow_text(g, i ? "," : "");
		put_level(g, &level[s.backwards ? n - 1 - i : i]);
	}
	rv_grow_text(g, "]}");
}

static inline void put_bytes(struct rv_grow *g, const char *key, size_t n,
			     uint8_t (*at)(size_t i))
{
	rv_grow_printf(g, "\"%s\":\"", key);
	for (size_t i = 0; i < n; i++)
		rv_grow_printf(g, "%02X", at(i));
	rv_grow_text(g, "\",");
}

static inline void qe_identity(struct rv_grow *g, const char *status)
{
	rv_grow_text(g, "{\"id\":\"TD_QE\",\"version\":2," DATES
			"\"tcbEvaluationDataNumber\":19,");
	put_bytes(g, "miscselect", 4, pki_miscselect);
	put_bytes(g, "attributes", 16, pki_attribute);
	put_bytes(g, "mrsigner", 32, pki_mrsigner);
	rv_grow_printf(
	    g,
	    "\"miscselectMask\":\"FFFFFFFF\",\"attributesMask\":"
	    "\"FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF\",\"isvprodid\":%u,"
	    "\"tcbLevels\":[{\"tcb\":{\"isvsvn\":%u},\"tcbDate\":"
	    "\"2025-01-01T00:00:00Z\",\"tcbStatus\":\"%s\"},"
	    "{\"tcb\":{\"isvsvn\":2},\"tcbDate\":\"2023-01-01T00:00:00Z\","
	    "\"tcbStatus\":\"OutOfDate\"}]}",
	    PKI_PRODID, PKI_QESVN, status);
}

static inline void set_info(struct rv_collateral *c,
			    const struct made_level *level, size_t n,
			    const char *module, struct style s)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

	tcb_info(&g, level, n, module, s);
	set_body(&pki, c, RV_COLLATERAL_TCB_INFO, rv_buf_span(&g.buf));
}

static inline void set_qe(struct rv_collateral *c, const char *status)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

	qe_identity(&g, status);
	set_body(&pki, c, RV_COLLATERAL_QE_IDENTITY, rv_buf_span(&g.buf));
}

/* ---- quotes ---- */

/* SIGNER48, byte by byte. */
static inline uint8_t made_signer(size_t i)
{
	return (uint8_t)(0x11 + i + 16 * (i / 16));
}

/* The body of a TD 1.0 with these SVNs. */
static inline void made_body(const uint8_t svn[16], uint8_t out[584])
{
	memset(out, 0, 584);
	memcpy(out, svn, 16);
	for (size_t i = 0; i < 48; i++)
		out[64 + i] = made_signer(i);
	out[120 + 3] = 0x10; /* SEPT_VE_DISABLE */
	out[128] = 3;	     /* xfam */
}

/* A quote with these SVNs; @now NULL: TD 1.0. */
static inline struct rv_buf quote_of(const uint8_t svn[16], const uint8_t *now)
{
	X509 *const chain[] = { pki.pck_cert, pki.ca_cert, pki.root_cert,
				NULL };
	uint8_t body[648] = { 0 };

	made_body(svn, body);
	if (now)
		memcpy(body + 584, now, 16);
	return make_quote(&pki, rv_span(body, now ? 648 : 584), chain);
}

static inline void verify(const struct rv_buf *q, const struct rv_collateral *c,
			  int64_t at, struct rv_quote_verdict *out)
{
	struct rv_err err;

	if (!rv_quote_verify(verifier, rv_buf_span(q), c, at, out, &err))
		fail_msg("%s", err.msg);
}

/* ---- a ladder of levels ---- */

static const struct made_level ladder[] = {
	{ { 3, 3, 3 }, { 5, 0, 3 }, 13, "UpToDate" },
	{ { 3, 3, 2 }, { 4, 0, 3 }, 12, "SWHardeningNeeded" },
	{ { 2, 2, 2 }, { 3, 0, 2 }, 11, "OutOfDate" },
	{ { 1, 1, 1 }, { 1, 0, 1 }, 5, "OutOfDateConfigurationNeeded" },
};

static inline void ladder_collateral(struct rv_collateral *c, struct style s)
{
	pki_collateral(&pki, c);
	set_info(c, ladder, RV_LEN(ladder), "OutOfDate", s);
	set_qe(c, "UpToDate");
}

#endif
