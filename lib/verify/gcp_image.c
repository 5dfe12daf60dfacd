/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gcp_image.c - which image a machine of Google Cloud booted. From the disk
 * itself RTMR1, RTMR2 and the vTPM's PCR2 follow. measurement.gcp.cbor has one
 * digest, of the unified kernel image, and by that alone a place in a list of
 * events proves nothing: a machine without a partition table could have another
 * program load that image, and not run it. So the list must be shown to be of
 * just the events that a machine has which boots it from such a table.
 */
#include "gcp.h"
#include "json.h"

#include <stdlib.h>

static const char document_name[] = "measurement.gcp.cbor";

/* What is expected. */
struct expected {
	bool given; /* some reference is */
	bool has_hash, has_auth;
	struct rv_sha256 hash; /* os_image_hash */
	struct rv_sha256 auth; /* Authenticode of the kernel image */
	const char *from;
	const struct rv_gcp_boot *boot; /* of a disk, or of values of one */
	struct rv_gcp_boot own;		/* of values */
	const char *boot_from;
	struct rv_values values; /* for the comparison of registers */
};

/* ---- what is expected ---- */

static void expect_auth(struct expected *x, const struct rv_sha256 *auth,
			const char *from)
{
	x->has_auth = true;
	x->auth = *auth;
	x->from = from;
}

static void expect_hash(struct expected *x, bool has,
			const struct rv_sha256 *hash)
{
	x->has_hash = has;
	x->hash = *hash;
}

static bool from_image(const struct rv_verify_job *j, struct expected *x,
		       struct rv_err *err)
{
	const struct rv_image *i = j->in->image;
	const struct rv_image_file *f = rv_image_find(i, document_name);
	struct rv_sha256 auth;
	size_t n;

	expect_hash(x, i->has_os_image_hash, &i->os_image_hash);
	if (!rv_image_documents(i, &n, err))
		return false;
	if (!f)
		return true;
	if (!rv_gcp_document(rv_buf_span(&f->data), &auth, err))
		return false;
	expect_auth(x, &auth, document_name);
	return true;
}

static void from_platforms(const struct rv_values_platforms *p,
			   const char *from, struct expected *x)
{
	if (p->has_gcp)
		expect_auth(x, &p->uki_auth, from);
}

/* What was computed of a kernel image, with a disk's partition table or not. */
static bool from_boot(const struct rv_boot_values *v, const char *said,
		      struct expected *x, struct rv_err *err)
{
	if (!rv_gcp_boot_of(v, &x->own, err))
		return rv_in(err, "%s", said);
	expect_auth(x, &x->own.uki_auth, "the values");
	x->values = x->own.values;
	x->boot_from = "the values";
	if (x->own.whole)
		x->boot = &x->own;
	return true;
}

/* measurement.gcp.cbor itself, or values in a form that names the image. */
static bool from_values(struct rv_verify_job *j, struct expected *x,
			struct rv_err *err)
{
	const struct rv_verify_input *in = j->in;
	const char *said = in->values_name ? in->values_name : "values";
	RV_AUTO(rv_free) struct rv_values *v = calloc(1, sizeof *v);
	RV_AUTO(rv_free) struct rv_boot_values *boot = NULL;
	struct rv_sha256 auth;

	if (!v)
		return rv_no_memory(err, "reference values");
	if (!rv_verify_boot_values(j, RV_BOOT_GCP, &boot, err))
		return false;
	if (boot)
		return from_boot(boot, said, x, err);
	if (rv_publish_form(*in->values)) {
		if (!rv_verify_image_of_values(j, v, err))
			return false;
		expect_hash(x, v->has_os_image_hash, &v->os_image_hash);
		from_platforms(&v->platforms, "the values", x);
		return true;
	}
	if (!rv_gcp_document(*in->values, &auth, err))
		return rv_in(err, "%s", said);
	expect_auth(x, &auth, said);
	rv_verify_unsigned(j, document_name);
	return true;
}

