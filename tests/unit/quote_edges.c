/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quote_edges.c - one input for each branch of a rule, beside the one for the
 * rule: each fails on the change of the code that its comment names, which no
 * other test noticed.
 */
#include "made.h"
#include "quote/tcb.h"

#define MODULES "\"tdxModule\":{" MODULE "},\"tdxModuleIdentities\":[],"

/* @edit: replace @old by @new in the body, sign it again. */
static void edit(struct rv_collateral *c, enum rv_collateral_member m,
		 const char *old, const char *new)
{
	struct rv_span s = rv_buf_span(&c->member[m]);
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	size_t n = strlen(old), at = 0;

	while (at + n <= s.n && memcmp(s.p + at, old, n) != 0)
		at++;
	assert_true(at + n <= s.n);
	rv_grow_add(&g, s.p, at);
	rv_grow_text(&g, new);
	rv_grow_add(&g, s.p + at + n, s.n - at - n);
	set_body(&pki, c, m, rv_buf_span(&g.buf));
}

static void code_is(const char *what, const struct rv_buf *q,
		    const struct rv_collateral *c, enum rv_quote_code want)
{
	RV_AUTO(rv_quote_verdict_free) struct rv_quote_verdict v;

	verify(q, c, PKI_NOW, &v);
	if (v.code != want)
		fail_msg("%s: code %d (%s), want %d", what, v.code,
			 v.verified ? rv_tcb_status_name(v.status) : v.message,
			 want);
}

static const uint8_t good[16] = { 9, 1, 3 };

/* PCE-ID of TCB Info against that of the PCK certificate */
static void other_pceid(void **state)
{
	RV_AUTO(rv_collateral_free) struct rv_collateral c = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf q = quote_of(good, NULL);
	(void)state;
	ladder_collateral(&c, (struct style){ 0 });
	code_is("as it is", &q, &c, RV_QUOTE_OK);
	edit(&c, RV_COLLATERAL_TCB_INFO, "\"pceId\":\"" PKI_PCEID "\"",
	     "\"pceId\":\"1A2C\"");
	code_is("the second byte", &q, &c, RV_QUOTE_TCB_INFO_MISMATCH);
	ladder_collateral(&c, (struct style){ 0 });
	edit(&c, RV_COLLATERAL_TCB_INFO, "\"pceId\":\"" PKI_PCEID "\"",
	     "\"pceId\":\"1B2B\"");
	code_is("the first byte", &q, &c, RV_QUOTE_TCB_INFO_MISMATCH);
}

/* The module's SVN below every level of its identity is no level, not "none".
 */
static void module_below(void **state)
{
	static const uint8_t low[16] = { 4, 1, 3 };
	RV_AUTO(rv_collateral_free) struct rv_collateral c = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf q = quote_of(low, NULL);
	(void)state;
	ladder_collateral(&c, (struct style){ 0 });
	code_is("module SVN 4, levels 9 and 5", &q, &c,
		RV_QUOTE_TCB_NOT_SUPPORTED);
}

/* A CA that may not sign lists. */
static void no_crl_sign(void **state)
{
	struct pki was = pki;
	X509 *ca = X509_dup(pki.ca_cert);
	int at = X509_get_ext_by_NID(ca, NID_key_usage, -1);
	RV_AUTO(rv_collateral_free) struct rv_collateral c = { 0 };
	(void)state;
	X509_EXTENSION_free(X509_delete_ext(ca, at));
	add_ext(ca, pki.root_cert, NID_key_usage, "critical,keyCertSign");
	assert_true(X509_sign(ca, pki.root, EVP_sha256()) > 0);
	pki.ca_cert = ca;
	ladder_collateral(&c, (struct style){ 0 });
	{
		RV_AUTO(rv_buf_free) struct rv_buf q = quote_of(good, NULL);
		code_is("PCK CA without cRLSign", &q, &c,
			RV_QUOTE_CRL_SIGNATURE);
	}
	X509_free(ca);
	pki = was;
}

/* lists that cover less than everything */
static void narrow(struct rv_collateral *c, int nid, const char *value,
		   bool entry)
{
	X509_CRL *crl = X509_CRL_new();
	ASN1_TIME *t = ASN1_TIME_new();
	uint8_t *der = NULL;
	int n;

	must(X509_CRL_set_version(crl, 1));
	must(X509_CRL_set_issuer_name(crl, X509_get_subject_name(pki.ca_cert)));
	ASN1_TIME_set(t, PKI_NOW - 86400);
	must(X509_CRL_set1_lastUpdate(crl, t));
	ASN1_TIME_set(t, PKI_NOW + 86400 * 30);
	must(X509_CRL_set1_nextUpdate(crl, t));
	if (entry) {
		X509_REVOKED *r = X509_REVOKED_new();
		ASN1_INTEGER *serial = ASN1_INTEGER_new();
		ASN1_OCTET_STRING *o = ASN1_OCTET_STRING_new();
		ASN1_OBJECT *oid = OBJ_txt2obj("1.2.3.4", 1);
		X509_EXTENSION *e;
		must(ASN1_OCTET_STRING_set(o, (const unsigned char *)"\x05\x00",
					   2));
		e = X509_EXTENSION_create_by_OBJ(NULL, oid, 1, o);
		must(ASN1_INTEGER_set(serial, 77));
		must(X509_REVOKED_set_serialNumber(r, serial));
		must(X509_REVOKED_set_revocationDate(r, t));
		must(X509_REVOKED_add_ext(r, e, -1));
		must(X509_CRL_add0_revoked(crl, r));
		X509_EXTENSION_free(e);
		ASN1_OBJECT_free(oid);
		ASN1_OCTET_STRING_free(o);
		ASN1_INTEGER_free(serial);
	} else {
		ASN1_OCTET_STRING *o = ASN1_OCTET_STRING_new();
		X509_EXTENSION *e;
		must(ASN1_OCTET_STRING_set(o, (const unsigned char *)value + 1,
					   (int)strlen(value) - 1));
		e = X509_EXTENSION_create_by_NID(NULL, nid, value[0] == 'c', o);
		ASN1_OCTET_STRING_free(o);
		must(X509_CRL_add_ext(crl, e, -1));
		X509_EXTENSION_free(e);
	}
	assert_true(X509_CRL_sign(crl, pki.ca, EVP_sha256()) > 0);
	n = i2d_X509_CRL(crl, &der);
	set_member(c, RV_COLLATERAL_PCK_CRL, rv_span(der, (size_t)n));
	OPENSSL_free(der);
	ASN1_TIME_free(t);
	X509_CRL_free(crl);
}

static void narrowed_lists(void **state)
{
	RV_AUTO(rv_collateral_free) struct rv_collateral c = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf q = quote_of(good, NULL);
	(void)state;
	ladder_collateral(&c, (struct style){ 0 });
	narrow(&c, NID_issuing_distribution_point, "c\x30\x03\x82\x01\xff",
	       false);
	code_is("only CA certificates, critical", &q, &c, RV_QUOTE_CRL_FORMAT);
	narrow(&c, NID_issuing_distribution_point, "n\x30\x03\x82\x01\xff",
	       false);
	code_is("only CA certificates, not critical", &q, &c,
		RV_QUOTE_CRL_FORMAT);
	narrow(&c, NID_delta_crl, "n\x02\x01\x01", false);
	code_is("a delta list", &q, &c, RV_QUOTE_CRL_FORMAT);
	narrow(&c, NID_netscape_comment, "c\x16\x01\x61", false);
	code_is("a critical extension nobody knows", &q, &c,
		RV_QUOTE_CRL_FORMAT);
	narrow(&c, NID_netscape_comment, "n\x16\x01\x61", false);
	code_is("the same, not critical", &q, &c, RV_QUOTE_OK);
	narrow(&c, 0, NULL, true);
	code_is("a critical extension of an entry", &q, &c,
		RV_QUOTE_CRL_FORMAT);
}

