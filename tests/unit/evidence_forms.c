/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evidence_forms.c - the small forms around evidence, one document a row: what
 * is read of it, or the sentence that refuses it. Runs in the top folder.
 */
#include "said.h"

#include "base.h"
#include "json.h"

#include <refval.h>

#include <stdlib.h>
#include <string.h>

#define MACHINE "tests/vectors/real/near-058-dev-3e6394/quote.bin"
#define OTHER	"tests/vectors/real/near-058-dev-57921c/quote.bin"

enum { ROOM = 1 << 20 };

/* What stands for what in a row: %Q and %R are quotes of two machines in hex,
 * %B the first in base64, %H 48 bytes in hex. */
static char *word[4];
static const char letters[] = "QRBH";

static char *hex_of(struct rv_span s)
{
	char *out = malloc(2 * s.n + 1);

	assert_non_null(out);
	rv_hex(s, out);
	return out;
}

static int set_up(void **state)
{
	RV_AUTO(rv_buf_free) struct rv_buf a = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };
	struct rv_err err = { 0 };

	(void)state;
	if (!rv_buf_read(MACHINE, ROOM, &a, &err) ||
	    !rv_buf_read(OTHER, ROOM, &b, &err) ||
	    !rv_base64(rv_buf_span(&a), &text, &err) ||
	    !rv_text_copy(rv_buf_span(&text), "quote", &word[2], &err))
		return -1;
	word[0] = hex_of(rv_buf_span(&a));
	word[1] = hex_of(rv_buf_span(&b));
	word[3] = hex_of(rv_span(a.p + 184, 48));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < RV_LEN(word); i++)
		free(word[i]);
	return 0;
}

static void fill(const char *row, struct rv_grow *out)
{
	for (const char *at; *row; row++) {
		at = *row == '%' && row[1] ? strchr(letters, row[1]) : NULL;
		if (at)
			rv_grow_text(out, word[at - letters]);
		else
			rv_grow_u8(out, (uint8_t)*row);
		row += at != NULL;
	}
}

/* ---- around a quote ---- */

enum { QUOTE = 1, CONFLICT = 2, REPORT_DATA = 4, WORDS = 8, BOOT = 16 };

struct row {
	const char *text;
	const char *says; /* of a refusal; or in what is beside; or NULL */
	unsigned has;	  /* 0: it is refused */
};

static void judge(const struct row *row)
{
	RV_AUTO(rv_grow_free) struct rv_grow doc = { 0 };
	RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };
	struct rv_err err = { 0 };
	unsigned has = 0;
	bool read;

	fill(row->text, &doc);
	read = rv_evidence_read(rv_buf_span(&doc.buf), NULL, &e, &err);
	if (read)
		has = (e.quote.n ? QUOTE : 0u) | (e.conflict ? CONFLICT : 0u) |
		      (e.has_report_data ? REPORT_DATA : 0u) |
		      (rv_evidence_is_words(&e) ? WORDS : 0u) |
		      (e.gpu_boot.n ? BOOT : 0u);
	if (has != row->has)
		fail_msg("%.120s: %u, not %u: %s", row->text, has, row->has,
			 read ? "read" : err.msg);
	if (!read && (err.code != RV_INPUT || !strstr(err.msg, row->says)))
		fail_msg("%.120s: %s", row->text, err.msg);
	if (read && (row->says ? !e.beside || !strstr(e.beside, row->says)
			       : e.beside != NULL))
		fail_msg("%.120s: beside: %s", row->text,
			 e.beside ? e.beside : "nothing");
}

static void rows(const struct row *row, size_t n)
{
	for (size_t i = 0; i < n; i++)
		judge(&row[i]);
}

static void one_level_down(void **state)
{
	static const struct row row[] = {
		{ "{\"quote\":\"%Q\"}", NULL, QUOTE },
		{ "{\"data\":{\"quote\":\"%Q\"}}", NULL, QUOTE },
		{ "{\"data\":\"text\",\"quote\":\"%Q\"}", NULL, QUOTE },
		{ "{\"quote\":{\"quote\":\"%Q\"}}", NULL, QUOTE },
		{ "{\"td_quote\":\"%B\"}", NULL, QUOTE },
		{ "{\"tdx_quote_base64\":\"%B\"}", NULL, QUOTE },
		{ "{\"intel_quote\":\"%Q\"}", NULL, QUOTE },
		{ "{\"cpu\":{\"report\":\"%B\"},\"quote\":\"%Q\"}", NULL,
		  QUOTE },
		{ "{\"cpu\":{\"report\":5},\"quote\":\"%Q\"}", "quote", 0 },
		{ "{\"quote\":\"%Q\",\"intel_quote\":\"%Q\"}", NULL, QUOTE },
		{ "{\"quote\":\"%Q\",\"intel_quote\":\"%R\"}", NULL,
		  QUOTE | CONFLICT },
		{ "{\"quote\":\"%Q\",\"info\":{}}", NULL, QUOTE },
		{ "{\"quote\":\"%Q\",\"info\":5}", "info: not an object", 0 },
		{ "{\"tee_participant_info\":{\"Dstack\":{\"quote\":\"%Q\"}}}",
		  NULL, QUOTE },
		{ "{\"quote\":\"%Q\",\"tee_participant_info\":5}",
		  "no Dstack attestation in it", 0 },
		{ "{\"quote\":\"%Q\",\"report_data\":{}}", NULL, QUOTE },
		{ "{\"quote\":\"%Q\",\"report_data\":\"00\"}", NULL,
		  QUOTE | REPORT_DATA },
		{ "{\"quote\":\"%Q\",\"reportDataHash\":\"00\"}", NULL,
		  QUOTE | REPORT_DATA },
		{ "{\"quote\":\"%Q\",\"reportDataHash\":\"0\"}",
		  "reportDataHash", 0 },
		{ "{\"quote\":\"%Q\",\"report_data\":\"%H%H\"}",
		  "96 bytes, at most 64", 0 },
	};

	(void)state;
	rows(row, RV_LEN(row));
}

