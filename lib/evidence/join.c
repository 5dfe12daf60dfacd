/* SPDX-License-Identifier: Apache-2.0 */
/*
 * join.c - one machine, told of in several places: the parts must agree. Every
 * document, certificate and folder comes through here, so that no second claim
 * is passed over. A log may be shorter than another, as stripped logs are, but
 * what both say must be the same. A contradiction is kept, and makes every
 * answer no.
 */
#include "parts.h"
#include "json.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

/* Both tell of the same event, as far as both tell. */
static bool same_event(const struct rv_event *a, const struct rv_event *b)
{
	return a->imr == b->imr && a->type == b->type &&
	       (!a->has_digest || !b->has_digest ||
		memcmp(a->digest.b, b->digest.b, sizeof a->digest.b) == 0) &&
	       (!*a->name || !*b->name || strcmp(a->name, b->name) == 0) &&
	       (a->version == b->version || !a->has_digest || !b->has_digest) &&
	       (!a->payload.n || !b->payload.n ||
		rv_same(rv_buf_span(&a->payload), rv_buf_span(&b->payload)));
}

/*
 * Is each event of the shorter log in the longer one, those of a register in
 * the same order? Between registers there is none: a log that was put together
 * of two has those of one behind those of another.
 */
static bool same_log(const struct rv_log *a, const struct rv_log *b, size_t *at,
		     const char **name)
{
	const struct rv_log *few = a->n <= b->n ? a : b;
	const struct rv_log *many = a->n <= b->n ? b : a;
	size_t next[RV_VTPM_PCRS] = { 0 }; /* no bank has more */

	for (size_t i = 0; i < few->n; i++) {
		const struct rv_event *e = &few->event[i];
		size_t k = next[e->imr];

		while (k < many->n && !same_event(e, &many->event[k]))
			k++;
		if (k == many->n) {
			*at = i;
			*name = e->name;
			return false;
		}
		next[e->imr] = k + 1;
	}
	return true;
}

static bool differ(struct rv_evidence *to, const char *what, const char *a,
		   const char *b, struct rv_err *err)
{
	char said[256];

	snprintf(said, sizeof said, "%s and %s hold different %s", a, b, what);
	return rv_ev_conflict(to, said, err);
}

static void note(struct ev_origin *origin, enum ev_claim claim,
		 const char *name)
{
	snprintf(origin->of[claim], sizeof origin->of[claim], "%s", name);
}

/*
 * The order of members and blanks do not matter. What is no JSON is the same
 * as nothing; no memory to read it is no difference.
 */
static bool same_json(const struct rv_buf *a, const struct rv_buf *b,
		      bool *same, struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *x = NULL;
	RV_AUTO(rv_json_free) rv_json *y = NULL;
	struct rv_err why = { 0 };

	*same = rv_json_parse(rv_buf_span(a), "vm_config", &x, &why) &&
		rv_json_parse(rv_buf_span(b), "vm_config", &y, &why) &&
		rv_json_same(x, y);
	if (why.code != RV_SYSTEM)
		return true;
	*err = why;
	return false;
}

/* ---- bytes of any length ---- */

/* Intel's collateral is no word of the machine's: the first one is kept. */
static const struct {
	enum ev_claim claim;
	const char *what;
	size_t at;
} buffers[] = {
	{ EV_QUOTE, "quotes", offsetof(struct rv_evidence, quote) },
	{ EV_SNP_REPORT, "SEV-SNP reports",
	  offsetof(struct rv_evidence, snp.report) },
	{ EV_SNP_CONFIG, "mr_config",
	  offsetof(struct rv_evidence, snp.mr_config) },
	{ EV_NITRO_DOCUMENT, "Nitro documents",
	  offsetof(struct rv_evidence, nitro) },
	{ EV_COMPOSE, "app_compose",
	  offsetof(struct rv_evidence, app_compose) },
	{ EV_GPU_BOOT, "boottime_gpu_evidence",
	  offsetof(struct rv_evidence, gpu_boot) },
	{ EV_TLS, "TLS certificates",
	  offsetof(struct rv_evidence, tls.certificate) },
};

static struct rv_buf *buffer(struct rv_evidence *e, size_t i)
{
	return (struct rv_buf *)((char *)e + buffers[i].at);
}