/* Bits of XFAM that are always set, and those that no module knows. */
static void xfam(void **state)
{
	static const struct {
		uint64_t v;
		bool bad;
	} row[] = {
		{ 3, false },
		{ 0x6dbe7, false },
		{ 0x61ae7, false },
		{ 1, true },
		{ 2, true },
		{ 0, true },
		{ 3 | 8, true },
		{ 3 | 0x10, true },
		{ 3 | 1ull << 19, true },
		{ 3 | 1ull << 63, true },
	};
	X509 *const chain[] = { pki.pck_cert, pki.ca_cert, pki.root_cert,
				NULL };
	(void)state;
	for (size_t i = 0; i < RV_LEN(row); i++) {
		uint8_t body[584];
		struct rv_quote quote;
		struct rv_err err;
		RV_AUTO(rv_buf_free) struct rv_buf q = { 0 };
		made_body(good, body);
		for (int k = 0; k < 8; k++)
			body[128 + k] = (uint8_t)(row[i].v >> 8 * k);
		q = make_quote(&pki, rv_span(body, 584), chain);
		assert_true(rv_quote_read(rv_buf_span(&q), &quote, &err));
		if (row[i].bad !=
		    !!(rv_quote_flags(&quote) & 1u << RV_FLAG_XFAM))
			fail_msg("xfam %#llx", (unsigned long long)row[i].v);
	}
}

/* A verdict that is not verified is never good enough. */
static void unverified(void **state)
{
	struct rv_quote_policy p = rv_quote_policy_default();
	struct rv_quote_verdict v = { .status = RV_TCB_UP_TO_DATE };
	struct rv_quote_finding f[RV_QUOTE_FINDINGS];
	RV_AUTO(rv_buf_free) struct rv_buf b = quote_of(good, NULL);
	struct rv_quote q;
	struct rv_err err;
	(void)state;
	assert_true(rv_quote_read(rv_buf_span(&b), &q, &err));
	assert_int_equal(rv_quote_policy_apply(&p, &q, &v, f), 1);
	assert_string_equal(f[0].rule, "verified");
}

/* The second byte of the QE's ISVSVN; a debug QE that the mask lets through. */
static void qe_report(void **state)
{
	struct pki was = pki;
	RV_AUTO(rv_collateral_free) struct rv_collateral c = { 0 };
	(void)state;
	ladder_collateral(&c, (struct style){ 0 });
	pki.report[258] = 0;
	pki.report[259] = 1;
	{
		RV_AUTO(rv_buf_free) struct rv_buf q = quote_of(good, NULL);
		code_is("QE ISVSVN 256", &q, &c, RV_QUOTE_OK);
	}
	pki = was;
	edit(&c, RV_COLLATERAL_QE_IDENTITY, "\"attributesMask\":\"FF",
	     "\"attributesMask\":\"FD");
	pki.report[48] |= 2;
	{
		RV_AUTO(rv_buf_free) struct rv_buf q = quote_of(good, NULL);
		code_is("a debug QE", &q, &c, RV_QUOTE_QE_IDENTITY_MISMATCH);
	}
	pki = was;
}

/* Bodies that are signed and still not to be believed. */
static void bodies(void **state)
{
	static const struct {
		enum rv_collateral_member m;
		const char *old, *new;
	} row[] = {
		{ RV_COLLATERAL_TCB_INFO, "\"id\":\"TDX_01\"",
		  "\"id\":\"SGX_01\"" },
		{ RV_COLLATERAL_TCB_INFO, "\"id\":\"TDX_01\"",
		  "\"id\":\"TDX_1\"" },
		{ RV_COLLATERAL_TCB_INFO, "\"id\":\"TDX_01\"",
		  "\"id\":\"TDX_0x\"" },
		{ RV_COLLATERAL_TCB_INFO, "{\"isvsvn\":5}", "{\"isvsvn\":9}" },
		{ RV_COLLATERAL_TCB_INFO, "\"id\":\"TDX\"", "\"id\":\"TDY\"" },
		{ RV_COLLATERAL_TCB_INFO, "\"version\":3", "\"version\":1" },
		{ RV_COLLATERAL_TCB_INFO, "\"version\":3", "\"version\":2" },
		{ RV_COLLATERAL_TCB_INFO, "\"tcbType\":0", "\"tcbType\":1" },
		{ RV_COLLATERAL_TCB_INFO, "\"tdxModule\":{",
		  "\"tdxmodule\":{" },
		{ RV_COLLATERAL_TCB_INFO, "\"tdxModuleIdentities\":[",
		  "\"tdxModuleIdentities\":7,\"x\":[" },
		{ RV_COLLATERAL_TCB_INFO, "\"tcbStatus\":\"SWHardeningNeeded\"",
		  "\"tcbStatus\":\"TDRelaunchAdvised\"" },
		{ RV_COLLATERAL_TCB_INFO, "\"tcbStatus\":\"SWHardeningNeeded\"",
		  "\"tcbStatus\":\"UpToDate\",\"advisoryIDs\":7" },
		{ RV_COLLATERAL_TCB_INFO, "\"tcbStatus\":\"SWHardeningNeeded\"",
		  "\"tcbStatus\":\"UpToDate\",\"advisoryIDs\":[\"a b\"]" },
		{ RV_COLLATERAL_QE_IDENTITY,
		  "\"attributes\":", "\"attribute\":" },
		{ RV_COLLATERAL_QE_IDENTITY,
		  "\"attributesMask\":", "\"attributeMask\":" },
		{ RV_COLLATERAL_QE_IDENTITY,
		  "\"miscselect\":", "\"miscselec\":" },
		{ RV_COLLATERAL_QE_IDENTITY,
		  "\"miscselectMask\":", "\"miscselecMask\":" },
		{ RV_COLLATERAL_QE_IDENTITY, "\"mrsigner\":", "\"mrsigne\":" },
		{ RV_COLLATERAL_QE_IDENTITY,
		  "\"isvprodid\":", "\"isvprodi\":" },
		{ RV_COLLATERAL_QE_IDENTITY, "\"version\":2", "\"version\":1" },
	};
	RV_AUTO(rv_buf_free) struct rv_buf q = quote_of(good, NULL);
	(void)state;
	for (size_t i = 0; i < RV_LEN(row); i++) {
		RV_AUTO(rv_collateral_free) struct rv_collateral c = { 0 };
		ladder_collateral(&c, (struct style){ 0 });
		edit(&c, row[i].m, row[i].old, row[i].new);
		code_is(row[i].new, &q, &c,
			row[i].m == RV_COLLATERAL_TCB_INFO
			    ? RV_QUOTE_TCB_INFO_FORMAT
			    : RV_QUOTE_QE_IDENTITY_FORMAT);
	}
}

/* Versions and kinds that do not go together, before anything else is read. */
static void kinds_before_contents(void **state)
{
	static const struct {
		const char *text, *says;
	} row[] = {
		{ "{\"version\":0,\"id\":\"SGX\"}", "version: not 2 or 3" },
		{ "{\"version\":1,\"id\":\"SGX\"}", "version: not 2 or 3" },
		{ "{\"version\":2,\"id\":\"TDX\"}", "id: not SGX or TDX" },
		{ "{\"version\":3}", "id: not SGX or TDX" },
		{ "{\"version\":2}", "issueDate" },
		{ "{\"version\":2,\"id\":\"SGX\"}", "issueDate" },
		{ "{\"version\":3,\"id\":\"SGX\"}", "issueDate" },
		{ "{\"version\":3,\"id\":\"TDX\"}", "issueDate" },
	};
	struct tcb_info *t = NULL;
	struct rv_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < RV_LEN(row); i++) {
		assert_false(rv_tcb_info_read(rv_text(row[i].text), &t, &err));
		if (!strstr(err.msg, row[i].says))
			fail_msg("%s: %s", row[i].text, err.msg);
	}
}

