/* SPDX-License-Identifier: Apache-2.0 */
/* test_tags=slow: not in make check-fast */
/*
 * publish_inject.c - values written in every format and read back, while one
 * allocation or one call of OpenSSL fails: what is written is the whole
 * document or none, and what another key signed is never a good signature.
 */
#define _GNU_SOURCE /* RTLD_NEXT */
#include "inject.h"

#include "base.h"
#include "digest.h"
#include "key_pem.h"
#include "test_file.h"
#include <refval.h>

#define VECTORS "tests/vectors/formats/"

static struct rv_values_list values; /* two machines of one image */
static struct rv_buf private, public, another;

/* ---- written ---- */

struct written {
	enum rv_format format;
	size_t n; /* machines */
	bool signs;
};

static bool write_it(const struct written *w, struct rv_publication *p,
		     struct rv_err *err)
{
	struct rv_span key =
	    w->signs ? rv_buf_span(&private) : rv_span(NULL, 0);

	return w->n == 0
		   ? rv_publish_files(
			 w->format,
			 rv_text("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b9"
				 "34ca495991b7852b855  refval.tar.gz\n"),
			 "pkg:generic/refval@0.1.0", key, p, err)
		   : rv_publish_all(w->format, values.item, w->n, key, p, err);
}

static bool write_once(const void *arg, struct said *said)
{
	RV_AUTO(rv_publication_free) struct rv_publication p = { 0 };
	const struct written *w = arg;
	struct rv_err err = { 0 };
	struct rv_sha256 d;

	if (!write_it(w, &p, &err)) {
		assert_int_not_equal(err.code, RV_OK);
		assert_true(*err.msg);
		return false;
	}
	if (!rv_sha256(rv_buf_span(&p.document), &d, &err))
		return false;
	say(said, "%zu %zu %s\n", p.document.n, p.checksums.n, p.left_out);
	for (size_t i = 0; i < sizeof d.b; i++)
		say(said, "%02x", d.b[i]);
	return true;
}

/* ---- read ---- */

struct reading {
	struct rv_buf document; /* owned */
	struct rv_span key;
};

static bool read_once(const void *arg, struct said *said)
{
	RV_AUTO(rv_values_list_free) struct rv_values_list got = { 0 };
	const struct reading *r = arg;
	struct rv_signature sig = { 0 };
	struct rv_err err = { 0 };

	if (!rv_publish_read_all(rv_buf_span(&r->document), r->key, &got, &sig,
				 &err)) {
		assert_int_not_equal(err.code, RV_OK);
		assert_true(*err.msg);
		return false;
	}
	if (sig.state == RV_SIGNED_BAD) {
		assert_int_equal(got.n, 0);
		return false;
	}
	say(said, "%s %d %s\n", sig.form, (int)sig.state, sig.said);
	for (size_t i = 0; i < got.n; i++) {
		RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };

		if (!rv_values_write(&got.item[i], &text, &err))
			return false;
		say(said, "%s\n", (char *)text.p);
	}
	return true;
}

static void one(const char *name, bool (*once)(const void *, struct said *),
		const void *arg, bool good, unsigned step, bool calls)
{
	const struct subject s = { name, once, arg, good, step };

	each_fails(&s, calls);
}

/* What @w writes, written with each failure; and then read with each. */
static void both(const struct written *w, bool calls)
{
	RV_AUTO(rv_publication_free) struct rv_publication p = { 0 };
	struct reading r = { 0 };
	struct rv_err err = { 0 };
	char name[96];

	snprintf(name, sizeof name, "%s of %zu%s", rv_format_name(w->format),
		 w->n, w->signs ? ", signed" : "");
	if (!write_it(w, &p, &err))
		fail_msg("%s: %s", name, err.msg);
	if (!calls)
		one(name, write_once, w, true, w->signs ? 97 : 1, calls);
	/* The others are for programs that are not ours. */
	if (w->n == 0 || !rv_publish_form(rv_buf_span(&p.document)))
		return;
	r.document = p.document;
	r.key = w->signs ? rv_buf_span(&public) : rv_span(NULL, 0);
	if (!calls)
		one(name, read_once, &r, true, w->signs ? 97 : 1, calls);
	if (!w->signs)
		return;
	r.key = rv_buf_span(&another);
	one("another key", read_once, &r, false, calls ? 1 : 211, calls);
}

/* The image that they are of, and what every format wants to know of it. */
static void of_image(struct rv_values *v)
{
	static const char *const file[][2] = { { "firmware", "ovmf.fd" },
					       { "kernel", "bzImage" },
					       { "initrd", "initramfs.cpio" },
					       { "metadata",
						 "metadata.json" } };
	static const char *const label[] = { "kernel", "cmdline", "initrd" };
	static const uint8_t hob[] = { 0x80, 0x10, 0x09, 0x04, 0x00, 0x06,
				       0x09, 0x02, 0x0b, 0x02, 0x10, 0x10 };

	for (size_t i = 0; i < RV_LEN(file); i++) {
		struct rv_input *in = &v->input[v->inputs++];

		snprintf(in->role, sizeof in->role, "%s", file[i][0]);
		snprintf(in->name, sizeof in->name, "%s", file[i][1]);
		in->size = 555 + i;
		memset(in->sha256.b, 0x5a + (int)i, sizeof in->sha256.b);
	}
	for (size_t i = 0; i < RV_LEN(label); i++) {
		struct rv_predicted *e =
		    i ? &v->reg[2].event[i - 1] : &v->reg[1].event[0];

		snprintf(e->label, sizeof e->label, "%s", label[i]);
	}
	v->shape.ovmf = RV_OVMF_PRE202505;
	v->shape.memory = (uint64_t)2 << 30;
	memcpy(v->td_hob, hob, sizeof hob);
	v->td_hob_n = sizeof hob;
}

static void prepare(void)
{
	RV_AUTO(rv_buf_free)
	struct rv_buf doc = test_file(VECTORS, "statement.json");
	struct rv_signature sig = { 0 };
	struct rv_err err = { 0 };
	struct rv_values *second;
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	EVP_PKEY *other = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");

	if (!rv_publish_read_all(rv_buf_span(&doc), rv_span(NULL, 0), &values,
				 &sig, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(values.n, 1);
	of_image(&values.item[0]);
	assert_true(rv_values_list_add(&values, &second, &err));
	*second = values.item[0];
	second->shape.cpus++;
	assert_non_null(key);
	assert_non_null(other);
	private = key_pem(key, true);
	public = key_pem(key, false);
	another = key_pem(other, false);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
}

static void all(bool calls)
{
	static const struct written w[] = {
		{ RV_FORMAT_VALUES, 1, false },
		{ RV_FORMAT_IN_TOTO, 2, true },
		{ RV_FORMAT_IN_TOTO, 0, true },
		{ RV_FORMAT_SIGSTORE_BUNDLE, 1, true },
		{ RV_FORMAT_CORIM, 2, false },
		{ RV_FORMAT_CORIM_SIGNED, 1, true },
		{ RV_FORMAT_RVPS, 2, false },
		{ RV_FORMAT_DSTACK, 1, false },
		{ RV_FORMAT_TCG2, 1, false },
	};

	least = 1;
	if (!values.n)
		prepare();
	for (size_t i = 0; i < RV_LEN(w); i++)
		both(&w[i], calls);
}