/* Compare; what only @from has is moved by take(). */
static bool join_buffers(struct rv_evidence *to, struct ev_origin *origin,
			 struct rv_evidence *from, const char *name,
			 struct rv_err *err)
{
	for (size_t i = 0; i < RV_LEN(buffers); i++) {
		struct rv_buf *a = buffer(to, i), *b = buffer(from, i);

		if (b->n == 0)
			continue;
		if (a->n == 0)
			note(origin, buffers[i].claim, name);
		else if (!rv_same(rv_buf_span(a), rv_buf_span(b)) &&
			 !differ(to, buffers[i].what,
				 origin->of[buffers[i].claim], name, err))
			return false;
	}
	return true;
}

/*
 * vm_config is what the host says of the machine, and no one signs it. Where it
 * says two things neither is taken: the quote's RTMR0 decides.
 */
static bool join_vm_config(struct rv_evidence *to, struct ev_origin *origin,
			   struct rv_evidence *from, const char *name,
			   struct rv_err *err)
{
	struct rv_buf *a = &to->vm_config, *b = &from->vm_config;
	bool same = true;
	char said[900];

	to->vm_config_disputed |= from->vm_config_disputed;
	if (b->n && !a->n)
		note(origin, EV_VM_CONFIG, name);
	if (a->n && b->n && !same_json(a, b, &same, err))
		return false;
	if (!same) {
		snprintf(said, sizeof said,
			 "%s and %s hold different vm_config, the host's word:"
			 " neither is taken, RTMR0 of the quote decides (%.300s"
			 " and %.300s)",
			 origin->of[EV_VM_CONFIG], name, (const char *)a->p,
			 (const char *)b->p);
		to->vm_config_disputed = true;
		if (!rv_ev_beside(to, said, err))
			return false;
	}
	if (to->vm_config_disputed) {
		rv_buf_free(a);
		rv_buf_free(b);
	}
	return true;
}

/* ---- digests and report_data ---- */

static const struct {
	enum ev_claim claim;
	const char *what;
	size_t at, n;
	size_t has; /* where a bool says that it is there */
} digests[] = {
#define OTHER(claim, what, field, n, flag)                                     \
	{                                                                      \
		claim, what, offsetof(struct rv_evidence, field), n,           \
		    offsetof(struct rv_evidence, flag)                         \
	}
	OTHER(EV_COMPOSE_HASH, "compose_hash", compose_hash, 32,
	      has_claimed_compose_hash),
	OTHER(EV_OS_IMAGE_HASH, "os_image_hash", os_image_hash, 32,
	      has_claimed_os_image_hash),
	OTHER(EV_REPORT_DATA, "report_data", report_data, 64, has_report_data),
	OTHER(EV_RATLS, "keys of RA-TLS certificates", ratls_report_data, 64,
	      has_ratls_report_data),
	OTHER(EV_ASKED, "source.asked", source.asked, 64, source.has_asked),
#undef OTHER
};

static bool has_digest(const struct rv_evidence *e, size_t i)
{
	return *(const bool *)((const char *)e + digests[i].has);
}

static void set_digest(struct rv_evidence *to, const struct rv_evidence *from,
		       size_t i)
{
	memcpy((char *)to + digests[i].at, (const char *)from + digests[i].at,
	       digests[i].n);
	*(bool *)((char *)to + digests[i].has) = true;
}

static bool join_digests(struct rv_evidence *to, struct ev_origin *origin,
			 const struct rv_evidence *from, const char *name,
			 struct rv_err *err)
{
	for (size_t i = 0; i < RV_LEN(digests); i++) {
		enum ev_claim claim = digests[i].claim;

		if (!has_digest(from, i))
			continue;
		if (!has_digest(to, i)) {
			set_digest(to, from, i);
			note(origin, claim, name);
		} else if (memcmp((char *)to + digests[i].at,
				  (const char *)from + digests[i].at,
				  digests[i].n) != 0 &&
			   !differ(to, digests[i].what, origin->of[claim], name,
				   err)) {
			return false;
		}
	}
	return true;
}

static bool same_register(const struct rv_mr *a, const struct rv_mr *b)
{
	return a->alg == b->alg &&
	       rv_same(rv_span(a->b, a->n), rv_span(b->b, b->n));
}

/* Register by register: what a document claims of them. */
static bool join_registers(struct rv_evidence *to, struct ev_origin *origin,
			   const struct rv_evidence *from, const char *name,
			   struct rv_err *err)
{
	for (size_t i = 0; i < from->claimed.n; i++) {
		const struct rv_mr *mr = &from->claimed.item[i];
		const struct rv_mr *mine = rv_mrs_find(&to->claimed, mr->name);
		size_t at =
		    mine ? (size_t)(mine - to->claimed.item) : to->claimed.n;

		if (!mine) {
			if (!rv_mrs_set(&to->claimed, mr->name, mr->alg,
					rv_span(mr->b, mr->n)))
				return rv_fail(err, RV_INPUT, "%s: no room",
					       mr->name);
			snprintf(origin->reg[at], sizeof origin->reg[at], "%s",
				 name);
		} else if (!same_register(mine, mr) &&
			   !differ(to, mr->name, origin->reg[at], name, err)) {
			return false;
		}
	}
	return true;
}

