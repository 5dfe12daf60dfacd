/* SPDX-License-Identifier: Apache-2.0 */
/* The vectors of tests/vectors/measure/dstack.json, group by group. */
#include "base.h"
#include "measure/boot.h"
#include "measure/cfv.h"
#include "measure/cmdline.h"
#include "measure/rules.h"
#include "measure/tdhob.h"
#include "json.h"
#include <refval.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static rv_json *vectors;

static int load(void **state)
{
	struct rv_err err = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };

	(void)state;
	return !rv_buf_read("tests/vectors/measure/dstack.json", 1 << 20, &b,
			    &err) ||
	       !rv_json_parse(rv_buf_span(&b), "vectors", &vectors, &err);
}

static int unload(void **state)
{
	(void)state;
	rv_json_free(&vectors);
	return 0;
}

static void good(bool ok, const struct rv_err *err)
{
	if (!ok)
		fail_msg("%s", err->msg);
}

static void same(const struct rv_sha384 *d, struct rv_span hex)
{
	char text[97];

	rv_hex(rv_span(d->b, sizeof d->b), text);
	assert_int_equal(hex.n, 96);
	assert_memory_equal(text, hex.p, 96);
}

static struct rv_span member(const char *group, const char *key)
{
	struct rv_span s =
	    rv_json_text(rv_json_get(rv_json_get(vectors, group), key));

	assert_non_null(s.p);
	return s;
}

/* The sections of both layouts; B is what the witness says. */
static struct rv_hob_layout layout(bool a)
{
	struct rv_hob_layout l = { .base = 0x809000,
				   .accepted = { { 0x800000, 0x6000 },
						 { 0x809000, 0x2000 },
						 { 0x80b000, 0x2000 },
						 { 0x810000, 0x10000 } },
				   .n = 4 };

	if (a) {
		l.accepted[3].start = 0x811000;
		l.accepted[3].size = 0xf000;
	}
	return l;
}

static void test_td_hob(void **state)
{
	static const char *const name[] = { "configB", "configA" };
	struct rv_err err = { 0 };

	(void)state;
	for (int a = 0; a < 2; a++) {
		const rv_json *group =
		    rv_json_get(rv_json_get(vectors, "td_hob"), name[a]);
		struct rv_hob_layout l = layout(a == 1);
		const rv_json *value;
		const char *mib;
		void *iter = NULL;
		size_t n = 0;

		while (rv_json_next(group, &iter, &mib, &value)) {
			struct rv_sha384 d;

			good(rv_hob_digest(&l, strtoull(mib, NULL, 10) << 20,
					   &d, &err),
			     &err);
			same(&d, rv_json_text(value));
			n++;
		}
		assert_int_equal(n, 16);
	}
}

static void test_witness(void **state)
{
	struct rv_span hex = member("td_hob", "configB_witness");
	struct rv_hob_layout l, want = layout(false);
	struct rv_grow g = { 0 };
	struct rv_err err = { 0 };
	uint8_t w[12];

	(void)state;
	assert_true(rv_unhex(hex, w, sizeof w));
	good(rv_hob_unpack(rv_span(w, sizeof w), &l, &err), &err);
	assert_int_equal(l.n, want.n);
	assert_true(l.base == want.base);
	for (size_t i = 0; i < l.n; i++) {
		assert_true(l.accepted[i].start == want.accepted[i].start);
		assert_true(l.accepted[i].size == want.accepted[i].size);
	}
	rv_hob_pack(&l, &g);
	assert_int_equal(g.buf.n, sizeof w);
	assert_memory_equal(g.buf.p, w, sizeof w);
	rv_grow_free(&g);
	/* One byte more, one less, a number too long: none is a witness. */
	assert_false(rv_hob_unpack(rv_span(w, 11), &l, &err));
	assert_string_equal(err.msg, "td_hob witness: number: needs 1 bytes "
				     "at 11 of 11");
	assert_false(rv_hob_unpack(
	    rv_span("\x80\x10\x04\x00\x04\x00\x06\x09\x02\x0b", 10), &l, &err));
	assert_false(rv_hob_unpack(rv_span("\x80\x90\x04\x00", 4), &l, &err));
	assert_false(rv_hob_unpack(rv_span("\x80\x00\x00\x00", 4), &l, &err));
	assert_int_equal(err.code, RV_INPUT);
	/* No number is larger than 64 bits, however it is written. */
	for (size_t i = 0; i < 4; i++) {
		static const uint8_t last[] = { 0x01, 0x02, 0x03, 0x81 };
		uint8_t large[] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
				    0xff, 0xff, 0xff, 0x01, 0x01, 0x00 };

		large[9] = last[i];
		assert_false(
		    rv_hob_unpack(rv_span(large, sizeof large), &l, &err));
		assert_string_equal(err.msg,
				    "td_hob witness: a number out of range");
	}
}

