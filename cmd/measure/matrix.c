/* SPDX-License-Identifier: Apache-2.0 */
/*
 * matrix.c - refval-measure --matrix. Each shape is made of the very
 * options that a single run would be given, so that its line is that run's.
 */
#include "cmd.h"
#include "matrix.h"
#include "out.h"
#include "json.h"

#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	MATRIX_MAX = 16 << 20, /* bytes of the document */
	CHOICES_MAX = 4096,    /* values of one fact */
	SHAPES_MAX = 1 << 20,
	THREADS_MAX = 256,
	AHEAD = 64, /* lines of each thread that may wait for their turn */
};

/* How a value of a fact is written. */
enum kind { NUMBER, SIZE, WORD, SWITCH, ON_OFF, SIZES };

/* The facts, in the order in which they vary: the last one fastest. */
static const struct fact {
	const char *name, *option;
	enum kind kind;
	size_t at; /* in struct rv_shape_opts */
} fact_row[] = {
	{ "ovmf", "ovmf", WORD, offsetof(struct rv_shape_opts, ovmf) },
	{ "qemu", "qemu", WORD, offsetof(struct rv_shape_opts, qemu) },
	{ "page_add", "page-add", WORD,
	  offsetof(struct rv_shape_opts, page_add) },
	{ "pic", "pic", ON_OFF, offsetof(struct rv_shape_opts, pic) },
	{ "edge", "edge", ON_OFF, offsetof(struct rv_shape_opts, edge) },
	{ "rootfs", "rootfs", WORD, offsetof(struct rv_shape_opts, rootfs) },
	{ "host_share", "host-share", WORD,
	  offsetof(struct rv_shape_opts, host_share) },
	{ "swtpm", "swtpm", SWITCH, offsetof(struct rv_shape_opts, swtpm) },
	{ "hotplug_off", "hotplug-off", SWITCH,
	  offsetof(struct rv_shape_opts, hotplug_off) },
	{ "hugepages", "hugepages", SWITCH,
	  offsetof(struct rv_shape_opts, hugepages) },
	{ "pci_hole64", "pci-hole64", SIZE,
	  offsetof(struct rv_shape_opts, pci_hole64) },
	{ "nics", "nics", NUMBER, offsetof(struct rv_shape_opts, nics) },
	{ "volumes", "volumes", NUMBER,
	  offsetof(struct rv_shape_opts, volumes) },
	{ "gpus", "gpus", NUMBER, offsetof(struct rv_shape_opts, gpus) },
	{ "gpu_model", "gpu-model", WORD,
	  offsetof(struct rv_shape_opts, gpu_model) },
	{ "gpu_bars", "gpu-bar", SIZES,
	  offsetof(struct rv_shape_opts, gpu_bar) },
	{ "nvswitches", "nvswitches", NUMBER,
	  offsetof(struct rv_shape_opts, nvswitches) },
	{ "nvswitch_bars", "nvswitch-bar", SIZES,
	  offsetof(struct rv_shape_opts, nvswitch_bar) },
	{ "memory", "memory", SIZE, offsetof(struct rv_shape_opts, memory) },
	{ "cpus", "cpus", NUMBER, offsetof(struct rv_shape_opts, cpus) },
};

enum { FACTS = RV_LEN(fact_row) };

/* One value of a fact, as the argument or arguments of its option. */
struct choice {
	char *text; /* owned; NULL for a switch */
	bool on;
	struct rv_list list; /* of SIZES; items owned */
};

struct axis {
	struct choice *choice; /* owned */
	size_t n;	       /* 0: the matrix does not name this fact */
};

/* A line on its way; workers fill, the caller prints. */
struct matrix {
	const struct rv_shape_opts *base;
	const struct rv_acpi_digests *acpi;
	const struct rv_measure_input *in;
	const struct rv_values *note;
	struct axis axis[FACTS];
	size_t shapes;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct line {
		enum { FREE, BUSY, DONE } state;
		struct rv_buf text; /* owned */
		bool good;
		struct rv_err err;
	} * line; /* owned; shape i is in line[i % window] */
	size_t window, next, printed;
	bool stop;
};

