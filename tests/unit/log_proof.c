/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_proof.c - proofs that an entry is in a log, of every entry in trees of
 * every size up to one, made here as RFC 9162 defines them (2.1.1, 2.1.3.1):
 * each leads to the root, nothing that differs from it does, and where a digest
 * cannot be made there is no answer.
 */
#define _GNU_SOURCE /* RTLD_NEXT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base.h"
#include "digest.h"
#include "door/sign.h"
#include "fail_digest.h"
#include "json.h"
#include "key_pem.h"
#include "publish/image_judge.h"

#include <string.h>

enum { LEAVES = 9, PATH = 8 };

static struct rv_err err;
static struct rv_sign_key *key;
static struct rv_sha256 key_id;

/* ---- the tree ---- */

static struct rv_span body_of(const uint8_t *nr)
{
	return rv_span(nr, 1);
}

static struct rv_sha256 sum(const void *p, size_t n)
{
	struct rv_sha256 s;

	assert_true(rv_sha256(rv_span(p, n), &s, &err));
	return s;
}

/* The largest power of two below @n. */
static size_t left_of(size_t n)
{
	size_t k = 1;

	while (2 * k < n)
		k *= 2;
	return k;
}

static struct rv_sha256 root_of(size_t from, size_t n)
{
	uint8_t b[65] = { 0, (uint8_t)from };
	struct rv_sha256 half[2];
	size_t k = left_of(n);

	if (n == 1)
		return sum(b, 2);
	half[0] = root_of(from, k);
	half[1] = root_of(from + k, n - k);
	b[0] = 1;
	memcpy(b + 1, half, sizeof half);
	return sum(b, sizeof b);
}

static size_t path_of(size_t nr, size_t from, size_t n,
		      struct rv_sha256 path[PATH])
{
	size_t k = left_of(n), at;
	bool left = nr < k;

	if (n == 1)
		return 0;
	at = left ? path_of(nr, from, k, path)
		  : path_of(nr - k, from + k, n - k, path);
	path[at] = left ? root_of(from + k, n - k) : root_of(from, k);
	return at + 1;
}

/* ---- a proof of it ---- */

struct proof {
	size_t index, size, n;
	struct rv_sha256 root, path[PATH];
};

static struct proof proof_of(size_t nr, size_t size)
{
	struct proof p = { .index = nr, .size = size };

	p.root = root_of(0, size);
	p.n = path_of(nr, 0, size, p.path);
	return p;
}

static char *base64(const void *p, size_t n)
{
	struct rv_buf b = { 0 };

	assert_true(rv_base64(rv_span(p, n), &b, &err));
	return (char *)b.p;
}

/* What the log signs, as it stands in JSON. */
static void note_of(const struct proof *p, char out[1024])
{
	RV_AUTO(rv_buf_free) struct rv_buf sig = { 0 };
	RV_AUTO(rv_free) char *root = base64(p->root.b, sizeof p->root.b);
	RV_AUTO(rv_free) char *text = NULL;
	char note[256];
	uint8_t b[256];

	snprintf(note, sizeof note, "log\n%zu\n%s\n", p->size, root);
	assert_true(rv_sign_make(key, RV_SHA256, RV_SIGN_DER, rv_text(note),
				 &sig, &err));
	assert_in_range(sig.n, 8, sizeof b - 4);
	memcpy(b, key_id.b, 4);
	memcpy(b + 4, sig.p, sig.n);
	text = base64(b, 4 + sig.n);
	snprintf(out, 1024, "log\\n%zu\\n%s\\n\\n\xe2\x80\x94 log %s\\n",
		 p->size, root, text);
}

