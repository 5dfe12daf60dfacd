/* SPDX-License-Identifier: Apache-2.0 */
/*
 * boot.c - the registers of a machine that boots a unified kernel image from
 * its disk: what firmware, loader, stub and kernel measure, in their order.
 */
#include "digest.h"
#include "efi.h"
#include "edk2.h"
#include "initrd.h"
#include "stub.h"

#include <refval/boot.h>

#include <stdio.h>
#include <stdlib.h>

/* TCG PC Client Platform Firmware Profile 1.06, 10.4.1. */
enum {
	EV_SEPARATOR = 4,
	EV_EVENT_TAG = 6,
	EV_IPL = 0xd,
};
#define EV_EFI_VARIABLE_DRIVER_CONFIG	 0x80000001u
#define EV_EFI_BOOT_SERVICES_APPLICATION 0x80000003u
#define EV_EFI_GPT_EVENT		 0x80000006u
#define EV_EFI_ACTION			 0x80000007u

/* Linux measures its command line and initrd: into a TPM, and on TDX. */
enum { TPM_MAJOR = 6, TPM_MINOR = 1, CC_MAJOR = 6, CC_MINOR = 9 };

struct job {
	const struct rv_boot_input *in;
	struct rv_uki uki;
	struct rv_pe loader, linux_image;
	const struct rv_stub *stub, *booter; /* booter NULL: no loader */
	struct rv_boot_values *v;
	struct rv_err *err;
};

static const char *const platforms[RV_BOOT_PLATFORMS] = {
	"tdx", "gcp", "tpm", "aws-nitro-tpm", "nitro-enclave",
};

const char *rv_boot_platform_name(enum rv_boot_platform p)
{
	return platforms[p];
}

const struct rv_boot_register *rv_boot_register(const struct rv_boot_values *v,
						const char *name)
{
	for (size_t i = 0; i < v->registers; i++)
		if (strcmp(v->reg[i].name, name) == 0)
			return &v->reg[i];
	return NULL;
}

bool rv_boot_digest(const struct rv_boot_values *v,
		    const char *const names[RV_BOOT_DIGEST_OF], bool *has,
		    struct rv_sha256 *out, struct rv_err *err)
{
	uint8_t all[RV_BOOT_DIGEST_OF * sizeof(struct rv_sha384)];
	size_t each = sizeof(struct rv_sha384);

	*has = false;
	for (size_t i = 0; i < RV_BOOT_DIGEST_OF; i++) {
		const struct rv_boot_register *reg =
		    rv_boot_register(v, names[i]);

		if (!reg || !reg->known || reg->alg != RV_SHA384)
			return true;
		memcpy(all + i * each, reg->value, each);
	}
	*has = true;
	return rv_sha256(rv_span(all, sizeof all), out, err);
}

/* ---- events ---- */

static struct rv_boot_register *begin(struct job *j, const char *name,
				      enum rv_alg alg)
{
	struct rv_boot_register *reg = &j->v->reg[j->v->registers++];

	snprintf(reg->name, sizeof reg->name, "%s", name);
	reg->alg = alg;
	return reg;
}

static struct rv_boot_event *event(struct rv_boot_register *reg,
				   const char *label, uint32_t type)
{
	struct rv_boot_event *e = &reg->event[reg->n++];

	snprintf(e->label, sizeof e->label, "%s", label);
	e->type = type;
	return e;
}

static void unknown(struct rv_boot_register *reg, const char *label,
		    uint32_t type, const char *why)
{
	event(reg, label, type);
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

static bool add(struct job *j, struct rv_boot_register *reg, const char *label,
		uint32_t type, struct rv_span bytes)
{
	struct rv_boot_event *e = event(reg, label, type);

	e->known = true;
	return digest(reg->alg, bytes, e->digest, j->err);
}

static bool add_image(struct job *j, struct rv_boot_register *reg,
		      const char *label, const struct rv_pe *pe)
{
	struct rv_boot_event *e =
	    event(reg, label, EV_EFI_BOOT_SERVICES_APPLICATION);

	e->known = true;
	return rv_pe_digest(pe, reg->alg, e->digest, j->err);
}

/* The value that the events give, when all of them are known. */
static bool finish(struct job *j, struct rv_boot_register *reg)
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

static bool option(struct job *j, struct rv_boot_register *reg)
{
	return add(j, reg, "boot-option", EV_EFI_ACTION,
		   rv_text("Calling EFI Application from Boot Option"));
}

static bool separator(struct job *j, struct rv_boot_register *reg)
{
	static const uint8_t zero[4];

	return add(j, reg, "separator", EV_SEPARATOR,
		   rv_span(zero, sizeof zero));
}

static bool table(struct job *j, struct rv_boot_register *reg)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };

	if (!j->in->gpt) {
		unknown(reg, "gpt", EV_EFI_GPT_EVENT,
			"the disk's partition table was not given: --disk");
		return true;
	}
	return rv_gpt_event(j->in->gpt, &b, j->err) &&
	       add(j, reg, "gpt", EV_EFI_GPT_EVENT, rv_buf_span(&b));
}

