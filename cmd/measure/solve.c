/* SPDX-License-Identifier: Apache-2.0 */
/* solve.c - refval-measure --solve: which shape fits this quote? */
#include "cmd.h"
#include "solve.h"
#include "last_line.h"
#include "out.h"
#include "records.h"

#include <stdio.h>
#include <stdlib.h>

enum { GIVEN_MAX = 1024, SIZE_TEXT = 120 };

struct work {
	struct rv_evidence evidence;
	struct rv_quote quote; /* borrows from evidence */
	struct rv_releases releases;
	struct rv_buf given; /* the text of --given, cut into words */
	struct rv_solve_input in;
};

static void work_free(struct work *w)
{
	rv_evidence_free(&w->evidence);
	rv_releases_free(&w->releases);
	rv_buf_free(&w->given);
}

/* ---- what is certain ---- */

/* One fact, NAME=VALUE or NAME, as the option of that name. */
static bool take_fact(char *word, struct rv_shape_opts *o, struct rv_err *err)
{
	const struct rv_opt rows[] = { RV_SHAPE_OPTS(*o) };
	char *value = strchr(word, '=');

	if (value)
		*value++ = '\0';
	for (size_t i = 0; i < RV_LEN(rows); i++) {
		if (strcmp(rows[i].name, word) != 0)
			continue;
		if (!rows[i].arg != !value)
			return rv_fail(err, RV_USAGE, "--given %s: %s", word,
				       value ? "takes no value"
					     : "needs a value, as in cpus=8");
		if (rows[i].flag) {
			*rows[i].flag = true;
		} else if (rows[i].list) {
			if (rows[i].list->n == RV_LIST_MAX)
				return rv_fail(err, RV_USAGE,
					       "--given %s: more than %d times",
					       word, RV_LIST_MAX);
			rows[i].list->item[rows[i].list->n++] = value;
		} else if (*rows[i].text) {
			return rv_fail(err, RV_USAGE, "--given %s: given twice",
				       word);
		} else {
			*rows[i].text = value;
		}
		return true;
	}
	return rv_fail(err, RV_USAGE, "--given %s: no such fact", word);
}

static bool take_facts(struct work *w, const char *text,
		       struct rv_shape_opts *o, struct rv_err *err)
{
	char *word;

	if (!text)
		return true;
	if (strlen(text) > GIVEN_MAX)
		return rv_fail(err, RV_USAGE, "--given: above %d characters",
			       GIVEN_MAX);
	if (!rv_buf_copy(rv_text(text), &w->given, err))
		return false;
	word = (char *)w->given.p;
	while (word) {
		char *comma = strchr(word, ',');

		if (comma)
			*comma++ = '\0';
		if (!take_fact(word, o, err))
			return false;
		word = comma;
	}
	return true;
}

/* ---- evidence ---- */

static bool take_register(struct work *w, const char *name, enum rv_alg alg,
			  struct rv_err *err)
{
	const struct rv_mr *said = rv_mrs_find(&w->evidence.claimed, name);
	struct rv_span s = { 0 };

	if (w->evidence.quote.n)
		s = rv_quote_field(&w->quote, name);
	else if (said)
		s = rv_span(said->b, said->n);
	if (rv_mrs_set(&w->in.reg, name, alg, s))
		return true;
	return w->evidence.quote.n
		   ? rv_fail(err, RV_INPUT,
			     "the quote has no %s: not one of a TD", name)
		   : rv_fail(err, RV_INPUT, "no quote, and no %s", name);
}

/* The certificate names the processor's model, which SMBIOS holds. */
static void take_platform(const struct rv_quote *q, struct rv_solve_input *in)
{
	struct rv_err ignored = { 0 };

	in->has_fmspc = rv_quote_fmspc(q, in->fmspc, &ignored);
}

static bool read_evidence(struct work *w, const struct rv_solve_opts *o,
			  struct rv_err *err)
{
	struct rv_evidence_options eo = { .instance = o->instance };

