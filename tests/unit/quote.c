/* SPDX-License-Identifier: Apache-2.0 */
/* quote.c - decoding: real quotes field by field, and every way to be cut. */
#include "dcap.h"
#include "json.h"
#include "quote/parse.h"

/* The manifest writes some names without the underscores that we have. */
static const char *manifest_name(const char *ours)
{
	static const char *const pair[][2] = {
		{ "mr_config_id", "mrconfigid" },
		{ "mr_owner", "mrowner" },
		{ "mr_owner_config", "mrownerconfig" },
	};

	for (size_t i = 0; i < RV_LEN(pair); i++)
		if (strcmp(ours, pair[i][0]) == 0)
			return pair[i][1];
	return ours;
}

static size_t compare_body(struct rv_span id, const struct rv_quote *q,
			   const rv_json *body)
{
	size_t n, seen = 0;
	const struct rv_quote_field *f = rv_quote_fields(q->body_type, &n);

	for (size_t i = 0; i < n; i++) {
		const rv_json *v = rv_json_get(body, manifest_name(f[i].name));
		struct rv_span got = rv_quote_field(q, f[i].name);

		assert_int_equal(got.n, f[i].length);
		if (rv_json_is_int(v))
			assert_int_equal(
			    rv_num(got),
			    uint_of(body, manifest_name(f[i].name)));
		else if (v)
			same_hex(id, f[i].name, got, rv_json_text(v));
		seen += v != NULL;
	}
	return seen;
}

static void compare(const rv_json *entry)
{
	const rv_json *want = rv_json_get(entry, "decode");
	struct rv_span id = text_of(entry, "id");
	RV_AUTO(rv_buf_free)
	struct rv_buf b = dcap_load(text_of(entry, "quote"));
	struct rv_quote q;
	struct rv_err err = { 0 };
	char tee[16];

	if (!rv_quote_read(rv_buf_span(&b), &q, &err))
		fail_msg("%s: %s", (const char *)id.p, err.msg);
	assert_int_equal(q.version, uint_of(want, "version"));
	assert_int_equal(q.att_key_type, uint_of(want, "att_key_type"));
	snprintf(tee, sizeof tee, "0x%08x", (unsigned)q.tee);
	assert_true(rv_same_text(text_of(want, "tee_type"), tee));
	same_hex(id, "vendor", q.qe_vendor_id, text_of(want, "qe_vendor_id"));
	same_hex(id, "user data", q.user_data, text_of(want, "user_data"));
	same_hex(id, "reserved", rv_span(q.header.p + 8, 4),
		 text_of(want, "header_8_12"));
	assert_int_equal(q.body_type, uint_of(want, "body_type"));
	assert_int_equal(q.signed_part.n, uint_of(want, "signed_len"));
	assert_int_equal(q.trailing.n, uint_of(want, "trailing_bytes"));
	assert_int_equal(q.cert_type, uint_of(want, "cert_type"));
	assert_int_equal(q.cert_data.n, uint_of(want, "cert_data_len"));
	assert_int_equal(q.auth.n, uint_of(want, "qe_auth_len"));
	assert_int_equal(rv_num(rv_span(q.qe_report.p + 258, 2)),
			 uint_of(want, "qe_isvsvn"));
	same_hex(id, "qe mrenclave", rv_span(q.qe_report.p + 64, 32),
		 text_of(want, "qe_mrenclave"));
	assert_int_equal(compare_body(id, &q, rv_json_get(want, "body")),
			 rv_json_size(rv_json_get(want, "body")));
}

static void real_quotes(void **state)
{
	RV_AUTO(rv_json_free) rv_json *m = dcap_json("MANIFEST.json");
	const rv_json *entries = rv_json_get(m, "entries");
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < rv_json_size(entries); i++) {
		const rv_json *e = rv_json_at(entries, i);

		if (!rv_same_text(text_of(e, "kind"), "decode"))
			continue;
		compare(e);
		n++;
	}
	assert_int_equal(n, 24);
}

