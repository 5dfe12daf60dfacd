/* SPDX-License-Identifier: Apache-2.0 */
/* watch.c - how much was read so far, told to whoever asked to be told. */
#include "watch.h"

void rv_watch_add(struct rv_watch *w, uint64_t n)
{
	if (!w || !w->progress)
		return;
	atomic_fetch_add(&w->bytes, n);
	/* Whoever is telling now, or next, says what was added here. */
	if (atomic_exchange(&w->telling, true))
		return;
	w->progress(w->arg, atomic_load(&w->bytes));
	atomic_store(&w->telling, false);
}