static bool applications(struct job *j, struct rv_boot_register *reg)
{
	if (j->booter && !add_image(j, reg, "loader", &j->loader))
		return false;
	if (j->booter && j->booter->conf_in_td &&
	    strcmp(reg->name, "rtmr1") == 0)
		unknown(reg, "loader.conf", EV_EVENT_TAG,
			"whether this systemd-boot measures the disk's"
			" loader.conf in a TD is not known");
	return add_image(j, reg, "uki", &j->uki.pe) &&
	       (!j->uki.loads_kernel ||
		add_image(j, reg, "linux", &j->linux_image));
}

static bool leaving(struct job *j, struct rv_boot_register *reg)
{
	return add(j, reg, "exit-boot-services", EV_EFI_ACTION,
		   rv_text("Exit Boot Services Invocation")) &&
	       add(j, reg, "exit-boot-services-success", EV_EFI_ACTION,
		   rv_text("Exit Boot Services Returned with Success"));
}

/* ---- what the stub and the kernel measure ---- */

static bool parts(struct job *j, struct rv_boot_register *reg)
{
	struct rv_uki_event e[RV_UKI_EVENTS];
	size_t n = rv_uki_events(&j->uki, e);

	for (size_t i = 0; i < n; i++) {
		char label[32];

		snprintf(label, sizeof label, "%s %s",
			 rv_uki_part_name(e[i].part),
			 e[i].content ? "content" : "name");
		if (!add(j, reg, label, EV_IPL, e[i].bytes))
			return false;
	}
	return true;
}

static void kernel_unknown(struct rv_boot_register *reg, const char *why)
{
	unknown(reg, "load-options", EV_EVENT_TAG, why);
	unknown(reg, "initrd", EV_EVENT_TAG, why);
}

static bool kernel(struct job *j, struct rv_boot_register *reg,
		   unsigned from_major, unsigned from_minor, const char *old)
{
	RV_AUTO(rv_buf_free) struct rv_buf line = { 0 }, initrd = { 0 };
	unsigned major = 0, minor = 0;
	const char *why = "";
	bool known = false;

	if (!rv_uki_kernel(&j->uki, &major, &minor) || major < from_major ||
	    (major == from_major && minor < from_minor)) {
		kernel_unknown(reg, old);
		return true;
	}
	if (!j->stub->hands_on) {
		kernel_unknown(reg, "this stub adds the machine's console to"
				    " the command line and a secret of its"
				    " own to the initrd");
		return true;
	}
	if (!rv_uki_cmdline(&j->uki, &line, &known, &why, j->err) ||
	    !rv_uki_initrd(&j->uki, &initrd, j->err))
		return false;
	if (!known)
		unknown(reg, "load-options", EV_EVENT_TAG, why);
	else if (!add(j, reg, "load-options", EV_EVENT_TAG, rv_buf_span(&line)))
		return false;
	if (initrd.n)
		return add(j, reg, "initrd", EV_EVENT_TAG,
			   rv_buf_span(&initrd));
	unknown(reg, "initrd", EV_EVENT_TAG, "the image has no initrd");
	return true;
}

/* ---- registers ---- */

/*
 * An old systemd-boot takes the command line out of the image and hands it
 * over: it measures that, and so does the stub.
 */
static bool handed(struct job *j, struct rv_boot_register *reg)
{
	RV_AUTO(rv_buf_free) struct rv_buf line = { 0 };
	const char *why = "what a stub of this version makes of the command"
			  " line that the loader hands to it is not known";
	bool known = false;

	if (!j->stub->cc &&
	    !rv_uki_cmdline(&j->uki, &line, &known, &why, j->err))
		return false;
	if (!known) {
		unknown(reg, "loader options", EV_IPL, why);
		unknown(reg, "stub options", EV_IPL, why);
		return true;
	}
	return add(j, reg, "loader options", EV_IPL, rv_buf_span(&line)) &&
	       add(j, reg, "stub options", EV_IPL, rv_buf_span(&line));
}

