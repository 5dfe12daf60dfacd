/* SPDX-License-Identifier: Apache-2.0 */
/*
 * boot.c - the registers of a machine that boots a unified kernel image from
 * its disk: what firmware, loader, stub and kernel measure, in their order.
 */
#include "digest.h"
#include "diskboot.h"
#include "initrd.h"
#include "registers.h"
#include "stub.h"

#include <refval/boot.h>

#include <stdio.h>
#include <stdlib.h>

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

/* ---- what firmware starts ---- */

static bool applications(struct rv_boot_job *j, struct rv_boot_register *reg)
{
	if (j->booter && !rv_reg_add_image(j, reg, "loader", &j->loader))
		return false;
	if (j->booter && j->booter->conf_in_td &&
	    strcmp(reg->name, "rtmr1") == 0)
		rv_reg_unknown(reg, "loader.conf", EV_EVENT_TAG,
			       "whether this systemd-boot measures the disk's"
			       " loader.conf in a TD is not known");
	return rv_reg_add_image(j, reg, "uki", &j->uki.pe) &&
	       (!j->uki.loads_kernel ||
		rv_reg_add_image(j, reg, "linux", &j->linux_image));
}

/* ---- what the stub and the kernel measure ---- */

static bool parts(struct rv_boot_job *j, struct rv_boot_register *reg)
{
	struct rv_uki_event e[RV_UKI_EVENTS];
	size_t n = rv_uki_events(&j->uki, e);

	for (size_t i = 0; i < n; i++) {
		char label[32];

		snprintf(label, sizeof label, "%s %s",
			 rv_uki_part_name(e[i].part),
			 e[i].content ? "content" : "name");
		if (!rv_reg_add(j, reg, label, EV_IPL, e[i].bytes))
			return false;
	}
	return true;
}

static void kernel_unknown(struct rv_boot_register *reg, const char *why)
{
	rv_reg_unknown(reg, "load-options", EV_EVENT_TAG, why);
	rv_reg_unknown(reg, "initrd", EV_EVENT_TAG, why);
}

static bool kernel(struct rv_boot_job *j, struct rv_boot_register *reg,
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
		rv_reg_unknown(reg, "load-options", EV_EVENT_TAG, why);
	else if (!rv_reg_add(j, reg, "load-options", EV_EVENT_TAG,
			     rv_buf_span(&line)))
		return false;
	if (initrd.n)
		return rv_reg_add(j, reg, "initrd", EV_EVENT_TAG,
				  rv_buf_span(&initrd));
	rv_reg_unknown(reg, "initrd", EV_EVENT_TAG, "the image has no initrd");
	return true;
}

/* ---- registers ---- */

/*
 * An old systemd-boot takes the command line out of the image and hands it
 * over: it measures that, and so does the stub.
 */
static bool handed(struct rv_boot_job *j, struct rv_boot_register *reg)
{
	RV_AUTO(rv_buf_free) struct rv_buf line = { 0 };
	const char *why = "what a stub of this version makes of the command"
			  " line that the loader hands to it is not known";
	bool known = false;

	if (!j->stub->cc &&
	    !rv_uki_cmdline(&j->uki, &line, &known, &why, j->err))
		return false;
	if (!known) {
		rv_reg_unknown(reg, "loader options", EV_IPL, why);
		rv_reg_unknown(reg, "stub options", EV_IPL, why);
		return true;
	}
	return rv_reg_add(j, reg, "loader options", EV_IPL,
			  rv_buf_span(&line)) &&
	       rv_reg_add(j, reg, "stub options", EV_IPL, rv_buf_span(&line));
}

static bool rtmr1(struct rv_boot_job *j)
{
	struct rv_boot_register *reg = rv_reg_begin(j, "rtmr1", RV_SHA384);

	return rv_reg_rtmr1(j, reg) && applications(j, reg) &&
	       rv_reg_leaving(j, reg) && rv_reg_finish(j, reg);
}

static bool rtmr2(struct rv_boot_job *j)
{
	struct rv_boot_register *reg = rv_reg_begin(j, "rtmr2", RV_SHA384);

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
	return rv_reg_finish(j, reg);
}

static bool pcr2(struct rv_boot_job *j)
{
	struct rv_boot_register *reg = rv_reg_begin(j, "pcr2", RV_SHA256);

	return rv_reg_separator(j, reg) && rv_reg_table(j, reg) &&
	       applications(j, reg) && rv_reg_finish(j, reg);
}

