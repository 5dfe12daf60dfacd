/* SPDX-License-Identifier: Apache-2.0 */
/* err.c - failures: what they say, and what a program may decide by. */
#include "base.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void a_failure_has_no_id(void **state)
{
	struct rv_err e = { .id = "E_OLD", .line = 3 };

	(void)state;
	assert_false(rv_fail(&e, RV_INPUT, "E_JSON: %d", 5));
	assert_int_equal(e.code, RV_INPUT);
	assert_null(e.id);
	assert_int_equal(e.line, 0);
	assert_false(rv_is_fault(&e));
	assert_false(rv_in(&e, "%s", "here"));
	assert_string_equal(e.msg, "here: E_JSON: 5");
	assert_string_equal(rv_err_text(&e), e.msg);
	assert_false(rv_fault_in(&e, "there"));
	assert_string_equal(e.msg, "there: here: E_JSON: 5");
}

static void a_fault_keeps_its_id(void **state)
{
	struct rv_err e = { 0 };

	(void)state;
	assert_false(rv_fault(&e, "E_JSON", "member %d", 7));
	assert_string_equal(e.msg, "E_JSON: member 7");
	assert_string_equal(rv_err_text(&e), "member 7");
	assert_true(rv_is_fault(&e) && rv_err_is(&e, "E_JSON"));
	assert_false(rv_err_is(&e, "E_JSO"));
	assert_false(rv_fault_in(&e, "config %zu", (size_t)2));
	assert_string_equal(e.msg, "E_JSON: config 2: member 7");
	assert_false(rv_in(&e, "a.tar"));
	assert_string_equal(e.msg, "a.tar: E_JSON: config 2: member 7");
	assert_true(rv_err_is(&e, "E_JSON"));
	assert_false(rv_as_fault(&e, "E_OTHER"));
	assert_true(rv_err_is(&e, "E_JSON"));
}

static void a_fault_knows_its_line(void **state)
{
	struct rv_err e = { 0 };

	(void)state;
	assert_false(rv_fault_line(&e, NULL, 12, "line 9 of %s", "it"));
	assert_string_equal(e.msg, "line 12: line 9 of it");
	assert_int_equal(e.line, 12);
	assert_false(rv_is_fault(&e));
	assert_false(rv_as_fault(&e, "E_YAML"));
	assert_string_equal(e.msg, "E_YAML: line 12: line 9 of it");
	assert_int_equal(e.line, 12);
	assert_true(rv_err_is(&e, "E_YAML"));
	/* One that has its id from the start says the same. */
	assert_false(rv_fault_line(&e, "E_YAML", 12, "line 9 of %s", "it"));
	assert_string_equal(e.msg, "E_YAML: line 12: line 9 of it");
	assert_string_equal(rv_err_text(&e), "line 12: line 9 of it");
	assert_int_equal(e.line, 12);
	assert_true(rv_err_is(&e, "E_YAML"));
}

static void only_refused_input_is_a_fault(void **state)
{
	struct rv_err e = { 0 };

	(void)state;
	assert_false(rv_no_memory(&e, "tree"));
	assert_false(rv_as_fault(&e, "E_JSON"));
	assert_string_equal(e.msg, "tree: out of memory");
	assert_null(e.id);
}

static void long_messages_end_in_time(void **state)
{
	struct rv_err e = { 0 };
	char big[2000];

	(void)state;
	memset(big, 'x', sizeof big - 1);
	big[sizeof big - 1] = '\0';
	assert_false(rv_fault(&e, "E_JSON", "%s", big));
	assert_int_equal(strlen(e.msg), sizeof e.msg - 1);
	for (int i = 0; i < 5; i++) {
		assert_false(rv_fault_in(&e, "%s", big));
		assert_true(strlen(e.msg) < sizeof e.msg);
		assert_memory_equal(e.msg, "E_JSON: x", 9);
		assert_false(rv_in(&e, "%s", big));
		assert_true(strlen(e.msg) < sizeof e.msg);
		e.msg[0] = '\0';
		assert_false(rv_fault(&e, "E_JSON", "%s", big));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_failure_has_no_id),
		cmocka_unit_test(a_fault_keeps_its_id),
		cmocka_unit_test(a_fault_knows_its_line),
		cmocka_unit_test(only_refused_input_is_a_fault),
		cmocka_unit_test(long_messages_end_in_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
