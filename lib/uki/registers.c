/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registers.c - registers of what boots from a disk, event by event, and the
 * events that firmware adds whatever it starts.
 */
#include "digest.h"
#include "edk2.h"
#include "efi.h"
#include "registers.h"

#include <stdio.h>

/* ---- events ---- */

struct rv_boot_register *rv_reg_begin(struct rv_boot_job *j, const char *name,
				      enum rv_alg alg)
{
	struct rv_boot_register *reg = &j->v->reg[j->v->registers++];

	snprintf(reg->name, sizeof reg->name, "%s", name);
	reg->alg = alg;
	return reg;
}

struct rv_boot_event *rv_reg_event(struct rv_boot_register *reg,
				   const char *label, uint32_t type)
{
	struct rv_boot_event *e;

	/* Who adds as many as a file says has to count. */
	if (reg->n == RV_BOOT_EVENTS_MAX)
		reg->n--;
	e = &reg->event[reg->n++];
	*e = (struct rv_boot_event){ 0 };

	snprintf(e->label, sizeof e->label, "%s", label);
	e->type = type;
	return e;
}

void rv_reg_unknown(struct rv_boot_register *reg, const char *label,
		    uint32_t type, const char *why)
{
	rv_reg_event(reg, label, type);
	if (!*reg->why)
		snprintf(reg->why, sizeof reg->why, "%s", why);
}

static bool digest(enum rv_alg alg, struct rv_span s, uint8_t *out,
		   struct rv_err *err)
{
	RV_AUTO(rv_digest_free) struct rv_digest *d = NULL;

	return rv_digest_new(alg, &d, err) && rv_digest_add(d, s.p, s.n, err) &&
	       rv_digest_end(d, out, err);
}

bool rv_reg_add(struct rv_boot_job *j, struct rv_boot_register *reg,
		const char *label, uint32_t type, struct rv_span bytes)
{
	struct rv_boot_event *e = rv_reg_event(reg, label, type);

	e->known = true;
	return digest(reg->alg, bytes, e->digest, j->err);
}

bool rv_reg_add_image(struct rv_boot_job *j, struct rv_boot_register *reg,
		      const char *label, const struct rv_pe *pe)
{
	struct rv_boot_event *e =
	    rv_reg_event(reg, label, EV_EFI_BOOT_SERVICES_APPLICATION);

	e->known = true;
	return rv_pe_digest(pe, reg->alg, e->digest, j->err);
}

bool rv_reg_finish(struct rv_boot_job *j, struct rv_boot_register *reg)
{
	struct rv_mr mr = { .alg = reg->alg,
			    .n = (uint8_t)rv_alg_size(reg->alg) };

	reg->known = !*reg->why;
	for (size_t i = 0; i < reg->n && reg->known; i++)
		if (!rv_mr_extend(&mr, rv_span(reg->event[i].digest, mr.n),
				  j->err))
			return false;
	if (reg->known)
		memcpy(reg->value, mr.b, mr.n);
	return true;
}

/* ---- what firmware measures ---- */

bool rv_reg_option(struct rv_boot_job *j, struct rv_boot_register *reg)
{
	return rv_reg_add(j, reg, "boot-option", EV_EFI_ACTION,
			  rv_text("Calling EFI Application from Boot Option"));
}

bool rv_reg_separator(struct rv_boot_job *j, struct rv_boot_register *reg)
{
	static const uint8_t zero[4];

	return rv_reg_add(j, reg, "separator", EV_SEPARATOR,
			  rv_span(zero, sizeof zero));
}

bool rv_reg_table(struct rv_boot_job *j, struct rv_boot_register *reg)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };

	if (!j->in->gpt) {
		rv_reg_unknown(
		    reg, "gpt", EV_EFI_GPT_EVENT,
		    "the disk's partition table was not given: --disk");
		return true;
	}
	return rv_gpt_event(j->in->gpt, &b, j->err) &&
	       rv_reg_add(j, reg, "gpt", EV_EFI_GPT_EVENT, rv_buf_span(&b));
}

bool rv_reg_leaving(struct rv_boot_job *j, struct rv_boot_register *reg)
{
	return rv_reg_add(j, reg, "exit-boot-services", EV_EFI_ACTION,
			  rv_text("Exit Boot Services Invocation")) &&
	       rv_reg_add(j, reg, "exit-boot-services-success", EV_EFI_ACTION,
			  rv_text("Exit Boot Services Returned with Success"));
}

static bool variable(struct rv_boot_job *j, struct rv_boot_register *reg,
		     const char *name, const uint8_t guid[16],
		     struct rv_span value)
{
	RV_AUTO(rv_grow_free) struct rv_grow to = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };

	rv_efi_variable(&to, guid, name, value);
	return rv_grow_take(&to, &b, j->err) &&
	       rv_reg_add(j, reg, name, EV_EFI_VARIABLE_DRIVER_CONFIG,
			  rv_buf_span(&b));
}

/* No keys are there; the variable is 0 where firmware knows Secure Boot. */
bool rv_reg_insecure(struct rv_boot_job *j, struct rv_boot_register *reg,
		     bool knows)
{
	static const uint8_t off[1];
	struct rv_span none = { 0 };

	if (!knows)
		rv_reg_unknown(reg, "SecureBoot", EV_EFI_VARIABLE_DRIVER_CONFIG,
			       "whether the firmware knows Secure Boot, and has"
			       " a variable that says it is off");
	else if (!variable(j, reg, "SecureBoot", rv_efi_global,
			   rv_span(off, 1)))
		return false;
	return variable(j, reg, "PK", rv_efi_global, none) &&
	       variable(j, reg, "KEK", rv_efi_global, none) &&
	       variable(j, reg, "db", rv_efi_security, none) &&
	       variable(j, reg, "dbx", rv_efi_security, none) &&
	       rv_reg_separator(j, reg);
}

bool rv_reg_rtmr1(struct rv_boot_job *j, struct rv_boot_register *reg)
{
	const struct rv_edk2 *e =
	    j->in->edk2 ? rv_edk2_release(j->in->edk2) : NULL;

	if (!rv_reg_option(j, reg))
		return false;
	if (j->in->platform == RV_BOOT_TDX && !e)
		rv_reg_unknown(
		    reg, "separator", EV_SEPARATOR,
		    "whether the firmware's separator goes to RTMR1 or"
		    " RTMR0 is not known: --ovmf RELEASE");
	else if (!(e && e->ready_rtmr0) && !rv_reg_separator(j, reg))
		return false;
	return rv_reg_table(j, reg);
}

void rv_reg_assume(struct rv_boot_job *j, const char *what)
{
	struct rv_boot_values *v = j->v;

	snprintf(v->assumed[v->assumptions++], sizeof v->assumed[0], "%s",
		 what);
}