static bool pcr4(struct rv_boot_job *j, enum rv_alg alg)
{
	struct rv_boot_register *reg = rv_reg_begin(j, "pcr4", alg);

	return rv_reg_option(j, reg) && rv_reg_separator(j, reg) &&
	       applications(j, reg) && rv_reg_finish(j, reg);
}

static bool pcr5(struct rv_boot_job *j, enum rv_alg alg)
{
	struct rv_boot_register *reg = rv_reg_begin(j, "pcr5", alg);

	if (!rv_reg_separator(j, reg) || !rv_reg_table(j, reg))
		return false;
	if (j->booter && j->booter->loader_conf)
		rv_reg_unknown(
		    reg, "loader.conf", EV_EVENT_TAG,
		    "systemd-boot measures the disk's loader.conf, which"
		    " was not given");
	return rv_reg_leaving(j, reg) && rv_reg_finish(j, reg);
}

static bool pcr9(struct rv_boot_job *j, enum rv_alg alg)
{
	struct rv_boot_register *reg = rv_reg_begin(j, "pcr9", alg);

	return kernel(j, reg, TPM_MAJOR, TPM_MINOR,
		      "whether this kernel measures into PCR9 is not known:"
		      " Linux does from 6.1 on") &&
	       rv_reg_finish(j, reg);
}

static bool pcr11(struct rv_boot_job *j, enum rv_alg alg)
{
	struct rv_boot_register *reg = rv_reg_begin(j, "pcr11", alg);

	return parts(j, reg) && rv_reg_finish(j, reg);
}

/* Else nothing but credentials and the like, of which there are none. */
static bool pcr12(struct rv_boot_job *j, enum rv_alg alg)
{
	struct rv_boot_register *reg = rv_reg_begin(j, "pcr12", alg);

	return (!j->booter || !j->booter->hands_line || handed(j, reg)) &&
	       rv_reg_finish(j, reg);
}

static bool pcr7(struct rv_boot_job *j)
{
	struct rv_boot_register *reg = rv_reg_begin(j, "pcr7", RV_SHA384);

	return rv_reg_insecure(j, reg, true) && rv_reg_finish(j, reg);
}

static bool aws(struct rv_boot_job *j)
{
	static const char *const names[] = { "pcr4", "pcr7", "pcr12" };
	struct rv_boot_values *v = j->v;

	return pcr4(j, RV_SHA384) && pcr7(j) && pcr12(j, RV_SHA384) &&
	       rv_boot_digest(v, names, &v->has_boot_pcr_digest,
			      &v->boot_pcr_digest, j->err);
}

static bool registers(struct rv_boot_job *j)
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

static bool read_loader(struct rv_boot_job *j)
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

static bool read_images(struct rv_boot_job *j)
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

static void assumptions(struct rv_boot_job *j)
{
	rv_reg_assume(j, "Secure Boot is off");
	rv_reg_assume(j, j->booter
			     ? "firmware starts the loader, the loader this"
			       " image, and neither another one before"
			     : "firmware starts this image, and no other one"
			       " before");
	rv_reg_assume(
	    j, "the stub gets no command line but the image's, and finds no"
	       " credentials, add-ons or extensions beside it");
	if (!j->uki.loads_kernel)
		rv_reg_assume(j, "the stub starts the kernel without firmware's"
				 " LoadImage, as this version does");
}

bool rv_boot_predict(const struct rv_boot_input *in, struct rv_boot_values *out,
		     struct rv_err *err)
{
	RV_AUTO(rv_free) struct rv_boot_values *v = calloc(1, sizeof *v);
	RV_AUTO(rv_free) struct rv_boot_job *j = calloc(1, sizeof *j);

	if (!v || !j)
		return rv_no_memory(err, "boot");
	*j = (struct rv_boot_job){ .in = in, .v = v, .err = err };
	v->platform = in->platform;
	if (in->disk && in->platform != RV_BOOT_TDX &&
	    in->platform != RV_BOOT_TPM)
		return rv_fail(err, RV_INPUT,
			       "a disk with shim and grub is predicted for the"
			       " platforms tdx and tpm, not for %s",
			       rv_boot_platform_name(in->platform));
	if (in->disk ? !rv_boot_disk(j) : !read_images(j) || !registers(j))
		return false;
	if (!in->disk) {
		memcpy(v->stub, j->uki.stub, sizeof v->stub);
		assumptions(j);
	}
	*out = *v;
	return true;
}