/* Each member that is needed: cannot tell, never no. */
static void members(void **state)
{
	static const enum rv_collateral_member needed[] = {
		RV_COLLATERAL_TCB_INFO_ISSUER_CHAIN,
		RV_COLLATERAL_TCB_INFO,
		RV_COLLATERAL_TCB_INFO_SIGNATURE,
		RV_COLLATERAL_QE_IDENTITY_ISSUER_CHAIN,
		RV_COLLATERAL_QE_IDENTITY,
		RV_COLLATERAL_QE_IDENTITY_SIGNATURE
	};
	RV_AUTO(rv_buf_free) struct rv_buf q = quote_of(good, NULL);
	(void)state;
	for (size_t i = 0; i < RV_LEN(needed); i++) {
		RV_AUTO(rv_collateral_free) struct rv_collateral c = { 0 };
		ladder_collateral(&c, (struct style){ 0 });
		rv_buf_free(&c.member[needed[i]]);
		code_is(rv_collateral_name(needed[i]), &q, &c,
			RV_QUOTE_COLLATERAL_FORMAT);
	}
}

/* What each certificate of the PCK chain may be. */
static void roles(void **state)
{
	struct pki was = pki;
	struct rv_span none = { 0 };
	RV_AUTO(rv_collateral_free) struct rv_collateral c = { 0 };
	(void)state;
	pki.ca_cert = make_cert("Intel SGX Other CA", pki.ca, pki.root_cert,
				pki.root, 2, true, none);
	pki.pck_cert = NULL;
	make_pck(&pki);
	ladder_collateral(&c, (struct style){ 0 });
	{
		RV_AUTO(rv_buf_free) struct rv_buf q = quote_of(good, NULL);
		code_is("a CA of another name", &q, &c,
			RV_QUOTE_PCK_CHAIN_ROLE);
	}
	X509_free(pki.ca_cert);
	X509_free(pki.pck_cert);
	pki = was;
	pki.pck = EVP_EC_gen("P-384");
	pki.pck_cert = NULL;
	make_pck(&pki);
	ladder_collateral(&c, (struct style){ 0 });
	{
		X509 *const chain[] = { pki.pck_cert, pki.ca_cert,
					pki.root_cert, NULL };
		uint8_t body[584];
		struct pki signs = was;
		RV_AUTO(rv_buf_free) struct rv_buf q = { 0 };

		made_body(good, body);
		q = make_quote(&signs, rv_span(body, 584), chain);
		code_is("a PCK key of P-384", &q, &c, RV_QUOTE_PCK_CHAIN_ROLE);
	}
	EVP_PKEY_free(pki.pck);
	X509_free(pki.pck_cert);
	pki = was;
	/* the leaf: no digitalSignature */
	{
		X509 *leaf = X509_dup(pki.pck_cert);
		X509_EXTENSION_free(X509_delete_ext(
		    leaf, X509_get_ext_by_NID(leaf, NID_key_usage, -1)));
		add_ext(leaf, pki.ca_cert, NID_key_usage,
			"critical,nonRepudiation");
		assert_true(X509_sign(leaf, pki.ca, EVP_sha256()) > 0);
		pki.pck_cert = leaf;
		RV_AUTO(rv_buf_free) struct rv_buf q = quote_of(good, NULL);
		ladder_collateral(&c, (struct style){ 0 });
		code_is("a PCK certificate that may not sign", &q, &c,
			RV_QUOTE_PCK_CHAIN_ROLE);
		X509_free(leaf);
		pki = was;
	}
	/* an extension that is critical and unknown */
	{
		X509 *leaf = X509_dup(pki.pck_cert);
		ASN1_OBJECT *o = OBJ_txt2obj("1.2.3.4", 1);
		ASN1_OCTET_STRING *v = ASN1_OCTET_STRING_new();
		X509_EXTENSION *e;
		must(ASN1_OCTET_STRING_set(v, (const unsigned char *)"\x05\x00",
					   2));
		e = X509_EXTENSION_create_by_OBJ(NULL, o, 1, v);
		must(X509_add_ext(leaf, e, -1));
		X509_EXTENSION_free(e);
		ASN1_OBJECT_free(o);
		ASN1_OCTET_STRING_free(v);
		assert_true(X509_sign(leaf, pki.ca, EVP_sha256()) > 0);
		pki.pck_cert = leaf;
		RV_AUTO(rv_buf_free) struct rv_buf q = quote_of(good, NULL);
		ladder_collateral(&c, (struct style){ 0 });
		code_is("a critical extension", &q, &c,
			RV_QUOTE_PCK_CHAIN_FORMAT);
		X509_free(leaf);
		pki = was;
	}
}

/* One member twice, and two that differ. */
static void twice(void **state)
{
	static const char a[] =
	    "{\"tcb_info\":\"{}\",\"tcb_info\":\"{\\\"a\\\":1}\"}";
	struct rv_collateral c = { 0 };
	struct rv_err err;
	bool known;
	(void)state;
	assert_false(rv_collateral_read(rv_text(a), &c, &err));
	assert_true(
	    rv_collateral_add(&c, "a_crl.hex", rv_text("3000"), &known, &err));
	assert_false(
	    rv_collateral_add(&c, "b_crl.hex", rv_text("3001"), &known, &err));
	rv_collateral_free(&c);
}

/*
 * The QE identity may be signed by another certificate than TCB Info, which
 * alone is revoked.
 */
static void second_signer(void **state)
{
	static const long both[] = { 4, 0 };
	struct rv_span none = { 0 };
	RV_AUTO(rv_collateral_free) struct rv_collateral c = { 0 };
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf q = quote_of(good, NULL);
	struct pki two = pki;
	(void)state;
	two.signer = EVP_EC_gen("P-256");
	two.signer_cert = make_cert("Intel SGX TCB Signing", two.signer,
				    pki.root_cert, pki.root, 4, false, none);
	ladder_collateral(&c, (struct style){ 0 });
	add_cert_pem(&g, two.signer_cert);
	add_cert_pem(&g, pki.root_cert);
	set_member(&c, RV_COLLATERAL_QE_IDENTITY_ISSUER_CHAIN,
		   rv_buf_span(&g.buf));
	{
		RV_AUTO(rv_buf_free) struct rv_buf body = { 0 };
		struct rv_err err;
		assert_true(rv_buf_copy(
		    rv_buf_span(&c.member[RV_COLLATERAL_QE_IDENTITY]), &body,
		    &err));
		set_body(&two, &c, RV_COLLATERAL_QE_IDENTITY,
			 rv_buf_span(&body));
	}
	code_is("two signers", &q, &c, RV_QUOTE_OK);
	set_crl(&c, RV_COLLATERAL_ROOT_CA_CRL, pki.root_cert, pki.root, both);
	code_is("the signer of the QE identity is revoked", &q, &c,
		RV_QUOTE_QEID_CHAIN_REVOKED);
	EVP_PKEY_free(two.signer);
	X509_free(two.signer_cert);
}

/* In place of the certificate that is there. */
static void renew(X509 **cert, X509 *other)
{
	X509_free(*cert);
	*cert = other;
}

/* A PKI whose certificates were changed by @how, under a verifier of its own.
 */
