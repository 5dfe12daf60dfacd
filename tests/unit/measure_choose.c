/* SPDX-License-Identifier: Apache-2.0 */
/* Which rules a firmware gets: by what was stated, and by what it contains. */
#include "base.h"
#include "digest.h"
#include "measure/rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static bool choose(const struct rv_measure_input *in,
		   const struct rv_shape *shape, struct rv_rules *r,
		   struct rv_err *err)
{
	struct rv_shape none = rv_shape_default();

	return rv_rules_choose(in, shape ? shape : &none, r, err);
}

static void read_volume(const char *name, struct rv_buf *out)
{
	struct rv_err err = { 0 };
	char path[256];

	snprintf(path, sizeof path, "tests/vectors/measure/volume/%s.fd", name);
	if (!rv_buf_read(path, 1 << 20, out, &err))
		fail_msg("%s", err.msg);
}

static void test_contents(void **state)
{
	static const char *const name[] = { "202211", "202502", "202505",
					    "202508", "202605", "202608" };
	struct rv_err err = { 0 };
	struct rv_rules r;

	(void)state;
	for (size_t i = 0; i < RV_LEN(name); i++) {
		RV_AUTO(rv_buf_free) struct rv_buf fd = { 0 };
		struct rv_measure_input in = { 0 };
		struct rv_edk2 want = *rv_edk2_named(name[i]);

		read_volume(name[i], &fd);
		in.firmware = rv_buf_span(&fd);
		if (!choose(&in, NULL, &r, &err))
			fail_msg("%s: %s", name[i], err.msg);
		assert_int_equal(r.edk2.release, want.release);
		assert_int_equal(r.edk2.acpi, want.acpi);
		assert_int_equal(r.edk2.named_blobs, want.named_blobs);
		assert_int_equal(r.edk2.fw_cfg, want.fw_cfg);
		assert_int_equal(r.edk2.smbios, want.smbios);
		assert_int_equal(r.edk2.prefix, want.prefix);
		assert_int_equal(r.edk2.boot, want.boot);
		assert_int_equal(r.silent, i == 0);
		assert_string_equal(r.from, "what the firmware contains");
	}
}

/* Found by fuzzing: the header alone made the decoder ask for gigabytes. */
static void test_hostile(void **state)
{
	static const char *const row[][2] = {
		{ "../../bad/volume/lzma-dictionary-3g",
		  "lzma: 312 bytes with a dictionary of 3590324223" },
		{ "../../bad/volume/lzma-size-4g",
		  "lzma: 4294967296 bytes with a dictionary of 65536" },
	};
	struct rv_err err = { 0 };
	struct rv_firmware f;

	(void)state;
	for (size_t i = 0; i < RV_LEN(row); i++) {
		RV_AUTO(rv_buf_free) struct rv_buf fd = { 0 };

		read_volume(row[i][0], &fd);
		assert_false(rv_firmware_inspect(rv_buf_span(&fd), &f, &err));
		assert_int_equal(err.code, RV_INPUT);
		assert_non_null(strstr(err.msg, row[i][1]));
	}
}

/* A section that is packed in a way that is not OVMF's holds nothing for us. */
static void test_other_packing(void **state)
{
	static const uint8_t lzma[] = { 0x98, 0x58, 0x4e, 0xee, 0x14, 0x39 };
	RV_AUTO(rv_buf_free) struct rv_buf fd = { 0 };
	struct rv_err err = { 0 };
	struct rv_firmware f;
	size_t n = 0;

	(void)state;
	read_volume("202505", &fd);
	assert_true(rv_firmware_inspect(rv_buf_span(&fd), &f, &err));
	for (size_t at = 0; at + sizeof lzma <= fd.n; at++)
		if (memcmp(fd.p + at, lzma, sizeof lzma) == 0) {
			fd.p[at] ^= 1;
			n++;
		}
	assert_int_equal(n, 1);
	assert_false(rv_firmware_inspect(rv_buf_span(&fd), &f, &err));
	assert_int_equal(err.code, RV_INPUT);
	assert_string_equal(err.msg,
			    "firmware: no volume of OVMF's drivers in it");
}