static void slurp(const char *path, struct rv_buf *out)
{
	struct rv_err err = { 0 };

	good(rv_buf_read(path, 1 << 24, out, &err), &err);
}

/* Memory that the firmware names: without overlap, below 4 GiB, not nothing. */
static void test_ranges(void **state)
{
	static const struct {
		uint64_t at, size;
		bool good;
	} t[] = {
		{ 0x811000, 0x1000, true },    { 0x80f000, 0x1000, true },
		{ 0x810000, 0x1000, false },   { 0x80f000, 0x1001, false },
		{ 0x810fff, 0x1000, false },   { 0x900000, 0, false },
		{ 0xfffff000, 0x1000, true },  { 0xfffff000, 0x1001, false },
		{ UINT64_MAX, 0x1000, false },
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(t); i++) {
		const struct rv_tdvf fw = {
			.section = { { .gpa = 0x809000,
				       .size = 0x2000,
				       .type = RV_TDVF_TD_HOB },
				     { .gpa = 0x810000,
				       .size = 0x1000,
				       .type = RV_TDVF_TEMP_MEM },
				     { .gpa = t[i].at,
				       .size = t[i].size,
				       .type = RV_TDVF_TEMP_MEM } },
			.n = 3,
		};
		struct rv_hob_layout l;
		struct rv_err err = { 0 };

		assert_int_equal(rv_hob_layout(&fw, &l, &err), t[i].good);
		if (t[i].good)
			assert_int_equal(l.n, 3);
		else
			assert_int_equal(err.code, RV_INPUT);
	}
}

/* A store of variables that ends in its header. */
static void test_store_cut(void **state)
{
	RV_AUTO(rv_buf_free) struct rv_buf fd = { 0 };
	struct rv_err err = { 0 };
	struct rv_tdvf fw;
	struct rv_cfv v = { 0 };

	(void)state;
	slurp("tests/vectors/measure/tdvf/keys.fd", &fd);
	good(rv_tdvf_read(rv_buf_span(&fd), &fw, &err), &err);
	for (size_t i = 0; i < fw.n; i++) {
		if (fw.section[i].type != RV_TDVF_CFV)
			continue;
		good(rv_cfv_read(fw.section[i].data, &v, &err), &err);
		for (size_t n = 0; n < 72; n++) {
			struct rv_span cut = rv_span(fw.section[i].data.p, n);

			memset(&err, 0, sizeof err);
			if (rv_cfv_read(cut, &v, &err))
				fail_msg("%zu bytes", n);
			assert_int_equal(err.code, RV_INPUT);
		}
		return;
	}
	fail_msg("no store of variables");
}

/* Memory that ends below what the firmware uses is no machine. */
static void test_too_small(void **state)
{
	struct rv_hob_layout l = layout(false);
	struct rv_err err = { 0 };
	struct rv_sha384 d;

	(void)state;
	assert_false(rv_hob_digest(&l, 8u << 20, &d, &err));
	assert_int_equal(err.code, RV_INPUT);
}