static void other_pki(const char *what, int how, enum rv_quote_code want)
{
	struct rv_span none = { 0 };
	struct pki was = pki;
	struct rv_quote_verifier *v0 = verifier;
	RV_AUTO(rv_collateral_free) struct rv_collateral c = { 0 };

	pki_make(&pki, false);
	if (how == 0) {
		renew(&pki.root_cert, make_cert("Intel SGX Root CB", pki.root,
						NULL, pki.root, 1, true, none));
	} else if (how == 1) {
		ASN1_TIME_set(X509_getm_notAfter(pki.root_cert), PKI_NOW - 1);
		assert_true(X509_sign(pki.root_cert, pki.root, EVP_sha256()) >
			    0);
	}
	renew(&pki.ca_cert, make_cert("Intel SGX PCK Platform CA", pki.ca,
				      pki.root_cert, pki.root, 2, true, none));
	if (how == 2) {
		X509_EXTENSION_free(X509_delete_ext(
		    pki.ca_cert, X509_get_ext_by_NID(
				     pki.ca_cert, NID_basic_constraints, -1)));
		add_ext(pki.ca_cert, pki.root_cert, NID_basic_constraints,
			"critical,CA:TRUE");
		assert_true(X509_sign(pki.ca_cert, pki.root, EVP_sha256()) > 0);
	}
	if (how == 4) {
		X509_EXTENSION_free(X509_delete_ext(
		    pki.ca_cert,
		    X509_get_ext_by_NID(pki.ca_cert, NID_key_usage, -1)));
		add_ext(pki.ca_cert, pki.root_cert, NID_key_usage,
			"critical,cRLSign,digitalSignature");
		assert_true(X509_sign(pki.ca_cert, pki.root, EVP_sha256()) > 0);
	}
	renew(&pki.signer_cert,
	      make_cert("Intel SGX TCB Signing", pki.signer, pki.root_cert,
			pki.root, 3, false, none));
	make_pck(&pki);
	if (how == 3) {
		X509_EXTENSION_free(X509_delete_ext(
		    pki.signer_cert,
		    X509_get_ext_by_NID(pki.signer_cert, NID_basic_constraints,
					-1)));
		X509_EXTENSION_free(X509_delete_ext(
		    pki.signer_cert,
		    X509_get_ext_by_NID(pki.signer_cert, NID_key_usage, -1)));
		add_ext(pki.signer_cert, pki.root_cert, NID_basic_constraints,
			"critical,CA:TRUE,pathlen:0");
		add_ext(pki.signer_cert, pki.root_cert, NID_key_usage,
			"critical,digitalSignature,keyCertSign");
		assert_true(X509_sign(pki.signer_cert, pki.root, EVP_sha256()) >
			    0);
	}
	if (how == 5)
		assert_true(X509_sign(pki.pck_cert, pki.ca, EVP_sha1()) > 0);
	verifier = pki_verifier(&pki, false);
	ladder_collateral(&c, (struct style){ 0 });
	{
		RV_AUTO(rv_buf_free) struct rv_buf q = quote_of(good, NULL);
		code_is(what, &q, &c, want);
	}
	rv_quote_verifier_free(&verifier);
	verifier = v0;
	pki_free(&pki);
	pki = was;
}

static void other_pkis(void **state)
{
	(void)state;
	other_pki("a root of another name", 0, RV_QUOTE_PCK_CHAIN_ROLE);
	other_pki("a root that has expired", 1, RV_QUOTE_PCK_CHAIN_EXPIRED);
	other_pki("a CA without path length", 2, RV_QUOTE_PCK_CHAIN_ROLE);
	other_pki("a TCB signer that is a CA", 3, RV_QUOTE_TCB_CHAIN_ROLE);
	other_pki("a certificate signed over SHA-1", 5, RV_QUOTE_PCK_CHAIN);
	other_pki("a CA that may not sign certificates", 4, RV_QUOTE_PCK_CHAIN);
}

/*
 * Levels of a module in rising order; an identity twice; the lower of two
 * evaluation numbers.
 */
static void module_levels(void **state)
{
	RV_AUTO(rv_collateral_free) struct rv_collateral c = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf q = quote_of(good, NULL);
	RV_AUTO(rv_quote_verdict_free) struct rv_quote_verdict v;
	(void)state;
	ladder_collateral(&c, (struct style){ 0 });
	edit(&c, RV_COLLATERAL_TCB_INFO, "{\"isvsvn\":9}", "{\"isvsvn\":7777}");
	edit(&c, RV_COLLATERAL_TCB_INFO, "{\"isvsvn\":5}", "{\"isvsvn\":9}");
	edit(&c, RV_COLLATERAL_TCB_INFO, "{\"isvsvn\":7777}", "{\"isvsvn\":5}");
	edit(&c, RV_COLLATERAL_QE_IDENTITY, "\"tcbEvaluationDataNumber\":19",
	     "\"tcbEvaluationDataNumber\":18");
	verify(&q, &c, PKI_NOW, &v);
	assert_true(v.verified);
	if (v.status != RV_TCB_OUT_OF_DATE)
		fail_msg("levels in rising order: %s, want OutOfDate",
			 rv_tcb_status_name(v.status));
	assert_int_equal(v.eval_number, 18);
	ladder_collateral(&c, (struct style){ 0 });
	edit(
	    &c, RV_COLLATERAL_TCB_INFO, "\"tdxModuleIdentities\":[",
	    "\"tdxModuleIdentities\":[{\"id\":\"TDX_01\"," MODULE
	    ",\"tcbLevels\":[{\"tcb\":{\"isvsvn\":1},\"tcbDate\":\"2025-05-14T00:00:00Z\",\"tcbStatus\":\"UpToDate\"}]},");
	code_is("an identity twice", &q, &c, RV_QUOTE_TCB_INFO_FORMAT);
}

/* What follows the digest in the QE's report_data is zero. */
static void qe_report_data(void **state)
{
	struct pki was = pki;
	RV_AUTO(rv_collateral_free) struct rv_collateral c = { 0 };
	(void)state;
	ladder_collateral(&c, (struct style){ 0 });
	pki.report[383] = 1;
	{
		RV_AUTO(rv_buf_free) struct rv_buf q = quote_of(good, NULL);
		code_is("QE report_data with a last byte of 1", &q, &c,
			RV_QUOTE_QE_REPORT_DATA);
	}
	pki = was;
}

/* The SGX extension: what must be there, once, and of which value */
static void extension_parts(void **state)
{
	static const struct {
		const char *what;
		int how;
	} row[] = { { "no PCESVN", 1 },	       { "no CPUSVN", 2 },
		    { "no component 16", 3 },  { "SGX type 3", 4 },
		    { "no PPID", 5 },	       { "another OID", 6 },
		    { "an arc above 127", 7 }, { "component of 256", 8 } };
	struct pki was = pki;
	(void)state;
	for (size_t i = 0; i < RV_LEN(row); i++) {
		int how = row[i].how;
		uint8_t ppid[16] = { 1 }, type = how == 4 ? 3 : 0;
		RV_AUTO(rv_grow_free) struct rv_grow tcb = { 0 };
		RV_AUTO(rv_grow_free) struct rv_grow all = { 0 };
		RV_AUTO(rv_grow_free) struct rv_grow out = { 0 };
		RV_AUTO(rv_collateral_free) struct rv_collateral c = { 0 };
		X509 *leaf;
		for (unsigned k = 0; k < 16 - (how == 3); k++)
			der_number(&tcb, 2, k + 1,
				   how == 8 && k == 4 ? 256 : 3);
		if (how != 1)
			der_number(&tcb, 2, 17, 13);
		if (how != 2)
			der_entry(&tcb, 2, 18, 0x04, rv_span(pki.cpusvn, 16));
		if (how != 5)
			der_entry(&all, how == 7 ? 0x81 : 1, 0, 0x04,
				  rv_span(ppid, 16));
		der_entry(&all, 2, 0, 0x30, rv_buf_span(&tcb.buf));
		der_entry(&all, 3, 0, 0x04, rv_span(pki_pceid, 2));
		der_entry(&all, 4, 0, 0x04, rv_span(pki_fmspc, 6));
		der_entry(&all, 5, 0, 0x0a, rv_span(&type, 1));
		if (how == 6)
			all.buf.p[5] ^= 1; /* in the first OID, behind tag and
					      length of entry and OID */
		der_add(&out, 0x30, rv_buf_span(&all.buf));
		leaf =
		    make_cert("Intel SGX PCK Certificate", pki.pck, pki.ca_cert,
			      pki.ca, 1000, false, rv_buf_span(&out.buf));
		pki.pck_cert = leaf;
		ladder_collateral(&c, (struct style){ 0 });
		{
			RV_AUTO(rv_buf_free)
			struct rv_buf q = quote_of(good, NULL);
			if (how == 8) {
				edit(&c, RV_COLLATERAL_TCB_INFO,
				     "\"pcesvn\":13", "\"pcesvn\":13");
			} else
				code_is(row[i].what, &q, &c,
					RV_QUOTE_PCK_EXTENSION);
		}
		X509_free(leaf);
		pki = was;
	}
}

/* A whole extension whose configuration, .7, is @config. */
static struct rv_buf extension_with(struct rv_span config)
{
	static const uint8_t ppid[16] = { 1 }, cpusvn[16] = { 2 },
			     type[] = { 1 };
	static const uint8_t instance[16] = { 0x21, 0x32, 0x43, 0x54 };
	RV_AUTO(rv_grow_free) struct rv_grow tcb = { 0 };
	RV_AUTO(rv_grow_free) struct rv_grow all = { 0 };
	RV_AUTO(rv_grow_free) struct rv_grow out = { 0 };
	struct rv_buf got = { 0 };
	struct rv_err err;