/* The document that the machine has, where the expected hash lists it. */
static bool listed(const rv_json *all, struct expected *x, struct rv_err *err)
{
	const rv_json *own = rv_json_get(all, "gcp_measurement");
	RV_AUTO(rv_buf_free) struct rv_buf sums = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf doc = { 0 };
	struct rv_span text, list;
	struct rv_sha256 hash, auth;

	if (!own)
		return true;
	if (!rv_json_need_text(own, "measurement", &text, err) ||
	    !rv_json_need_text(own, "checksum_file", &list, err) ||
	    !rv_unbase64(text, "measurement", &doc, err) ||
	    !rv_unbase64(list, "checksum_file", &sums, err) ||
	    !rv_document_listed(document_name, rv_buf_span(&doc),
				rv_buf_span(&sums), &hash, err) ||
	    !rv_gcp_document(rv_buf_span(&doc), &auth, err))
		return false;
	if (memcmp(hash.b, x->hash.b, sizeof hash.b) == 0)
		expect_auth(x, &auth,
			    "measurement.gcp.cbor of the evidence, which the"
			    " expected os_image_hash lists");
	return true;
}

/* It comes from the host: what cannot be read is as if it were not there. */
static bool from_hash(const struct rv_verify_job *j, struct expected *x,
		      struct rv_err *err)
{
	struct rv_span config = rv_buf_span(&j->out->evidence->vm_config);
	RV_AUTO(rv_json_free) rv_json *all = NULL;
	struct rv_err why = { 0 };

	if (!x->has_hash || x->has_auth || !config.n)
		return true;
	if ((!rv_json_parse(config, "vm_config", &all, &why) ||
	     !listed(all, x, &why)) &&
	    why.code == RV_SYSTEM) {
		*err = why;
		return false;
	}
	return true;
}

/* Beside a document the disk must be the one that it is of. */
static bool from_disk(const struct rv_verify_job *j, struct expected *x,
		      struct rv_err *err)
{
	const struct rv_gcp_boot *b = j->in->boot;

	if (x->has_auth && memcmp(x->auth.b, b->uki_auth.b, sizeof x->auth.b))
		return rv_fail(err, RV_INPUT,
			       "%s: the kernel image on the disk is not the one"
			       " that %s",
			       j->in->image_name ? j->in->image_name : "disk",
			       x->boot_from ? "the values have"
					    : "measurement.gcp.cbor names");
	if (x->boot && memcmp(x->boot->pcr2.b, b->pcr2.b, sizeof b->pcr2.b))
		return rv_fail(err, RV_INPUT,
			       "%s: not the disk that the values are of",
			       j->in->image_name ? j->in->image_name : "disk");
	expect_auth(x, &b->uki_auth, "the disk");
	x->boot_from = "the disk";
	x->boot = b;
	x->values = b->values;
	return true;
}

static bool read_expected(struct rv_verify_job *j, struct expected *x,
			  struct rv_err *err)
{
	const struct rv_verify_input *in = j->in;

	if (!rv_verify_one_reference(in, &x->given, err))
		return false;
	x->given = x->given || in->boot;
	if (in->image && !from_image(j, x, err))
		return in->image_name ? rv_in(err, "%s", in->image_name)
				      : false;
	if (in->values && !from_values(j, x, err))
		return false;
	if (in->release) {
		if (!rv_verify_release(j, err))
			return false;
		expect_hash(x, j->release->has_os_image_hash,
			    &j->release->os_image_hash);
		from_platforms(&j->release->platforms, "the record", x);
	}
	if (in->boot && !from_disk(j, x, err))
		return false;
	if (!from_hash(j, x, err))
		return false;
	x->values.has_os_image_hash = x->has_hash;
	x->values.os_image_hash = x->hash;
	return true;
}

/* ---- PCR2 by one digest ---- */

static const uint8_t separator[4];

static bool is_sha384(const struct rv_event *e, struct rv_span of, bool *yes,
		      struct rv_err *err)
{
	struct rv_sha384 d;

	if (!rv_sha384(of, &d, err))
		return false;
	*yes = e->has_digest && memcmp(d.b, e->digest.b, sizeof d.b) == 0;
	return true;
}

/*
 * RTMR1's log, which the quote confirms: firmware starts one program, of a disk
 * that has a partition table, and that program ends firmware. *@why is NULL
 * when it is so; *@table is the event's own bytes.
 */
static bool rtmr1_form(const struct rv_verify_job *j, size_t events,
		       const char **why, struct rv_span *table,
		       struct rv_err *err)
{
	enum { ACTION, SEPARATOR, TABLE, KERNEL_IMAGE, FIXED = 4, ENDS = 2 };
	const struct rv_log *log = &j->out->evidence->log;
	const struct rv_event *e[FIXED + 1 + ENDS];
	size_t n = 0, want = FIXED + (events == RV_GCP_PCR2_EVENTS) + ENDS;
	bool good[5];

