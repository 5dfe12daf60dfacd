/* SPDX-License-Identifier: Apache-2.0 */
/* rtmr2.c - RTMR2: the command line and the initrd. */
#include "base.h"
#include "cmdline.h"
#include "predict.h"

static bool cmdline(struct rv_job *j, struct rv_register *reg)
{
	static const char depends[] = "command line";
	const struct rv_document *d = j->in->document;
	const char *text = d && d->version == 4 ? d->cmdline : j->in->cmdline;
	struct rv_sha384 digest;

	if (d && d->version != 4)
		rv_predict_add(reg, "cmdline", RV_EV_TAG, &d->cmdline_sha384,
			       depends);
	else if (!text)
		rv_predict_unknown(reg, "cmdline", RV_EV_TAG, depends,
				   "no command line was given");
	else if (!rv_cmdline_digest(text, d || j->in->has_initrd,
				    j->rules.edk2.prefix, &digest, j->err) ||
		 !rv_predict_add(reg, "cmdline", RV_EV_TAG, &digest, depends))
		return false;
	if (d)
		reg->event[reg->n - 1].origin = RV_ORIGIN_GIVEN;
	return true;
}

bool rv_predict_rtmr2(struct rv_job *j)
{
	struct rv_register *reg = rv_values_at(j->out, "rtmr2");
	const struct rv_document *d = j->in->document;

	if (!j->has_rules) {
		rv_predict_copy(reg->why, sizeof reg->why, j->no_rules);
		return true;
	}
	if (!cmdline(j, reg))
		return false;
	if (!d && !j->in->has_initrd) {
		rv_predict_unknown(reg, "initrd", RV_EV_TAG, "initrd",
				   "no initrd was given");
	} else {
		rv_predict_add(reg, "initrd", RV_EV_TAG,
			       d ? &d->initrd_sha384 : &j->in->initrd_sha384,
			       "initrd");
		if (d)
			reg->event[reg->n - 1].origin = RV_ORIGIN_GIVEN;
	}
	return rv_register_replay(reg, j->err);
}