	for (unsigned k = 0; k < 17; k++)
		der_number(&tcb, 2, k + 1, k);
	der_entry(&tcb, 2, 18, 0x04, rv_span(cpusvn, sizeof cpusvn));
	der_entry(&all, 1, 0, 0x04, rv_span(ppid, sizeof ppid));
	der_entry(&all, 2, 0, 0x30, rv_buf_span(&tcb.buf));
	der_entry(&all, 3, 0, 0x04, rv_span(pki_pceid, 2));
	der_entry(&all, 4, 0, 0x04, rv_span(pki_fmspc, 6));
	der_entry(&all, 5, 0, 0x0a, rv_span(type, 1));
	der_entry(&all, 6, 0, 0x04, rv_span(instance, sizeof instance));
	der_entry(&all, 7, 0, 0x30, config);
	der_add(&out, 0x30, rv_buf_span(&all.buf));
	assert_true(rv_grow_take(&out, &got, &err));
	return got;
}

static void put_flag(struct rv_grow *g, unsigned arc, unsigned n, uint8_t value)
{
	der_entry(g, arc, n, 0x01, rv_span(&value, 1));
}

/* What a platform is configured as: each of three, whatever the others are. */
static void configurations(void **state)
{
	(void)state;
	for (unsigned set = 0; set < 8; set++) {
		RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
		RV_AUTO(rv_buf_free) struct rv_buf der = { 0 };
		struct rv_pck p;
		struct rv_err err = { 0 };

		for (unsigned k = 0; k < 3; k++)
			put_flag(&g, 7, k + 1, set >> k & 1 ? 0xff : 0);
		der = extension_with(rv_buf_span(&g.buf));
		if (!rv_pck_read(rv_buf_span(&der), false, &p, &err))
			fail_msg("%u: %s", set, err.msg);
		assert_true(p.has_config && p.has_instance);
		assert_int_equal(p.dynamic_platform, set & 1);
		assert_int_equal(p.cached_keys, set >> 1 & 1);
		assert_int_equal(p.smt_enabled, set >> 2 & 1);
		assert_int_equal(p.sgx_type, 1);
		assert_int_equal(p.pcesvn, 16);
		for (size_t k = 0; k < 16; k++)
			assert_int_equal(p.comp[k], k);
	}
}

static void other_configurations(void **state)
{
	static const struct {
		unsigned arc, n;
		uint8_t value;
		const char *says;
	} row[] = {
		{ 7, 3, 0xff, NULL },
		{ 7, 3, 1, "configuration entry" },
		{ 7, 3, 0xfe, "configuration entry" },
		{ 7, 1, 0xff, "configuration entry unknown or twice" },
		{ 7, 2, 0xff, "configuration entry unknown or twice" },
		{ 7, 4, 0xff, "configuration entry unknown or twice" },
		{ 6, 3, 0xff, "entry OID" },
		{ 7, 0, 0xff, "entry OID" }, /* no third arc */
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(row); i++) {
		RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
		RV_AUTO(rv_buf_free) struct rv_buf der = { 0 };
		struct rv_pck p;
		struct rv_err err = { 0 };
		bool read;

		put_flag(&g, 7, 1, 0xff);
		put_flag(&g, 7, 2, 0);
		put_flag(&g, row[i].arc, row[i].n, row[i].value);
		der = extension_with(rv_buf_span(&g.buf));
		read = rv_pck_read(rv_buf_span(&der), false, &p, &err);
		if (read != !row[i].says ||
		    (!read && !strstr(err.msg, row[i].says)))
			fail_msg("%u.%u %#x: %s", row[i].arc, row[i].n,
				 row[i].value, read ? "read" : err.msg);
	}
}

/* Numbers and dates just beside the limit */
static void limits(void **state)
{
	struct rv_quote_policy p = rv_quote_policy_default();
	struct rv_quote_finding f[RV_QUOTE_FINDINGS];
	RV_AUTO(rv_buf_free) struct rv_buf b = quote_of(good, NULL);
	struct rv_quote_verdict v = { .verified = true,
				      .status = RV_TCB_UP_TO_DATE,
				      .eval_number = 19,
				      .at = PKI_NOW };
	struct rv_quote q;
	struct rv_err err;
	(void)state;
	v.launch.date = PKI_NOW - 30 * 86400;
	assert_true(rv_quote_read(rv_buf_span(&b), &q, &err));
	p.min_eval = 19;
	assert_int_equal(rv_quote_policy_apply(&p, &q, &v, f), 0);
	p.min_eval = 20;
	assert_int_equal(rv_quote_policy_apply(&p, &q, &v, f), 1);
	p.min_eval = 0;
	p.has_min_tcb_date = true;
	p.min_tcb_date = v.launch.date;
	assert_int_equal(rv_quote_policy_apply(&p, &q, &v, f), 0);
	p.min_tcb_date = v.launch.date + 1;
	assert_int_equal(rv_quote_policy_apply(&p, &q, &v, f), 1);
	p = rv_quote_policy_default();
	v.status = RV_TCB_OUT_OF_DATE;
	p.grace_days = 30;
	assert_int_equal(rv_quote_policy_apply(&p, &q, &v, f), 0);
	v.at = PKI_NOW + 1;
	assert_int_equal(rv_quote_policy_apply(&p, &q, &v, f), 1);
}

/* A level as version 2 of TCB Info writes it. */
static void put_old_level(struct rv_grow *g)
{
	rv_grow_text(g, "{\"tcb\":{");
	for (int i = 1; i <= 16; i++)
		rv_grow_printf(g, "\"sgxtcbcomp%02dsvn\":%d,", i, i);
	rv_grow_text(g, "\"pcesvn\":13},\"tcbDate\":\"2025-05-14T00:00:00Z\","
			"\"tcbStatus\":\"UpToDate\"}");
}

/* What TCB Info is of, by version and id; each beside one that is not. */
static void kinds_of_tcb_info(void **state)
{
	static const struct {
		const char *head;
		bool good;
	} row[] = {
		{ "\"id\":\"SGX\",\"version\":3,", true },
		{ "\"id\":\"SGX\",\"version\":2,", true },
		{ "\"version\":2,", true },
		{ "\"version\":1,", false },
		{ "\"id\":\"SGX\",\"version\":1,", false },
		{ "\"version\":3,", false },
		{ "\"id\":\"TDX\",\"version\":2," MODULES, false },
		{ "\"id\":\"TDX\",\"version\":3," MODULES, true },
		{ "\"id\":\"SGX\",\"version\":3," MODULES, false },
		{ "\"id\":\"SGX\",\"version\":3,\"tdxModuleIdentities\":[],",
		  false },
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(row); i++) {
		RV_AUTO(rv_tcb_info_free) struct tcb_info *t = NULL;
		RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
		struct rv_err err;

		rv_grow_printf(&g,
			       "{%s" DATES "\"fmspc\":\"" PKI_FMSPC
			       "\",\"pceId\":\"" PKI_PCEID "\",\"tcbType\":0,"
			       "\"tcbEvaluationDataNumber\":19,"
			       "\"tcbLevels\":[",
			       row[i].head);
		if (strstr(row[i].head, "\"version\":3"))
			put_level(&g, &ladder[0]);
		else
			put_old_level(&g);
		rv_grow_text(&g, "]}");
		if (rv_tcb_info_read(rv_buf_span(&g.buf), &t, &err) !=
		    row[i].good)
			fail_msg("%s: %s", row[i].head,
				 row[i].good ? err.msg : "accepted");
	}
}

/* At the limit of a quote's size, and one byte beyond. */
static void largest_quote(void **state)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf q = quote_of(good, NULL);
	struct rv_quote quote;
	struct rv_err err;

	(void)state;
	rv_grow_add(&g, q.p, q.n);
	while (g.buf.n < RV_QUOTE_MAX)
		rv_grow_u8(&g, 0);
	if (!rv_quote_read(rv_buf_span(&g.buf), &quote, &err))
		fail_msg("%s", err.msg);
	rv_grow_u8(&g, 0);
	assert_false(rv_quote_read(rv_buf_span(&g.buf), &quote, &err));
	assert_int_equal(err.code, RV_INPUT);
}