static void matrix_free(struct matrix *m)
{
	for (size_t f = 0; f < FACTS; f++) {
		for (size_t i = 0; i < m->axis[f].n; i++) {
			struct choice *c = &m->axis[f].choice[i];

			free(c->text);
			for (size_t k = 0; k < c->list.n; k++)
				free((void *)(uintptr_t)c->list.item[k]);
		}
		free(m->axis[f].choice);
	}
	for (size_t i = 0; m->line && i < m->window; i++)
		rv_buf_free(&m->line[i].text);
	free(m->line);
}

/* ---- reading ---- */

/* A number or a string as the text an option takes. */
static bool text_of(const rv_json *j, enum kind kind, char **out,
		    struct rv_err *err)
{
	char number[24];
	uint64_t v;

	if (kind == ON_OFF && rv_json_is_bool(j))
		return rv_text_copy(rv_text(rv_json_true(j) ? "on" : "off"),
				    "value", out, err);
	if ((kind == NUMBER || kind == SIZE || kind == SIZES) &&
	    rv_json_uint(j, INT64_MAX, &v)) {
		snprintf(number, sizeof number, "%" PRIu64, v);
		return rv_text_copy(rv_text(number), "value", out, err);
	}
	if (kind != NUMBER && rv_json_is_string(j))
		return rv_text_copy(rv_json_text(j), "value", out, err);
	return rv_fail(err, RV_INPUT, "has the wrong type");
}

static bool read_sizes(const rv_json *j, struct choice *c, struct rv_err *err)
{
	if (!rv_json_is_array(j) || rv_json_size(j) > RV_LIST_MAX)
		return rv_fail(err, RV_INPUT, "no list of at most %d sizes",
			       RV_LIST_MAX);
	for (size_t i = 0; i < rv_json_size(j); i++) {
		char *text = NULL;

		if (!text_of(rv_json_at(j, i), SIZES, &text, err))
			return false;
		c->list.item[c->list.n++] = text;
	}
	return true;
}

static bool read_choice(const rv_json *j, enum kind kind, struct choice *c,
			struct rv_err *err)
{
	if (kind == SIZES)
		return read_sizes(j, c, err);
	if (kind != SWITCH)
		return text_of(j, kind, &c->text, err);
	if (!rv_json_is_bool(j))
		return rv_fail(err, RV_INPUT, "is neither true nor false");
	c->on = rv_json_true(j);
	return true;
}

/* A fact that varies cannot be fixed by an option as well. */
static bool fixed(const struct rv_shape_opts *base, const struct fact *f)
{
	const char *p = (const char *)base + f->at;

	if (f->kind == SIZES)
		return ((const struct rv_list *)(const void *)p)->n != 0;
	if (f->kind == SWITCH)
		return *(const bool *)(const void *)p;
	return *(const char *const *)(const void *)p != NULL;
}

static bool read_axis(struct matrix *m, size_t f, const rv_json *list,
		      struct rv_err *err)
{
	const struct fact *fact = &fact_row[f];
	struct axis *a = &m->axis[f];
	size_t n = rv_json_size(list);

	if (fixed(m->base, fact))
		return rv_fail(err, RV_USAGE,
			       "%s, but --%s is given for all shapes",
			       fact->name, fact->option);
	if (!rv_json_is_array(list) || n < 1 || n > CHOICES_MAX)
		return rv_fail(err, RV_INPUT, "%s: no list of 1 to %d values",
			       fact->name, CHOICES_MAX);
	if (m->shapes > SHAPES_MAX / n)
		return rv_fail(err, RV_INPUT, "more than %d shapes",
			       SHAPES_MAX);
	m->shapes *= n;
	a->choice = calloc(n, sizeof *a->choice);
	if (!a->choice)
		return rv_no_memory(err, "matrix");
	while (a->n < n) {
		size_t i = a->n++;

		if (!read_choice(rv_json_at(list, i), fact->kind, &a->choice[i],
				 err))
			return rv_in(err, "%s: value %zu", fact->name, i);
	}
	return true;
}

