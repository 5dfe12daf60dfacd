/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snp_image.c - which image a SEV-SNP guest was launched from. What is expected
 * is measurement.snp.cbor of an image, or an os_image_hash: that is the digest
 * of a list which names the document, so that both may come from the machine.
 */
#include "verify.h"
#include "json.h"

#include <stdlib.h>

static const char name[] = "measurement.snp.cbor";

/* What is expected, and what the evidence says of itself. */
struct launch {
	bool expected; /* some reference is given */
	bool has_hash, has_image;
	struct rv_sha256 hash; /* os_image_hash */
	const char *from;      /* of the image */
	struct rv_snp_image image;
	/* In vm_config: the host's word, until an expected hash names it. */
	bool has_own;
	struct rv_sha256 own_hash;
	struct rv_snp_image own;
	struct rv_snp_machine machine;
};

/* ---- what is expected ---- */

static void expect_hash(struct launch *l, bool has, const struct rv_sha256 *h)
{
	l->has_hash = has;
	l->hash = *h;
}

static bool from_image(const struct rv_verify_job *j, struct launch *l,
		       struct rv_err *err)
{
	const struct rv_image *i = j->in->image;

	expect_hash(l, i->has_os_image_hash, &i->os_image_hash);
	l->has_image = rv_image_launch(i, &l->image, &l->from, err);
	return l->has_image ||
	       (j->in->image_name ? rv_in(err, "%s", j->in->image_name)
				  : false);
}

static void from_platforms(const struct rv_values_platforms *p,
			   const char *from, struct launch *l)
{
	if (!p->has_snp)
		return;
	l->has_image = true;
	l->image = p->launch;
	l->from = from;
}

/* Values, of one machine or several: they name the image, if it is one. */
static bool named_image(struct rv_verify_job *j, struct launch *l,
			struct rv_err *err)
{
	RV_AUTO(rv_free) struct rv_values *v = calloc(1, sizeof *v);

	if (!v)
		return rv_no_memory(err, "reference values");
	if (!rv_verify_image_of_values(j, v, err))
		return false;
	expect_hash(l, v->has_os_image_hash, &v->os_image_hash);
	from_platforms(&v->platforms, "the values", l);
	return true;
}

/* measurement.snp.cbor itself, or values in a form that names the image. */
static bool from_values(struct rv_verify_job *j, struct launch *l,
			struct rv_err *err)
{
	const struct rv_verify_input *in = j->in;
	const char *said = in->values_name ? in->values_name : "values";
	struct rv_span line;

	if (rv_publish_form(*in->values))
		return named_image(j, l, err);
	l->from = said;
	l->has_image = rv_snp_document(*in->values, &l->image, &line, err);
	rv_verify_unsigned(j, name);
	return l->has_image || rv_in(err, "%s", said);
}

static bool read_expected(struct rv_verify_job *j, struct launch *l,
			  struct rv_err *err)
{
	if (!rv_verify_one_reference(j->in, &l->expected, err))
		return false;
	if (j->in->image)
		return from_image(j, l, err);
	if (j->in->values)
		return from_values(j, l, err);
	if (!j->in->release)
		return true;
	if (!rv_verify_release(j, err))
		return false;
	expect_hash(l, j->release->has_os_image_hash,
		    &j->release->os_image_hash);
	from_platforms(&j->release->platforms, "the record", l);
	return true;
}

/* ---- what the evidence says ---- */

/* The document and the list that names it: whole, or of no use. */
static bool own_document(const rv_json *j, struct launch *l, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf sums = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf doc = { 0 };
	struct rv_span text, list, line;

	if (!rv_json_need_text(j, "measurement", &text, err) ||
	    !rv_json_need_text(j, "checksum_file", &list, err) ||
	    !rv_unbase64(text, "measurement", &doc, err) ||
	    !rv_unbase64(list, "checksum_file", &sums, err) ||
	    !rv_document_listed(name, rv_buf_span(&doc), rv_buf_span(&sums),
				&l->own_hash, err))
		return false;
	l->has_own = rv_snp_document(rv_buf_span(&doc), &l->own, &line, err);
	return l->has_own;
}

static void own_machine(const rv_json *j, struct rv_snp_machine *m)
{
	struct rv_span type = rv_json_text(rv_json_get(j, "vcpu_type"));
	uint64_t n = 0, features = 1;

	for (size_t i = 0; rv_snp_cpu_name(i); i++)
		if (rv_same_text(type, rv_snp_cpu_name(i)))
			m->cpu = rv_snp_cpu(rv_snp_cpu_name(i));
	if (rv_json_uint(rv_json_get(j, "vcpus"), RV_SNP_VCPUS, &n) && n)
		m->vcpus = (uint32_t)n;
	if (rv_json_uint(rv_json_get(j, "guest_features"), UINT32_MAX,
			 &features))
		m->features = features;
}

static bool read_config(struct rv_span config, struct launch *l,
			struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *all = NULL;
	RV_AUTO(rv_json_free) rv_json *own = NULL;
	struct rv_span text;

	if (!rv_json_parse(config, "vm_config", &all, err) ||
	    !rv_json_need_text(all, "sev_snp_measurement", &text, err) ||
	    !rv_json_parse(text, "sev_snp_measurement", &own, err))
		return false;
	own_machine(own, &l->machine);
	return own_document(own, l, err);
}