/* A document of collateral with blanks behind it. */
static void largest_collateral(void **state)
{
	static const char doc[] = "{\"root_ca_crl\":\"3000\"}";
	uint8_t *p = malloc(RV_COLLATERAL_MAX + 1);

	(void)state;
	assert_non_null(p);
	memset(p, ' ', RV_COLLATERAL_MAX + 1);
	memcpy(p, doc, sizeof doc - 1);
	for (size_t more = 0; more < 2; more++) {
		RV_AUTO(rv_collateral_free) struct rv_collateral c = { 0 };
		struct rv_err err = { 0 };
		bool read = rv_collateral_read(
		    rv_span(p, RV_COLLATERAL_MAX + more), &c, &err);

		if (read != !more)
			fail_msg("%zu: %s", more, read ? "read" : err.msg);
		if (more)
			assert_string_equal(err.msg,
					    "collateral: 4194305 bytes, at most"
					    " 4194304 are read");
	}
	free(p);
}

/* A root is one certificate. */
static void one_root(void **state)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	RV_AUTO(rv_quote_verifier_free) struct rv_quote_verifier *v = NULL;
	struct rv_quote_options o = { 0 };
	struct rv_err err;

	(void)state;
	add_cert_pem(&g, pki.root_cert);
	o.root = rv_buf_span(&g.buf);
	assert_true(rv_quote_verifier_new(&o, &v, &err));
	rv_quote_verifier_free(&v);
	add_cert_pem(&g, pki.ca_cert);
	o.root = rv_buf_span(&g.buf);
	assert_false(rv_quote_verifier_new(&o, &v, &err));
	assert_string_equal(err.msg, "root: more than one certificate");
}

/* A body or report that differs from its identity in one bit of one byte. */
static void every_compared_byte(void **state)
{
	static const struct {
		const char *what;
		size_t at, n;
	} report[] = { { "miscselect", 16, 4 },
		       { "attributes", 48, 16 },
		       { "mrsigner", 128, 32 },
		       { "isvprodid", 256, 2 } },
	  module[] = { { "mrsigner_seam", 64, 48 },
		       { "seam_attributes", 112, 8 } };
	X509 *const chain[] = { pki.pck_cert, pki.ca_cert, pki.root_cert,
				NULL };
	struct pki was = pki;
	RV_AUTO(rv_collateral_free) struct rv_collateral c = { 0 };

	(void)state;
	ladder_collateral(&c, (struct style){ 0 });
	for (size_t i = 0; i < RV_LEN(report); i++)
		for (size_t k = 0; k < report[i].n; k++) {
			RV_AUTO(rv_buf_free) struct rv_buf q = { 0 };

			pki.report[report[i].at + k] ^= 0x80;
			q = quote_of(good, NULL);
			code_is(report[i].what, &q, &c,
				RV_QUOTE_QE_IDENTITY_MISMATCH);
			pki = was;
		}
	for (size_t i = 0; i < RV_LEN(module); i++)
		for (size_t k = 0; k < module[i].n; k++) {
			uint8_t body[584];
			RV_AUTO(rv_buf_free) struct rv_buf q = { 0 };

			made_body(good, body);
			body[module[i].at + k] ^= 0x80;
			q = make_quote(&pki, rv_span(body, sizeof body), chain);
			code_is(module[i].what, &q, &c,
				RV_QUOTE_TDX_MODULE_MISMATCH);
		}
}

/* ---- members of signed bodies: missing, twice, null ---- */

/* The end of the JSON value at s[at]; the text is well formed. */
static size_t value_end(const char *s, size_t at)
{
	size_t deep = 0;

	for (bool text = false;; at++) {
		text ^= s[at] == '"';
		if (text)
			continue;
		deep += s[at] == '{' || s[at] == '[';
		if (!deep && strchr(",}]", s[at]))
			return at;
		deep -= s[at] == '}' || s[at] == ']';
	}
}

enum damage { MISSING, TWICE, NULL_VALUE, DAMAGES };

/* The key at s[at], its quote, with its value damaged. */
static void damage(struct rv_grow *g, const char *s, size_t at, enum damage how)
{
	size_t key = strcspn(s + at + 1, "\"") + 2;
	size_t value = at + key + 1, end = value_end(s, value);

	rv_grow_add(g, s, at);
	if (how == MISSING)
		rv_grow_printf(g, "\"other\":");
	else
		rv_grow_printf(g, "%.*s:", (int)key, s + at);
	if (how == NULL_VALUE)
		rv_grow_text(g, "null");
	else
		rv_grow_add(g, s + value, end - value);
	if (how == TWICE)
		rv_grow_printf(g, ",%.*s", (int)(end - at), s + at);
	rv_grow_text(g, s + end);
}

/*
 * What a body without this member, with it twice or null, must be: malformed,
 * but for a list that TCB Info of version 3 need not have, without which the
 * module of this quote is not identified.
 */
static enum rv_quote_code expected(const char *key, enum damage how,
				   enum rv_quote_code malformed)
{
	if (how == MISSING && strncmp(key, "\"tdxModuleIdentities\"", 21) == 0)
		return RV_QUOTE_TDX_MODULE_MISMATCH;
	return malformed;
}

static void damaged(enum rv_collateral_member m, enum rv_quote_code want)
{
	RV_AUTO(rv_buf_free) struct rv_buf q = quote_of(good, NULL);
	RV_AUTO(rv_collateral_free) struct rv_collateral c = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf body = { 0 };
	struct rv_err err;
	const char *s;
	size_t n = 0;

	ladder_collateral(&c, (struct style){ 0 });
	assert_true(rv_buf_copy(rv_buf_span(&c.member[m]), &body, &err));
	s = (const char *)body.p;
	for (size_t at = 0; s[at]; at++) {
		if (s[at] != '"' || !strchr("{,", s[at - 1]) ||
		    strncmp(strchr(s + at + 1, '"'), "\":", 2) != 0)
			continue;
		for (enum damage how = MISSING; how < DAMAGES; how++) {
			RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
			char what[80];

			damage(&g, s, at, how);
			set_body(&pki, &c, m, rv_buf_span(&g.buf));
			snprintf(what, sizeof what, "%.40s, damage %d", s + at,
				 (int)how);
			code_is(what, &q, &c, expected(s + at, how, want));
			n++;
		}
	}
	print_message("# %zu damaged bodies\n", n);
	assert_in_range(n, 30, 3000);
}

static void every_member(void **state)
{
	(void)state;
	damaged(RV_COLLATERAL_TCB_INFO, RV_QUOTE_TCB_INFO_FORMAT);
	damaged(RV_COLLATERAL_QE_IDENTITY, RV_QUOTE_QE_IDENTITY_FORMAT);
}

/* ---- what Intel did not sign as it stands ---- */

/*
 * The body that is signed, and what may lie in its place: with white space
 * between its members it is the same and the reason says so, with white space
 * in a string, or without some that belongs there, it is another.
 */
static const char tight[] =
    "{\"id\":\"TDX\",\"a\":\" b\\\" \\\\\",\"c\":[1,2]}";