/* The fields of a body lie side by side and fill it to the last byte. */
static void fields_fill_the_body(void **state)
{
	static const size_t size[] = { 0, 384, 584, 648, 885 };

	(void)state;
	for (int type = RV_BODY_SGX; type <= RV_BODY_TD15_EX; type++) {
		size_t n, at = 0;
		const struct rv_quote_field *f =
		    rv_quote_fields((enum rv_body)type, &n);

		for (size_t i = 0; i < n; i++) {
			assert_int_equal(f[i].offset, at);
			at = (size_t)f[i].offset + f[i].length;
		}
		assert_int_equal(at, size[type]);
	}
}

/* Every length shorter than the signature data says is refused. */
static void cut_anywhere(void **state)
{
	static const char *const name[] = { "real/quote-d2457b83.bin",
					    "real/quote-c42f9164.bin",
					    "real/quote-cf77a6e9.bin" };
	size_t refused = 0;

	(void)state;
	for (size_t k = 0; k < RV_LEN(name); k++) {
		RV_AUTO(rv_buf_free)
		struct rv_buf b = dcap_load(rv_text(name[k]));
		struct rv_quote q;
		struct rv_err err = { 0 };
		size_t whole;

		assert_true(rv_quote_read(rv_buf_span(&b), &q, &err));
		whole = b.n - q.trailing.n;
		for (size_t n = 0; n < whole; n++) {
			uint8_t *copy = malloc(n ? n : 1);

			assert_non_null(copy);
			memcpy(copy, b.p, n);
			assert_false(rv_quote_read(rv_span(copy, n), &q, &err));
			assert_int_equal(err.code, RV_INPUT);
			assert_int_equal(strncmp(err.msg, "QUOTE_FORMAT: ", 14),
					 0);
			free(copy);
			refused++;
		}
		assert_true(rv_quote_read(rv_span(b.p, whole), &q, &err));
	}
	print_message("# %zu cut quotes, all refused\n", refused);
}

/*
 * The SGX extension of a PCK certificate: whatever byte is changed, it is
 * refused, or one of its values is another; cut anywhere it is refused.
 */
static void every_byte_of_an_extension(void **state)
{
	static const uint8_t mask[] = { 0x01, 0x02, 0x40, 0x80 };
	RV_AUTO(rv_buf_free)
	struct rv_buf b = dcap_load(rv_text("fuzz/pckext-platform"));
	struct rv_pck was, now;
	struct rv_err err = { 0 };
	size_t refused = 0, other = 0;

	(void)state;
	memset(&was, 0, sizeof was);
	if (!rv_pck_read(rv_buf_span(&b), false, &was, &err))
		fail_msg("%s", err.msg);
	for (size_t i = 0; i < b.n; i++)
		assert_false(rv_pck_read(rv_span(b.p, i), false, &now, &err));
	for (size_t i = 0; i < b.n; i++)
		for (size_t k = 0; k < RV_LEN(mask); k++) {
			memset(&now, 0, sizeof now);
			b.p[i] ^= mask[k];
			if (!rv_pck_read(rv_buf_span(&b), false, &now, &err)) {
				assert_int_equal(err.code, RV_INPUT);
				refused++;
			} else {
				assert_memory_not_equal(&now, &was, sizeof now);
				other++;
			}
			b.p[i] ^= mask[k];
		}
	assert_true(refused > b.n && other > 64);
}

static void codes_have_rows(void **state)
{
	(void)state;
	assert_null(rv_quote_code_name(RV_QUOTE_OK));
	for (int c = 1; c < RV_QUOTE_CODES; c++) {
		enum rv_quote_code code = (enum rv_quote_code)c;

		assert_non_null(rv_quote_code_name(code));
		assert_non_null(rv_quote_code_text(code));
		assert_int_not_equal(rv_quote_code_exit(code), RV_OK);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_quotes),
		cmocka_unit_test(fields_fill_the_body),
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(every_byte_of_an_extension),
		cmocka_unit_test(codes_have_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