static void key_brokers(void **state)
{
	static const struct row row[] = {
		{ "{\"tee-evidence\":{\"quote\":\"%B\"}}", NULL, QUOTE },
		{ "{\"tee-evidence\":\"{\\\"quote\\\":\\\"%B\\\"}\"}", NULL,
		  QUOTE },
		{ "{\"tee-evidence\":\"[1]\"}",
		  "tee-evidence: no object in its text", 0 },
		{ "{\"tee-evidence\":\"{\"}", "tee-evidence: ", 0 },
		{ "{\"tee-evidence\":\"\"}",
		  "tee-evidence: neither an object nor text", 0 },
		{ "{\"tee-evidence\":5}",
		  "tee-evidence: neither an object nor text", 0 },
		{ "{\"tee-evidence\":{\"quote\":\"%B\"},\"runtime-data\":1}",
		  "runtime-data, init-data: ", QUOTE },
		{ "{\"tee-evidence\":{\"quote\":\"%B\"},\"init-data\":1}",
		  "runtime-data, init-data: ", QUOTE },
		{ "{\"primary_evidence\":{\"quote\":\"%B\"}}", NULL, QUOTE },
		{ "{\"primary_evidence\":7}",
		  "primary_evidence: neither an object nor text", 0 },
		{ "{\"primary_evidence\":{\"quote\":\"%B\"},"
		  "\"additional_evidence\":{}}",
		  NULL, QUOTE },
		{ "{\"primary_evidence\":{\"quote\":\"%B\"},"
		  "\"additional_evidence\":\"{}\"}",
		  NULL, QUOTE },
		{ "{\"primary_evidence\":{\"quote\":\"%B\"},"
		  "\"additional_evidence\":\"\"}",
		  NULL, QUOTE },
		{ "{\"primary_evidence\":{\"quote\":\"%B\"},"
		  "\"additional_evidence\":null}",
		  NULL, QUOTE },
		{ "{\"primary_evidence\":{\"quote\":\"%B\"},"
		  "\"additional_evidence\":{\"a\":1}}",
		  "additional_evidence: what other devices say", QUOTE },
		{ "{\"primary_evidence\":{\"quote\":\"%B\"},"
		  "\"additional_evidence\":\"{} \"}",
		  "additional_evidence: what other devices say", QUOTE },
		{ "{\"primary_evidence\":{\"quote\":\"%B\"},"
		  "\"additional_evidence\":0}",
		  "additional_evidence: what other devices say", QUOTE },
		{ "{\"quote\":\"%Q\",\"cc_eventlog\":\"\"}", NULL, QUOTE },
		{ "{\"quote\":\"%Q\",\"cc_eventlog\":5}",
		  "cc_eventlog: not a string", 0 },
		{ "{\"quote\":\"%Q\",\"cc_eventlog\":\"!\"}", "cc_eventlog",
		  0 },
		{ "{\"quote\":\"%Q\",\"cc_eventlog\":\"AAAA\"}",
		  "cc_eventlog: 3 bytes that are no event log", 0 },
	};

	(void)state;
	rows(row, RV_LEN(row));
}

#define PEM "-----BEGIN CERTIFICATE-----\\nAAAA\\n-----END CERTIFICATE-----\\n"

static void certificates(void **state)
{
	static const struct row row[] = {
		{ "{\"quote\":\"%Q\",\"certificate_chain\":[]}", NULL, QUOTE },
		{ "{\"quote\":\"%Q\",\"certificate_chain\":[\"\"]}", NULL,
		  QUOTE },
		{ "{\"quote\":\"%Q\",\"certificate_chain\":[\"\",\"" PEM "\"]}",
		  NULL, QUOTE },
		{ "{\"quote\":\"%Q\",\"certificate_chain\":[\"" PEM "\"]}",
		  "certificate_chain[0]: ", 0 },
		{ "{\"quote\":\"%Q\",\"certificate_chain\":[\"\",5]}",
		  "certificate_chain[1]: not a string", 0 },
		{ "{\"quote\":\"%Q\",\"certificate_chain\":5}",
		  "certificate_chain: not an array", 0 },
		{ "{\"quote\":\"%Q\",\"app_cert\":\"[removed]\"}", NULL,
		  QUOTE },
		{ "{\"quote\":\"%Q\",\"app_cert\":5}",
		  "app_cert: certificate: not a string", 0 },
		{ "{\"app_certificates\":[{\"quote\":\"%Q\"}]}", NULL, QUOTE },
		{ "{\"app_certificates\":[{\"quote\":\"%Q\"},"
		  "{\"is_ca\":true,\"quote\":\"zz\"}]}",
		  NULL, QUOTE },
		{ "{\"app_certificates\":[{\"quote\":\"%Q\"},"
		  "{\"quote\":\"zz\"}]}",
		  NULL, QUOTE },
		{ "{\"app_certificates\":[{\"quote\":\"%Q\"},"
		  "{\"is_ca\":false,\"quote\":\"zz\"}]}",
		  "app_certificates[1]: ", 0 },
		{ "{\"app_certificates\":[{\"quote\":\"%Q\"},"
		  "{\"is_ca\":false,\"quote\":\"%R\"}]}",
		  NULL, QUOTE | CONFLICT },
		{ "{\"quote\":\"%Q\",\"app_certificates\":[]}", NULL, QUOTE },
		{ "{\"quote\":\"%Q\",\"app_certificates\":{}}",
		  "app_certificates: not an array", 0 },
		{ "{\"quote\":\"%Q\",\"app_certificates\":[5]}",
		  "app_certificates[0]: not an object", 0 },
		{ "{\"quote\":\"%Q\",\"app_certificates\":[{},5]}",
		  "app_certificates[1]: not an object", 0 },
	};

	(void)state;
	rows(row, RV_LEN(row));
}

