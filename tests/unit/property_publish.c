/* SPDX-License-Identifier: Apache-2.0 */
/*
 * property_publish.c - random values through every format: what is read back
 * is what was written, and what nobody reads back says the same digests.
 */
#include "random.h"

#include "base.h"
#include "digest.h"
#include "json.h"
#include "key_pem.h"

#include <refval.h>

static struct rv_err err;

/* ---- values ---- */

static void random_register(struct rv_register *r, const char *const *label,
			    size_t labels)
{
	r->n = 1 + rnd(6);
	for (size_t i = 0; i < r->n; i++) {
		struct rv_predicted *e = &r->event[i];

		if (i < labels)
			snprintf(e->label, sizeof e->label, "%s", label[i]);
		else
			snprintf(e->label, sizeof e->label, "event-%zu", i);
		snprintf(e->depends, sizeof e->depends, "nothing");
		e->type = rnd_once(2) ? RV_EV_SEPARATOR : RV_EV_TAG;
		e->known = true;
		e->origin = RV_ORIGIN_COMPUTED;
		rnd_fill(e->digest.b, sizeof e->digest.b);
	}
	r->event[rnd(r->n)].known = !rnd_once(4);
	assert_true(rv_register_replay(r, &err));
}

/* The files that they were computed from; one may not be there. */
static void random_inputs(struct rv_values *v)
{
	static const char *const file[][2] = { { "firmware", "ovmf.fd" },
					       { "kernel", "bzImage" },
					       { "initrd", "initramfs.cpio" },
					       { "metadata",
						 "metadata.json" } };
	size_t without = rnd(8);

	for (size_t i = 0; i < RV_LEN(file); i++) {
		struct rv_input *in = &v->input[v->inputs];

		if (i == without)
			continue;
		snprintf(in->role, sizeof in->role, "%s", file[i][0]);
		snprintf(in->name, sizeof in->name, "%s", file[i][1]);
		in->size = rnd(1 << 20);
		rnd_fill(in->sha256.b, 32);
		v->inputs++;
	}
}

static struct rv_values *random_values(void)
{
	static const char *const rtmr1[] = { "kernel" };
	static const char *const rtmr2[] = { "cmdline", "initrd" };
	struct rv_values *v = calloc(1, sizeof *v);

	assert_non_null(v);
	v->shape = rv_shape_default();
	v->shape.cpus = 1 + (uint32_t)rnd(64);
	v->shape.memory = (uint64_t)(2 + rnd(128)) << 29;
	v->shape.qemu = (struct rv_qemu){ 8, 2, 2 };
	v->shape.ovmf = RV_OVMF_PRE202505;
	if (rnd_once(2)) {
		v->shape.has_cpu_id = true;
		v->shape.cpu_eax = (uint32_t)rnd64();
		v->shape.cpu_edx = (uint32_t)rnd64();
		snprintf(v->shape.smbios_product,
			 sizeof v->shape.smbios_product, "product %zu",
			 rnd(100));
		snprintf(v->shape.smbios_firmware,
			 sizeof v->shape.smbios_firmware, "firmware %zu",
			 rnd(100));
	}
	snprintf(v->edk2, sizeof v->edk2, "edk2-stable202408");
	snprintf(v->edk2_from, sizeof v->edk2_from, "the image");
	random_register(&v->reg[0], NULL, 0);
	random_register(&v->reg[1], rtmr1, RV_LEN(rtmr1));
	random_register(&v->reg[2], rtmr2, RV_LEN(rtmr2));
	v->mrtd.origin = RV_ORIGIN_COMPUTED;
	v->mrtd.has_single = v->mrtd.has_two = v->mrtd.known = true;
	rnd_fill(v->mrtd.single_pass.b, 48);
	rnd_fill(v->mrtd.two_pass.b, 48);
	v->mrtd.page_add = rnd_once(2) ? RV_PAGE_ADD_SINGLE : RV_PAGE_ADD_TWO;
	random_inputs(v);
	v->td_hob_n = 12;
	memcpy(v->td_hob, "\x80\x10\x09\x04\x00\x06\x09\x02\x0b\x02\x10\x10",
	       12);
	return v;
}

/* ---- keys ---- */

struct key {
	struct rv_buf private, public;
};

static void key_free(struct key *k)
{
	rv_buf_free(&k->private);
	rv_buf_free(&k->public);
}

static struct key made_key(unsigned kind)
{
	EVP_PKEY *p = kind == 0	  ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")
		      : kind == 1 ? EVP_EC_gen("P-256")
				  : EVP_EC_gen("P-384");
	struct key k;

