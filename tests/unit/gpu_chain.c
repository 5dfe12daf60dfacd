/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gpu_chain.c - chains of four certificates, made here, each good but for one
 * thing: an issuer that may not issue, a key of another curve, a leaf that may
 * not sign. For chains of devices and of manifests, whose ids differ.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base.h"
#include "gpu/gpu.h"

#include <openssl/ec.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

enum { NOW = 1780272000, DAY = 86400, CERTS = 4 }; /* the leaf is first */

struct made {
	const char *curve, *basic, *usage;
	int nid; /* of one more extension; 0: none */
	const char *value;
	bool other_key;	 /* its issuer's signature is by another */
	bool other_name; /* it says that another issued it */
};

#define LEAF "critical,digitalSignature"
#define CA   "critical,keyCertSign,cRLSign"

static const struct made usual[CERTS] = {
	{ .curve = "P-384", .basic = "critical,CA:FALSE", .usage = LEAF },
	{ .curve = "P-384",
	  .basic = "critical,CA:TRUE,pathlen:0",
	  .usage = CA },
	{ .curve = "P-384",
	  .basic = "critical,CA:TRUE,pathlen:1",
	  .usage = CA },
	{ .curve = "P-384", .basic = "critical,CA:TRUE", .usage = CA },
};

static void add(X509 *c, int nid, const char *value)
{
	X509_EXTENSION *e =
	    value ? X509V3_EXT_conf_nid(NULL, NULL, nid, value) : NULL;

	if (!value)
		return;
	assert_non_null(e);
	assert_int_equal(X509_add_ext(c, e, -1), 1);
	X509_EXTENSION_free(e);
}

static void name(X509_NAME *to, const char *cn)
{
	assert_int_equal(X509_NAME_add_entry_by_txt(to, "CN", MBSTRING_ASC,
						    (const unsigned char *)cn,
						    -1, -1, 0),
			 1);
}

static struct rv_buf certificate(const struct made *m, size_t at, EVP_PKEY *own,
				 EVP_PKEY *issuer)
{
	X509 *c = X509_new();
	struct rv_buf out = { 0 };
	struct rv_err err = { 0 };
	uint8_t *der = NULL;
	char cn[16];
	int n;

	assert_int_equal(X509_set_version(c, 2), 1);
	ASN1_INTEGER_set(X509_get_serialNumber(c), (long)at + 1);
	snprintf(cn, sizeof cn, "c%zu", at);
	name(X509_get_subject_name(c), cn);
	snprintf(cn, sizeof cn, "c%zu",
		 m->other_name ? 9 : at + (at + 1 < CERTS));
	name(X509_get_issuer_name(c), cn);
	ASN1_TIME_set(X509_getm_notBefore(c), NOW - (int)at * DAY);
	ASN1_TIME_set(X509_getm_notAfter(c), NOW + ((int)at + 1) * DAY);
	assert_int_equal(X509_set_pubkey(c, own), 1);
	add(c, NID_basic_constraints, m->basic);
	add(c, NID_key_usage, m->usage);
	add(c, m->nid, m->value);
	assert_true(X509_sign(c, m->other_key ? own : issuer, EVP_sha384()) >
		    0);
	n = i2d_X509(c, &der);
	assert_true(n > 0);
	assert_true(rv_buf_copy(rv_span(der, (size_t)n), &out, &err));
	OPENSSL_free(der);
	X509_free(c);
	return out;
}

/* Of P-384, one for each place; and of other curves, for one of them. */
static EVP_PKEY *keys[CERTS], *p256, *p521;

static EVP_PKEY *key_of(const struct made *m, size_t at)
{
	return strcmp(m->curve, "P-256") == 0	? p256
	       : strcmp(m->curve, "P-521") == 0 ? p521
						: keys[at];
}

/* @with_root: it stands in the chain, too, as it may. */
static bool is_good(const struct made m[CERTS], enum gpu_chain_kind kind,
		    bool with_root, struct gpu_chain *c, struct gpu_why *why)
{
	static struct gpu_links links;
	struct rv_buf der[CERTS];
	struct rv_cert *root = NULL;
	bool good;

	links.n = 0;
	for (size_t i = 0; i < CERTS; i++) {
		size_t by = i + 1 < CERTS ? i + 1 : i;

		der[i] =
		    certificate(&m[i], i, key_of(&m[i], i), key_of(&m[by], by));
		if ((i + 1 < CERTS || with_root) &&
		    !rv_gpu_chain_add(c, kind, rv_buf_span(&der[i]), why))
			fail_msg("%s", why->err.msg);
	}
	assert_true(
	    rv_cert_read(rv_buf_span(&der[CERTS - 1]), &root, &why->err));
	good = rv_gpu_chain_check(c, kind, root, &links, why);
	rv_cert_free(&root);
	for (size_t i = 0; i < CERTS; i++)
		rv_buf_free(&der[i]);
	return good;
}

#define NO_CERTS "critical,digitalSignature,cRLSign"