/* ---- the log ---- */

/* The registers that it has events of, one bit each. */
static uint32_t told(const struct rv_log *log)
{
	uint32_t mask = 0;

	for (size_t i = 0; i < log->n; i++)
		mask |= 1u << log->event[i].imr;
	return mask;
}

/* A firmware's log, and one of what it does not tell of. */
static bool disjoint(const struct rv_log *a, const struct rv_log *b)
{
	return a->bank == b->bank && (a->open || b->open) &&
	       !(told(a) & told(b));
}

static bool append(struct rv_log *to, const struct rv_event *e,
		   struct rv_err *err)
{
	struct ev_in in = { .imr = e->imr,
			    .type = e->type,
			    .version = e->version,
			    .digest =
				rv_span(e->digest.b, e->has_digest ? 48 : 0),
			    .name = rv_text(e->name),
			    .payload = rv_buf_span(&e->payload),
			    .preimage = rv_buf_span(&e->preimage) };

	return rv_ev_push(to, &in, err);
}

/* Registers that only the second log tells of are told of by it. */
static bool join_registers_of(struct rv_log *to, const struct rv_log *from,
			      struct rv_err *err)
{
	uint32_t mine = told(to);

	if (to->bank != RV_BANK_TDX)
		return true;
	for (size_t i = 0; i < from->n; i++) {
		const struct rv_event *e = &from->event[i];

		if (mine & 1u << e->imr)
			continue;
		if (!append(to, e, err))
			return false;
		to->open &= (uint8_t) ~(~from->open & 1u << e->imr);
	}
	return true;
}

/* IMA's list goes on where the other log ends; two of them are no one's. */
static bool join_ima(struct rv_evidence *to, struct rv_evidence *from,
		     struct rv_err *err)
{
	if (to->log_format == from->log_format)
		return rv_ev_conflict(to, "two lists of IMA", err);
	if (to->log_format == RV_LOG_IMA) {
		struct rv_log list = RV_TAKE(to->log);

		to->log = RV_TAKE(from->log);
		to->log_format = from->log_format;
		from->log = list;
	}
	if (from->log.bank != to->log.bank)
		return rv_ev_conflict(
		    to, "IMA's list beside the event log of a TPM", err);
	for (size_t i = 0; i < from->log.n; i++)
		if (!append(&to->log, &from->log.event[i], err))
			return false;
	to->log.open &= (uint8_t)~told(&from->log);
	return true;
}

static bool join_log(struct rv_evidence *to, struct ev_origin *origin,
		     struct rv_evidence *from, const char *name,
		     struct rv_err *err)
{
	const char *event;
	char said[256];
	size_t at;

	if (from->log_format == RV_LOG_NONE)
		return true;
	if (to->log_format == RV_LOG_NONE) {
		to->log_format = from->log_format;
		rv_log_free(&to->log);
		to->log = RV_TAKE(from->log);
		note(origin, EV_LOG, name);
		return true;
	}
	if (from->log_format == RV_LOG_IMA || to->log_format == RV_LOG_IMA)
		return join_ima(to, from, err);
	if (disjoint(&to->log, &from->log) ||
	    same_log(&to->log, &from->log, &at, &event))
		return join_registers_of(&to->log, &from->log, err);
	snprintf(said, sizeof said,
		 "%s and %s hold different event logs, from event %zu%s%.60s"
		 " on",
		 origin->of[EV_LOG], name, at, *event ? " " : "", event);
	return rv_ev_conflict(to, said, err);
}

/* ---- a quote that stands in for one ---- */

/* Without the quote of the agent's own certificate, and what that is of. */
static void drop_quote(struct rv_evidence *e)
{
	rv_buf_free(&e->quote);
	e->stand_in = false;
	e->has_ratls_report_data = false;
	e->has_report_data = false;
}

/*
 * The agent's certificate has a quote of its own, for its own key. Beside
 * another one of the same machine it says nothing more; one of another machine
 * is left, to contradict.
 */