	assert_non_null(p);
	k.private = key_pem(p, true);
	k.public = key_pem(p, false);
	EVP_PKEY_free(p);
	return k;
}

/* ---- what must be the same ---- */

static void same_registers(const struct rv_values *a, const struct rv_values *b)
{
	const struct rv_sha384 *x = rv_mrtd_value(&a->mrtd);
	const struct rv_mrtd *m = &b->mrtd;

	assert_non_null(x);
	assert_true(
	    (m->has_single &&
	     memcmp(m->single_pass.b, x->b, sizeof x->b) == 0) ||
	    (m->has_two && memcmp(m->two_pass.b, x->b, sizeof x->b) == 0));
	for (size_t i = 0; i < RV_VALUES_REGISTERS; i++) {
		assert_int_equal(a->reg[i].known, b->reg[i].known);
		if (a->reg[i].known)
			assert_memory_equal(a->reg[i].value.b,
					    b->reg[i].value.b, 48);
	}
}

static void same_text(const struct rv_values *a, const struct rv_values *b)
{
	RV_AUTO(rv_buf_free) struct rv_buf x = { 0 }, y = { 0 };

	assert_true(rv_values_write(a, &x, &err) &&
		    rv_values_write(b, &y, &err));
	assert_true(rv_same(rv_buf_span(&x), rv_buf_span(&y)));
}

/* Read by the right key, by none, and by another one. */
static void read_back(enum rv_format format, const struct rv_values *v,
		      const struct key *key, const struct key *other)
{
	RV_AUTO(rv_free) struct rv_values *back = calloc(1, sizeof *back);
	RV_AUTO(rv_publication_free) struct rv_publication p = { 0 };
	bool sign = rv_format_signs(format);
	struct rv_signature sig = { 0 };

	assert_non_null(back);
	if (!rv_publish(format, v,
			sign ? rv_buf_span(&key->private) : rv_span(NULL, 0),
			&p, &err))
		fail_msg("%s: %s", rv_format_name(format), err.msg);
	if (!rv_publish_read(rv_buf_span(&p.document),
			     sign ? rv_buf_span(&key->public)
				  : rv_span(NULL, 0),
			     back, &sig, &err))
		fail_msg("%s: %s", rv_format_name(format), err.msg);
	assert_int_equal(sig.state, sign ? RV_SIGNED_GOOD : RV_SIGNED_NOT);
	same_registers(v, back);
	if (format == RV_FORMAT_VALUES || format == RV_FORMAT_IN_TOTO ||
	    format == RV_FORMAT_SIGSTORE_BUNDLE)
		same_text(v, back);
	if (!sign)
		return;
	memset(back, 0, sizeof *back);
	assert_true(rv_publish_read(rv_buf_span(&p.document), rv_span(NULL, 0),
				    back, &sig, &err));
	assert_int_equal(sig.state, RV_SIGNED_UNCHECKED);
	same_registers(v, back);
	assert_true(rv_publish_read(rv_buf_span(&p.document),
				    rv_buf_span(&other->public), back, &sig,
				    &err));
	assert_int_equal(sig.state, RV_SIGNED_BAD);
}

static void every_format_that_is_read(void **state)
{
	static const enum rv_format format[] = {
		RV_FORMAT_VALUES, RV_FORMAT_IN_TOTO, RV_FORMAT_SIGSTORE_BUNDLE,
		RV_FORMAT_CORIM, RV_FORMAT_CORIM_SIGNED
	};
	unsigned long long round = 0;

	(void)state;
	while (rnd_round(&round, 30)) {
		RV_AUTO(rv_free) struct rv_values *v = random_values();
		unsigned kind = (unsigned)rnd(3);
		RV_AUTO(key_free) struct key key = made_key(kind);
		RV_AUTO(key_free) struct key other = made_key(kind);

		for (size_t i = 0; i < RV_LEN(format); i++)
			read_back(format[i], v, &key, &other);
	}
}