	*why = "the log of RTMR1 has other events than a machine that boots one"
	       " program from a partition table";
	for (size_t i = 0; i < log->n; i++) {
		if (log->event[i].imr != 1)
			continue;
		if (n == want)
			return true;
		e[n++] = &log->event[i];
	}
	if (!n)
		*why = "nothing shows that PCR2's second event is a partition"
		       " table: the log is without RTMR1's events, which have"
		       " its bytes";
	if (n != want)
		return true;
	*table = rv_buf_span(&e[TABLE]->payload);
	if (!rv_gpt_is_event(*table)) {
		*why = "nothing shows that PCR2's second event is a partition"
		       " table: RTMR1's log does not have its bytes";
		return true;
	}
	if (!is_sha384(e[ACTION],
		       rv_text("Calling EFI Application from Boot Option"),
		       &good[0], err) ||
	    !is_sha384(e[SEPARATOR], rv_span(separator, sizeof separator),
		       &good[1], err) ||
	    !is_sha384(e[TABLE], *table, &good[2], err) ||
	    !is_sha384(e[n - 2], rv_text("Exit Boot Services Invocation"),
		       &good[3], err) ||
	    !is_sha384(e[n - 1],
		       rv_text("Exit Boot Services Returned with Success"),
		       &good[4], err))
		return false;
	if (good[0] && good[1] && good[2] && good[3] && good[4])
		*why = NULL;
	return true;
}

/*
 * RTMR2's log: what the stub measures of the image's own sections, name and
 * contents by turns. Whatever was added from elsewhere shows as another name.
 */
static bool rtmr2_form(const struct rv_verify_job *j, const char **why,
		       struct rv_err *err)
{
	const struct rv_log *log = &j->out->evidence->log;
	size_t n = 0, part = 0;

	*why = "RTMR2 holds something beside the sections of one kernel image";
	for (size_t i = 0; i < log->n; i++) {
		const struct rv_event *e = &log->event[i];
		bool yes = n & 1;

		if (e->imr != 2)
			continue;
		for (n++; !yes && part < RV_UKI_PARTS; part++) {
			const char *name =
			    rv_uki_part_name((enum rv_uki_part)part);

			if (!is_sha384(e, rv_span(name, strlen(name) + 1), &yes,
				       err))
				return false;
		}
		if (!yes)
			return true;
	}
	if (!n)
		*why = "the log is without RTMR2's events: nothing shows that"
		       " the image got no other command line";
	else if (!(n & 1))
		*why = NULL;
	return true;
}

static bool replays(const struct rv_verify_job *j, const char *name)
{
	struct rv_span got = rv_quote_field(&j->out->quote, name);

	return j->out->has_log &&
	       rv_replay_match(&j->out->evidence->log, &j->out->replay, name,
			       got) == RV_MATCH_EQUAL;
}

/* PCR2's events of the vTPM's log: how many, at most @room of them. */
static size_t pcr2_events(const struct rv_verify_job *j,
			  const struct rv_event **out, size_t room)
{
	const struct rv_log *log = &j->out->evidence->vtpm.log;
	size_t n = 0;

	for (size_t i = 0; i < log->n; i++)
		if (log->event[i].imr == 2 && n++ < room)
			out[n - 1] = &log->event[i];
	return n;
}

static bool is_digest(const struct rv_event *e, const struct rv_sha256 *d)
{
	return memcmp(e->digest.b, d->b, sizeof d->b) == 0;
}

/* NULL in *@why: the events are those of this image, booted from a table. */
static bool pcr2_form(const struct rv_verify_job *j,
		      const struct rv_event *const *e, size_t n,
		      const char **why, struct rv_err *err)
{
	struct rv_sha256 first, second;
	struct rv_span table = { 0 };

	if (!rtmr1_form(j, n, why, &table, err) || *why)
		return *why != NULL;
	if (!rv_sha256(rv_span(separator, sizeof separator), &first, err) ||
	    !rv_sha256(table, &second, err))
		return false;
	if (!is_digest(e[0], &first) || !is_digest(e[1], &second)) {
		*why = "PCR2 does not begin with a separator and the partition"
		       " table of RTMR1's log";
		return true;
	}
	if (!rtmr2_form(j, why, err) || *why)
		return *why != NULL;
	if (!replays(j, "rtmr1") || !replays(j, "rtmr2"))
		*why = "the log does not give RTMR1 and RTMR2 of the quote";
	return true;
}