static const struct {
	const char *body, *says;
	enum rv_quote_code tcb, qe;
} anew[] = {
#define NO RV_QUOTE_TCB_INFO_SIGNATURE, RV_QUOTE_QE_IDENTITY_SIGNATURE
#define WHOLE                                                                  \
	RV_QUOTE_TCB_INFO_SIGNATURE_FORMAT,                                    \
	    RV_QUOTE_QE_IDENTITY_SIGNATURE_FORMAT
	{ " {\"id\" :\t\"TDX\",\n\"a\": \" b\\\" \\\\\",\"c\":[1, 2]}",
	  "was reformatted: ", NO },
	{ "{\"id\":\"TDX\",\"a\":\" b\\\" \\\\\",\"c\":[1,2]\r}",
	  "was reformatted: ", NO },
	{ "{\"id\":\"TDX\",\"a\":\" b\\\" \\\\\" ,\"c\":[1,2]}",
	  "was reformatted: ", NO },
	{ "{\"id\":\"TDX\",\"a\":\"b\\\" \\\\\",\"c\":[1, 2]}", " bytes", NO },
	{ "{\"id\":\"TDX\",\"a\":\" b\\\"\\\\\",\"c\":[1, 2]}", " bytes", NO },
	{ "{\"id\":\"TDX\",\"a\":\"  b\\\" \\\\\",\"c\":[1,2]}", " bytes", NO },
	{ "{\"id\":\"TDX\",\"a\":\" b\\\" \\\\\",\"c\":[1,3]}", " bytes", NO },
	{ "{\"a\":\" b\\\" \\\\\",\"id\":\"TDX\",\"c\":[1,2]}",
	  "not in Intel's order: written anew?)", NO },
	{ "{\"tcbInfo\" : {},\"signature\":\"00\"}",
	  "holds Intel's whole answer", WHOLE },
	{ " {\"enclaveIdentity\":{},\"signature\":\"00\"}",
	  "holds Intel's whole answer", WHOLE },
#undef NO
#undef WHOLE
};

static void bodies_written_anew(void **state)
{
	RV_AUTO(rv_buf_free) struct rv_buf q = quote_of(good, NULL);

	(void)state;
	for (size_t i = 0; i < 2 * RV_LEN(anew); i++) {
		enum rv_collateral_member m =
		    i % 2 ? RV_COLLATERAL_QE_IDENTITY : RV_COLLATERAL_TCB_INFO;
		RV_AUTO(rv_quote_verdict_free) struct rv_quote_verdict v;
		RV_AUTO(rv_collateral_free) struct rv_collateral c = { 0 };
		const char *body = anew[i / 2].body, *says = anew[i / 2].says;
		size_t n;

		ladder_collateral(&c, (struct style){ 0 });
		set_body(&pki, &c, m, rv_text(tight));
		set_member(&c, m, rv_text(body));
		verify(&q, &c, PKI_NOW, &v);
		n = strlen(v.message);
		if (v.code != (i % 2 ? anew[i / 2].qe : anew[i / 2].tcb) ||
		    !strstr(v.message, says) ||
		    /* No cause is made up: the sentence ends with the size. */
		    (*says == ' ' &&
		     strcmp(v.message + n - strlen(says), says) != 0))
			fail_msg("%s: %d %s", body, (int)v.code, v.message);
	}
}

/*
 * Signed, and JSON, and no object: refused before the signature is looked at,
 * and by what reads it for itself.
 */
static void bodies_that_are_no_objects(void **state)
{
	static const struct {
		enum rv_collateral_member m;
		enum rv_quote_code code;
	} row[] = {
		{ RV_COLLATERAL_TCB_INFO, RV_QUOTE_TCB_INFO_FORMAT },
		{ RV_COLLATERAL_QE_IDENTITY, RV_QUOTE_QE_IDENTITY_FORMAT },
	};
	static const char *const text[] = { "[]", "[{\"version\":3}]" };
	RV_AUTO(rv_buf_free) struct rv_buf q = quote_of(good, NULL);

	(void)state;
	for (size_t i = 0; i < 2 * RV_LEN(row); i++) {
		RV_AUTO(rv_quote_verdict_free) struct rv_quote_verdict v;
		RV_AUTO(rv_collateral_free) struct rv_collateral c = { 0 };

		ladder_collateral(&c, (struct style){ 0 });
		set_body(&pki, &c, row[i / 2].m, rv_text(text[i % 2]));
		verify(&q, &c, PKI_NOW, &v);
		if (v.code != row[i / 2].code ||
		    !strstr(v.message, "JSON at byte 0: not an object"))
			fail_msg("%d %s", (int)v.code, v.message);
	}
	for (size_t i = 0; i < RV_LEN(text); i++) {
		struct tcb_info *t = NULL;
		struct qe_identity *e = NULL;
		struct rv_err err = { 0 };

		assert_false(rv_tcb_info_read(rv_text(text[i]), &t, &err));
		assert_string_equal(err.msg, "TCB Info: not an object");
		assert_false(rv_qe_identity_read(rv_text(text[i]), &e, &err));
		assert_string_equal(err.msg, "QE identity: not an object");
		assert_int_equal(err.code, RV_INPUT);
	}
}

/* ---- how many of each there may be in TCB Info ---- */

#define STATUS "\"tcbDate\":\"2025-05-14T00:00:00Z\",\"tcbStatus\":\"UpToDate\""

enum many { LEVELS, IDENTITIES, ISV_LEVELS, ADVISORIES, LETTERS, MANY };

/* @n of them where it is @which, else one. */
static size_t of(enum many which, enum many what, size_t n)
{
	return which == what ? n : 1;
}

static void put_isv_levels(struct rv_grow *g, size_t n)
{
	rv_grow_text(g, "\"tcbLevels\":[");
	for (size_t i = 0; i < n; i++)
		rv_grow_printf(g, "%s{\"tcb\":{\"isvsvn\":%zu}," STATUS "}",
			       i ? "," : "", i);
	rv_grow_text(g, "]");
}

static void put_advisories(struct rv_grow *g, size_t n, size_t letters)
{
	rv_grow_text(g, "\"advisoryIDs\":[");
	for (size_t i = 0; i < n; i++) {
		rv_grow_text(g, i ? ",\"" : "\"");
		for (size_t k = 0; k < letters; k++)
			rv_grow_u8(g, 'A');
		rv_grow_text(g, "\"");
	}
	rv_grow_text(g, "],");
}

static void info_with(struct rv_grow *g, enum many which, size_t n)
{
	static const uint8_t none[16];

	rv_grow_text(g, "{\"id\":\"TDX\",\"version\":3," DATES
			"\"fmspc\":\"" PKI_FMSPC "\",\"pceId\":\"" PKI_PCEID
			"\",\"tcbType\":0,\"tcbEvaluationDataNumber\":19,"
			"\"tdxModule\":{" MODULE "},\"tdxModuleIdentities\":[");
	for (size_t i = 0; i < of(which, IDENTITIES, n); i++) {
		rv_grow_printf(g, "%s{\"id\":\"TDX_%02zX\"," MODULE ",",
			       i ? "," : "", i);
		put_isv_levels(g, of(which, ISV_LEVELS, n));
		rv_grow_text(g, "}");
	}
	rv_grow_text(g, "],\"tcbLevels\":[");
	for (size_t i = 0; i < of(which, LEVELS, n); i++) {
		rv_grow_text(g, i ? ",{" : "{");
		put_advisories(g, of(which, ADVISORIES, n),
			       of(which, LETTERS, n));
		rv_grow_printf(g, "\"tcb\":{\"pcesvn\":%zu,", i);
		put_components(g, "sgxtcbcomponents", none);
		rv_grow_text(g, ",");
		put_components(g, "tdxtcbcomponents", none);
		rv_grow_text(g, "}," STATUS "}");
	}
	rv_grow_text(g, "]}");
}

static void most_of_each(void **state)
{
	static const struct {
		size_t least, most;
		const char *says;
	} row[] = {
		[LEVELS] = { 1, 256, "tcbLevels: not an array of 1 to 256" },
		[IDENTITIES] = { 0, 64,
				 "tdxModuleIdentities: no array, or too"
				 " long" },
		[ISV_LEVELS] = { 1, 256,
				 "tdxModuleIdentities[0]: tcbLevels:"
				 " not an array of 1 to 256" },
		[ADVISORIES] = { 0, 256,
				 "advisoryIDs: not an array, or too"
				 " long" },
		[LETTERS] = { 1, 64, "advisoryIDs: not an identifier" },
	};

	(void)state;
	for (int i = 0; i < MANY; i++) {
		const size_t n[] = { row[i].least - 1, row[i].least,
				     row[i].most, row[i].most + 1 };

		for (size_t k = row[i].least ? 0 : 1; k < RV_LEN(n); k++) {
			RV_AUTO(rv_tcb_info_free) struct tcb_info *t = NULL;
			RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
			struct rv_err err = { 0 };
			bool read;

			info_with(&g, (enum many)i, n[k]);
			read = rv_tcb_info_read(rv_buf_span(&g.buf), &t, &err);
			if (read != (k == 1 || k == 2) ||
			    (!read && !strstr(err.msg, row[i].says)))
				fail_msg("%d, %zu: %s", i, n[k],
					 read ? "read" : err.msg);
		}
	}
}

