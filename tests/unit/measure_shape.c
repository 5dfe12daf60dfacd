/* SPDX-License-Identifier: Apache-2.0 */
/* Shapes from vm_config documents, and what follows from a QEMU version. */
#include "base.h"
#include <refval.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static struct rv_shape shape(const char *json)
{
	struct rv_err err = { 0 };
	struct rv_shape s = { 0 };

	if (!rv_shape_read(rv_text(json), &s, &err))
		fail_msg("%s", err.msg);
	return s;
}

static void refused(const char *json, const char *message)
{
	struct rv_err err = { 0 };
	struct rv_shape s = { .cpus = 77 };

	assert_false(rv_shape_read(rv_text(json), &s, &err));
	assert_int_equal(err.code, RV_INPUT);
	assert_string_equal(err.msg, message);
	assert_int_equal(s.cpus, 77);
}

static struct rv_shape file(const char *name)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	struct rv_err err = { 0 };
	char path[256];

	snprintf(path, sizeof path, "tests/vectors/measure/vm_config/%s", name);
	if (!rv_buf_read(path, 1 << 20, &b, &err))
		fail_msg("%s", err.msg);
	return shape((const char *)b.p);
}

static void test_captured(void **state)
{
	struct rv_shape s = file("060-ovmf202505-attestation.json");

	(void)state;
	assert_int_equal(s.cpus, 8);
	assert_true(s.memory == 17179869184u);
	assert_int_equal(
	    s.qemu.major * 10000 + s.qemu.minor * 100 + s.qemu.micro, 80202);
	assert_string_equal(s.host_share, "vvfat");
	assert_string_equal(s.image, "dstack-0.6.0");
	assert_int_equal(s.ovmf, RV_OVMF_UNKNOWN);
	assert_true(s.has_os_image_hash);
	assert_int_equal(s.nics, 1);
	assert_false(s.given & RV_GIVEN_NICS);

	s = file("060-sys-config.json");
	assert_int_equal(s.cpus, 8);
	s = file("060-lite-getquote-v3.json");
	assert_int_equal(s.cpus, 2);
	assert_int_equal(s.ovmf, RV_OVMF_PRE202505);
	s = file("sim-04x.json");
	assert_int_equal(s.cpus, 1);
	assert_int_equal(s.qemu.major, 0);
	assert_int_equal(s.given, RV_GIVEN_CPUS | RV_GIVEN_MEMORY);
}

static void test_unknown_key(void **state)
{
	struct rv_shape s = shape("{\"cpu_count\":2,\"gpu_cc\":true}");

	(void)state;
	assert_string_equal(s.unknown_key, "gpu_cc");
	s = shape("{\"vm_config\":\"{\\\"cpu_count\\\":2}\",\"quote\":\"\"}");
	assert_string_equal(s.unknown_key, "");
	assert_string_equal(file("060-sys-config.json").unknown_key, "");
	assert_string_equal(
	    file("060-lite-getquote-07a2-cbor-v2.json").unknown_key, "");
}

static void test_inverted_name(void **state)
{
	(void)state;
	assert_int_equal(
	    shape("{\"qemu_single_pass_add_pages\":true}").page_add,
	    RV_PAGE_ADD_TWO);
	assert_int_equal(
	    shape("{\"qemu_single_pass_add_pages\":false}").page_add,
	    RV_PAGE_ADD_SINGLE);
	assert_int_equal(
	    shape("{\"qemu_single_pass_add_pages\":null}").page_add,
	    RV_PAGE_ADD_UNKNOWN);
	assert_int_equal(shape("{\"qemu_single_pass_add_pages\":true}")
			     .qemu_single_pass_add_pages,
			 RV_TRUE);
}

static void test_inside(void **state)
{
	struct rv_shape s = shape("{\"quote\":\"00\",\"vm_config\":\"{"
				  "\\\"cpu_count\\\":3}\"}");

	(void)state;
	assert_int_equal(s.cpus, 3);
	assert_int_equal(shape("{\"vm_config\":{\"cpu_count\":4}}").cpus, 4);
}

