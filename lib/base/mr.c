/* SPDX-License-Identifier: Apache-2.0 */
/* mr.c - measurement registers by name, and the hashes they are made with. */
#include "base.h"

#include <stdio.h>

static const struct {
	const char *name;
	size_t size;
} algs[] = {
	[RV_SHA256] = { "sha256", 32 },	    [RV_SHA384] = { "sha384", 48 },
	[RV_SHA512] = { "sha512", 64 },	    [RV_SHA1] = { "sha1", 20 },
	[RV_SHA3_256] = { "sha3-256", 32 }, [RV_SHA3_384] = { "sha3-384", 48 },
	[RV_SHA3_512] = { "sha3-512", 64 },
};

const char *rv_alg_name(enum rv_alg alg)
{
	return algs[alg].name;
}

size_t rv_alg_size(enum rv_alg alg)
{
	return algs[alg].size;
}

void rv_mr_label(const char *name, char out[16])
{
	size_t n = 0;

	for (; n < 15 && name[n]; n++)
		out[n] = name[n] >= 'a' && name[n] <= 'z'
			     ? (char)(name[n] - 'a' + 'A')
			     : name[n];
	out[n] = '\0';
}

const struct rv_mr *rv_mrs_find(const struct rv_mrs *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->item[i].name, name) == 0)
			return &list->item[i];
	return NULL;
}

bool rv_mrs_set(struct rv_mrs *list, const char *name, enum rv_alg alg,
		struct rv_span value)
{
	struct rv_mr mr = { .alg = alg, .n = (uint8_t)value.n };
	size_t i = 0;

	if (value.n != rv_alg_size(alg) || strlen(name) >= sizeof mr.name)
		return false;
	snprintf(mr.name, sizeof mr.name, "%s", name);
	memcpy(mr.b, value.p, value.n);
	while (i < list->n && strcmp(list->item[i].name, name) != 0)
		i++;
	if (i == RV_MRS_MAX)
		return false;
	list->item[i] = mr;
	list->n += i == list->n;
	return true;
}