static rv_json *json_of(const struct proof *p)
{
	RV_AUTO(rv_free) char *root = base64(p->root.b, sizeof p->root.b);
	char note[1024], text[4096], list[1024] = "";
	size_t at = 0;
	rv_json *j;

	note_of(p, note);
	for (size_t i = 0; i < p->n; i++) {
		RV_AUTO(rv_free)
		char *one = base64(p->path[i].b, sizeof p->path[i].b);

		at += (size_t)snprintf(list + at, sizeof list - at, "%s\"%s\"",
				       i ? "," : "", one);
	}
	snprintf(text, sizeof text,
		 "{\"logIndex\":\"%zu\",\"treeSize\":\"%zu\",\"rootHash\":"
		 "\"%s\",\"hashes\":[%s],\"checkpoint\":{\"envelope\":\"%s\"}}",
		 p->index, p->size, root, list, note);
	if (!rv_json_parse(rv_text(text), "proof", &j, &err))
		fail_msg("%s", err.msg);
	return j;
}

/* Of the entry @nr, whatever the proof says. */
static bool is_good(const struct proof *p, size_t nr)
{
	RV_AUTO(rv_json_free) rv_json *j = json_of(p);
	const uint8_t body = (uint8_t)nr;
	bool good;

	if (!rv_inclusion_check(j, body_of(&body), key, &good, &err))
		fail_msg("%zu of %zu: %s", p->index, p->size, err.msg);
	return good;
}

/* ---- the tests ---- */

static void none_but_itself(size_t nr, size_t size)
{
	const struct proof whole = proof_of(nr, size);
	struct proof p = whole;

	if (!is_good(&p, nr))
		fail_msg("%zu of %zu", nr, size);
	assert_false(is_good(&p, nr + 1));
	for (size_t i = 0; i < whole.n; i++) {
		p.path[i].b[i * 31 / PATH] ^= 1;
		assert_false(is_good(&p, nr));
		p = whole;
	}
	for (p.index = 0; p.index <= size; p.index++)
		assert_int_equal(is_good(&p, nr), p.index == nr);
	p = whole;
	p.n = whole.n + 1;
	assert_false(is_good(&p, nr));
	if (whole.n) {
		p.n = whole.n - 1;
		assert_false(is_good(&p, nr));
	}
	p = whole;
	p.root.b[31] ^= 1;
	assert_false(is_good(&p, nr));
}

static void every_entry_of_every_tree(void **state)
{
	(void)state;
	for (size_t size = 1; size <= LEAVES; size++)
		for (size_t nr = 0; nr < size; nr++)
			none_but_itself(nr, size);
}

/* Neither a yes nor a no. */
static void no_digest_no_answer(void **state)
{
	(void)state;
	for (size_t nr = 0; nr < LEAVES; nr++) {
		const struct proof p = proof_of(nr, LEAVES);
		RV_AUTO(rv_json_free) rv_json *j = json_of(&p);
		const uint8_t body = (uint8_t)nr;
		bool good;

		/* Of the leaf, and of each node above it: three calls. */
		for (size_t i = 1; i <= 3 * (1 + p.n); i++) {
			failing_digest = i;
			err = (struct rv_err){ 0 };
			assert_false(rv_inclusion_check(j, body_of(&body), key,
							&good, &err));
			assert_int_equal(failing_digest, 0);
			assert_int_equal(err.code, RV_SYSTEM);
			assert_ptr_equal(
			    strstr(err.msg, "inclusionProof: OpenSSL: "),
			    err.msg);
		}
	}
}

static int make_key(void **state)
{
	EVP_PKEY *pair = EVP_EC_gen("P-256");
	struct rv_buf pem;

	(void)state;
	assert_non_null(pair);
	pem = key_pem(pair, true);
	EVP_PKEY_free(pair);
	assert_true(rv_sign_private(rv_buf_span(&pem), &key, &err));
	assert_true(rv_sign_id(key, &key_id, &err));
	rv_buf_free(&pem);
	return 0;
}

static int drop_key(void **state)
{
	(void)state;
	rv_sign_free(&key);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_entry_of_every_tree),
		cmocka_unit_test(no_digest_no_answer),
	};

	return cmocka_run_group_tests(tests, make_key, drop_key);
}