static void test_alike(void **state)
{
	RV_AUTO(rv_buf_free) struct rv_buf fd = { 0 };
	struct rv_measure_input in = { 0 };
	struct rv_shape shape = rv_shape_default();
	struct rv_err err = { 0 };
	struct rv_rules r;

	(void)state;
	read_volume("202302-202411", &fd);
	in.firmware = rv_buf_span(&fd);
	assert_false(choose(&in, NULL, &r, &err));
	assert_int_equal(err.code, RV_INPUT);
	assert_string_equal(err.msg,
			    "cannot tell which edk2 release this firmware is "
			    "of (202302 to 202411 look alike): --ovmf VARIANT "
			    "must say");
	shape.edk2 = 202408;
	assert_true(choose(&in, &shape, &r, &err));
	assert_int_equal(r.edk2.release, 202408);
}

static void test_versions(void **state)
{
	static const struct {
		const char *version;
		uint32_t release;
	} row[] = {
		{ "0.3.1", 202411 },	{ "0.5.2", 202411 },
		{ "0.5.4.1", 202411 },	{ "0.5.9", 202411 },
		{ "0.5.10", 202505 },	{ "0.5.11", 202502 },
		{ "0.6.0.a1", 202502 }, { "v0.5.8", 202411 },
		{ "0.6.0", 202502 },
	};
	static const char *const unknown[] = { "0.7.0", "1.0.0",  "0.5",
					       "x",	"0.5.x",  "",
					       "0.2.9", "0.5.8x", NULL };
	struct rv_err err = { 0 };
	struct rv_rules r;

	(void)state;
	for (size_t i = 0; i < RV_LEN(row); i++) {
		struct rv_measure_input in = { .version = row[i].version };

		if (!choose(&in, NULL, &r, &err))
			fail_msg("%s: %s", row[i].version, err.msg);
		assert_int_equal(r.edk2.release, row[i].release);
	}
	for (size_t i = 0; i < RV_LEN(unknown); i++) {
		struct rv_measure_input in = { .version = unknown[i] };

		assert_false(choose(&in, NULL, &r, &err));
	}
}

/* Who wins: the shape, then metadata.json's variant, then the version. */
static void test_order(void **state)
{
	struct rv_measure_input in = { .version = "0.5.10",
				       .ovmf_variant = "pre202505" };
	struct rv_shape shape = rv_shape_default();
	struct rv_err err = { 0 };
	struct rv_rules r;

	(void)state;
	assert_true(choose(&in, &shape, &r, &err));
	assert_int_equal(r.edk2.release, 202502);
	assert_string_equal(r.from, "metadata.json, ovmf_variant");
	shape.ovmf = RV_OVMF_STABLE202505;
	assert_true(choose(&in, &shape, &r, &err));
	assert_int_equal(r.edk2.release, 202505);
	shape.edk2 = 202608;
	assert_true(choose(&in, &shape, &r, &err));
	assert_int_equal(r.edk2.release, 202608);
	/* Of two releases with one name, the version tells which. */
	in.version = "0.5.8";
	in.ovmf_variant = NULL;
	shape = rv_shape_default();
	shape.ovmf = RV_OVMF_PRE202505;
	assert_true(choose(&in, &shape, &r, &err));
	assert_int_equal(r.edk2.release, 202411);
}

/* On QEMU 10.0 and 10.1 the firmware itself says if it reads named blobs. */
static void test_named_blobs(void **state)
{
	RV_AUTO(rv_buf_free) struct rv_buf fd = { 0 };
	struct rv_measure_input in = { .version = "0.5.8" };
	struct rv_shape shape = rv_shape_default();
	struct rv_err err = { 0 };
	struct rv_rules r;

	(void)state;
	read_volume("202502", &fd);
	in.firmware = rv_buf_span(&fd);
	shape.qemu = (struct rv_qemu){ 10, 1, 0 };
	assert_true(choose(&in, &shape, &r, &err));
	assert_true(r.edk2.named_blobs);
	assert_string_equal(r.note, "the firmware itself reads fw_cfg's "
				    "etc/boot/kernel, which edk2-stable202411 "
				    "does not");
	shape.qemu.major = 9;
	assert_true(choose(&in, &shape, &r, &err));
	assert_false(r.edk2.named_blobs);
}

/*
 * The firmware is told how many expander buses there are: eight bytes, little
 * endian (OvmfPkg's PciHostBridgeUtilityExtraRoots), and nothing for none.
 */
