/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fleet.c - a fleet for benchmarks: lines for refval-verify --jsonl, each with
 * a quote of its own over the registers of a captured machine, from platforms
 * under a root that is made here.
 *
 * usage: fleet FOLDER PLATFORMS LINES [EVENT-LOG] > LINES.jsonl
 * FOLDER gets root.der and collateral.json, for --root-ca and --collateral, at
 * 2026-06-01. EVENT-LOG is a file that each line has. Line I is of platform I
 * modulo PLATFORMS and has I in its report_data.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "made.h"

#include <inttypes.h>
#include <stdio.h>

#define CAPTURED "tests/vectors/real/near-058-dev-3e6394/quote.bin"

enum {
	BODY = 48, /* offsets in a quote of version 4 */
	BODY_SIZE = 584,
	REPORT_DATA = BODY + 520,
	SIGNATURE = BODY + BODY_SIZE + 4,
	SEAM_SIGNER = 64, /* in the body */
};

static void put(const char *folder, const char *name, struct rv_span s)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	f = fopen(path, "wb");
	if (!f || fwrite(s.p, 1, s.n, f) != s.n || fclose(f) != 0) {
		perror(path);
		exit(4);
	}
}

#define ZEROS                                                                  \
	"\"mrsigner\":\"00000000000000000000000000000000000000000000000000"    \
	"0000000000000000000000000000000000000000000000\",\"attributes\":"     \
	"\"0000000000000000\",\"attributesMask\":\"FFFFFFFFFFFFFFFF\""

/* One level, that every platform and Intel's module reach. */
static void set_tcb(struct rv_collateral *c)
{
	static const struct made_level level = { .status = "UpToDate" };
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

	rv_grow_text(&g,
		     "{\"id\":\"TDX\",\"version\":3," DATES
		     "\"fmspc\":\"" PKI_FMSPC "\",\"pceId\":\"" PKI_PCEID
		     "\",\"tcbType\":0,\"tcbEvaluationDataNumber\":19,"
		     "\"tdxModule\":{" ZEROS "},\"tdxModuleIdentities\":"
		     "[{\"id\":\"TDX_01\"," ZEROS ",\"tcbLevels\":[{\"tcb\":"
		     "{\"isvsvn\":0},\"tcbDate\":\"2025-05-14T00:00:00Z\","
		     "\"tcbStatus\":\"UpToDate\"}]}],\"tcbLevels\":[");
	put_level(&g, &level);
	rv_grow_text(&g, "]}");
	set_body(&pki, c, RV_COLLATERAL_TCB_INFO, rv_buf_span(&g.buf));
}

static void put_collateral(const char *folder)
{
	RV_AUTO(rv_collateral_free) struct rv_collateral c = { 0 };
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_jw w = { .to = &g };
	uint8_t *der = NULL;
	int n = i2d_X509(pki.root_cert, &der);

	pki_collateral(&pki, &c);
	set_tcb(&c);
	set_qe(&c, "UpToDate");
	rv_jw_open(&w, NULL, '{');
	for (size_t i = 0; i < RV_COLLATERAL_MEMBERS; i++) {
		struct rv_span s = rv_buf_span(&c.member[i]);
		const char *name = rv_collateral_name(i);

		if (i == RV_COLLATERAL_ROOT_CA_CRL ||
		    i == RV_COLLATERAL_PCK_CRL)
			rv_jw_hex(&w, name, s);
		else if (s.n)
			rv_jw_text(&w, name, s);
	}
	rv_jw_close(&w);
	put(folder, "collateral.json", rv_buf_span(&g.buf));
	put(folder, "root.der", rv_span(der, (size_t)n));
	OPENSSL_free(der);
}

struct platform {
	EVP_PKEY *att; /* owned */
	struct rv_buf quote;
};

static void make_platform(struct platform *p, const uint8_t *body)
{
	X509 *whole[] = { NULL, pki.ca_cert, pki.root_cert, NULL };

	EVP_PKEY_free(pki.pck);
	pki.pck = EVP_EC_gen("P-256");
	pki.att = EVP_EC_gen("P-256");
	make_pck(&pki);
	whole[0] = pki.pck_cert;
	p->quote = make_quote(&pki, rv_span(body, BODY_SIZE), whole);
	p->att = pki.att;
	pki.att = NULL;
}

static void put_line(struct platform *p, uint64_t i, struct rv_span log)
{
	static char hex[2 * 8192 + 1];

	for (size_t k = 0; k < 8; k++)
		p->quote.p[REPORT_DATA + k] = (uint8_t)(i >> (56 - 8 * k));
	sign_raw(p->att, rv_span(p->quote.p, BODY + BODY_SIZE),
		 p->quote.p + SIGNATURE);
	assert_true(p->quote.n < sizeof hex / 2);
	rv_hex(rv_buf_span(&p->quote), hex);
	printf("{\"id\":\"%" PRIu64 "\",\"evidence\":{\"quote\":\"%s\"", i,
	       hex);
	if (log.n)
		printf(",\"event_log\":%.*s", (int)log.n, (const char *)log.p);
	printf("}}\n");
}

int main(int argc, char **argv)
{
	RV_AUTO(rv_buf_free) struct rv_buf captured = { 0 }, log = { 0 };
	size_t platforms = argc > 3 ? strtoul(argv[2], NULL, 10) : 0;
	uint64_t lines = argc > 3 ? strtoull(argv[3], NULL, 10) : 0;
	struct platform *p = calloc(platforms + 1, sizeof *p);
	struct rv_err err = { 0 };
	uint8_t body[BODY_SIZE];

	if (!platforms || !p ||
	    !rv_buf_read(CAPTURED, 1 << 20, &captured, &err) ||
	    (argc > 4 && !rv_buf_read(argv[4], 1 << 20, &log, &err))) {
		fprintf(stderr,
			"usage: fleet FOLDER PLATFORMS LINES [LOG] %s\n",
			err.msg);
		return 2;
	}
	memcpy(body, captured.p + BODY, BODY_SIZE);
	memset(body + SEAM_SIGNER, 0, 48);
	/* It stands in a line: no line feed. */
	for (size_t i = 0; i < log.n; i++)
		if (log.p[i] == '\n')
			log.p[i] = ' ';
	pki_make(&pki, false);
	put_collateral(argv[1]);
	EVP_PKEY_free(pki.att);
	for (size_t i = 0; i < platforms; i++)
		make_platform(&p[i], body);
	for (uint64_t i = 0; i < lines; i++)
		put_line(&p[i % platforms], i, rv_buf_span(&log));
	for (size_t i = 0; i < platforms; i++) {
		EVP_PKEY_free(p[i].att);
		rv_buf_free(&p[i].quote);
	}
	free(p);
	pki_free(&pki);
	return ferror(stdout) || fflush(stdout) ? 4 : 0;
}