static const struct {
	size_t at;
	struct made m;
	const char *id; /* behind its kind; NULL: good */
} row[] = {
	{ 0, { .usage = "critical,digitalSignature,keyAgreement" }, NULL },
	{ 0, { .usage = "critical,keyAgreement" }, "leaf" },
	{ 0, { .basic = "critical,CA:TRUE" }, "leaf" },
	{ 0, { .curve = "P-256" }, "key" },
	{ 0, { .other_key = true }, "signature" },
	{ 0, { .other_name = true }, "order" },
	{ 1, { .basic = "critical,CA:FALSE" }, "not-ca" },
	{ 1, { .usage = NO_CERTS }, "keyusage" },
	{ 1, { .curve = "P-256" }, "key" },
	{ 1, { .other_key = true }, "signature" },
	{ 1, { .other_name = true }, "order" },
	{ 1, { .basic = "critical,CA:TRUE" }, NULL },
	{ 2, { .basic = "critical,CA:TRUE,pathlen:0" }, "pathlen" },
	{ 2, { .basic = "critical,CA:TRUE,pathlen:2" }, NULL },
	{ 2, { .usage = NO_CERTS }, "keyusage" },
	{ 2, { .other_key = true }, "signature" },
	{ 3, { .basic = "critical,CA:TRUE,pathlen:1" }, "pathlen" },
	{ 3, { .basic = "critical,CA:TRUE,pathlen:2" }, NULL },
	{ 3, { .basic = "critical,CA:FALSE" }, "not-ca" },
	{ 3, { .usage = NO_CERTS }, "keyusage" },
	{ 3, { .curve = "P-521" }, "key" },
#define CONSTRAINED(at)                                                        \
	{ at,                                                                  \
	  { .nid = NID_name_constraints,                                       \
	    .value = "critical,permitted;DNS:example.org" },                   \
	  "constraint" },                                                      \
	    { at,                                                              \
	      { .nid = NID_policy_constraints,                                 \
		.value = "critical,requireExplicitPolicy:0" },                 \
	      "constraint" },                                                  \
	{                                                                      \
		at, { .nid = NID_inhibit_any_policy, .value = "critical,0" },  \
		    "constraint"                                               \
	}
	CONSTRAINED(1),
	CONSTRAINED(2),
	CONSTRAINED(3),
};

static void one_thing(void **state)
{
	static const char *const kind[] = { [GPU_DEVICE_CHAIN] = "device-chain",
					    [GPU_RIM_CHAIN] = "rim-chain" };

	(void)state;
	for (size_t i = 0; i < RV_LEN(row); i++) {
		struct made m[CERTS], *at = &m[row[i].at];
		const struct made *to = &row[i].m;

		memcpy(m, usual, sizeof m);
		at->curve = to->curve ? to->curve : at->curve;
		at->basic = to->basic ? to->basic : at->basic;
		at->usage = to->usage ? to->usage : at->usage;
		at->nid = to->nid;
		at->value = to->value;
		at->other_key = to->other_key;
		at->other_name = to->other_name;
		for (size_t k = 0; k < RV_LEN(kind); k++) {
			struct gpu_chain c = { 0 };
			struct gpu_why why = { .id = NULL };
			char want[40];

			snprintf(want, sizeof want, "%s-%s", kind[k],
				 row[i].id ? row[i].id : "");
			if (is_good(m, (enum gpu_chain_kind)k, (i + k) % 2, &c,
				    &why) != !row[i].id ||
			    (row[i].id && strcmp(why.id, want) != 0))
				fail_msg("%zu: %s: %s", i, want, why.err.msg);
			if (row[i].id)
				assert_int_equal(why.verdict, RV_DIFFERS);
			rv_gpu_chain_free(&c);
		}
	}
}

/* From the youngest certificate's first second to the first one's last. */
static void when(void **state)
{
	static const struct {
		int64_t at;
		const char *id;
	} t[] = {
		{ NOW - 1, "device-chain-not-yet" },
		{ NOW, NULL },
		{ NOW + DAY, NULL },
		{ NOW + DAY + 1, "device-chain-expired" },
	};
	struct gpu_chain c = { 0 };
	struct gpu_why why = { .id = NULL };

	(void)state;
	assert_true(is_good(usual, GPU_DEVICE_CHAIN, true, &c, &why));
	for (size_t i = 0; i < RV_LEN(t); i++) {
		why = (struct gpu_why){ .id = NULL };
		assert_int_equal(
		    rv_gpu_chain_time(&c, GPU_DEVICE_CHAIN, t[i].at, &why),
		    !t[i].id);
		assert_true(t[i].id ? why.id && strcmp(why.id, t[i].id) == 0 &&
					  why.verdict == RV_CANNOT_TELL
				    : !why.id);
	}
	rv_gpu_chain_free(&c);
}

static int make_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < CERTS; i++)
		keys[i] = EVP_EC_gen("P-384");
	p256 = EVP_EC_gen("P-256");
	p521 = EVP_EC_gen("P-521");
	return keys[0] && keys[1] && keys[2] && keys[3] && p256 && p521 ? 0
									: -1;
}

static int drop_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < CERTS; i++)
		EVP_PKEY_free(keys[i]);
	EVP_PKEY_free(p256);
	EVP_PKEY_free(p521);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_thing),
		cmocka_unit_test(when),
	};

	return cmocka_run_group_tests(tests, make_keys, drop_keys);
}