static void what_stands_beside(void **state)
{
	static const struct row row[] = {
		{ "{\"quote\":\"%Q\",\"attestation\":\"\"}", NULL, QUOTE },
		{ "{\"quote\":\"%Q\",\"attestation\":5}",
		  "attestation: neither text nor an object", 0 },
		{ "{\"quote\":\"%Q\",\"attestation\":\"zz\"}", "attestation",
		  0 },
		{ "{\"attestation\":{}}",
		  "attestation: an object without evidence in it", 0 },
		{ "{\"attestation\":{\"tee_type\":\"tdx\",\"evidence\":"
		  "{\"quote\":\"%Q\"}}}",
		  NULL, QUOTE },
		{ "{\"attestation\":{\"tee_type\":\"snp\",\"evidence\":"
		  "{\"quote\":\"%Q\"}}}",
		  "tee_type snp: not of an Intel TDX machine", 0 },
		{ "{\"attestation\":{\"tee_type\":5,\"evidence\":"
		  "{\"quote\":\"%Q\"}}}",
		  "tee_type", 0 },
		{ "{\"attestation\":{\"workload_keyset\":1,\"evidence\":"
		  "{\"quote\":\"%Q\"}}}",
		  "workload_keyset, source_provenance: ", QUOTE },
		{ "{\"attestation\":{\"source_provenance\":1,\"evidence\":"
		  "{\"quote\":\"%Q\"}}}",
		  "workload_keyset, source_provenance: ", QUOTE },
		{ "{\"attestation\":{\"report_data\":\"01\",\"evidence\":"
		  "{\"quote\":\"%Q\",\"quote_report_data\":\"02\"}}}",
		  NULL, QUOTE | CONFLICT | REPORT_DATA },
		{ "{\"attestation\":{\"report_data\":5,\"evidence\":"
		  "{\"quote\":\"%Q\"}}}",
		  "report_data", 0 },
		{ "{\"attestation\":{\"evidence\":{\"quote\":\"%Q\","
		  "\"quote_report_data\":5}}}",
		  "quote_report_data", 0 },
		{ "{\"quote\":\"%Q\",\"tpm_quote\":1}",
		  "tpm_quote: what only the vTPM would prove", QUOTE },
		{ "{\"quote\":\"%Q\",\"hcl_report\":1,\"tpm_quote\":1}",
		  "tpm_quote, hcl_report: what only the vTPM", QUOTE },
		{ "{\"quote\":\"%Q\",\"compose_manager_attestation\":5}",
		  "compose_manager_attestation: not an object", 0 },
		{ "{\"quote\":\"%Q\",\"compose_manager_attestation\":"
		  "{\"quote\":\"zz\"}}",
		  "compose_manager_attestation: ", 0 },
		{ "{\"quote\":\"%Q\",\"compose_manager_attestation\":"
		  "{\"quote\":\"%Q\"}}",
		  "compose_manager_attestation: its registers", QUOTE },
		{ "{\"quote\":\"%Q\",\"compose_manager_attestation\":"
		  "{\"quote\":\"%R\"}}",
		  "compose_manager_attestation: its registers",
		  QUOTE | CONFLICT },
		{ "{\"quote\":\"%Q\",\"compose_manager_attestation\":{}}",
		  "compose_manager_attestation: its registers", QUOTE },
	};

	(void)state;
	rows(row, RV_LEN(row));
}

static const char not_seen[] = "what GPUs said when";

static void gpus_at_boot(void **state)
{
#define BOOT_OF(x) "{\"quote\":\"%Q\",\"boottime_gpu_evidence\":" x "}"
	static const struct row row[] = {
		{ BOOT_OF("\"text\""), NULL, QUOTE | BOOT },
		{ BOOT_OF("\"\""), NULL, QUOTE },
		{ BOOT_OF("5"), "boottime_gpu_evidence: neither text nor", 0 },
		{ BOOT_OF("{}"), "boottime_gpu_evidence: neither text nor", 0 },
		{ BOOT_OF("[]"), NULL, QUOTE },
		{ BOOT_OF("[{\"vendor\":\"nvidia\",\"evidence\":\"00\"}]"),
		  not_seen, QUOTE | BOOT },
		{ BOOT_OF("[{\"evidence\":\"00\"}]"), not_seen, QUOTE | BOOT },
		{ BOOT_OF("[{\"vendor\":\"amd\",\"evidence\":\"00\"}]"),
		  not_seen, QUOTE },
		{ BOOT_OF("[{\"vendor\":\"amd\",\"evidence\":\"00\"},"
			  "{\"vendor\":\"nvidia\",\"evidence\":\"01\"}]"),
		  not_seen, QUOTE | BOOT },
		{ BOOT_OF("[{\"evidence\":\"00\"},{\"evidence\":\"01\"}]"),
		  "boottime_gpu_evidence[1]: two bundles of NVIDIA's", 0 },
		{ BOOT_OF("[{\"vendor\":5,\"evidence\":\"00\"}]"),
		  "boottime_gpu_evidence[0]: vendor", 0 },
		{ BOOT_OF("[{\"vendor\":\"nvidia\"}]"),
		  "boottime_gpu_evidence[0]: evidence: missing", 0 },
		{ BOOT_OF("[{\"evidence\":\"0\"}]"),
		  "boottime_gpu_evidence[0]: evidence", 0 },
		{ BOOT_OF("[5]"), "boottime_gpu_evidence[0]: ", 0 },
	};

	(void)state;
	rows(row, RV_LEN(row));
}

/* What GPUs said when the machine started is bounded, to the byte. */
static void length_of_gpus_at_boot(void **state)
{
	(void)state;
	for (int list = 0; list < 2; list++)
		for (int more = 0; more < 2; more++) {
			RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
			size_t n = ((size_t)1 << 20) + (size_t)more;
			struct row row = { .has = more ? 0 : QUOTE | BOOT };

			row.says = more	  ? "longer than 1048576 bytes"
				   : list ? not_seen
					  : NULL;
			rv_grow_text(&g, "{\"quote\":\"%Q\","
					 "\"boottime_gpu_evidence\":");
			rv_grow_text(&g, list ? "[{\"evidence\":\"" : "\"");
			for (size_t i = 0; i < (list ? 2 * n : n); i++)
				rv_grow_u8(&g, '0');
			rv_grow_text(&g, list ? "\"}]}" : "\"}");
			rv_grow_u8(&g, '\0');
			assert_false(g.failed);
			row.text = (const char *)g.buf.p;
			judge(&row);
		}
}

