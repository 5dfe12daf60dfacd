/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shape.c - which machine this is: as given, else as its own vm_config says,
 * else the recorded one with the same RTMR0, else one that gives the quote's
 * registers. And where RTMR0 differs, which machine the quote is from instead.
 */
#include "verify.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- searching, each question once ---- */

bool rv_verify_quoted(const struct rv_verify_job *j, const char *name,
		      struct rv_sha384 *out)
{
	const struct rv_evidence *e = j->out->evidence;
	const struct rv_mr *said = rv_mrs_find(&e->claimed, name);
	struct rv_span s = { 0 };

	if (j->out->has_quote)
		s = rv_quote_field(&j->out->quote, name);
	else if (said && rv_evidence_is_words(e))
		s = rv_span(said->b, said->n);
	if (s.n != sizeof out->b)
		return false;
	memcpy(out->b, s.p, s.n);
	return true;
}

/* The quote's certificate names the processor's model, which SMBIOS holds. */
static void platform(const struct rv_verify_job *j, struct rv_solve_input *in)
{
	struct rv_err ignored = { 0 };

	in->has_fmspc = j->out->has_quote &&
			rv_quote_fmspc(&j->out->quote, in->fmspc, &ignored);
}

/* The events that no shape explains, by label. */
static void unexplained(const struct rv_solution *s, char *out, size_t room)
{
	const char *sep = ": no shape gives ";
	size_t at = 0;

	for (size_t i = 0; i < s->events; i++) {
		if (s->event[i].state != RV_EVENT_UNEXPLAINED)
			continue;
		if (at < room)
			at += (size_t)snprintf(out + at, room - at, "%s%s", sep,
					       s->event[i].label);
		sep = ", ";
	}
}

static bool search(struct rv_verify_job *j, struct rv_solve_input *in,
		   struct rv_verify_solved *out, struct rv_err *err)
{
	RV_AUTO(rv_free) struct rv_solution *s = calloc(1, sizeof *s);
	struct rv_err why = { 0 };

	if (!s)
		return rv_no_memory(err, "solving");
	in->threads = j->in->threads ? j->in->threads : 1;
	if (!rv_solve(in, s, &why)) {
		if (why.code == RV_INPUT)
			return true; /* there is nothing to search with */
		*err = why;
		return false;
	}
	out->asked = true;
	out->n = s->n;
	out->more = s->more;
	out->space = s->space;
	if (s->n) {
		out->shape = s->found[0].shape;
		memcpy(out->same, s->found[0].same, sizeof out->same);
	}
	unexplained(s, out->unexplained, sizeof out->unexplained);
	return true;
}

/* Those that a shape gives; false: not all of them are there. */
static bool registers(const struct rv_verify_job *j, struct rv_mrs *out)
{
	struct rv_sha384 r;

	for (size_t i = 0; i < RV_VALUES_REGISTERS; i++)
		if (!rv_verify_quoted(j, rv_values_name(i), &r) ||
		    !rv_mrs_set(out, rv_values_name(i), rv_values_alg(i),
				rv_span(r.b, sizeof r.b)))
			return false;
	return rv_verify_quoted(j, "mrtd", &r) &&
	       rv_mrs_set(out, "mrtd", RV_SHA384, rv_span(r.b, sizeof r.b));
}

/* All that the answer follows from. */
static bool question(const struct rv_verify_job *j,
		     const struct rv_solve_input *in, struct rv_cache_key *key,
		     struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

	key->kind = RV_KEPT_SHAPE;
	rv_grow_add(&g, j->files_id.b, sizeof j->files_id.b);
	rv_grow_u8(&g, in->image != NULL);
	rv_grow_add(&g, &in->given, sizeof in->given);
	rv_grow_add(&g, in->fmspc, sizeof in->fmspc);
	for (size_t i = 0; i < in->reg.n; i++)
		rv_grow_add(&g, in->reg.item[i].b, in->reg.item[i].n);
	for (size_t i = 0; in->log && i < in->log->n; i++) {
		const struct rv_event *e = &in->log->event[i];

		rv_grow_le(&g, e->imr, 4);
		rv_grow_le(&g, e->type, 4);
		rv_grow_u8(&g, e->has_digest);
		rv_grow_add(&g, e->digest.b, sizeof e->digest.b);
		rv_grow_le(&g, e->payload.n, 8);
		rv_grow_add(&g, e->payload.p, e->payload.n);
	}
	if (g.failed)
		return rv_no_memory(err, "solving");
	return rv_sha256(rv_buf_span(&g.buf), &key->id, err);
}