static void test_numa(void **state)
{
	struct rv_shape s = shape("{\"cpu_count\":8,\"memory_size\":8589934592,"
				  "\"numa_nodes\":[{\"pxb_bus\":5},{}]}");

	(void)state;
	assert_int_equal(s.numa_nodes, 2);
	assert_int_equal(s.numa[1].first_cpu, 4);
	assert_int_equal(s.numa[1].last_cpu, 7);
	assert_int_equal(s.numa[0].pxb_bus, 5);
	assert_true(s.numa[1].bytes == 4294967296u);
	refused("{\"cpu_count\":3,\"numa_nodes\":[{},{}]}",
		"vm_config: numa_nodes: 3 processors and 0 bytes do not divide "
		"into 2 nodes");
}

static void test_refused(void **state)
{
	(void)state;
	refused("[]", "vm_config: not a JSON object");
	refused("{\"cpu_count\":\"1\"}", "vm_config: cpu_count: not a whole "
					 "number from 0 to 4096");
	refused("{\"cpu_count\":5000}", "vm_config: cpu_count: not a whole "
					"number from 0 to 4096");
	refused("{\"memory_size\":2147483649}",
		"vm_config: memory_size: 2147483649 is not a multiple of 8192 "
		"bytes");
	refused("{\"pic\":1}", "vm_config: pic: neither true nor false");
	refused("{\"qemu_version\":\"8\"}",
		"vm_config: qemu_version: QEMU version 8: not of the form "
		"8.2.2");
	refused("{\"qemu_version\":\"8.2.2.1\"}",
		"vm_config: qemu_version: QEMU version 8.2.2.1: not of the "
		"form 8.2.2");
	refused("{\"host_share_mode\":\"nfs\"}",
		"vm_config: host_share_mode: nfs is none of 9p, vvfat, vhd");
	refused("{\"ovmf_variant\":\"x\"}",
		"vm_config: ovmf_variant: ovmf variant x: no rules are known "
		"for it (known: pre202505, stable202505, 202208 to 202608)");
	refused("{\"os_image_hash\":\"00\"}",
		"vm_config: os_image_hash: not 64 hex digits");
	refused("{\"cpu_count\":1,\"cpu_count\":2}",
		"vm_config: JSON at byte 26: duplicate object key near "
		"'\"cpu_count\"'");
}

static void test_resolve(void **state)
{
	struct rv_err err = { 0 };
	struct rv_shape s = rv_shape_default();

	(void)state;
	assert_false(rv_shape_resolve(&s, &err));
	assert_int_equal(err.code, RV_INPUT);
	assert_true(rv_qemu_parse("8.2.2", &s.qemu, &err));
	assert_true(rv_shape_resolve(&s, &err));
	assert_int_equal(s.page_add, RV_PAGE_ADD_TWO);
	assert_int_equal(s.pic, RV_TRUE);

	s = rv_shape_default();
	s.pic = RV_TRUE;
	assert_true(rv_qemu_parse("9.0", &s.qemu, &err));
	assert_true(rv_shape_resolve(&s, &err));
	assert_int_equal(s.page_add, RV_PAGE_ADD_SINGLE);
	assert_int_equal(s.pic, RV_TRUE);

	assert_true(rv_qemu_parse("11.1.3", &s.qemu, &err));
	assert_true(rv_shape_resolve(&s, &err));
	assert_true(rv_qemu_parse("11.2.0", &s.qemu, &err));
	assert_false(rv_shape_resolve(&s, &err));
	assert_string_equal(err.msg, "QEMU 11.2.0: newer than 11.1, the newest "
				     "whose rules are known");
	assert_true(rv_qemu_parse("7.2.22", &s.qemu, &err));
	assert_false(rv_shape_resolve(&s, &err));
}