static bool read_matrix(struct matrix *m, const char *path, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	const rv_json *value;
	const char *key;
	void *iter = NULL;
	size_t f;

	m->shapes = 1;
	if (!rv_buf_read(path, MATRIX_MAX, &text, err) ||
	    !rv_json_parse(rv_buf_span(&text), "matrix", &j, err))
		return false;
	if (!rv_same_text(rv_json_text(rv_json_get(j, "schema")),
			  "refval.matrix/1"))
		return rv_fail(err, RV_INPUT, "schema: not refval.matrix/1");
	while (rv_json_next(j, &iter, &key, &value)) {
		if (strcmp(key, "schema") == 0)
			continue;
		for (f = 0; f < FACTS && strcmp(key, fact_row[f].name); f++)
			;
		if (f == FACTS)
			return rv_fail(err, RV_INPUT, "%.60s: no such fact",
				       key);
		if (!read_axis(m, f, value, err))
			return false;
	}
	return true;
}

/* ---- one shape ---- */

static void apply(const struct fact *f, const struct choice *c,
		  struct rv_shape_opts *o)
{
	char *p = (char *)o + f->at;

	if (f->kind == SIZES)
		*(struct rv_list *)(void *)p = c->list;
	else if (f->kind == SWITCH)
		*(bool *)(void *)p = c->on;
	else
		*(const char **)(void *)p = c->text;
}

/* The options of shape @i: the digits of a number, the last fact lowest. */
static void options_of(const struct matrix *m, size_t i,
		       struct rv_shape_opts *o)
{
	*o = *m->base;
	for (size_t f = FACTS; f--;) {
		const struct axis *a = &m->axis[f];

		if (!a->n)
			continue;
		apply(&fact_row[f], &a->choice[i % a->n], o);
		i /= a->n;
	}
}

static bool measure(const struct matrix *m, size_t i,
		    struct rv_measure_cache *cache, struct rv_values *v,
		    struct rv_buf *out, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };
	struct rv_jw w = { .to = &g, .compact = true };
	struct rv_measure_input in = *m->in;
	struct rv_acpi_source acpi = { 0 };
	struct rv_shape_opts o;
	struct rv_shape shape;

	in.cache = cache;
	options_of(m, i, &o);
	if (!rv_shape_from_opts(&o, &shape, NULL, err))
		return false;
	rv_measure_shape(&in, &shape);
	if (!rv_acpi_for(m->acpi, &shape, &acpi, &in, err) ||
	    !rv_measure(&in, &shape, v, err))
		return false;
	memcpy(v->input, m->note->input, sizeof v->input);
	v->inputs = m->note->inputs;
	v->has_os_image_hash = m->note->has_os_image_hash;
	v->platforms = m->note->platforms;
	v->os_image_hash = m->note->os_image_hash;
	if (!rv_values_write(v, &text, err))
		return false;
	rv_jw_json(&w, NULL, rv_buf_span(&text));
	return rv_grow_take(&g, out, err);
}

/* ---- all of them ---- */

/* With the lock held: the next shape, or false when there is none to start. */
static bool take(struct matrix *m, size_t *i)
{
	while (!m->stop && m->next < m->shapes &&
	       m->next - m->printed >= m->window)
		pthread_cond_wait(&m->changed, &m->lock);
	if (m->stop || m->next == m->shapes)
		return false;
	*i = m->next++;
	m->line[*i % m->window].state = BUSY;
	return true;
}