static bool ask(struct rv_verify_job *j, const struct rv_shape *given,
		struct rv_verify_solved *out, struct rv_err *err)
{
	const struct rv_measure_input *files = &j->files;
	bool whole = files->document || files->firmware.n;
	struct rv_solve_input in = {
		.log = j->out->has_log &&
			       rv_replay_events(&j->out->replay, "rtmr0")
			   ? &j->out->evidence->log
			   : NULL,
		.image = whole ? files : NULL,
	};
	struct rv_cache *kept = rv_verifier_cache(j->v);
	struct rv_cache_entry *e;
	struct rv_cache_key key;
	struct rv_verify_solved *s;

	*out = (struct rv_verify_solved){ 0 };
	in.given = *given;
	platform(j, &in);
	if (!registers(j, &in.reg))
		return true;
	if (!question(j, &in, &key, err))
		return false;
	e = rv_cache_find(kept, &key);
	if (!e) {
		s = calloc(1, sizeof *s);
		if (!s)
			return rv_no_memory(err, "solving");
		if (!search(j, &in, s, err)) {
			free(s);
			return false;
		}
		*out = *s;
		e = rv_cache_add(kept, &key, s, free);
	} else {
		*out = *(const struct rv_verify_solved *)rv_cache_object(e);
	}
	if (e)
		rv_cache_release(kept, e);
	return true;
}

/* ---- in words ---- */

void rv_verify_describe(const struct rv_shape *s, struct rv_grow *to)
{
	rv_grow_printf(to, "%u vCPU%s", s->cpus, s->cpus == 1 ? "" : "s");
	if (s->memory % (1u << 30) == 0)
		rv_grow_printf(to, ", %" PRIu64 " GiB", s->memory >> 30);
	else if (s->memory)
		rv_grow_printf(to, ", %" PRIu64 " MiB", s->memory >> 20);
	if (s->qemu.major)
		rv_grow_printf(to, ", QEMU %u.%u.%u", s->qemu.major,
			       s->qemu.minor, s->qemu.micro);
	if (s->gpus)
		rv_grow_printf(to, ", %u GPU%s", s->gpus,
			       s->gpus == 1 ? "" : "s");
	if (s->nics != 1)
		rv_grow_printf(to, ", %u NICs", s->nics);
	if (s->volumes)
		rv_grow_printf(to, ", %u volume%s", s->volumes,
			       s->volumes == 1 ? "" : "s");
}

/* One fact that both shapes have, where they differ: "4 vCPUs, not 2". */
static void differs(struct rv_grow *to, const char *what, uint64_t found,
		    uint64_t want)
{
	if (found == want || !want)
		return;
	rv_grow_printf(to, "%s%s %" PRIu64 ", not %" PRIu64,
		       to->buf.n ? "; " : "", what, found, want);
}

static void compare(const struct rv_shape *found, const struct rv_shape *want,
		    struct rv_grow *to)
{
	differs(to, "vCPUs:", found->cpus, want->cpus);
	differs(to, "memory in MiB:", found->memory >> 20, want->memory >> 20);
	differs(to, "QEMU:", found->qemu.major, want->qemu.major);
	differs(to, "NICs:", found->nics, want->nics);
	if (found->gpus != want->gpus)
		rv_grow_printf(to, "%sGPUs: %u, not %u", to->buf.n ? "; " : "",
			       found->gpus, want->gpus);
	if (found->volumes != want->volumes)
		rv_grow_printf(to, "%svolumes: %u, not %u",
			       to->buf.n ? "; " : "", found->volumes,
			       want->volumes);
	if (found->hotplug_off != want->hotplug_off)
		rv_grow_printf(to, "%shot-plug %s", to->buf.n ? "; " : "",
			       found->hotplug_off ? "off, not on"
						  : "on, not off");
}