static bool rtmr1(struct job *j)
{
	struct rv_boot_register *reg = begin(j, "rtmr1", RV_SHA384);
	const struct rv_edk2 *e =
	    j->in->edk2 ? rv_edk2_release(j->in->edk2) : NULL;

	if (!option(j, reg))
		return false;
	if (j->in->platform == RV_BOOT_TDX && !e)
		unknown(reg, "separator", EV_SEPARATOR,
			"whether the firmware's separator goes to RTMR1 or"
			" RTMR0 is not known: --ovmf RELEASE");
	else if (!(e && e->ready_rtmr0) && !separator(j, reg))
		return false;
	return table(j, reg) && applications(j, reg) && leaving(j, reg) &&
	       finish(j, reg);
}

static bool rtmr2(struct job *j)
{
	struct rv_boot_register *reg = begin(j, "rtmr2", RV_SHA384);

	if (j->stub->cc && !parts(j, reg))
		return false;
	if (j->stub->cc && j->booter && j->booter->hands_line &&
	    !handed(j, reg))
		return false;
	/* With a TPM there the kernel measures into that alone. */
	if (j->in->platform == RV_BOOT_TDX &&
	    !kernel(j, reg, CC_MAJOR, CC_MINOR,
		    "whether this kernel measures into RTMR2 is not known:"
		    " Linux does from 6.9 on"))
		return false;
	return finish(j, reg);
}

static bool pcr2(struct job *j)
{
	struct rv_boot_register *reg = begin(j, "pcr2", RV_SHA256);

	return separator(j, reg) && table(j, reg) && applications(j, reg) &&
	       finish(j, reg);
}

static bool pcr4(struct job *j, enum rv_alg alg)
{
	struct rv_boot_register *reg = begin(j, "pcr4", alg);

	return option(j, reg) && separator(j, reg) && applications(j, reg) &&
	       finish(j, reg);
}

static bool pcr5(struct job *j, enum rv_alg alg)
{
	struct rv_boot_register *reg = begin(j, "pcr5", alg);

	if (!separator(j, reg) || !table(j, reg))
		return false;
	if (j->booter && j->booter->loader_conf)
		unknown(reg, "loader.conf", EV_EVENT_TAG,
			"systemd-boot measures the disk's loader.conf, which"
			" was not given");
	return leaving(j, reg) && finish(j, reg);
}

static bool pcr9(struct job *j, enum rv_alg alg)
{
	struct rv_boot_register *reg = begin(j, "pcr9", alg);

	return kernel(j, reg, TPM_MAJOR, TPM_MINOR,
		      "whether this kernel measures into PCR9 is not known:"
		      " Linux does from 6.1 on") &&
	       finish(j, reg);
}

static bool pcr11(struct job *j, enum rv_alg alg)
{
	struct rv_boot_register *reg = begin(j, "pcr11", alg);

	return parts(j, reg) && finish(j, reg);
}

/* Else nothing but credentials and the like, of which there are none. */
static bool pcr12(struct job *j, enum rv_alg alg)
{
	struct rv_boot_register *reg = begin(j, "pcr12", alg);

	return (!j->booter || !j->booter->hands_line || handed(j, reg)) &&
	       finish(j, reg);
}

static bool variable(struct job *j, struct rv_boot_register *reg,
		     const char *name, const uint8_t guid[16],
		     struct rv_span value)
{
	RV_AUTO(rv_grow_free) struct rv_grow to = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };

	rv_efi_variable(&to, guid, name, value);
	return rv_grow_take(&to, &b, j->err) &&
	       add(j, reg, name, EV_EFI_VARIABLE_DRIVER_CONFIG,
		   rv_buf_span(&b));
}

