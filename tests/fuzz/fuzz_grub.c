/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Grub's configuration, run beside a copy of itself and nothing else; and files
 * that say they are shim or grub.
 */
// seeds: tests/measure/grub*.cfg
#include "base.h"
#include "uki/grubimage.h"
#include "uki/grubscript.h"
#include "uki/shim.h"

#include <stdlib.h>

enum { EVENTS_MAX = 10000 };

struct world {
	struct rv_span config;
	size_t events;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool measured(void *arg, unsigned pcr, const char *label,
		     const struct rv_span *bytes, struct rv_err *err)
{
	struct world *w = arg;

	(void)err;
	if ((pcr != RV_GRUB_STRINGS && pcr != RV_GRUB_FILES) || !*label ||
	    (bytes && bytes->n && !bytes->p) || ++w->events > EVENTS_MAX)
		abort();
	return true;
}

static bool file(void *arg, const char *path, enum rv_grub_there *there,
		 struct rv_buf *out, struct rv_err *err)
{
	const struct world *w = arg;
	size_t n = strlen(path);

	*there = n % 5 == 0   ? RV_GRUB_UNKNOWN
		 : n % 5 == 1 ? RV_GRUB_MISSING
			      : RV_GRUB_THERE;
	return *there != RV_GRUB_THERE || rv_buf_copy(w->config, out, err);
}

static bool module(void *arg, const char *name)
{
	(void)arg;
	return *name < 'n';
}

static void images(struct rv_span s)
{
	struct rv_grub_image *g = calloc(1, sizeof *g);
	struct rv_err err = { 0 };
	struct rv_shim shim;

	if (!g)
		abort();
	if (!rv_grub_image_read(s, g, &err) && err.code != RV_INPUT)
		abort();
	if (!rv_shim_read(s, &shim, &err) && err.code != RV_INPUT)
		abort();
	free(g);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world w = { .config = rv_span(data, size) };
	struct rv_grub_world world = { .arg = &w,
				       .measured = measured,
				       .file = file,
				       .module = module,
				       .prefix = "(hd0,gpt1)/EFI/a",
				       .root = "hd0,gpt1",
				       .id = "1234-5678" };
	struct rv_err err = { 0 };
	struct rv_grub_end end;

	if (size > RV_GRUB_CONFIG_MAX)
		return 0;
	/* Of what can be had without memory running out, nothing fails. */
	if (!rv_grub_run(&world, &end, &err) || end.boots == (*end.why != 0))
		abort();
	rv_grub_end_free(&end);
	images(w.config);
	return 0;
}
