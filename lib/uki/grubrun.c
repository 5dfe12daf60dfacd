/* SPDX-License-Identifier: Apache-2.0 */
/* grubrun.c - how following a configuration ends, and what it owns. */
#include "grubrun.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void rv_grub_stop(struct rv_grub_run *r, const char *fmt, ...)
{
	va_list ap;

	if (r->over)
		return;
	r->over = true;
	va_start(ap, fmt);
	vsnprintf(r->end->why, sizeof r->end->why, fmt, ap);
	va_end(ap);
	/* It may quote a configuration. */
	for (char *p = r->end->why; *p; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
}

void rv_grub_fail(struct rv_grub_run *r)
{
	r->over = r->failed = true;
}

struct rv_grub_block {
	struct rv_grub_block *next;
	char p[];
};

const char *rv_grub_keep(struct rv_grub_run *r, struct rv_span s)
{
	struct rv_grub_block *b;

	if (s.n > RV_GRUB_BYTES - r->bytes) {
		rv_grub_stop(r, "texts of more than %d bytes", RV_GRUB_BYTES);
		return NULL;
	}
	b = malloc(sizeof *b + s.n + 1);
	if (!b) {
		rv_err_no_memory(r->err, "grub");
		rv_grub_fail(r);
		return NULL;
	}
	b->next = r->blocks;
	r->blocks = b;
	r->bytes += s.n;
	if (s.n)
		memcpy(b->p, s.p, s.n);
	b->p[s.n] = 0;
	return b->p;
}

void rv_grub_forget(struct rv_grub_run *r)
{
	while (r->blocks) {
		struct rv_grub_block *next = r->blocks->next;

		free(r->blocks);
		r->blocks = next;
	}
}