/* A quote as a list of numbers: each of them is a byte, or none is. */
static void quote_as_numbers(void **state)
{
	static const char *const zero[] = { "0",    "256",  "-1",    "0.5",
					    "1e99", "null", "\"0\"", "false" };

	(void)state;
	for (size_t i = 0; i < RV_LEN(zero); i++) {
		RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
		struct row row = { .has = i ? 0 : QUOTE };

		row.says = i ? "quote: element 3 is no byte" : NULL;
		rv_grow_text(&g, "{\"quote\":");
		for (size_t k = 0; word[0][2 * k]; k++) {
			uint8_t b;

			assert_true(
			    rv_unhex(rv_span(word[0] + 2 * k, 2), &b, 1));
			rv_grow_text(&g, k ? "," : "[");
			/* The fourth is the high byte of the key's type. */
			if (k == 3)
				rv_grow_text(&g, zero[i]);
			else
				rv_grow_printf(&g, "%u", b);
		}
		rv_grow_text(&g, "]}");
		rv_grow_u8(&g, '\0');
		row.text = (const char *)g.buf.p;
		judge(&row);
	}
}

/* ---- registers that somebody else decoded ---- */

/* A list of @n numbers, the last of them @last. */
static void numbers(struct rv_grow *g, size_t n, unsigned last)
{
	for (size_t i = 0; i < n; i++)
		rv_grow_printf(g, "%s%u", i ? "," : "[",
			       i + 1 < n ? (unsigned)i : last);
	rv_grow_text(g, "]");
}

static void bytes_as_numbers(void **state)
{
	static const struct {
		size_t n;
		unsigned last;
		const char *says;
	} list[] = {
		{ 48, 255, NULL },
		{ 48, 256, "mr_td: element 47 is no byte" },
		{ 47, 255,
		  "mr_td: not 48 bytes in hex, base64 or as an array" },
		{ 49, 255,
		  "mr_td: not 48 bytes in hex, base64 or as an array" },
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(list); i++) {
		RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
		struct row row = { .says = list[i].says,
				   .has = list[i].says ? 0 : WORDS };

		rv_grow_text(&g, "{\"rt_mr0\":\"%H\",\"mr_td\":");
		numbers(&g, list[i].n, list[i].last);
		rv_grow_text(&g, "}");
		rv_grow_u8(&g, '\0');
		row.text = (const char *)g.buf.p;
		judge(&row);
	}
}

static void names_of_registers(void **state)
{
	static const struct row row[] = {
		{ "{\"mr_td\":\"%H\",\"rt_mr0\":\"%H\"}", NULL, WORDS },
		{ "{\"MRTD\":\"%H\",\"RTMR.0\":\"%H\"}", NULL, WORDS },
		{ "{\"tdx-mr td\":\"%H\",\"tdx_rtmr0\":\"%H\"}", NULL, WORDS },
		{ "{\"a\":{\"b\":{\"mrtd\":\"%H\",\"rtmr0\":\"%H\"}}}", NULL,
		  WORDS },
		{ "{\"mrtd\":\"%H\",\"rtmr0\":\"%H\",\"rtmr1\":null,"
		  "\"rtmr_one_of_more_than_24_bytes\":1}",
		  NULL, WORDS },
		{ "{\"mrtd\":\"%H\",\"rtmr0\":\"%H\",\"report_data\":\"00\"}",
		  NULL, WORDS | REPORT_DATA },
		{ "{\"a\":{\"mr_td\":\"%H\",\"rtmr_0\":\"%H\","
		  "\"report_data\":\"00\"}}",
		  "a: report_data: not 64 bytes", 0 },
		{ "{\"a\":{\"mr_td\":\"%H\",\"rtmr_0\":\"%H\","
		  "\"report_data\":{}}}",
		  NULL, WORDS },
		{ "{\"a\":{\"mr_td\":\"%H\",\"rtmr_0\":\"00\"}}",
		  "a: rtmr_0: not 48 bytes", 0 },
		{ "{\"a\":{\"mr_td\":\"%H\",\"rtmr_0\":5}}",
		  "a: rtmr_0: not 48 bytes", 0 },
		{ "{\"a\":{\"mr_td\":\"%H\",\"rtmr_0\":\"%H\"},"
		  "\"b\":{\"mr_td\":\"%H\",\"rtmr_0\":\"%H\"}}",
		  NULL, WORDS },
		{ "{\"a\":{\"mr_td\":\"%H\"},\"b\":{\"rtmr_0\":\"%H\"}}", "",
		  0 },
	};

	(void)state;
	rows(row, RV_LEN(row));
}

/* ---- what is no evidence of ours, and known ---- */

static void foreign(struct rv_span in, const char *says)
{
	RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };
	struct rv_err err = { 0 };

	if (rv_evidence_read(in, NULL, &e, &err))
		fail_msg("%s: read as %s", says ? says : "none", e.format);
	assert_int_equal(err.code, RV_INPUT);
	if (rv_err_is(&err, RV_EVIDENCE_FOREIGN) != (says != NULL) ||
	    (says && !strstr(err.msg, says)))
		fail_msg("%.*s: %s", in.n < 99 ? (int)in.n : 99,
			 (const char *)in.p, err.msg);
}

static void foreign_documents(void **state)
{
	static const char *const row[][2] = {
		{ "[[\"JWT\",\"x\"]]", "tokens of NVIDIA's attestation" },
		{ "{\"attestation_report\":1,\"serial_number\":1}",
		  "Hygon CSV" },
		{ "{\"attestation_report\":{\"chip_id\":1}}", "AMD SEV-SNP" },
		{ "{\"snp_report\":{\"chip_id\":1}}", "AMD SEV-SNP" },
		{ "{\"report\":{\"chip_id\":1}}", "AMD SEV-SNP" },
		{ "{\"chip_id\":1,\"measurement\":1}", "AMD SEV-SNP" },
		{ "{\"chip_id\":1,\"reported_tcb\":1}", "AMD SEV-SNP" },
		{ "{\"vcek\":1}", "AMD SEV-SNP" },
		{ "{\"chip_id\":1}", NULL },
		{ "{\"report\":{\"chip\":1}}", NULL },
		{ "{\"report\":5}", NULL },
		{ "{\"attestation_report\":1}", NULL },
		{ "{\"token\":[1]}", "Arm CCA" },
		{ "{\"cca-platform-token\":1}", "Arm CCA" },
		{ "{\"cca_token\":1}", "Arm CCA" },
		{ "{\"tpm_quote\":1}", "cloud's vTPM" },
		{ "{\"hcl_report\":1}", "cloud's vTPM" },
		{ "{\"attestation_document\":1}", "AWS Nitro" },
		{ "{\"nsm_quote\":1}", "AWS Nitro" },
		{ "{\"token\":\"eyJ\"}", "a token that somebody signed" },
		{ "{\"token\":\"ey\"}", NULL },
		{ "{\"iss\":1,\"exp\":1}", "the claims of a token" },
		{ "{\"iss\":1,\"eat_nonce\":1}", "the claims of a token" },
		{ "{\"iss\":1}", NULL },
		{ "{\"exp\":1}", NULL },
		{ "{\"manifest_version\":2}", "app-compose.json" },
		{ "{\"docker_compose_file\":\"\"}", "app-compose.json" },
		{ "{\"app_id\":\"\",\"app_name\":\"\"}", "API v1" },
		{ "{\"app_name\":\"\"}", NULL },
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(row); i++)
		foreign(rv_text(row[i][0]), row[i][1]);
}