static void test_constants(void **state)
{
	static const char *const name[] = { "SecureBoot", "PK", "KEK", "db",
					    "dbx" };
	struct rv_err err = { 0 };
	struct rv_sha384 d;

	(void)state;
	for (int i = 0; i < 5; i++) {
		good(rv_variable_digest((enum rv_variable_name)i,
					rv_span(NULL, 0), &d, &err),
		     &err);
		same(&d, member("constants", name[i]));
	}
	good(rv_boot_order(RV_BOOT_UIAPP, &d, &err), &err);
	same(&d, member("constants", "BootOrder_0000"));
	good(rv_boot_order(RV_BOOT_MENU_SETUP, &d, &err), &err);
	same(&d, member("constants", "BootOrder_0000_0001"));
	assert_int_equal(rv_boot_count(RV_BOOT_NONE), 0);
	assert_int_equal(rv_boot_count(RV_BOOT_MENU), 1);
}

/* Captured from machines: specification of dstack, section 2.4. */
static void test_boot_options(void **state)
{
	static const struct {
		enum rv_boot_options set;
		size_t i;
		const char *digest;
	} row[] = {
		{ RV_BOOT_UIAPP, 0,
		  "23ada07f5261f12f34a0bd8e46760962d6b4d576a416f1fea1c64bc656b1"
		  "d28eacf7047ae6e967c58fd2a98bfa74c298" },
		{ RV_BOOT_MENU_SETUP, 0,
		  "5068e6a9ded2a1c3a8ebb5d26004410ea8670742d8f444c5c3d161b76c66"
		  "fa23a7b1d2fb3f9840570b675384b5818f2d" },
		{ RV_BOOT_MENU_SETUP, 1,
		  "dd424f2eeb35f3e8a2c2f50f6cc87ff90b7577e92ce63e13a22869d07d10"
		  "4fd5ea9800e6e4f12c5058fc4eaa78374f20" },
	};
	struct rv_err err = { 0 };
	struct rv_sha384 d;

	(void)state;
	for (size_t i = 0; i < RV_LEN(row); i++) {
		good(rv_boot_option(row[i].set, row[i].i, &d, &err), &err);
		same(&d, rv_text(row[i].digest));
	}
}

static void test_cmdline(void **state)
{
	const rv_json *list = rv_json_get(vectors, "cmdline_event");
	struct rv_err err = { 0 };
	struct rv_sha384 d;

	(void)state;
	assert_int_equal(rv_json_size(list), 2);
	for (size_t i = 0; i < rv_json_size(list); i++) {
		const rv_json *j = rv_json_at(list, i);
		char *text = NULL;

		good(rv_text_copy(
			 rv_json_text(rv_json_get(j, "metadata_cmdline")),
			 "cmdline", &text, &err),
		     &err);
		good(rv_cmdline_digest(text, true, false, &d, &err), &err);
		same(&d, rv_json_text(rv_json_get(j, "digest")));
		rv_free(&text);
	}
	/* In front since edk2 202508; measured here from Debian's files. */
	good(rv_cmdline_digest("console=ttyS0 root=/dev/vda1", true, true, &d,
			       &err),
	     &err);
	same(&d, rv_text("688d8100fe711a54099bbcf2074349b4f1cd55f8859abd9e2dd3"
			 "a3800baa250a45b810c7888fa300439104878718e80f"));
	assert_false(rv_cmdline_digest("caf\xc3\xa9", true, false, &d, &err));
	assert_int_equal(err.code, RV_INPUT);
}

static void same256(const struct rv_sha256 *d, struct rv_span hex)
{
	char text[65];

	rv_hex(rv_span(d->b, sizeof d->b), text);
	assert_int_equal(hex.n, 64);
	assert_memory_equal(text, hex.p, 64);
}

static void test_aggregates(void **state)
{
	const rv_json *list =
	    rv_json_get(rv_json_get(vectors, "mr"), "mrtd_rtmr0_3");
	RV_AUTO(rv_buf_free) struct rv_buf info = { 0 };
	struct rv_sha384 r[5], config[3] = { 0 };
	struct rv_err err = { 0 };
	struct rv_sha256 d;

	(void)state;
	for (size_t i = 0; i < 5; i++)
		assert_true(
		    rv_unhex(rv_json_text(rv_json_at(list, i)), r[i].b, 48));
	assert_true(rv_unhex(member("mr", "mr_config_id"), config[0].b, 48));
	good(rv_unhex_buf(member("mr", "key_provider_info_hex"), "info", &info,
			  &err),
	     &err);
	good(rv_mr_system(&r[0], r + 1, rv_buf_span(&info), &d, &err), &err);
	same256(&d, member("mr", "mr_system"));
	good(rv_mr_system(&r[0], r + 1, rv_span(NULL, 0), &d, &err), &err);
	same256(&d, member("mr", "mr_system_no_kp"));
	good(rv_mr_aggregated(&r[0], r + 1, config, &d, &err), &err);
	same256(&d, member("mr", "mr_aggregated"));
	memset(config, 0, sizeof config);
	good(rv_mr_aggregated(&r[0], r + 1, config, &d, &err), &err);
	same256(&d, member("mr", "mr_aggregated_without_config_id(wrong)"));
}

