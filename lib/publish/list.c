/* SPDX-License-Identifier: Apache-2.0 */
/* list.c - the values of machines of several shapes. */
#include "publish.h"

#include <stdlib.h>

void rv_values_list_free(struct rv_values_list *l)
{
	free(l->item);
	*l = (struct rv_values_list){ 0 };
}

bool rv_values_one_app(const struct rv_values *v, size_t n, struct rv_err *err)
{
	for (size_t i = 1; i < n; i++)
		if (memcmp(&v[i].app, &v->app, sizeof v->app) != 0)
			return rv_fail(err, RV_INPUT,
				       "values of machines of more than one"
				       " app");
	return true;
}

bool rv_values_list_add(struct rv_values_list *l, struct rv_values **out,
			struct rv_err *err)
{
	/* Room for a power of two: full when the count is one. */
	bool full = (l->n & (l->n - 1)) == 0;
	struct rv_values *item = l->item;

	if (l->n == RV_VALUES_LIST_MAX)
		return rv_fail(err, RV_INPUT, "values of more than %d machines",
			       RV_VALUES_LIST_MAX);
	if (full)
		item = realloc(l->item, (l->n ? 2 * l->n : 1) * sizeof *item);
	if (!item)
		return rv_no_memory(err, "reference values");
	l->item = item;
	*out = &l->item[l->n++];
	memset(*out, 0, sizeof **out);
	return true;
}
