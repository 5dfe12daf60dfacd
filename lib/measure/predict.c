/* SPDX-License-Identifier: Apache-2.0 */
/* predict.c - how a step notes the events it predicts. */
#include "predict.h"
#include "base.h"
#include "digest.h"

#include <stdio.h>

void rv_predict_copy(char *to, size_t room, const char *from)
{
	snprintf(to, room, "%.*s", (int)room - 1, from);
}

bool rv_predict_add(struct rv_register *reg, const char *label, uint32_t type,
		    const struct rv_sha384 *digest, const char *depends)
{
	struct rv_predicted *e = &reg->event[reg->n++];

	rv_predict_copy(e->label, sizeof e->label, label);
	rv_predict_copy(e->depends, sizeof e->depends, depends);
	e->type = type;
	e->known = digest != NULL;
	e->origin = digest ? RV_ORIGIN_COMPUTED : RV_ORIGIN_NONE;
	if (digest)
		e->digest = *digest;
	return true;
}

void rv_predict_unknown(struct rv_register *reg, const char *label,
			uint32_t type, const char *depends, const char *why)
{
	rv_predict_add(reg, label, type, NULL, depends);
	if (!*reg->why)
		rv_predict_copy(reg->why, sizeof reg->why, why);
}

bool rv_predict_text(struct rv_job *j, struct rv_register *reg,
		     const char *label, uint32_t type, struct rv_span text)
{
	struct rv_sha384 d;

	return rv_sha384(text, &d, j->err) &&
	       rv_predict_add(reg, label, type, &d, "nothing: a constant");
}

bool rv_predict_separator(struct rv_job *j, struct rv_register *reg)
{
	static const uint8_t zero[4];

	return rv_predict_text(j, reg, "separator", RV_EV_SEPARATOR,
			       rv_span(zero, sizeof zero));
}

void rv_predict_assume(struct rv_values *v, const char *what)
{
	if (v->assumptions < RV_ASSUMED_MAX)
		rv_predict_copy(v->assumed[v->assumptions++],
				sizeof v->assumed[0], what);
}