/* Fill every field, so that a forgotten one shows. */
static void fill(struct rv_values *v)
{
	struct rv_err err = { 0 };
	struct rv_register *r = &v->reg[0];

	v->shape =
	    shape("{\"cpu_count\":8,\"memory_size\":8589934592,"
		  "\"qemu_version\":\"10.2.1\",\"pic\":true,"
		  "\"qemu_single_pass_add_pages\":true,\"num_gpus\":2,"
		  "\"num_nvswitches\":1,\"num_nics\":3,\"swtpm\":true,"
		  "\"num_verity_volumes\":4,\"hugepages\":true,"
		  "\"hotplug_off\":true,\"pci_hole64_size\":1099511627776,"
		  "\"host_share_mode\":\"vhd\",\"image\":\"dstack-x\","
		  "\"ovmf_variant\":\"stable202505\","
		  "\"numa_nodes\":[{\"pxb_bus\":5},{\"pxb_bus\":6}]}");
	v->shape.edk2 = 202505;
	v->shape.edge = RV_FALSE;
	v->shape.gpu_bar[0] = (struct rv_bar){ 1u << 20, RV_BAR_P64 };
	v->shape.gpu_bars = 1;
	strcpy(v->release, "dstack-0.0.0");
	strcpy(v->edk2, "edk2-stable202505");
	strcpy(v->edk2_from, "somewhere");
	strcpy(v->assumed[0], "that the test is right");
	v->assumptions = 1;
	strcpy(v->input[0].role, "firmware");
	strcpy(v->input[0].name, "ovmf.fd");
	v->input[0].size = 12;
	v->input[0].sha256.b[3] = 7;
	v->inputs = 1;
	v->mrtd.known = v->mrtd.has_single = v->mrtd.has_two = true;
	v->mrtd.single_pass.b[0] = 1;
	v->mrtd.two_pass.b[0] = 2;
	v->mrtd.page_add = RV_PAGE_ADD_TWO;
	v->mrtd.origin = RV_ORIGIN_CAPTURED;
	strcpy(r->event[0].label, "td-hob");
	strcpy(r->event[0].depends, "memory size");
	r->event[0].known = true;
	r->event[0].digest.b[47] = 9;
	r->event[0].origin = RV_ORIGIN_COMPUTED;
	r->event[1] = r->event[0];
	r->event[1].type = 10;
	r->event[1].origin = RV_ORIGIN_GIVEN;
	r->n = 2;
	assert_true(rv_register_replay(r, &err));
	assert_int_equal(r->origin, RV_ORIGIN_GIVEN);
	v->reg[1] = *r;
	v->reg[1].event[1].known = false;
	assert_true(rv_register_replay(&v->reg[1], &err));
	assert_false(v->reg[1].known);
	assert_string_equal(v->reg[1].why, "the event td-hob is not known");
	v->has_mr_image = v->has_mr_system = v->has_os_image_hash = true;
	v->mr_image.b[1] = 1;
	v->mr_system.b[1] = 2;
	v->os_image_hash.b[1] = 3;
}

static struct rv_buf written(const struct rv_values *v)
{
	struct rv_buf b = { 0 };
	struct rv_err err = { 0 };

	assert_true(rv_values_write(v, &b, &err));
	return b;
}

static void test_round_trip(void **state)
{
	static struct rv_values v, back;
	struct rv_err err = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf a = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };

	(void)state;
	fill(&v);
	a = written(&v);
	if (!rv_values_read(rv_buf_span(&a), &back, &err))
		fail_msg("%s", err.msg);
	b = written(&back);
	assert_string_equal((char *)a.p, (char *)b.p);
	assert_memory_equal(&v.shape, &back.shape, sizeof v.shape);
	assert_memory_equal(&v.reg[0].value, &back.reg[0].value, 48);
	assert_int_equal(back.reg[0].n, 2);
	assert_string_equal(back.reg[1].why, v.reg[1].why);
}

/* Every byte of a document matters: one digit changed is noticed or kept. */
static void test_damage(void **state)
{
	static struct rv_values v, back;
	struct rv_err err = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf a = { 0 };
	size_t refused_count = 0;

	(void)state;
	fill(&v);
	a = written(&v);
	for (size_t i = 0; i < a.n; i++) {
		a.p[i] ^= 1;
		if (!rv_values_read(rv_buf_span(&a), &back, &err)) {
			assert_int_equal(err.code, RV_INPUT);
			refused_count++;
		}
		a.p[i] ^= 1;
	}
	assert_true(refused_count > a.n / 4);
	/* A register that is not what its events give. */
	v.reg[0].value.b[0] ^= 1;
	rv_buf_free(&a);
	a = written(&v);
	assert_false(rv_values_read(rv_buf_span(&a), &back, &err));
	assert_string_equal(err.msg, "values: rtmr0: value is not what its 2 "
				     "events give");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_captured),
		cmocka_unit_test(test_unknown_key),
		cmocka_unit_test(test_inverted_name),
		cmocka_unit_test(test_inside),
		cmocka_unit_test(test_numa),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_resolve),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