/* Machines of one image, as many as there are, and in their order. */
static void many_back(enum rv_format format, const struct rv_values *v,
		      size_t n, const struct key *key)
{
	RV_AUTO(rv_values_list_free) struct rv_values_list back = { 0 };
	RV_AUTO(rv_publication_free) struct rv_publication p = { 0 };
	bool sign = rv_format_signs(format);
	struct rv_signature sig = { 0 };
	static struct rv_values one;

	if (!rv_publish_all(
		format, v, n,
		sign ? rv_buf_span(&key->private) : rv_span(NULL, 0), &p, &err))
		fail_msg("%s: %s", rv_format_name(format), err.msg);
	if (!rv_publish_read_all(rv_buf_span(&p.document),
				 sign ? rv_buf_span(&key->public)
				      : rv_span(NULL, 0),
				 &back, &sig, &err))
		fail_msg("%s: %s", rv_format_name(format), err.msg);
	assert_int_equal(sig.state, sign ? RV_SIGNED_GOOD : RV_SIGNED_NOT);
	assert_int_equal(back.n, n);
	for (size_t i = 0; i < n; i++) {
		same_registers(&v[i], &back.item[i]);
		if (rv_format_whole(format))
			same_text(&v[i], &back.item[i]);
	}
	/* Whoever asks for one machine's is never given the first of many. */
	assert_false(rv_publish_read(rv_buf_span(&p.document), rv_span(NULL, 0),
				     &one, &sig, &err));
	assert_int_equal(err.code, RV_INPUT);
}

static void machines_of_one_image(void **state)
{
	static const enum rv_format format[] = {
		RV_FORMAT_VALUES, RV_FORMAT_IN_TOTO, RV_FORMAT_SIGSTORE_BUNDLE,
		RV_FORMAT_CORIM, RV_FORMAT_CORIM_SIGNED
	};
	RV_AUTO(key_free) struct key key = made_key(0);
	unsigned long long round = 0;

	(void)state;
	while (rnd_round(&round, 30)) {
		RV_AUTO(rv_values_list_free) struct rv_values_list l = { 0 };
		RV_AUTO(rv_publication_free) struct rv_publication p = { 0 };
		size_t n = 2 + rnd(5);
		struct rv_values *v;

		for (size_t i = 0; i < n; i++) {
			RV_AUTO(rv_free) struct rv_values *r = random_values();

			assert_true(rv_values_list_add(&l, &v, &err));
			*v = *r;
			memcpy(v->input, l.item[0].input, sizeof v->input);
			v->inputs = l.item[0].inputs;
		}
		for (size_t i = 0; i < RV_LEN(format); i++)
			many_back(format[i], l.item, l.n, &key);
		assert_false(rv_publish_all(RV_FORMAT_TCG2, l.item, l.n,
					    rv_span(NULL, 0), &p, &err));
		assert_int_equal(err.code, RV_INPUT);
		l.item[n - 1].input[0].sha256.b[rnd(32)] ^= 1;
		assert_false(rv_publish_all(RV_FORMAT_IN_TOTO, l.item, l.n,
					    rv_span(NULL, 0), &p, &err));
		assert_non_null(strstr(err.msg, "one image"));
	}
}

/* ---- what others read ---- */