static void test_config_id(void **state)
{
	const rv_json *in =
	    rv_json_get(rv_json_get(vectors, "mr_config_id"), "inputs");
	struct rv_sha256 compose;
	struct rv_sha384 id;
	struct rv_err err = { 0 };

	(void)state;
	assert_true(rv_unhex(rv_json_text(rv_json_get(in, "compose_hash")),
			     compose.b, 32));
	rv_mr_config_id_v1(&compose, &id);
	same(&id, member("mr_config_id", "v1"));
	good(rv_mr_config_id_v3(member("mr_config_id", "v3_document"), &id,
				&err),
	     &err);
	same(&id, member("mr_config_id", "v3"));
}

static void test_document(void **state)
{
	static const struct {
		const char *key;
		unsigned version;
	} row[] = { { "v3_hex", 3 }, { "v4_hex", 4 } };
	struct rv_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < RV_LEN(row); i++) {
		RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
		RV_AUTO(rv_buf_free) struct rv_buf again = { 0 };
		RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
		struct rv_document d, ignored;

		good(rv_unhex_buf(member("measurement_tdx_cbor", row[i].key),
				  "document", &b, &err),
		     &err);
		good(rv_document_read(rv_buf_span(&b), &d, &err), &err);
		assert_int_equal(d.version, row[i].version);
		assert_int_equal(d.ovmf, RV_OVMF_PRE202505);
		good(rv_document_write(&d, &again, &err), &err);
		rv_grow_add(&g, again.p, again.n);
		assert_int_equal(g.buf.n, b.n);
		assert_memory_equal(g.buf.p, b.p, b.n);
		/* Not one byte less, and not one more. */
		for (size_t n = 0; n < b.n; n++)
			assert_false(
			    rv_document_read(rv_span(b.p, n), &ignored, &err));
		rv_grow_u8(&g, 0);
		assert_false(
		    rv_document_read(rv_buf_span(&g.buf), &ignored, &err));
		assert_int_equal(err.code, RV_INPUT);
	}
}