/* A token of these claims: eyJ... of {"alg":..}, and a signature of 3 bytes. */
static void token(const char *claims, const char *says)
{
	RV_AUTO(rv_buf_free) struct rv_buf b64 = { 0 };
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_err err = { 0 };

	assert_true(rv_base64(rv_text(claims), &b64, &err));
	while (b64.n && b64.p[b64.n - 1] == '=')
		b64.n--;
	rv_grow_text(&g, "eyJhbGciOiJub25lIn0.");
	rv_grow_add(&g, b64.p, b64.n);
	rv_grow_text(&g, ".AAAA");
	foreign(rv_buf_span(&g.buf), says);
}

static void foreign_tokens(void **state)
{
	(void)state;
	token("{\"iss\":\"https://nras.attestation.nvidia.com\"}",
	      "token of NVIDIA's attestation service");
	token("{\"x-nvidia-ver\":1}", "token of NVIDIA's attestation service");
	token("{\"iss\":\"https://portal.trustauthority.intel.com\"}",
	      "token of Intel Trust Authority");
	token("{\"attester_tcb_status\":1}", "token of Intel Trust Authority");
	token("{\"iss\":\"https://x.eus.attest.azure.net\"}",
	      "token of Microsoft's");
	token("{\"x-ms-attestation-type\":1}", "token of Microsoft's");
	token("{\"iss\":\"https://confidentialcomputing.googleapis.com\"}",
	      "token of Google's");
	token("{\"hwmodel\":1}", "token of Google's");
	token("{\"iss\":\"https://nvidia.co\"}", "a signed token (JWT)");
	token("{\"iss\":5}", "a signed token (JWT)");
	token("{", NULL);
	foreign(rv_text("eyJhbGciOiJub25lIn0"), NULL);
	foreign(rv_text("eyJhbGciOiJub25lIn0.e30"), NULL);
	foreign(rv_text("eyJhbGciOiJub25lIn0.!!.AAAA"), NULL);
}

/* @head, then zeros up to @n bytes. */
static void foreign_bytes(const char *head, size_t head_n, size_t n,
			  const char *says)
{
	static uint8_t b[4096];

	memset(b, 0, sizeof b);
	memcpy(b, head, head_n);
	foreign(rv_span(b, n), says);
}

#define LITERAL(s) s, sizeof s - 1

static void foreign_binaries(void **state)
{
	char spdm[40] = { 0x11, (char)0xe0 };

	(void)state;
	spdm[37] = 0x11;
	spdm[38] = 0x60;
	foreign_bytes(spdm, 40, 40, "report of an NVIDIA GPU");
	foreign_bytes(spdm, 40, 39, NULL);
	spdm[38] = 0x61;
	foreign_bytes(spdm, 40, 40, NULL);
	foreign_bytes(LITERAL("\xff\x54\x43\x47\x80\x18"), 100,
		      "a TPM 2.0 quote");
	foreign_bytes(LITERAL("\xff\x54\x43\x47\x80\x17"), 100, NULL);
	foreign_bytes(LITERAL("\x01\0\0\0\0\0\0\0s\x06\0\0\0\0\0\0\0"
			      "\xff\x54\x43\x47\x80\x18"),
		      100, "quote of a cloud's vTPM");
	foreign_bytes(LITERAL("\x01\0\0\0\0\0\0\0s\x06\0\0\0\0\0\0\0"
			      "\xff\x54\x43\x47\x80\x17"),
		      100, NULL);
	foreign_bytes(LITERAL("HCLA"), 100, "HCL report of an Azure machine");
	foreign_bytes(LITERAL("\xd9\x01\x8f"), 100, "Arm CCA realm");
	foreign_bytes(LITERAL("\x81\0\0\0"), 1024, "a TDREPORT");
	foreign_bytes(LITERAL("\x81\0\1\0"), 1024, "a TDREPORT");
	foreign_bytes(LITERAL("\x81\0\2\0"), 1024, NULL);
	foreign_bytes(LITERAL("\x81\1\0\0"), 1024, NULL);
	foreign_bytes(LITERAL("\x81\0\0\1"), 1024, NULL);
	foreign_bytes(LITERAL("\x81\0\0\0"), 1023, NULL);
	foreign_bytes(LITERAL("\xff"), 2548, "Hygon CSV");
	foreign_bytes(LITERAL("\xff"), 2547, NULL);
}

/* ---- GPUs ---- */

enum {
	ADDRESS20 = 1,
	ADDRESS32 = 2,
	TLS = 4,
	REQUEST = 8,
	TLS_KEY = 16,
	HPKE = 32,
	HASH = 64,
	OUTER = 128,
	E2E = 256,
	NONCE = 512, /* of the first device */
};

struct gpu_row {
	const char *text;
	const char *says; /* NULL: read */
	size_t n;	  /* devices */
	unsigned has;
};

static unsigned hints_of(const struct rv_gpu_evidence *e)
{
	const struct rv_gpu_hints *h = &e->hints;

	return (h->address_n == 20 ? ADDRESS20 : 0u) |
	       (h->address_n == 32 ? ADDRESS32 : 0u) | (h->has_tls ? TLS : 0u) |
	       (h->has_request ? REQUEST : 0u) |
	       (h->has_tls_key ? TLS_KEY : 0u) | (h->has_hpke ? HPKE : 0u) |
	       (h->has_hash ? HASH : 0u) | (h->has_outer ? OUTER : 0u) |
	       (h->e2e ? E2E : 0u) |
	       (e->n && e->device[0].has_nonce ? NONCE : 0u);
}

