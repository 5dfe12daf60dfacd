/* SPDX-License-Identifier: Apache-2.0 */
/* shared_cache.c - what is kept, under which key, and when it is let go. */
#include "base.h"
#include "shared_cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static int alive;

static void *object(void)
{
	alive++;
	return malloc(1);
}

static void drop(void *p)
{
	alive--;
	free(p);
}

static struct rv_cache *cache_of(size_t max)
{
	struct rv_cache *c = NULL;
	struct rv_err err = { 0 };

	assert_true(rv_cache_new(max, &c, &err));
	return c;
}

static struct rv_cache_key key_of(unsigned i)
{
	struct rv_cache_key k = { .kind = 3 };

	for (size_t n = 0; n < sizeof k.id.b; n++)
		k.id.b[n] = (uint8_t)(7 * n + 1);
	k.id.b[5] = (uint8_t)i;
	return k;
}

static bool has(struct rv_cache *c, const struct rv_cache_key *k)
{
	struct rv_cache_entry *e = rv_cache_find(c, k);

	if (e)
		rv_cache_release(c, e);
	return e != NULL;
}

/* Every byte of the digest counts, and what the object is. */
static void whole_key(void **state)
{
	RV_AUTO(rv_cache_free) struct rv_cache *c = cache_of(10);
	struct rv_cache_key k = key_of(0);
	void *p = object();

	(void)state;
	rv_cache_release(c, rv_cache_add(c, &k, p, drop));
	assert_true(has(c, &k));
	for (size_t i = 0; i < sizeof k.id.b; i++) {
		k.id.b[i] ^= 1;
		assert_false(has(c, &k));
		k.id.b[i] ^= 1;
	}
	k.kind = 4;
	assert_false(has(c, &k));
}

/* The second of one key is let go, and the first is given. */
static void added_twice(void **state)
{
	RV_AUTO(rv_cache_free) struct rv_cache *c = cache_of(10);
	struct rv_cache_key k = key_of(0);
	void *p = object();
	struct rv_cache_entry *a = rv_cache_add(c, &k, p, drop);
	struct rv_cache_entry *b = rv_cache_add(c, &k, object(), drop);

	(void)state;
	assert_ptr_equal(a, b);
	assert_ptr_equal(rv_cache_object(b), p);
	assert_int_equal(alive, 1);
	rv_cache_release(c, a);
	rv_cache_release(c, b);
}

/* Above the bound what nobody uses goes; what somebody uses stays. */
static void bounded(void **state)
{
	enum { MAX = 4 };
	RV_AUTO(rv_cache_free) struct rv_cache *c = cache_of(MAX);
	struct rv_cache_entry *used = NULL;

	(void)state;
	for (unsigned i = 0; i < 3 * MAX; i++) {
		struct rv_cache_key k = key_of(i);
		struct rv_cache_entry *e = rv_cache_add(c, &k, object(), drop);

		if (i == 1)
			used = e;
		else
			rv_cache_release(c, e);
		assert_true(has(c, &k));
		/* At the bound all go but the one in use. */
		assert_true(alive <= MAX);
		assert_true(i < MAX || alive >= 2);
	}
	assert_ptr_equal(
	    rv_cache_find(
		c, &(struct rv_cache_key){ key_of(1).kind, key_of(1).id }),
	    used);
	rv_cache_release(c, used);
	rv_cache_release(c, used);
	{
		struct rv_cache_key k = key_of(0);

		assert_false(has(c, &k));
	}
}

/* At the end everything is let go, in use or not. */
static void at_the_end(void **state)
{
	struct rv_cache *c = cache_of(4);

	(void)state;
	assert_int_equal(alive, 0);
	for (unsigned i = 0; i < 3; i++) {
		struct rv_cache_key k = key_of(i);

		assert_non_null(rv_cache_add(c, &k, object(), drop));
	}
	assert_int_equal(alive, 3);
	rv_cache_free(&c);
	assert_int_equal(alive, 0);
	assert_null(c);
	rv_cache_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_key),
		cmocka_unit_test(added_twice),
		cmocka_unit_test(bounded),
		cmocka_unit_test(at_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