/* By the third event, where all others are shown to be what they must. */
static bool by_document(const struct rv_verify_job *j, const struct expected *x,
			struct rv_report *r, struct rv_check *c,
			struct rv_err *err)
{
	const struct rv_event *e[RV_GCP_PCR2_EVENTS];
	size_t n = pcr2_events(j, e, RV_LEN(e));
	const char *why = NULL;

	rv_report_set(r, &c->from, "%s", x->from);
	rv_report_rests(c, "pcr2_log");
	c->verdict = RV_CANNOT_TELL;
	if (!n) {
		rv_report_set(r, &c->reason,
			      "the vTPM's log is without PCR2's events");
		return true;
	}
	if (n < 3 || n > RV_LEN(e)) {
		rv_report_set(r, &c->reason,
			      "PCR2 has %zu events, and one program booted from"
			      " a partition table gives 4, or 3 where its stub"
			      " starts the kernel by itself",
			      n);
		return true;
	}
	if (!is_digest(e[2], &x->auth)) {
		c->verdict = RV_DIFFERS;
		rv_report_set(r, &c->reason,
			      "another kernel image was booted: the third event"
			      " is not its Authenticode digest");
		return true;
	}
	if (!pcr2_form(j, e, n, &why, err))
		return false;
	c->verdict = why ? RV_CANNOT_TELL : RV_YES;
	rv_report_set(r, &c->reason, "%s%s",
		      why ? why
			  : "separator, partition table, this kernel image",
		      why      ? ""
		      : n == 4 ? " and the kernel that its stub loads"
			       : ", whose stub starts the kernel by itself");
	return true;
}

static void by_disk(const struct rv_verify_job *j, const struct expected *x,
		    const struct rv_sha256 *got, struct rv_report *r,
		    struct rv_check *c)
{
	static const char *const part[] = { "the separator",
					    "the partition table",
					    "the kernel image", "the kernel" };
	const struct rv_event *e[RV_GCP_PCR2_EVENTS];
	const struct rv_gcp_boot *b = x->boot;
	size_t n = pcr2_events(j, e, RV_LEN(e)), i = 0;

	rv_report_set(r, &c->from, "%s", x->boot_from);
	rv_report_set_hex(r, &c->expected, rv_span(b->pcr2.b, 32));
	c->verdict =
	    memcmp(b->pcr2.b, got->b, sizeof got->b) == 0 ? RV_YES : RV_DIFFERS;
	while (i < n && i < b->pcr2_events &&
	       is_digest(e[i], &b->pcr2_event[i]))
		i++;
	if (c->verdict == RV_YES)
		rv_report_set(r, &c->reason,
			      "of this disk, with its partition table and %s",
			      b->stub);
	else
		rv_report_set(
		    r, &c->reason, "another disk was booted%s%s",
		    n && i < b->pcr2_events ? ": the first difference is " : "",
		    n && i < b->pcr2_events ? part[i] : "");
}

static bool check_pcr2(struct rv_verify_job *j, const struct expected *x,
		       struct rv_err *err)
{
	const struct rv_sha256 *got = rv_gcp_pcr(j, 2);
	struct rv_report *r = &j->out->report;
	struct rv_check *c;

	rv_gcp_check_log(j, 2, RV_LAYER_OS);
	c = rv_report_add(r, RV_LAYER_OS, "pcr2", RV_UNCHECKED);
	rv_report_rests(c, "vtpm_pcrs");
	if (got)
		rv_report_set_hex(r, &c->actual, rv_span(got->b, 32));
	if (!x->given) {
		rv_report_set(r, &c->reason, "no image is expected");
		return true;
	}
	if (!got || (!x->boot && !x->has_auth)) {
		c->verdict = RV_CANNOT_TELL;
		rv_report_set(r, &c->reason, "%s",
			      !got	    ? "the vTPM did not sign it"
			      : x->has_hash ? "the evidence has no"
					      " measurement.gcp.cbor that the"
					      " expected os_image_hash lists,"
					      " and none was given"
					    : "the reference has no"
					      " measurement.gcp.cbor");
		return true;
	}
	if (!x->boot)
		return by_document(j, x, r, c, err);
	by_disk(j, x, got, r, c);
	return true;
}

/* ---- the registers of the quote ---- */

static struct rv_check *called(struct rv_report *r, size_t from,
			       const char *name)
{
	for (size_t i = from; i < r->n; i++)
		if (r->check[i].name && strcmp(r->check[i].name, name) == 0)
			return &r->check[i];
	return NULL;
}