/* The predicted log, replayed, has the registers that are known. */
static void log_of_values(const struct rv_values *v)
{
	RV_AUTO(rv_publication_free) struct rv_publication p = { 0 };
	RV_AUTO(rv_replay_free) struct rv_replay r = { 0 };
	RV_AUTO(rv_log_free) struct rv_log log = { 0 };
	enum rv_log_format format;

	if (!v->reg[0].known && !v->reg[1].known && !v->reg[2].known) {
		assert_false(
		    rv_publish(RV_FORMAT_TCG2, v, rv_span(NULL, 0), &p, &err));
		assert_int_equal(err.code, RV_INPUT);
		return;
	}
	if (!rv_publish(RV_FORMAT_TCG2, v, rv_span(NULL, 0), &p, &err) ||
	    !rv_log_read(rv_buf_span(&p.document), &log, &format, &err) ||
	    !rv_replay_run(&log, &r, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(format, RV_LOG_TCG2);
	for (size_t i = 0; i < RV_VALUES_REGISTERS; i++)
		if (v->reg[i].known)
			assert_memory_equal(r.reg.item[i].b, v->reg[i].value.b,
					    48);
		else
			assert_true(p.left_out[0]);
}

/* The message has each known digest, and none of what is not known. */
static void message_of_values(const struct rv_values *v)
{
	RV_AUTO(rv_publication_free) struct rv_publication p = { 0 };
	RV_AUTO(rv_json_free) rv_json *j = NULL, *payload = NULL;
	RV_AUTO(rv_buf_free) struct rv_buf inner = { 0 };
	struct rv_span text;

	if (!rv_publish(RV_FORMAT_RVPS, v, rv_span(NULL, 0), &p, &err) ||
	    !rv_json_parse(rv_buf_span(&p.document), "message", &j, &err))
		fail_msg("%s", err.msg);
	text = rv_json_text(rv_json_get(j, "payload"));
	assert_true(rv_unbase64(text, "payload", &inner, &err));
	assert_true(
	    rv_json_parse(rv_buf_span(&inner), "payload", &payload, &err));
	for (size_t i = 0; i < RV_VALUES_REGISTERS; i++) {
		char name[16], hex[97];
		const rv_json *list;

		snprintf(name, sizeof name, "rtmr_%zu", i);
		list = rv_json_get(payload, name);
		assert_int_equal(list != NULL, v->reg[i].known);
		if (!list)
			continue;
		rv_hex(rv_span(v->reg[i].value.b, 48), hex);
		assert_true(
		    rv_same_text(rv_json_text(rv_json_at(list, 0)), hex));
	}
}

static const struct rv_input *input_of(const struct rv_values *v,
				       const char *role)
{
	for (size_t i = 0; i < v->inputs; i++)
		if (strcmp(v->input[i].role, role) == 0)
			return &v->input[i];
	return NULL;
}

static bool has_event(const struct rv_register *r, size_t at)
{
	return r->n > at && r->event[at].known;
}

/* All that measurement.tdx.cbor and its sha256sum.txt need. */
static bool is_whole(const struct rv_values *v)
{
	return has_event(&v->reg[1], 0) && has_event(&v->reg[2], 0) &&
	       has_event(&v->reg[2], 1) && input_of(v, "firmware") &&
	       input_of(v, "kernel") && input_of(v, "initrd") &&
	       (v->shape.memory == (uint64_t)2 << 30 ||
		v->shape.memory >= (uint64_t)2816 << 20);
}

static void same_sum(const struct rv_checksums *sums, const char *name,
		     const struct rv_sha256 *want)
{
	const struct rv_checksum *line = rv_checksums_find(sums, name);

	assert_non_null(line);
	assert_memory_equal(line->sha256.b, want->b, 32);
}

/* sha256sum.txt has each file that there was, and the document itself. */
static void same_sums(const struct rv_values *v, const struct rv_publication *p)
{
	struct rv_checksums sums;
	struct rv_sha256 own;

	assert_true(
	    rv_checksums_parse(rv_buf_span(&p->checksums), &sums, &err));
	assert_true(rv_sha256(rv_buf_span(&p->document), &own, &err));
	same_sum(&sums, "measurement.tdx.cbor", &own);
	for (size_t i = 0; i < v->inputs; i++)
		same_sum(&sums, v->input[i].name, &v->input[i].sha256);
	assert_int_equal(sums.n, v->inputs + 1);
}

/* measurement.tdx.cbor, just where the values have all that it needs. */
static bool document_of_values(const struct rv_values *v)
{
	RV_AUTO(rv_free) struct rv_document *d = calloc(1, sizeof *d);
	RV_AUTO(rv_publication_free) struct rv_publication p = { 0 };
	bool whole = is_whole(v);

	assert_non_null(d);
	assert_int_equal(
	    rv_publish(RV_FORMAT_DSTACK, v, rv_span(NULL, 0), &p, &err), whole);
	if (!whole) {
		assert_int_equal(err.code, RV_INPUT);
		assert_int_equal(p.document.n + p.checksums.n, 0);
		return false;
	}
	assert_true(rv_document_read(rv_buf_span(&p.document), d, &err));
	assert_int_equal(d->ovmf, v->shape.ovmf);
	assert_int_equal(d->td_hob_n, v->td_hob_n);
	assert_memory_equal(d->td_hob, v->td_hob, v->td_hob_n);
	assert_memory_equal(d->single_pass.b, v->mrtd.single_pass.b, 48);
	assert_memory_equal(d->two_pass.b, v->mrtd.two_pass.b, 48);
	assert_memory_equal(d->kernel_authenticode.b,
			    v->reg[1].event[0].digest.b, 48);
	assert_memory_equal(d->cmdline_sha384.b, v->reg[2].event[0].digest.b,
			    48);
	assert_memory_equal(d->initrd_sha384.b, v->reg[2].event[1].digest.b,
			    48);
	same_sums(v, &p);
	return true;
}

static void every_format_that_others_read(void **state)
{
	unsigned long long round = 0;
	size_t documents = 0;

	(void)state;
	while (rnd_round(&round, 200)) {
		RV_AUTO(rv_free) struct rv_values *v = random_values();

		log_of_values(v);
		message_of_values(v);
		documents += document_of_values(v);
	}
	assert_true(documents > 20 || round < 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		property(every_format_that_is_read),
		property(machines_of_one_image),
		property(every_format_that_others_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