	if (!rv_evidence_read_path(o->evidence, &eo, &w->evidence, err))
		return false;
	if (!w->evidence.quote.n && !rv_evidence_is_words(&w->evidence))
		return rv_fail(err, RV_INPUT, "%s: no quote", o->evidence);
	if (w->evidence.quote.n) {
		if (!rv_quote_read(rv_buf_span(&w->evidence.quote), &w->quote,
				   err))
			return rv_in(err, "%s", o->evidence);
		take_platform(&w->quote, &w->in);
	}
	if (!take_register(w, "mrtd", RV_SHA384, err))
		return rv_in(err, "%s", o->evidence);
	for (size_t i = 0; i < RV_VALUES_REGISTERS; i++)
		if (!take_register(w, rv_values_name(i), rv_values_alg(i), err))
			return rv_in(err, "%s", o->evidence);
	if (w->evidence.log.n)
		w->in.log = &w->evidence.log;
	return true;
}

/* ---- the answer ---- */

static const char *const state_name[] = { "unexplained", "explained",
					  "unchecked" };
static const char *const check_name[] = { "unchecked", "agrees", "differs" };

static bool json_shape(struct rv_jw *w, const char *key,
		       const struct rv_shape *shape, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };

	if (!rv_shape_write(shape, &text, err))
		return false;
	rv_jw_json(w, key, rv_buf_span(&text));
	return true;
}

static bool json_solved(struct rv_jw *w, const struct rv_solved *f,
			struct rv_err *err)
{
	rv_jw_open(w, NULL, '{');
	if (!json_shape(w, "shape", &f->shape, err))
		return false;
	rv_jw_str(w, "same", f->same);
	rv_jw_close(w);
	return true;
}

static void json_events(struct rv_jw *w, const struct rv_solution *s)
{
	rv_jw_open(w, "events", '[');
	for (size_t i = 0; i < s->events; i++) {
		const struct rv_solve_event *e = &s->event[i];

		rv_jw_open(w, NULL, '{');
		rv_jw_u64(w, "index", i);
		rv_jw_str(w, "label", e->label);
		rv_jw_u64(w, "type", e->type);
		rv_jw_hex(w, "digest",
			  rv_span(e->digest.b, sizeof e->digest.b));
		rv_jw_str(w, "state", state_name[e->state]);
		rv_jw_str(w, "by", e->by);
		rv_jw_close(w);
	}
	rv_jw_close(w);
}

static bool print_json(const struct rv_solution *s, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_jw w = { .to = &g };

	rv_jw_open(&w, NULL, '{');
	rv_jw_str(&w, "schema", "refval.solve/1");
	rv_jw_str(&w, "by", s->by_log ? "log" : "register");
	rv_jw_str(&w, "space", s->searched);
	rv_jw_u64(&w, "shapes", s->space);
	rv_jw_u64(&w, "digests", s->digests);
	rv_jw_open(&w, "found", '[');
	for (size_t i = 0; i < s->n; i++)
		if (!json_solved(&w, &s->found[i], err))
			return false;
	rv_jw_close(&w);
	rv_jw_bool(&w, "more", s->more);
	if (!s->has_nearest)
		rv_jw_null(&w, "nearest");
	else if (!json_shape(&w, "nearest", &s->nearest, err))
		return false;
	rv_jw_str(&w, "why", *s->why ? s->why : NULL);
	json_events(&w, s);
	rv_jw_open(&w, "registers", '{');
	for (size_t i = 0; i < RV_LEN(s->reg); i++)
		rv_jw_str(&w, s->reg[i].name, check_name[s->reg[i].state]);
	rv_jw_close(&w);
	rv_jw_bool(&w, "quote_verified", false);
	rv_jw_close(&w);
	return rv_out_document(&g, err);
}

/* Facts that most machines do not have. */
static void put_devices(const struct rv_shape *s)
{
	if (s->ovmf)
		rv_out(",\n          OVMF %s", rv_ovmf_name(s->ovmf));
	for (size_t i = 0; i < s->gpu_bars; i++)
		rv_out("%s%" PRIu64 "M:%s", i ? " " : ",\n          GPU BARs ",
		       s->gpu_bar[i].size >> 20,
		       rv_bar_kind_name(s->gpu_bar[i].kind));
	for (size_t i = 0; i < s->nvswitch_bars; i++)
		rv_out("%s%" PRIu64 "M:%s",
		       i ? " " : ",\n          NVSwitch BARs ",
		       s->nvswitch_bar[i].size >> 20,
		       rv_bar_kind_name(s->nvswitch_bar[i].kind));
	for (size_t i = 0; i < s->numa_nodes; i++)
		rv_out("%s%u", i ? " " : ",\n          expanders on buses ",
		       s->numa[i].pxb_bus);
	if (s->has_cpu_id) {
		rv_out(",\n          processor %08" PRIx32 ":%08" PRIx32
		       ", product ",
		       s->cpu_eax, s->cpu_edx);
		rv_out_str(s->smbios_product);
	}
}