/* Where the shape came from; nothing is compared by it. */
static void note(struct rv_verify_job *j, const struct rv_shape *shape,
		 const char *from)
{
	struct rv_report *r = &j->out->report;
	struct rv_check *k =
	    rv_report_add(r, RV_LAYER_FIRMWARE, "machine_shape", RV_UNCHECKED);
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

	if (shape->cpus)
		rv_verify_describe(shape, &g);
	else
		rv_grow_text(&g, "not known");
	r->failed = r->failed || g.failed;
	rv_report_set(r, &k->actual, "%.*s", (int)g.buf.n,
		      g.buf.p ? (char *)g.buf.p : "");
	rv_report_set(r, &k->reason, "%s%s%s", from,
		      *shape->unknown_key ? "; unknown in it, and taken for "
					    "harmless: "
					  : "",
		      shape->unknown_key);
}

/* ---- the machine's shape ---- */

/* The recorded machine that has this quote's RTMR0, or NULL. */
static const struct rv_shape *recorded(const struct rv_verify_job *j)
{
	const struct rv_recorded_shape *known;
	struct rv_sha384 rtmr0;

	if (!j->release || !rv_verify_quoted(j, "rtmr0", &rtmr0))
		return NULL;
	known = rv_release_find_shape(j->release, &rtmr0);
	return known ? &known->shape : NULL;
}

/* Is a shape found at once, event by event? */
static bool soon(const struct rv_verify_job *j)
{
	return j->release && j->out->has_log &&
	       rv_replay_events(&j->out->replay, "rtmr0");
}

static void say_solved(const struct rv_verify_solved *s, char *how, size_t room)
{
	char which[96];

	if (s->n == 1 && !s->more)
		snprintf(which, sizeof which, "the only one");
	else
		snprintf(which, sizeof which, "the first of %zu%s", s->n,
			 s->more ? " or more" : "");
	snprintf(how, room,
		 "solved from the quote: %s of %" PRIu64
		 " shapes that gives its RTMR0%s%.300s",
		 which, s->space, *s->same ? "; the same bytes with " : "",
		 s->same);
}

/* ---- facts, one by one ---- */

/* Is the machine known, but for what has a default? */
static bool whole(const struct rv_shape *s)
{
	return s->cpus && s->memory && s->qemu.major;
}

/* Every fact that @s has is so in @known, too, or follows from others there. */
static bool agrees(const struct rv_shape *s, const struct rv_shape *known)
{
	const uint32_t open = RV_GIVEN_PAGE_ADD | RV_GIVEN_PIC |
			      RV_GIVEN_HOST_SHARE | RV_GIVEN_OVMF |
			      RV_GIVEN_ROOTFS;
	struct rv_shape full = *known;
	struct rv_err ignored = { 0 };
	bool resolved = rv_shape_resolve(&full, &ignored);

	return !rv_shape_differs(s, &full,
				 resolved ? s->given : s->given & ~open, open);
}

/* What @s does not say is as @found has it. */
static void fill(const struct rv_shape *found, struct rv_shape *s)
{
	struct rv_shape was = *s;

	*s = *found;
	rv_shape_overlay(&was, s);
	s->has_os_image_hash = was.has_os_image_hash;
	s->os_image_hash = was.os_image_hash;
	memcpy(s->unknown_key, was.unknown_key, sizeof s->unknown_key);
	memcpy(s->image, was.image, sizeof s->image);
	s->qemu_single_pass_add_pages = was.qemu_single_pass_add_pages;
}