static void drop_stand_in(struct rv_evidence *to, struct rv_evidence *from)
{
	if (to->stand_in == from->stand_in || !to->quote.n || !from->quote.n ||
	    !rv_ev_same_machine(rv_buf_span(&to->quote),
				rv_buf_span(&from->quote)))
		return;
	drop_quote(to->stand_in ? to : from);
}

/* ---- all of it ---- */

/* The same reports with the same chains, in the same order. */
static bool same_gpus(const struct rv_gpu_evidence *a,
		      const struct rv_gpu_evidence *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!rv_same(rv_buf_span(&a->device[i].report),
			     rv_buf_span(&b->device[i].report)) ||
		    !rv_same(rv_buf_span(&a->device[i].chain),
			     rv_buf_span(&b->device[i].chain)))
			return false;
	return true;
}

static bool join_gpus(struct rv_evidence *to, struct ev_origin *origin,
		      struct rv_evidence *from, const char *name,
		      struct rv_err *err)
{
	if (!from->gpu.there)
		return true;
	if (!to->gpu.there) {
		rv_gpu_evidence_free(&to->gpu);
		to->gpu = RV_TAKE(from->gpu);
		note(origin, EV_GPU, name);
		return true;
	}
	return same_gpus(&to->gpu, &from->gpu) ||
	       differ(to, "GPU evidence", origin->of[EV_GPU], name, err);
}

/* Who signed what is evidence: one of these at most. */
static const struct {
	enum rv_attester attester;
	enum ev_claim claim;
	size_t at;
} signed_by[] = {
	{ RV_ATTESTER_TDX, EV_QUOTE, offsetof(struct rv_evidence, quote) },
	{ RV_ATTESTER_SNP, EV_SNP_REPORT,
	  offsetof(struct rv_evidence, snp.report) },
	{ RV_ATTESTER_NITRO, EV_NITRO_DOCUMENT,
	  offsetof(struct rv_evidence, nitro) },
};

static size_t signer(const struct rv_evidence *e)
{
	size_t i = 0;

	while (i < RV_LEN(signed_by) &&
	       !((const struct rv_buf *)((const char *)e + signed_by[i].at))->n)
		i++;
	return i;
}

/* A machine is of one maker: what one signs, no other can. */
static bool join_attesters(struct rv_evidence *to,
			   const struct ev_origin *origin,
			   struct rv_evidence *from, const char *name,
			   struct rv_err *err)
{
	size_t a = signer(to), b = signer(from);

	if (from->attester != RV_ATTESTER_TDX)
		to->attester = from->attester;
	for (size_t i = 0; i < from->vtpm.files; i++)
		if (!rv_ev_vtpm_file(rv_buf_span(&from->vtpm.file[i]), to, err))
			return false;
	to->unbound += from->unbound;
	for (size_t i = 0; i < from->snp.certs; i++)
		if (!rv_ev_snp_cert(rv_buf_span(&from->snp.cert[i]), to, err))
			return false;
	if (a == b || a == RV_LEN(signed_by) || b == RV_LEN(signed_by))
		return true;
	return differ(to, "platforms' signatures",
		      origin->of[signed_by[a].claim], name, err);
}

/* One machine has one vTPM, and its quote came with its PCRs and its log. */
static bool join_vtpm(struct rv_evidence *to, struct ev_origin *origin,
		      struct rv_evidence *from, const char *name,
		      struct rv_err *err)
{
	if (!from->vtpm.message.n)
		return true;
	if (to->vtpm.message.n)
		return rv_ev_vtpm_same(&to->vtpm, &from->vtpm) ||
		       differ(to, "quotes of a vTPM", origin->of[EV_VTPM], name,
			      err);
	for (size_t i = 0; i < to->vtpm.files; i++)
		if (!rv_ev_vtpm_file(rv_buf_span(&to->vtpm.file[i]), from, err))
			return false;
	rv_ev_vtpm_free(&to->vtpm);
	to->vtpm = RV_TAKE(from->vtpm);
	note(origin, EV_VTPM, name);
	return true;
}

static void take_buf(struct rv_buf *to, struct rv_buf *from)
{
	if (to->n || !from->n)
		return;
	rv_buf_free(to);
	*to = RV_TAKE(*from);
}

static void take_text(char **to, char **from)
{
	if (!*to)
		*to = RV_TAKE(*from);
}