/* "8 CPUs, 64 GiB of RAM, QEMU 8.2.2" */
static void size_text(const struct rv_shape *s, char out[SIZE_TEXT])
{
	bool gib = s->memory % (1u << 30) == 0;
	int n = snprintf(out, SIZE_TEXT, "%u CPU%s, ", s->cpus,
			 s->cpus == 1 ? "" : "s");

	if (!s->memory)
		n += snprintf(out + n, SIZE_TEXT - (size_t)n, "RAM not known");
	else
		n += snprintf(
		    out + n, SIZE_TEXT - (size_t)n, "%" PRIu64 " %s of RAM",
		    s->memory >> (gib ? 30 : 20), gib ? "GiB" : "MiB");
	snprintf(out + n, SIZE_TEXT - (size_t)n, ", QEMU %u.%u.%u",
		 s->qemu.major, s->qemu.minor, s->qemu.micro);
}

static void put_shape(const char *label, const struct rv_shape *s)
{
	char size[SIZE_TEXT];

	size_text(s, size);
	rv_out("%-9s %s, pic %s, edge %s,\n%-9s %s root disk, %u NIC%s, "
	       "%u volume%s, %u GPU%s, %u NVSwitch%s%s%s%s",
	       label, size, s->pic == RV_TRUE ? "on" : "off",
	       s->edge == RV_TRUE ? "on" : "off", "",
	       s->root_verity == RV_FALSE ? "iso" : "verity", s->nics,
	       s->nics == 1 ? "" : "s", s->volumes, s->volumes == 1 ? "" : "s",
	       s->gpus, s->gpus == 1 ? "" : "s", s->nvswitches,
	       s->nvswitches == 1 ? "" : "es",
	       s->hotplug_off ? ", hotplug off" : "",
	       s->hugepages ? ", huge pages" : "", s->swtpm ? ", TPM" : "");
	if (s->pci_hole64)
		rv_out(", PCI hole %" PRIu64 " GiB", s->pci_hole64 >> 30);
	put_devices(s);
	rv_out("\n");
}

static void print_text(const struct rv_solution *s, bool words)
{
	rv_out("searched  %s\n", s->searched);
	rv_out("          %" PRIu64 " shapes decided, %" PRIu64
	       " digests computed, by %s\n\n",
	       s->space, s->digests,
	       s->by_log ? "event log" : "register alone");
	for (size_t i = 0; i < s->n; i++) {
		put_shape("shape", &s->found[i].shape);
		rv_out("%-9s %s\n", "the same", s->found[i].same);
	}
	if (s->more)
		rv_out("          and more\n");
	if (!s->n) {
		rv_out_tone(s->other_log ? RV_TONE_BAD : RV_TONE_DOUBT,
			    "no shape");
		rv_out("  %s\n", s->why);
	}
	if (s->has_nearest)
		put_shape("nearest", &s->nearest);
	for (size_t i = 0; i < s->events; i++) {
		const struct rv_solve_event *e = &s->event[i];

		rv_out("%s  %2zu %-16s %-12s %s\n", i ? "" : "\n", i, e->label,
		       state_name[e->state], e->by);
	}
	for (size_t i = 0; i < RV_LEN(s->reg); i++) {
		char label[16];

		rv_mr_label(s->reg[i].name, label);
		rv_out("%s%s %s", i ? ", " : "\n", label,
		       check_name[s->reg[i].state]);
	}
	rv_out(" (%s)\n",
	       words ? "no quote: somebody's words" : "quote unverified");
}

/* The events that were taken from the log: " but smbios", or nothing. */
static void taken(const struct rv_solution *s, char *out, size_t room)
{
	const char *comma = " but ";
	size_t at = 0;

	*out = '\0';
	for (size_t i = 0; i < s->events && at < room; i++) {
		if (s->event[i].state != RV_EVENT_NOT_CHECKED)
			continue;
		at += (size_t)snprintf(out + at, room - at, "%s%s", comma,
				       s->event[i].label);
		comma = ", ";
	}
}