static void gpu_rows(const struct gpu_row *row, size_t n)
{
	static const struct rv_span none;

	for (size_t i = 0; i < n; i++, row++) {
		RV_AUTO(rv_gpu_evidence_free) struct rv_gpu_evidence e = { 0 };
		struct rv_err err = { 0 };

		if (rv_gpu_evidence_read(rv_text(row->text), none, NULL, &e,
					 &err) != !row->says)
			fail_msg("%.150s: %s", row->text,
				 row->says ? "read" : err.msg);
		if (row->says &&
		    (err.code != RV_INPUT || !strstr(err.msg, row->says)))
			fail_msg("%.150s: %s", row->text, err.msg);
		if (!row->says && (e.n != row->n || hints_of(&e) != row->has))
			fail_msg("%.150s: %zu devices, %u", row->text, e.n,
				 hints_of(&e));
	}
}

#define DEVICE "{\"evidence\":\"AAAA\",\"certificate\":\"AAAA\"}"
/* 20 and 32 bytes. */
#define X20 "0123456789012345678901234567890123456789"
#define X32 X20 "abcdefABCDEF012345678901"

static void containers_of_gpus(void **state)
{
	static const struct gpu_row row[] = {
		{ "[" DEVICE "," DEVICE "]", NULL, 2, 0 },
		{ DEVICE, NULL, 1, 0 },
		{ "{\"evidence_list\":[" DEVICE "]}", NULL, 1, 0 },
		{ "{\"evidences\":[" DEVICE "]}", NULL, 1, 0 },
		{ "{\"evidences\":[]}", NULL, 0, 0 },
		{ "{\"evidences\":{}}", "evidences: not an array", 0, 0 },
		{ "{\"evidences\":[5]}", "evidences[0]: not an object", 0, 0 },
		{ "{\"evidences\":[{\"evidence\":\"AAAA\"}]}",
		  "evidences[0]: certificate: missing", 0, 0 },
		{ "{\"evidences\":[{\"certificate\":\"AAAA\"}]}",
		  "evidences[0]: evidence: missing", 0, 0 },
		{ "{\"gpu_evidence\":[" DEVICE "]}", NULL, 1, 0 },
		{ "{\"gpu_evidence\":5}", "gpu_evidence: not an array", 0, 0 },
		{ "{\"gpu\":{\"evidences\":[" DEVICE "]}}", NULL, 1, 0 },
		{ "{\"gpu\":{\"evidences\":5}}", "gpu.evidences: not an array",
		  0, 0 },
		{ "{\"nvidia_payload\":[" DEVICE "]}", NULL, 1, 0 },
		{ "{\"nvidia_payload\":{\"evidence_list\":[" DEVICE "]}}", NULL,
		  1, 0 },
		{ "{\"nvidia_payload\":\"{\\\"evidence_list\\\":[]}\"}", NULL,
		  0, 0 },
		{ "{\"nvidia_payload\":\"{\"}", "nvidia_payload", 0, 0 },
		{ "{\"nvidia_payload\":{}}",
		  "nvidia_payload: no evidence_list in it", 0, 0 },
		{ "{\"nvidia_payload\":5}",
		  "nvidia_payload: no evidence_list in it", 0, 0 },
	};

	(void)state;
	gpu_rows(row, RV_LEN(row));
}

#define COLLECTED                                                              \
	"\"format\":\"nvidia-nvattest-collect-evidence-json-v1\",\"evidence\":"
/* [], {"evidences":[]}, {"evidence_list":[]}, {"x":1}, "[" in hex. */
#define LIST "\"5b5d\""
#define A    "\"7b2265766964656e636573223a5b5d7d\""
#define B    "\"7b2265766964656e63655f6c697374223a5b5d7d\""

static void bundles_of_gpus(void **state)
{
	static const struct gpu_row row[] = {
		{ "{\"bundles\":[{" COLLECTED LIST "}]}", NULL, 0, 0 },
		{ "{\"bundles\":[{" COLLECTED A "}]}", NULL, 0, 0 },
		{ "{\"bundles\":[{\"format\":\"x\"},{" COLLECTED B "}]}", NULL,
		  0, 0 },
		{ "{\"bundles\":[{" COLLECTED LIST "},{" COLLECTED LIST "}]}",
		  "bundles: two of nvidia-", 0, 0 },
		{ "{\"bundles\":[{\"format\":\"x\"}]}",
		  "bundles: none of nvidia-", 0, 0 },
		{ "{\"bundles\":[]}", "bundles: none of nvidia-", 0, 0 },
		{ "{\"bundles\":[{" COLLECTED "\"7b2278223a317d\"}]}",
		  "bundles: bundles: not an array", 0, 0 },
		{ "{\"bundles\":[{" COLLECTED "\"5b\"}]}", "bundles: evidence",
		  0, 0 },
		{ "{\"bundles\":[{" COLLECTED "\"5\"}]}", "bundles: evidence",
		  0, 0 },
		{ "{\"bundles\":[{" COLLECTED "5}]}", "bundles: evidence", 0,
		  0 },
	};

	(void)state;
	gpu_rows(row, RV_LEN(row));
}

#define WITH(x) "{\"evidences\":[" DEVICE "]," x "}"
#define OF(x)	"{\"evidences\":[{\"evidence\":\"\",\"certificate\":\"\"," x "}]}"