/*
 * vm_config's sev_snp_measurement, JSON in a string. It comes from the host:
 * what cannot be read of it is as if it were not there.
 */
static bool read_own(const struct rv_verify_job *j, struct launch *l,
		     struct rv_err *err)
{
	struct rv_span config = rv_buf_span(&j->out->evidence->vm_config);
	struct rv_err why = { 0 };

	if (config.n && !read_config(config, l, &why) &&
	    why.code == RV_SYSTEM) {
		*err = why;
		return false;
	}
	return true;
}

/* ---- the checks ---- */

/* The last check is by a document that comes from the machine as well. */
static void no_reference(struct rv_report *r)
{
	struct rv_check *c = &r->check[r->n - 1];
	RV_AUTO(rv_free) char *was = NULL;

	if (r->failed)
		return;
	was = RV_TAKE(c->reason);
	c->verdict = RV_UNCHECKED;
	rv_report_set(r, &c->reason,
		      "by a document of the machine's own, for which nobody"
		      " stands: %s",
		      was ? was : "");
}

/* Nothing was named to compare with: what would have to be given. */
static void identify(const struct rv_verify_job *j, const struct launch *l)
{
	if (j->in->identify)
		rv_verify_no_reference(
		    j,
		    "--values measurement.snp.cbor of the image, --image, or"
		    " --release of a record with its os_image_hash",
		    l->has_own ? "; this machine's own word is above" : "");
}

static bool check_launch(struct rv_verify_job *j, const struct launch *l,
			 struct rv_err *err)
{
	const struct rv_shape *stated = j->in->shape;
	struct rv_snp_machine m = l->machine;
	bool own = !l->expected && l->has_own;
	bool by_hash = !l->has_image && l->has_hash && l->has_own &&
		       memcmp(l->hash.b, l->own_hash.b, 32) == 0;
	struct rv_snp_launch_input in = {
		.proof = &j->out->snp,
		.image = l->has_image	  ? &l->image
			 : by_hash || own ? &l->own
					  : NULL,
		.from = by_hash ? "measurement.snp.cbor of the evidence, which"
				  " the expected os_image_hash lists"
			: own	? "measurement.snp.cbor of the evidence"
				: l->from,
		.expected = l->expected,
		.why = !l->expected ? "no image is expected"
		       : l->has_hash
			   ? "the evidence has no measurement.snp.cbor that the"
			     " expected os_image_hash lists, and none was given"
			   : "the reference has no measurement.snp.cbor",
		.search = true,
	};

	if (stated && stated->cpus)
		m.vcpus = in.vcpus = stated->cpus;
	if (m.vcpus && m.cpu)
		in.machine = &m;
	if (!rv_snp_launch_report(&in, &j->out->report, err))
		return false;
	if (own)
		no_reference(&j->out->report);
	return true;
}

static void check_hash(struct rv_verify_job *j, const struct launch *l)
{
	struct rv_report *r = &j->out->report;
	struct rv_check *c =
	    rv_report_add(r, RV_LAYER_OS, "os_image_hash", RV_UNCHECKED);
	struct rv_span want = rv_span(l->hash.b, sizeof l->hash.b);
	struct rv_span own = rv_span(l->own_hash.b, sizeof l->own_hash.b);

	if (l->has_own)
		rv_report_set_hex(r, &c->actual, own);
	if (l->has_hash)
		rv_report_set_hex(r, &c->expected, want);
	if (!l->has_hash) {
		rv_report_set(r, &c->reason,
			      "no expected os_image_hash is known");
		return;
	}
	if (!l->has_own) {
		c->verdict = l->has_image ? RV_UNCHECKED : RV_CANNOT_TELL;
		rv_report_set(r, &c->reason, "%s",
			      l->has_image
				  ? "the evidence has no list of its image's"
				    " files; the launch digest binds the image"
				  : "the evidence has no list of its image's"
				    " files");
		return;
	}
	rv_report_rests(c, "measurement");
	c->verdict = rv_same(want, own) ? RV_YES : RV_DIFFERS;
	rv_report_set(r, &c->reason, "%s",
		      c->verdict == RV_YES
			  ? "the list that names measurement.snp.cbor has this"
			    " digest"
			  : "the evidence names another image: another release"
			    " or flavour");
}

bool rv_verify_snp_image(struct rv_verify_job *j, struct rv_err *err)
{
	RV_AUTO(rv_free) struct launch *l = calloc(1, sizeof *l);

	if (!l)
		return rv_no_memory(err, "SEV-SNP image");
	/* What dstack launches with. */
	l->machine.features = 1;
	l->machine.cpu = rv_snp_cpu("EPYC-v4");
	if (!read_expected(j, l, err) || !read_own(j, l, err))
		return false;
	rv_verify_signature(j);
	if (!check_launch(j, l, err))
		return false;
	check_hash(j, l);
	identify(j, l);
	return true;
}