/* ---- chains: how many certificates are looked at ---- */

enum { MOST = 8 };

static void chain_of(X509 *leaf, size_t n, X509 **out)
{
	out[0] = leaf;
	for (size_t i = 1; i + 1 < n; i++)
		out[i] = pki.ca_cert;
	out[n - 1] = pki.root_cert;
	out[n] = NULL;
}

static void chain_says(const struct rv_buf *q, const struct rv_collateral *c,
		       size_t n, enum rv_quote_code wrong,
		       enum rv_quote_code format)
{
	RV_AUTO(rv_quote_verdict_free) struct rv_quote_verdict v;
	char says[64];

	if (n > MOST)
		snprintf(says, sizeof says, "more than %d certificates", MOST);
	else
		snprintf(says, sizeof says, "%zu certificates below the root",
			 n - 1);
	verify(q, c, PKI_NOW, &v);
	if (v.code != (n > MOST ? format : wrong) || !strstr(v.message, says))
		fail_msg("%zu: %d %s", n, (int)v.code, v.message);
}

/* Of any number of certificates, in the quote or beside it. */
static void longest_chains(void **state)
{
	static const struct {
		enum rv_collateral_member m;
		enum rv_quote_code wrong, format;
	} row[] = {
		{ RV_COLLATERAL_TCB_INFO_ISSUER_CHAIN, RV_QUOTE_TCB_CHAIN,
		  RV_QUOTE_TCB_CHAIN_FORMAT },
		{ RV_COLLATERAL_QE_IDENTITY_ISSUER_CHAIN, RV_QUOTE_QEID_CHAIN,
		  RV_QUOTE_QEID_CHAIN_FORMAT },
	};
	RV_AUTO(rv_buf_free) struct rv_buf q = quote_of(good, NULL);
	uint8_t body[584];
	X509 *chain[MOST + 4];

	(void)state;
	made_body(good, body);
	for (size_t n = MOST - 1; n <= MOST + 2; n++) {
		RV_AUTO(rv_collateral_free) struct rv_collateral c = { 0 };
		RV_AUTO(rv_buf_free) struct rv_buf longer = { 0 };

		chain_of(pki.pck_cert, n, chain);
		longer = make_quote(&pki, rv_span(body, sizeof body), chain);
		ladder_collateral(&c, (struct style){ 0 });
		chain_says(&longer, &c, n, RV_QUOTE_PCK_CHAIN,
			   RV_QUOTE_PCK_CHAIN_FORMAT);
	}
	for (size_t i = 0; i < RV_LEN(row); i++)
		for (size_t n = MOST - 1; n <= MOST + 2; n++) {
			RV_AUTO(rv_collateral_free)
			struct rv_collateral c = { 0 };
			RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

			chain_of(pki.signer_cert, n, chain);
			for (size_t k = 0; k < n; k++)
				add_cert_pem(&g, chain[k]);
			ladder_collateral(&c, (struct style){ 0 });
			set_member(&c, row[i].m, rv_buf_span(&g.buf));
			chain_says(&q, &c, n, row[i].wrong, row[i].format);
		}
}

/* A signature that is no hex signs nothing: cannot tell, never no. */
static void signature_is_no_hex(void **state)
{
	static const struct {
		enum rv_collateral_member m;
		enum rv_quote_code code;
	} row[] = {
		{ RV_COLLATERAL_TCB_INFO_SIGNATURE,
		  RV_QUOTE_TCB_INFO_SIGNATURE_FORMAT },
		{ RV_COLLATERAL_QE_IDENTITY_SIGNATURE,
		  RV_QUOTE_QE_IDENTITY_SIGNATURE_FORMAT },
	};
	RV_AUTO(rv_buf_free) struct rv_buf q = quote_of(good, NULL);

	(void)state;
	for (size_t i = 0; i < RV_LEN(row); i++)
		for (size_t n = 126; n <= 130; n += 2) {
			RV_AUTO(rv_collateral_free)
			struct rv_collateral c = { 0 };
			char hex[131];

			memset(hex, n == 128 ? 'g' : 'a', n);
			ladder_collateral(&c, (struct style){ 0 });
			set_member(&c, row[i].m, rv_span(hex, n));
			code_is("no hex", &q, &c, row[i].code);
		}
}

/* ---- the parts of a status ---- */

static void status_of_parts(void **state)
{
	static const struct {
		uint8_t svn[16];
		const char *module, *qe;
		enum rv_tcb_status is_module, is_qe, both, all;
	} row[] = {
#define UP  RV_TCB_UP_TO_DATE
#define OUT RV_TCB_OUT_OF_DATE
		{ { 9, 1, 3 }, "OutOfDate", "UpToDate", UP, UP, UP, UP },
		{ { 5, 1, 3 }, "OutOfDate", "UpToDate", OUT, UP, OUT, OUT },
		{ { 9, 1, 3 }, "OutOfDate", "OutOfDate", UP, OUT, UP, OUT },
		{ { 5, 1, 3 },
		  "Revoked",
		  "OutOfDate",
		  RV_TCB_REVOKED,
		  OUT,
		  RV_TCB_REVOKED,
		  RV_TCB_REVOKED },
		/* A module of no identity has no level of its own. */
		{ { 9, 0, 3 }, "Revoked", "UpToDate", RV_TCB_NONE, UP, UP, UP },
#undef UP
#undef OUT
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(row); i++) {
		RV_AUTO(rv_buf_free)
		struct rv_buf q = quote_of(row[i].svn, NULL);
		RV_AUTO(rv_quote_verdict_free) struct rv_quote_verdict v;
		RV_AUTO(rv_collateral_free) struct rv_collateral c = { 0 };

		ladder_collateral(&c, (struct style){ 0 });
		set_info(&c, ladder, RV_LEN(ladder), row[i].module,
			 (struct style){ 0 });
		set_qe(&c, row[i].qe);
		verify(&q, &c, PKI_NOW, &v);
		assert_int_equal(v.launch.platform, RV_TCB_UP_TO_DATE);
		assert_int_equal(v.launch.tdx_module, row[i].is_module);
		assert_int_equal(v.launch.qe, row[i].is_qe);
		assert_int_equal(v.launch.platform_and_module, row[i].both);
		assert_int_equal(v.launch.status, row[i].all);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_compared_byte),
		cmocka_unit_test(every_member),
		cmocka_unit_test(bodies_written_anew),
		cmocka_unit_test(bodies_that_are_no_objects),
		cmocka_unit_test(most_of_each),
		cmocka_unit_test(longest_chains),
		cmocka_unit_test(signature_is_no_hex),
		cmocka_unit_test(status_of_parts),
		cmocka_unit_test(kinds_of_tcb_info),
		cmocka_unit_test(largest_quote),
		cmocka_unit_test(largest_collateral),
		cmocka_unit_test(one_root),

		cmocka_unit_test(second_signer),
		cmocka_unit_test(other_pkis),
		cmocka_unit_test(module_levels),

		cmocka_unit_test(qe_report_data),
		cmocka_unit_test(extension_parts),
		cmocka_unit_test(configurations),
		cmocka_unit_test(other_configurations),
		cmocka_unit_test(limits),
		cmocka_unit_test(roles),
		cmocka_unit_test(twice),
		cmocka_unit_test(other_pceid),
		cmocka_unit_test(module_below),
		cmocka_unit_test(no_crl_sign),
		cmocka_unit_test(narrowed_lists),
		cmocka_unit_test(xfam),
		cmocka_unit_test(unverified),
		cmocka_unit_test(qe_report),
		cmocka_unit_test(bodies),
		cmocka_unit_test(kinds_before_contents),
		cmocka_unit_test(members),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