/* Without Secure Boot: the variable is 0, and no keys are there. */
static bool pcr7(struct job *j, enum rv_alg alg)
{
	static const uint8_t off[1];
	struct rv_boot_register *reg = begin(j, "pcr7", alg);
	struct rv_span none = { 0 };

	return variable(j, reg, "SecureBoot", rv_efi_global, rv_span(off, 1)) &&
	       variable(j, reg, "PK", rv_efi_global, none) &&
	       variable(j, reg, "KEK", rv_efi_global, none) &&
	       variable(j, reg, "db", rv_efi_security, none) &&
	       variable(j, reg, "dbx", rv_efi_security, none) &&
	       separator(j, reg) && finish(j, reg);
}

static bool aws(struct job *j)
{
	static const char *const names[] = { "pcr4", "pcr7", "pcr12" };
	struct rv_boot_values *v = j->v;

	return pcr4(j, RV_SHA384) && pcr7(j, RV_SHA384) &&
	       pcr12(j, RV_SHA384) &&
	       rv_boot_digest(v, names, &v->has_boot_pcr_digest,
			      &v->boot_pcr_digest, j->err);
}

static bool registers(struct job *j)
{
	enum rv_alg alg = j->in->alg;

	switch (j->in->platform) {
	case RV_BOOT_TDX:
		return rtmr1(j) && rtmr2(j);
	case RV_BOOT_GCP:
		return rtmr1(j) && rtmr2(j) && pcr2(j) && pcr11(j, RV_SHA256);
	case RV_BOOT_TPM:
		return pcr4(j, alg) && pcr5(j, alg) && pcr9(j, alg) &&
		       pcr11(j, alg) && pcr12(j, alg);
	case RV_BOOT_AWS:
		return aws(j);
	default:
		return rv_fail(j->err, RV_INPUT,
			       "an enclave boots no unified kernel image");
	}
}

/* ---- images ---- */

static bool read_loader(struct job *j)
{
	struct rv_span magic = { 0 };
	unsigned version = 0;

	if (!j->in->loader.n)
		return true;
	if (!rv_pe_read(j->in->loader, &j->loader, j->err))
		return false;
	for (size_t i = 0; i < j->loader.n; i++) {
		const struct rv_pe_section *s = &j->loader.section[i];

		if (strcmp(s->name, ".sdmagic") == 0)
			magic = s->raw;
	}
	if (!rv_stub_magic(magic, "systemd-boot", j->v->loader, &version,
			   j->err))
		return false;
	j->booter = rv_stub_find(version);
	return j->booter ||
	       rv_fail(j->err, RV_INPUT,
		       "what %s measures is not known here, only that of %s",
		       j->v->loader, rv_stub_versions());
}

static bool read_images(struct job *j)
{
	if (!read_loader(j))
		return rv_in(j->err, "loader");
	if (!rv_uki_read(j->in->uki, &j->uki, j->err))
		return false;
	if (!rv_pe_read(j->uki.part[RV_UKI_LINUX], &j->linux_image, j->err))
		return rv_in(j->err, ".linux");
	if (j->linux_image.image_version < 1)
		return rv_fail(j->err, RV_INPUT,
			       ".linux: a kernel before 5.8, which the stub "
			       "starts without firmware");
	j->stub = rv_stub_find(j->uki.version);
	return true;
}

static void assume(struct rv_boot_values *v, const char *what)
{
	snprintf(v->assumed[v->assumptions++], sizeof v->assumed[0], "%s",
		 what);
}

static void assumptions(struct job *j)
{
	struct rv_boot_values *v = j->v;

	assume(v, "Secure Boot is off");
	assume(v, j->booter ? "firmware starts the loader, the loader this"
			      " image, and neither another one before"
			    : "firmware starts this image, and no other one"
			      " before");
	assume(v, "the stub gets no command line but the image's, and finds no"
		  " credentials, add-ons or extensions beside it");
	if (!j->uki.loads_kernel)
		assume(v, "the stub starts the kernel without firmware's"
			  " LoadImage, as this version does");
}

bool rv_boot_predict(const struct rv_boot_input *in, struct rv_boot_values *out,
		     struct rv_err *err)
{
	RV_AUTO(rv_free) struct rv_boot_values *v = calloc(1, sizeof *v);
	RV_AUTO(rv_free) struct job *j = calloc(1, sizeof *j);

	if (!v || !j)
		return rv_no_memory(err, "boot");
	*j = (struct job){ .in = in, .v = v, .err = err };
	v->platform = in->platform;
	if (!read_images(j) || !registers(j))
		return false;
	memcpy(v->stub, j->uki.stub, sizeof v->stub);
	assumptions(j);
	*out = *v;
	return true;
}