static void take(struct rv_evidence *to, struct rv_evidence *from)
{
	to->stand_in = to->quote.n ? to->stand_in : from->stand_in;
	take_buf(&to->quote, &from->quote);
	take_buf(&to->snp.report, &from->snp.report);
	take_buf(&to->nitro, &from->nitro);
	take_buf(&to->snp.mr_config, &from->snp.mr_config);
	take_buf(&to->app_compose, &from->app_compose);
	take_buf(&to->vm_config, &from->vm_config);
	take_buf(&to->collateral, &from->collateral);
	take_buf(&to->gpu_boot, &from->gpu_boot);
	take_text(&to->instance, &from->instance);
	/* Where it came from is told by one record, not by two halves. */
	if (!to->source.from && !to->source.api && !to->source.when) {
		to->source.from = RV_TAKE(from->source.from);
		to->source.api = RV_TAKE(from->source.api);
		to->source.when = RV_TAKE(from->source.when);
	}
	if (!to->tls.host)
		to->tls = RV_TAKE(from->tls);
}

bool rv_ev_join(struct rv_evidence *to, struct ev_origin *origin,
		struct rv_evidence *from, const char *name, struct rv_err *err)
{
	if (from->conflict && !rv_ev_conflict(to, from->conflict, err))
		return false;
	if (from->beside &&
	    (!to->beside || !strstr(to->beside, from->beside)) &&
	    !rv_ev_beside(to, from->beside, err))
		return false;
	drop_stand_in(to, from);
	if (!join_buffers(to, origin, from, name, err) ||
	    !join_vm_config(to, origin, from, name, err) ||
	    !join_log(to, origin, from, name, err) ||
	    !join_registers(to, origin, from, name, err) ||
	    !join_digests(to, origin, from, name, err) ||
	    !join_attesters(to, origin, from, name, err) ||
	    !join_vtpm(to, origin, from, name, err) ||
	    !join_gpus(to, origin, from, name, err))
		return false;
	take(to, from);
	return true;
}

bool rv_evidence_join(struct rv_evidence *to, const char *to_name,
		      struct rv_evidence *from, const char *from_name,
		      struct rv_err *err)
{
	struct ev_origin origin = { 0 };

	for (int i = 0; i < EV_CLAIMS; i++)
		note(&origin, (enum ev_claim)i, to_name);
	for (size_t i = 0; i < to->claimed.n; i++)
		snprintf(origin.reg[i], sizeof origin.reg[i], "%s", to_name);
	/* Agents answer with an empty log where they have none to give. */
	if (!to->log.n)
		to->log_format = RV_LOG_NONE;
	return rv_ev_join(to, &origin, from, from_name, err);
}

/* It has a PCR14, which dstack's own events are extended into. */
static bool is_nitro_tpm(const struct rv_evidence *e)
{
	struct rv_nitro_document d;
	struct rv_err ignored;

	return e->attester == RV_ATTESTER_NITRO &&
	       rv_nitro_read(rv_buf_span(&e->nitro), &d, &ignored) &&
	       d.kind == RV_NITRO_TPM;
}

/*
 * A VersionedAttestation tells the runtime events twice. Where its log is
 * without them, they are the log of RTMR3.
 */
bool rv_ev_runtime_events(const struct rv_log *runtime,
			  enum rv_log_format format, struct rv_evidence *out,
			  struct rv_err *err)
{
	size_t at = 0, own = 0;

	/* No register that is signed holds them: anybody's words. */
	if (out->attester != RV_ATTESTER_TDX &&
	    out->attester != RV_ATTESTER_GCP && !is_nitro_tpm(out)) {
		out->unbound += runtime->n;
		return true;
	}
	for (size_t i = 0; i < out->log.n; i++)
		own += out->log.event[i].type == RV_EV_DSTACK_RUNTIME;
	for (size_t i = 0; own && i < out->log.n; i++) {
		const struct rv_event *e = &out->log.event[i];

		if (e->type != RV_EV_DSTACK_RUNTIME)
			continue;
		if (at == runtime->n ||
		    strcmp(e->name, runtime->event[at].name) != 0 ||
		    e->version != runtime->event[at].version ||
		    !rv_same(rv_buf_span(&e->payload),
			     rv_buf_span(&runtime->event[at].payload)))
			break;
		at++;
	}
	if (own && (at != own || at != runtime->n))
		return rv_ev_conflict(out,
				      "the attestation's event log and its list"
				      " of runtime events differ",
				      err);
	for (size_t i = 0; !own && i < runtime->n; i++) {
		const struct rv_event *e = &runtime->event[i];
		struct ev_in in = { .imr = 3,
				    .type = e->type,
				    .version = e->version,
				    .name = rv_text(e->name),
				    .payload = rv_buf_span(&e->payload) };

		if (!rv_ev_push(&out->log, &in, err))
			return rv_in(err, "runtime event %zu", i);
		out->log_format = format;
	}
	return true;
}