/* What no vm_config says: facts that were stated complete the machine's. */
static void keep_unspoken(const struct rv_shape *stated, struct rv_shape *s)
{
	if (!s->edge)
		s->edge = stated->edge;
	if (stated->gpu_bars) {
		memcpy(s->gpu_model, stated->gpu_model, sizeof s->gpu_model);
		memcpy(s->gpu_bar, stated->gpu_bar, sizeof s->gpu_bar);
		s->gpu_bars = stated->gpu_bars;
	}
	if (stated->nvswitch_bars) {
		memcpy(s->nvswitch_bar, stated->nvswitch_bar,
		       sizeof s->nvswitch_bar);
		s->nvswitch_bars = stated->nvswitch_bars;
	}
	if (stated->has_cpu_id) {
		s->has_cpu_id = true;
		s->cpu_eax = stated->cpu_eax;
		s->cpu_edx = stated->cpu_edx;
	}
	if (*stated->smbios_product)
		memcpy(s->smbios_product, stated->smbios_product,
		       sizeof s->smbios_product);
	if (*stated->smbios_firmware)
		memcpy(s->smbios_firmware, stated->smbios_firmware,
		       sizeof s->smbios_firmware);
}

/* The processor is the host's word, as the shape of a vm_config is. */
static bool note_shape(struct rv_verify_job *j, struct rv_shape *shape,
		       const char *from, struct rv_err *err)
{
	const struct rv_measure_input *files = &j->files;
	bool whole = files->document || files->firmware.n;
	struct rv_solve_input in = {
		.log = j->out->has_log ? &j->out->evidence->log : NULL,
		.image = whole ? files : NULL,
	};
	char text[1400];
	bool found;

	platform(j, &in);
	if (!rv_solve_processor(&in, shape, &found, err))
		return false;
	snprintf(text, sizeof text,
		 "%.1300s; the processor by the SMBIOS event of the log", from);
	note(j, shape, found ? text : from);
	return true;
}

/* "memory, qemu": the options that stated facts, as far as there is room. */
static void names_of(const struct rv_verify_job *j, char *out, size_t room)
{
	size_t n = 0;

	*out = '\0';
	if (j->in->shape_from) {
		snprintf(out, room, "%s", j->in->shape_from);
		return;
	}
	for (size_t i = 0; i < j->in->facts && n + 40 < room; i++)
		n += (size_t)snprintf(out + n, room - n, "%s%.32s",
				      i ? ", " : "", j->in->fact[i]);
}

/* What nobody states is looked up, or searched for, within what is stated. */
static bool complete(struct rv_verify_job *j, struct rv_shape *s, char *how,
		     size_t room, const char **lead, struct rv_err *err)
{
	const struct rv_shape *known = recorded(j);
	struct rv_verify_solved found;
	struct rv_sha384 rtmr0;

	*lead = "what that leaves open: ";
	if (known && agrees(s, known)) {
		*lead = "the rest from ";
		snprintf(how, room, "the recorded machine with this RTMR0");
		fill(known, s);
	} else if (!rv_verify_quoted(j, "rtmr0", &rtmr0)) {
		snprintf(how, room,
			 "not looked for: the evidence has no quote");
	} else if (j->release && !rv_release_has_registers(j->release)) {
		snprintf(how, room,
			 "not looked for: the record has no registers");
	} else if (j->in->identify && !soon(j)) {
		snprintf(how, room,
			 "not looked for without an event log and a known"
			 " image: refval-measure --solve does");
	} else {
		snprintf(how, room, "%s",
			 s->given ? "no shape that is so gives this RTMR0"
				  : "no shape was given, and none gives this"
				    " RTMR0");
		if (!ask(j, s, &found, err))
			return false;
		if (found.asked && found.n) {
			fill(&found.shape, s);
			say_solved(&found, how, room);
		}
	}
	return true;
}

/* Where the shape is from, in words; @how: what was done about the rest, and
 * @rest leads to it. */