/* What a document predicts is what its files predict. */
static void test_make(void **state)
{
	static struct rv_values a, b;
	static char line[4100];
	RV_AUTO(rv_buf_free) struct rv_buf fw = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf kernel = { 0 };
	struct rv_shape shape = rv_shape_default();
	struct rv_measure_input in = { .has_initrd = true,
				       .initrd_size = 4097,
				       .cmdline = "a=b",
				       .version = "0.6.0" };
	struct rv_err err = { 0 };

	(void)state;
	slurp("tests/vectors/measure/tdvf/small.fd", &fw);
	slurp("tests/vectors/measure/kernel/plain.bin", &kernel);
	in.firmware = rv_buf_span(&fw);
	in.kernel = rv_buf_span(&kernel);
	in.initrd_sha384.b[5] = 5;
	shape.memory = (uint64_t)2 << 30;
	good(rv_qemu_parse("8.2.2", &shape.qemu, &err), &err);
	for (unsigned version = 3; version <= 4; version++) {
		struct rv_measure_input doc = { 0 };
		struct rv_document d, back;
		RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };

		in.kernel_header_normalized = version == 4 ? RV_TRUE : RV_UNSET;
		good(rv_document_make(&in, version, &d, &err), &err);
		good(rv_document_write(&d, &text, &err), &err);
		good(rv_document_read(rv_buf_span(&text), &back, &err), &err);
		doc.document = &back;
		good(rv_measure(&in, &shape, &a, &err), &err);
		good(rv_measure(&doc, &shape, &b, &err), &err);
		assert_memory_equal(&a.mrtd.two_pass, &b.mrtd.two_pass, 48);
		assert_memory_equal(&a.mrtd.single_pass, &b.mrtd.single_pass,
				    48);
		assert_memory_equal(&a.reg[0].event[0].digest,
				    &b.reg[0].event[0].digest, 48);
		for (size_t i = 1; i < 3; i++) {
			assert_true(a.reg[i].known && b.reg[i].known);
			assert_memory_equal(&a.reg[i].value, &b.reg[i].value,
					    48);
		}
	}
	assert_false(rv_document_make(&in, 2, NULL, &err));
	for (size_t n = RV_LEN(line) - 1; n--;) {
		/* A document has room for so much of a command line. */
		struct rv_document d;

		if (n < sizeof d.cmdline - 2)
			break;
		memset(line, 'a', n);
		line[n] = '\0';
		in.cmdline = line;
		err = (struct rv_err){ 0 };
		assert_int_equal(rv_document_make(&in, 3, &d, &err),
				 n < sizeof d.cmdline);
		assert_int_equal(err.code,
				 n < sizeof d.cmdline ? RV_OK : RV_INPUT);
	}
	in.cmdline = "a=b";
	in.has_initrd = false;
	assert_false(rv_document_make(&in, 3, NULL, &err));
	assert_int_equal(err.code, RV_INPUT);
}

/* What each release adds, from A4.2 of the measuring specification. */
static void test_rules(void **state)
{
	static const struct {
		const char *name;
		bool acpi, ready0, blobs, fw_cfg, smbios, prefix;
		enum rv_boot_options boot;
	} row[] = {
		{ "202211", 0, 1, 0, 0, 0, 0, RV_BOOT_UIAPP },
		{ "202302", 1, 1, 0, 0, 0, 0, RV_BOOT_UIAPP },
		{ "edk2-stable202408.01", 1, 1, 0, 0, 0, 0, RV_BOOT_UIAPP },
		{ "202411", 1, 0, 0, 0, 0, 0, RV_BOOT_UIAPP },
		{ "edk2-stable202502", 1, 0, 1, 0, 0, 0, RV_BOOT_UIAPP },
		{ "202505", 1, 0, 1, 1, 1, 0, RV_BOOT_MENU_SETUP },
		{ "202508", 1, 0, 1, 1, 1, 1, RV_BOOT_MENU_SETUP },
		{ "202602", 1, 0, 1, 1, 1, 1, RV_BOOT_MENU_SETUP },
		{ "202605", 1, 0, 1, 1, 1, 1, RV_BOOT_NONE },
		{ "202608", 1, 0, 1, 1, 1, 1, RV_BOOT_MENU },
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(row); i++) {
		const struct rv_edk2 *e = rv_edk2_named(row[i].name);

		assert_non_null(e);
		assert_int_equal(e->acpi, row[i].acpi);
		assert_int_equal(e->ready_rtmr0, row[i].ready0);
		assert_int_equal(e->named_blobs, row[i].blobs);
		assert_int_equal(e->fw_cfg, row[i].fw_cfg);
		assert_int_equal(e->smbios, row[i].smbios);
		assert_int_equal(e->prefix, row[i].prefix);
		assert_int_equal(e->boot, row[i].boot);
	}
	assert_null(rv_edk2_named("202609"));
	assert_null(rv_edk2_named("202503"));
	assert_null(rv_edk2_named("202411.01"));
	assert_null(rv_edk2_named("edk2-202411"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_td_hob),
		cmocka_unit_test(test_witness),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_store_cut),
		cmocka_unit_test(test_too_small),
		cmocka_unit_test(test_constants),
		cmocka_unit_test(test_boot_options),
		cmocka_unit_test(test_cmdline),
		cmocka_unit_test(test_aggregates),
		cmocka_unit_test(test_config_id),
		cmocka_unit_test(test_document),
		cmocka_unit_test(test_make),
		cmocka_unit_test(test_rules),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