static void *work(void *arg)
{
	struct matrix *m = arg;
	struct rv_measure_cache *cache = NULL;
	struct rv_values *v = calloc(1, sizeof *v);
	struct rv_err none = { 0 };
	bool ready = rv_measure_cache_new(&cache, &none) && v != NULL;
	size_t i;

	pthread_mutex_lock(&m->lock);
	while (take(m, &i)) {
		struct line *l = &m->line[i % m->window];

		pthread_mutex_unlock(&m->lock);
		l->err = (struct rv_err){ 0 };
		l->good = ready ? measure(m, i, cache, v, &l->text, &l->err)
				: rv_no_memory(&l->err, "matrix");
		pthread_mutex_lock(&m->lock);
		l->state = DONE;
		pthread_cond_broadcast(&m->changed);
	}
	pthread_mutex_unlock(&m->lock);
	rv_measure_cache_free(&cache);
	free(v);
	return NULL;
}

/* Print line after line, each as soon as all before it are out. */
static bool print_lines(struct matrix *m, struct rv_err *err)
{
	bool good = true;

	pthread_mutex_lock(&m->lock);
	while (good && m->printed < m->shapes) {
		struct line *l = &m->line[m->printed % m->window];

		while (l->state != DONE)
			pthread_cond_wait(&m->changed, &m->lock);
		pthread_mutex_unlock(&m->lock);
		if (!l->good) {
			*err = l->err;
			good = rv_in(err, "shape %zu", m->printed + 1);
		} else {
			good = rv_out_result(rv_buf_span(&l->text), err);
		}
		rv_buf_free(&l->text);
		pthread_mutex_lock(&m->lock);
		l->state = FREE;
		m->printed++;
		m->stop = !good;
		pthread_cond_broadcast(&m->changed);
	}
	pthread_mutex_unlock(&m->lock);
	return good;
}

static bool run_all(struct matrix *m, size_t threads, struct rv_err *err)
{
	pthread_t thread[THREADS_MAX];
	size_t n = 0;
	bool good;

	pthread_mutex_init(&m->lock, NULL);
	pthread_cond_init(&m->changed, NULL);
	while (n < threads && pthread_create(&thread[n], NULL, work, m) == 0)
		n++;
	good = n ? print_lines(m, err)
		 : rv_fail(err, RV_SYSTEM, "no thread can be started");
	for (size_t i = 0; i < n; i++)
		pthread_join(thread[i], NULL);
	pthread_cond_destroy(&m->changed);
	pthread_mutex_destroy(&m->lock);
	return good;
}

/* What is wrong with a shape is said before any line is out. */
static bool check_all(const struct matrix *m, struct rv_err *err)
{
	struct rv_shape_opts o;
	struct rv_shape shape;

	for (size_t i = 0; i < m->shapes; i++) {
		options_of(m, i, &o);
		if (!rv_shape_from_opts(&o, &shape, NULL, err)) {
			err->code =
			    err->code == RV_USAGE ? RV_INPUT : err->code;
			return rv_in(err, "shape %zu", i + 1);
		}
	}
	return true;
}

bool rv_measure_matrix(const char *path, const struct rv_shape_opts *base,
		       const struct rv_acpi_digests *acpi,
		       const struct rv_measure_input *in,
		       const struct rv_values *note, struct rv_err *err)
{
	RV_AUTO(matrix_free)
	struct matrix m = {
		.base = base, .acpi = acpi, .in = in, .note = note
	};
	size_t threads = rv_cmd_processors();

	if (threads > THREADS_MAX)
		threads = THREADS_MAX;
	if (!read_matrix(&m, path, err) || !check_all(&m, err))
		return rv_in(err, "%s", path);
	m.window = threads * AHEAD;
	m.line = calloc(m.window, sizeof *m.line);
	if (!m.line)
		return rv_no_memory(err, "matrix");
	return run_all(&m, threads, err) || rv_in(err, "%s", path);
}