static bool say_from(const struct rv_verify_job *j, const struct rv_shape *own,
		     const struct rv_shape *stated, const char *how,
		     const char *rest, char *out, size_t room,
		     struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf other = { 0 };
	bool said = j->out->evidence->vm_config.n, given = stated->given;
	const char *names = "", *lead = "";
	char room_for_names[300];

	names_of(j, room_for_names, sizeof room_for_names);
	/* Of all that was given nothing need be told, where that is all. */
	if (given && (said || *how || j->in->shape_from)) {
		names = room_for_names;
		lead = ": ";
	}
	if (!rv_shape_overridden(own, stated, &other, err))
		return false;
	snprintf(out, room, "%s%s%s%s%s%s%.*s%s%s%s",
		 said ? "vm_config in the evidence" : "",
		 said && given ? "; " : "", given ? "given" : "", lead, names,
		 other.n ? "; so " : "", (int)(other.n < 200 ? other.n : 200),
		 other.n ? (char *)other.p : "",
		 *how && (said || given) ? "; " : "",
		 *how && (said || given) ? rest : "", how);
	return true;
}

/*
 * What a vm_config in the evidence says is a claim, but one that the registers
 * then confirm or not. Options complete it, and override it, one by one; what
 * is still open is looked up or searched for.
 */
bool rv_verify_shape(struct rv_verify_job *j, struct rv_shape *out,
		     struct rv_err *err)
{
	const struct rv_evidence *e = j->out->evidence;
	struct rv_shape stated =
	    j->in->shape ? *j->in->shape : rv_shape_default();
	struct rv_shape own;
	const char *lead = "";
	char how[600] = "", from[1300];

	*out = rv_shape_default();
	if (e->vm_config.n &&
	    !rv_shape_read(rv_buf_span(&e->vm_config), out, err))
		return rv_in(err, "vm_config in the evidence");
	own = *out;
	rv_shape_overlay(&stated, out);
	if (!whole(out) && !complete(j, out, how, sizeof how, &lead, err))
		return false;
	if (!say_from(j, &own, &stated, how, lead, from, sizeof from, err))
		return false;
	j->found = *out;
	keep_unspoken(&stated, out);
	if (!note_shape(j, out, from, err))
		return false;
	j->shape = *out;
	return true;
}

void rv_verify_restate(const struct rv_verify_job *j,
		       const struct rv_shape *stated, struct rv_shape *out)
{
	*out = j->found;
	rv_shape_overlay(stated, out);
	keep_unspoken(stated, out);
	if (stated->has_cpu_id)
		return;
	out->has_cpu_id = j->shape.has_cpu_id;
	out->cpu_eax = j->shape.cpu_eax;
	out->cpu_edx = j->shape.cpu_edx;
}

bool rv_verify_explain(struct rv_verify_job *j, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_report *r = &j->out->report;
	struct rv_verify_solved s;
	const struct rv_shape any = rv_shape_default();
	struct rv_check *k;
	bool wrong = false;

	for (size_t i = 0; i < r->n; i++)
		wrong |= r->check[i].name &&
			 strcmp(r->check[i].name, "rtmr0") == 0 &&
			 r->check[i].verdict == RV_DIFFERS;
	if (!wrong)
		return true;
	if (!ask(j, &any, &s, err))
		return false;
	if (!s.asked)
		return true;
	k = rv_report_add(r, RV_LAYER_FIRMWARE, "quoted_shape", RV_UNCHECKED);
	if (!s.n) {
		rv_report_set(r, &k->reason,
			      "none of %" PRIu64
			      " shapes gives these registers%s",
			      s.space, s.unexplained);
		return true;
	}
	rv_verify_describe(&s.shape, &g);
	rv_report_set(r, &k->actual, "%.*s", (int)g.buf.n,
		      g.buf.p ? (char *)g.buf.p : "");
	g.buf.n = 0;
	compare(&s.shape, &j->out->values->shape, &g);
	r->failed = r->failed || g.failed;
	rv_report_set(
	    r, &k->reason, "this quote is from a machine of that shape%s%.*s",
	    g.buf.n ? ": " : "", (int)g.buf.n, g.buf.p ? (char *)g.buf.p : "");
	return true;
}