static void test_expander_buses(void **state)
{
	RV_AUTO(rv_buf_free) struct rv_buf fd = { 0 };
	struct rv_err err = { 0 };

	(void)state;
	if (!rv_buf_read("tests/vectors/measure/tdvf/keys.fd", 1 << 20, &fd,
			 &err))
		fail_msg("%s", err.msg);
	for (unsigned nodes = 0; nodes <= 4; nodes++)
		for (unsigned buses = 0; buses <= nodes; buses++) {
			static struct rv_values v;
			struct rv_measure_input in = { .firmware =
							   rv_buf_span(&fd) };
			struct rv_shape shape = rv_shape_default();
			const uint8_t count[8] = { (uint8_t)buses };
			const struct rv_predicted *found = NULL;
			struct rv_sha384 want;

			shape.edk2 = 202508;
			shape.cpus = 8;
			shape.memory = (uint64_t)8 << 30;
			shape.qemu = (struct rv_qemu){ 10, 2, 0 };
			shape.numa_nodes = nodes;
			for (unsigned i = 0; i < nodes; i++)
				shape.numa[i].pxb_bus =
				    (uint8_t)(i + buses >= nodes ? 5 + i : 0);
			if (!rv_measure(&in, &shape, &v, &err))
				fail_msg("%s", err.msg);
			for (size_t i = 0; i < v.reg[0].n; i++)
				if (strcmp(v.reg[0].event[i].label,
					   "fw-cfg-extra-pci-roots") == 0)
					found = &v.reg[0].event[i];
			assert_int_equal(found != NULL, buses != 0);
			assert_true(rv_sha384(rv_span(count, sizeof count),
					      &want, &err));
			if (found)
				assert_memory_equal(found->digest.b, want.b,
						    sizeof want.b);
		}
}

/*
 * A document has the digest of a header that QEMU patched for a usual size of
 * RAM. Of other machines the event is there, and not known.
 */
static void test_kernel_of_document(void **state)
{
	static const uint64_t MiB = 1 << 20;
	static const char size[] = "measurement.tdx.cbor holds the digest for "
				   "2 GiB and from 2816 MiB on only";
	static const struct {
		struct rv_qemu qemu;
		uint64_t mib;
		const char *why; /* NULL: known */
	} row[] = {
		{ { 8, 2, 2 }, 2048, NULL },
		{ { 8, 2, 2 }, 2047, size },
		{ { 8, 2, 2 }, 2049, size },
		{ { 8, 2, 2 }, 2815, size },
		{ { 8, 2, 2 }, 2816, NULL },
		{ { 8, 2, 2 }, 0, "the memory size is not stated: --memory" },
		{ { 10, 2, 0 },
		  2048,
		  "measurement.tdx.cbor holds the digest with the header "
		  "patched, which this QEMU does not do" },
	};
	RV_AUTO(rv_free) struct rv_values *v = calloc(1, sizeof *v);
	struct rv_document d = { .version = 3, .ovmf = RV_OVMF_PRE202505 };
	struct rv_measure_input in = { .document = &d };
	struct rv_err err = { 0 };

	(void)state;
	assert_non_null(v);
	memset(d.kernel_authenticode.b, 0x5a, sizeof d.kernel_authenticode.b);
	for (size_t i = 0; i < RV_LEN(row); i++) {
		const struct rv_predicted *kernel = v->reg[1].event;
		struct rv_shape s = rv_shape_default();

		s.cpus = 1;
		s.qemu = row[i].qemu;
		s.memory = row[i].mib * MiB;
		if (!rv_measure(&in, &s, v, &err))
			fail_msg("row %zu: %s", i, err.msg);
		assert_int_equal(v->reg[1].n, 5);
		assert_string_equal(kernel->label, "kernel");
		assert_int_equal(kernel->known, !row[i].why);
		assert_int_equal(v->reg[1].known, !row[i].why);
		if (row[i].why)
			assert_non_null(strstr(v->reg[1].why, row[i].why));
		else
			assert_memory_equal(kernel->digest.b,
					    d.kernel_authenticode.b, 48);
		assert_int_equal(kernel->origin,
				 row[i].why ? RV_ORIGIN_NONE : RV_ORIGIN_GIVEN);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kernel_of_document),
		cmocka_unit_test(test_contents),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_other_packing),
		cmocka_unit_test(test_alike),
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_named_blobs),
		cmocka_unit_test(test_expander_buses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