/* Facts that say what SMBIOS holds, and leave less of it to be searched. */
static bool says_smbios(const struct rv_shape *given)
{
	return given->given & RV_GIVEN_QEMU || given->has_cpu_id ||
	       *given->smbios_product || *given->smbios_firmware;
}

/*
 * A shape of which given facts are a part, and an event that these facts should
 * give and do not: the machine may be another one.
 */
static void weigh(struct rv_solution *s, const struct rv_shape *given)
{
	for (size_t i = 0; s->n && !*s->why && i < s->events; i++)
		if (s->event[i].type == RV_EV_EFI_HANDOFF_TABLES &&
		    s->event[i].state == RV_EVENT_NOT_CHECKED &&
		    says_smbios(given))
			snprintf(s->why, sizeof s->why,
				 "with the facts that are given no processor,"
				 " product and QEMU gives the event %.48s",
				 s->event[i].label);
}

/*
 * A log that is not of this quote, and an image that is not this machine's, are
 * a no. Of a machine outside of what was searched, or other than the facts that
 * are given, nothing can be told.
 */
static enum rv_code verdict(const struct rv_solution *s)
{
	if (s->other_log)
		return RV_NO;
	for (size_t i = 0; i < RV_LEN(s->reg); i++)
		if (s->reg[i].state == RV_DISAGREES)
			return RV_NO;
	return s->n && !*s->why ? RV_OK : RV_INPUT;
}

/* The registers of the image or record that are not the machine's. */
static size_t differing(const struct rv_solution *s, char *out, size_t room)
{
	size_t n = 0, at = 0;

	for (size_t i = 0; i < RV_LEN(s->reg); i++) {
		char label[16];

		if (s->reg[i].state != RV_DISAGREES)
			continue;
		rv_mr_label(s->reg[i].name, label);
		if (at < room)
			at += (size_t)snprintf(out + at, room - at, "%s%s",
					       n ? ", " : "", label);
		n++;
	}
	return n;
}

static void print_last(const struct rv_solution *s,
		       const struct rv_solve_opts *o, bool words,
		       enum rv_code answer)
{
	char names[80] = "", size[SIZE_TEXT], but[120];
	size_t others = differing(s, names, sizeof names);

	if (s->other_log || (!s->n && !others)) {
		rv_last_line(answer, "%s", s->why);
	} else if (others) {
		rv_last_line(answer, "%s %s of %s", names,
			     others == 1 ? "is not that" : "are not those",
			     o->release ? o->release : o->image);
	} else if (*s->why) {
		size_text(&s->found[0].shape, size);
		rv_last_line(answer, "%s: %s", size, s->why);
	} else {
		size_text(&s->found[0].shape, size);
		taken(s, but, sizeof but);
		rv_last_line(answer, "%s%s: %s%s%s, %s", size,
			     s->n > 1 || s->more ? ", or another" : "",
			     s->by_log ? "every event of RTMR0"
				       : "that gives RTMR0",
			     but, s->by_log ? " is explained" : "",
			     words ? "of somebody's words, without a quote"
				   : "of a quote that is not verified here");
	}
}

bool rv_measure_solve(const struct rv_solve_opts *o,
		      const struct rv_shape_opts *shape,
		      const struct rv_measure_input *image, bool json,
		      enum rv_code *answer, struct rv_err *err)
{
	RV_AUTO(work_free) struct work w = { 0 };
	RV_AUTO(rv_free) struct rv_solution *s = calloc(1, sizeof *s);
	struct rv_shape_opts facts = *shape;

	if (!s)
		return rv_no_memory(err, "solve");
	if (!take_facts(&w, o->given, &facts, err) ||
	    !rv_shape_from_opts(&facts, &w.in.given, NULL, err) ||
	    !read_evidence(&w, o, err))
		return false;
	w.in.image = image;
	w.in.threads = rv_cmd_processors();
	if (o->release) {
		if (!rv_records_named(NULL, o->release, err) ||
		    !rv_records_load(NULL, &w.releases, err) ||
		    !rv_releases_find(&w.releases, o->release, &w.in.release,
				      err))
			return false;
	}
	if (!rv_solve(&w.in, s, err))
		return rv_in(err, "%s", o->evidence);
	weigh(s, &w.in.given);
	*answer = verdict(s);
	if (json)
		return print_json(s, err);
	print_text(s, w.evidence.quote.n == 0);
	rv_out("\n");
	print_last(s, o, w.evidence.quote.n == 0, *answer);
	return true;
}