static void hints_of_gpus(void **state)
{
	static const struct gpu_row row[] = {
		{ WITH("\"nonce\":\"" X32 "\""), NULL, 1, NONCE },
		{ WITH("\"nonce\":\"0x" X32 "\""), NULL, 1, NONCE },
		{ WITH("\"nonce\":\"0X" X32 "\""), NULL, 1, NONCE },
		{ WITH("\"nonce\":\"1x" X32 "\""), "nonce: not 32 bytes", 0,
		  0 },
		{ WITH("\"nonce\":\"0y" X32 "\""), "nonce: not 32 bytes", 0,
		  0 },
		{ WITH("\"nonce\":\"" X20 "\""), "nonce: not 32 bytes", 0, 0 },
		{ WITH("\"nonce\":5"), "nonce: not 32 bytes", 0, 0 },
		{ OF("\"nonce\":\"" X32 "\""), NULL, 1, NONCE },
		{ OF("\"nonce\":null"), NULL, 1, 0 },
		{ OF("\"arch\":\"hopper\""), NULL, 1, 0 },
		{ OF("\"arch\":\"123456789012345\""), NULL, 1, 0 },
		{ OF("\"arch\":\"1234567890123456\""), "arch: not the name", 0,
		  0 },
		{ OF("\"arch\":\"a b\""), "arch: not the name of one", 0, 0 },
		{ OF("\"arch\":\"a\\u007f\""), "arch: not the name of one", 0,
		  0 },
		{ OF("\"arch\":9"), NULL, 1, 0 },
		{ OF("\"arch\":{}"), "arch: not the name of one", 0, 0 },
		{ WITH("\"signing_address\":\"" X20 "\""), NULL, 1, ADDRESS20 },
		{ WITH("\"signing_address\":\"0x" X20 "\""), NULL, 1,
		  ADDRESS20 },
		{ WITH("\"signing_address\":\"" X32 "\""), NULL, 1, ADDRESS32 },
		{ WITH("\"signing_address\":\"00\""), NULL, 1, 0 },
		{ WITH("\"tls_cert_fingerprint\":\"" X32 "\""), NULL, 1, TLS },
		{ WITH("\"tls_fingerprint\":\"" X32 "\""), NULL, 1, TLS },
		{ WITH("\"tls_fingerprint\":\"" X20 "\""), NULL, 1, 0 },
		{ WITH("\"request_nonce\":\"" X32 "\""), NULL, 1, REQUEST },
		{ WITH("\"e2e_pubkey\":\"k\",\"nonce\":\"" X32 "\""), NULL, 1,
		  E2E | NONCE },
		{ WITH("\"e2e_pubkey\":\"k\""), NULL, 1, 0 },
		{ WITH("\"e2e_pubkey\":\"\",\"nonce\":\"" X32 "\""), NULL, 1,
		  NONCE },
		{ WITH("\"report_data\":{\"tls_key_fp\":\"" X32 "\"}"), NULL, 1,
		  TLS_KEY },
		{ WITH("\"report_data\":{\"hpke_key\":\"" X32 "\"},\"gpu\":{}"),
		  NULL, 1, HPKE | OUTER },
		{ WITH("\"report_data\":{\"gpu_evidence_hash\":\"" X32 "\"}"),
		  NULL, 1, HASH },
		{ WITH("\"gpu\":{}"), NULL, 1, 0 },
	};

	(void)state;
	gpu_rows(row, RV_LEN(row));
}

/* One more device than are read, and one character more of a report. */
static void limits_of_gpus(void **state)
{
	static const struct rv_span none;

	(void)state;
	for (size_t more = 0; more < 2; more++) {
		RV_AUTO(rv_gpu_evidence_free) struct rv_gpu_evidence e = { 0 };
		RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
		struct rv_err err = { 0 };
		const char *sep = "[";

		for (size_t i = 0; i < RV_GPU_LIST_MAX + more; i++, sep = ",")
			rv_grow_printf(&g, "%s%s", sep, DEVICE);
		rv_grow_text(&g, "]");
		assert_int_equal(rv_gpu_evidence_read(rv_buf_span(&g.buf), none,
						      NULL, &e, &err),
				 !more);
		assert_true(!more || strstr(err.msg, "more than 64 GPUs"));
	}
	for (size_t more = 0; more < 2; more++) {
		RV_AUTO(rv_gpu_evidence_free) struct rv_gpu_evidence e = { 0 };
		RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
		struct rv_err err = { 0 };
		size_t n = RV_GPU_REPORT_MAX / 3 * 4 + 4 * more;

		rv_grow_text(&g, "[{\"certificate\":\"\",\"evidence\":\"");
		for (size_t i = 0; i < n + 4; i++)
			rv_grow_u8(&g, 'A');
		rv_grow_text(&g, "\"}]");
		assert_int_equal(rv_gpu_evidence_read(rv_buf_span(&g.buf), none,
						      NULL, &e, &err),
				 !more);
		assert_true(!more || strstr(err.msg, "at most 65536 bytes"));
	}
}

/* An architecture is a name of printed characters, in capitals, of 15 at most.
 */