/* What nothing here predicts is not what should have been compared. */
static void not_predicted(struct rv_report *r, size_t from, const char *name,
			  const char *why)
{
	struct rv_check *c = called(r, from, name);

	if (!c || (c->verdict != RV_CANNOT_TELL && c->verdict != RV_UNCHECKED))
		return;
	c->verdict = RV_UNCHECKED;
	rv_report_set(r, &c->reason, "%s", why);
}

static void drop(struct rv_report *r, size_t from, const char *name)
{
	struct rv_check *c = called(r, from, name);
	struct rv_report one = { 0 };

	if (!c)
		return;
	one.check = malloc(sizeof *c);
	if (!one.check) {
		r->failed = true;
		return;
	}
	one.check[0] = *c;
	one.n = 1;
	memmove(c, c + 1, (size_t)(r->check + r->n - (c + 1)) * sizeof *c);
	r->n--;
	rv_report_free(&one);
}

static void amend(const struct rv_verify_job *j, const struct expected *x,
		  size_t from)
{
	static const char by_pcr2[] =
	    "measurement.gcp.cbor has the kernel image's SHA-256 alone: PCR2 is"
	    " compared with it; a disk gives this register, too";
	static const char no_auth[] =
	    "no measurement.gcp.cbor is known, and that would have the kernel"
	    " image's SHA-256 alone: a disk gives this register";
	static const char no_table[] =
	    "the values are without a disk's partition table: PCR2 is compared"
	    " with the kernel image's SHA-256";
	static const char *const registers[] = { "rtmr1", "rtmr2" };
	static const char *const logged[] = { "compose_hash", "os_image_hash" };
	const char *why = !x->given	? "no image is expected"
			  : x->has_auth ? by_pcr2
					: no_auth;
	struct rv_report *r = &j->out->report;

	/* MRTD has its own check, by Google's word. */
	drop(r, from, "mrtd");
	not_predicted(r, from, "rtmr0",
		      "of the devices and variables that Google gives the"
		      " machine: its log is replayed, no value is known");
	if (!x->boot) {
		not_predicted(r, from, "rtmr1", x->boot_from ? no_table : why);
		not_predicted(r, from, "rtmr2", why);
	}
	for (size_t i = 0; i < RV_LEN(registers); i++) {
		struct rv_check *c = called(r, from, registers[i]);

		if (c && c->from && x->boot_from)
			rv_report_set(r, &c->from, "%s", x->boot_from);
		/* They prove software where firmware is that of Google. */
		if (c && c->verdict == RV_YES)
			rv_report_rests(c, "vtpm_quote");
	}
	for (size_t i = 0; i < RV_LEN(logged); i++) {
		struct rv_check *c = called(r, from, logged[i]);

		if (c && c->verdict == RV_YES)
			rv_verify_rests_on_log(j, c);
	}
}

static bool compare(struct rv_verify_job *j, const struct expected *x,
		    struct rv_err *err)
{
	const struct rv_verified *out = j->out;
	const struct rv_quote_policy *policy = j->in->proof.policy;
	size_t before = out->report.n;
	struct rv_diff_input in = {
		.values = x->given ? &x->values : NULL,
		.evidence = out->evidence,
		.quote = &out->quote,
		.replay = out->has_log ? &out->replay : NULL,
		.compose = out->compose,
		.compose_hash = out->compose ? NULL : j->compose_hash,
		.compose_hash_from = rv_verify_compose_from(j),
		.allow_debug = policy && policy->allow & 1u << RV_FLAG_TD_DEBUG,
	};

	rv_verify_signature(j);
	if (!rv_diff_run(&in, &j->out->report, err))
		return false;
	amend(j, x, before);
	return !j->out->report.failed || rv_no_memory(err, "report");
}

static void identify(const struct rv_verify_job *j)
{
	if (j->in->identify)
		rv_verify_no_reference(
		    j,
		    "--image disk.raw, or --values measurement.gcp.cbor of"
		    " the image, or --release of a record with its"
		    " os_image_hash",
		    "");
}

bool rv_verify_gcp_image(struct rv_verify_job *j, struct rv_err *err)
{
	RV_AUTO(rv_free) struct expected *x = calloc(1, sizeof *x);

	if (!x)
		return rv_no_memory(err, "image of Google Cloud");
	if (!read_expected(j, x, err))
		return false;
	rv_verify_choose_compose(j, j->out->replay.claims.compose_hash.value);
	if (!compare(j, x, err) || !check_pcr2(j, x, err))
		return false;
	identify(j);
	return true;
}