static void names_of_architectures(void **state)
{
	static const struct rv_span none;

	(void)state;
	for (unsigned c = 1; c < 0x100; c++) {
		RV_AUTO(rv_gpu_evidence_free) struct rv_gpu_evidence e = { 0 };
		bool good = c >= 0x21 && c <= 0x7e;
		struct rv_err err = { 0 };
		char text[128];

		snprintf(text, sizeof text,
			 "[{\"evidence\":\"AAAA\",\"certificate\":\"AAAA\","
			 "\"arch\":\"H\\u%04x\"}]",
			 c);
		if (rv_gpu_evidence_read(rv_text(text), none, NULL, &e, &err) !=
		    good)
			fail_msg("%#x: %s", c, good ? err.msg : "read");
		if (!good) {
			assert_non_null(strstr(err.msg, "arch: not the name"));
			continue;
		}
		assert_int_equal(e.device[0].arch[0], 'H');
		assert_int_equal(e.device[0].arch[1],
				 c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
		assert_int_equal(e.device[0].arch[2], 0);
	}
	for (int n = 15; n <= 16; n++) {
		RV_AUTO(rv_gpu_evidence_free) struct rv_gpu_evidence e = { 0 };
		struct rv_err err = { 0 };
		char text[128];

		snprintf(text, sizeof text,
			 "[{\"evidence\":\"AAAA\",\"certificate\":\"AAAA\","
			 "\"arch\":\"%.*s\"}]",
			 n, "HOPPERHOPPERHOPPER");
		assert_int_equal(
		    rv_gpu_evidence_read(rv_text(text), none, NULL, &e, &err),
		    n == 15);
	}
}

/* ---- several machines of a service ---- */

#define ONE(id)	  "{\"instance_id\":\"" id "\",\"quote\":\"%Q\"}"
#define GPU(id)	  "{\"instance_id\":\"" id "\",\"evidences\":[]}"
#define GATE	  "\"gateway_attestation\":{\"quote\":\"%R\"}"
#define MODELS(x) "\"model_attestations\":" x
#define ALL(x)	  "\"all_attestations\":" x

static const struct {
	const char *text, *wanted;
	bool gpu;
	const char *is; /* the instance, "-": none; or the refusal */
} machines[] = {
	{ "{" GATE "}", NULL, false, "0 (gateway) of 1" },
	{ "{" GATE "}", "gateway", false, "0 (gateway) of 1" },
	{ "{" GATE "}", "0", false, "0 (gateway) of 1" },
	{ "{" GATE "}", "1", false, "no instance 1: choose one" },
	{ "{" GATE "}", "#1", false, "no instance #1: choose one" },
	{ "{" GATE "," MODELS("[" ONE("m") "]") "}", NULL, false,
	  "2 machines: choose one by number or name: 0 (gateway), 1 "
	  "(m)" },
	{ "{" GATE "," MODELS("[" ONE("m") "]") "}", "m", false, "1 (m) of 2" },
	{ "{" GATE "," MODELS("[" ONE("m") "]") "}", "#1", false,
	  "1 (m) of 2" },
	{ "{" GATE "," MODELS("[" ONE("m") "]") "}", "9", false,
	  "no instance 9: choose one" },
	{ "{" GATE "," MODELS("[" ONE("m") "," ONE("m") "]") "}", "m", false,
	  "machines 1 and 2 are both m" },
	{ "{" GATE "," MODELS("[" ONE("0") "]") "}", "0", false,
	  "machine 1 is called 0, and there is one of that number" },
	{ "{" GATE "," MODELS("[" ONE("1") "]") "}", "1", false, "1 (1) of 2" },
	{ "{" GATE "," MODELS("null") "}", NULL, false, "0 (gateway) of 1" },
	{ "{" GATE "," MODELS("5") "}", NULL, false,
	  "model_attestations: not an array" },
	{ "{" GATE "," MODELS("[5]") "}", NULL, false,
	  "model_attestations[0]: model_attestations: not an object" },
	{ "{\"gateway_attestation\":5}", NULL, false,
	  "gateway_attestation: not an object" },
	{ "{" MODELS("[]") "}", NULL, false, "no machine in it" },
	{ "{" GATE "," MODELS("[" GPU("g") "]") "}", NULL, true, "0 (g) of 1" },
	{ "{" GATE "}", NULL, true, "no machine in it" },
	{ "{" ALL("[" ONE("a") "," ONE("b") "]") "}", "b", false,
	  "1 (b) of 2" },
	{ "{" ALL("[" ONE("a") "]") "}", NULL, false, "0 (a) of 1" },
	{ "{\"intel_quote\":\"%Q\"," ALL("[" ONE("a") "]") "}", NULL, false,
	  "-" },
	{ "{\"intel_quote\":\"%Q\"," ALL("[5]") "}", NULL, false, "-" },
	{ "{\"intel_quote\":\"%Q\"," ALL("[{\"quote\":\"zz\"}]") "}", NULL,
	  false, "quote" },
	{ "{\"intel_quote\":\"%Q\",\"gateway_attestation\":null,"
	  "\"all_attestations\":[]}",
	  NULL, false, "-" },
	{ "{\"evidence\":[{\"quote\":\"%Q\",\"gpu_evidence\":[]}]}", NULL, true,
	  "0 () of 1" },
};

static void machines_of_a_service(void **state)
{
	(void)state;
	for (size_t i = 0; i < RV_LEN(machines); i++) {
		RV_AUTO(rv_grow_free) struct rv_grow doc = { 0 };
		RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };
		struct rv_evidence_options o = { machines[i].wanted,
						 machines[i].gpu };
		struct rv_err err = { 0 };
		const char *got;

		fill(machines[i].text, &doc);
		got = !rv_evidence_read(rv_buf_span(&doc.buf), &o, &e, &err)
			  ? err.msg
		      : e.instance ? e.instance
				   : "-";
		if (!strstr(got, machines[i].is) ||
		    (got == err.msg && err.code != RV_INPUT))
			fail_msg("row %zu: %d %s", i, (int)err.code, got);
	}
}

/* Beside a quote stands the log of a TDX machine, and no TPM's. */
static void log_of_a_cloud(void **state)
{
	static const struct {
		const char *path, *says; /* NULL: it is read */
	} t[] = {
		{ "tests/vectors/real/ccel-2024/ccel.bin", NULL },
		{ "tests/vectors/real/gcp-tpm-eventlog/tpm_eventlog.bin",
		  "cc_eventlog: the log of a TPM, not of a TDX machine" },
		{ MACHINE, "bytes that are no event log" },
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(t); i++) {
		RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };
		RV_AUTO(rv_buf_free) struct rv_buf log = { 0 };
		RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };
		RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
		const struct rv_evidence_options o = { .gpu = false };
		struct rv_err err = { 0 };
		bool ok;

		assert_true(rv_buf_read(t[i].path, ROOM, &log, &err));
		assert_true(rv_base64(rv_buf_span(&log), &text, &err));
		rv_grow_printf(&g, "{\"quote\":\"%s\",\"cc_eventlog\":\"",
			       word[2]);
		rv_grow_add(&g, text.p, text.n);
		rv_grow_text(&g, "\"}");
		ok = rv_evidence_read(rv_buf_span(&g.buf), &o, &e, &err);
		if (ok != !t[i].says || (!ok && (err.code != RV_INPUT ||
						 !strstr(err.msg, t[i].says))))
			fail_msg("%s: %s", t[i].path, err.msg);
		assert_int_equal(e.log_format, ok ? RV_LOG_TCG2 : RV_LOG_NONE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_level_down),
		cmocka_unit_test(key_brokers),
		cmocka_unit_test(certificates),
		cmocka_unit_test(what_stands_beside),
		cmocka_unit_test(gpus_at_boot),
		cmocka_unit_test(length_of_gpus_at_boot),
		cmocka_unit_test(quote_as_numbers),
		cmocka_unit_test(bytes_as_numbers),
		cmocka_unit_test(names_of_registers),
		cmocka_unit_test(foreign_documents),
		cmocka_unit_test(foreign_tokens),
		cmocka_unit_test(foreign_binaries),
		cmocka_unit_test(containers_of_gpus),
		cmocka_unit_test(bundles_of_gpus),
		cmocka_unit_test(hints_of_gpus),
		cmocka_unit_test(limits_of_gpus),
		cmocka_unit_test(names_of_architectures),
		cmocka_unit_test(machines_of_a_service),
		cmocka_unit_test(log_of_a_cloud),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
