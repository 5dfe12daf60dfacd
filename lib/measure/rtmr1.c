/* SPDX-License-Identifier: Apache-2.0 */
/* rtmr1.c - RTMR1: the kernel, as QEMU hands it over, and how it is started. */
#include "base.h"
#include "kernel.h"
#include "predict.h"

/* Is the kernel measured as the file is? RV_UNSET: not known, with @why. */
static enum rv_tri plain(const struct rv_job *j, const char **why)
{
	const struct rv_document *d = j->in->document;
	const struct rv_qemu_row *row = rv_qemu_find(&j->shape->qemu);

	if ((d && d->kernel_header_normalized) ||
	    j->in->kernel_header_normalized == RV_TRUE)
		return RV_TRUE;
	*why = "the QEMU version is not stated, and from 10.0 or 10.2 on QEMU "
	       "leaves the kernel's header alone: --qemu";
	if (!j->has_qemu || !row)
		return RV_UNSET;
	*why = "whether the firmware reads etc/boot/kernel, as edk2 does since "
	       "202502, is not known: --ovmf RELEASE";
	return rv_kernel_as_file(row, j->has_rules ? &j->rules.edk2 : NULL);
}

/* The document's digest is of the header that QEMU patches for most sizes. */
static bool kernel_of_document(struct rv_job *j, enum rv_tri as_file,
			       struct rv_register *reg, const char *depends)
{
	const struct rv_document *d = j->in->document;
	uint64_t m = j->shape->memory;
	bool usual = m == (uint64_t)2 << 30 || m >= 0xb0000000u;
	const char *why = NULL;

	if (!d->kernel_header_normalized && as_file == RV_TRUE)
		why = "measurement.tdx.cbor holds the digest with the header "
		      "patched, which this QEMU does not do";
	else if (!d->kernel_header_normalized && !m)
		why = "the memory size is not stated: --memory";
	else if (!d->kernel_header_normalized && !usual)
		why = "measurement.tdx.cbor holds the digest for 2 GiB and "
		      "from 2816 MiB on only";
	if (why)
		rv_predict_unknown(reg, "kernel",
				   RV_EV_EFI_BOOT_SERVICES_APPLICATION, depends,
				   why);
	else
		rv_predict_add(reg, "kernel",
			       RV_EV_EFI_BOOT_SERVICES_APPLICATION,
			       &d->kernel_authenticode, depends);
	reg->event[reg->n - 1].origin = why ? RV_ORIGIN_NONE : RV_ORIGIN_GIVEN;
	return true;
}

static bool patched_digest(struct rv_job *j, struct rv_sha384 *out)
{
	const struct rv_measure_input *in = j->in;
	uint8_t head[RV_SETUP_MAX];
	size_t n = 0;

	return rv_setup_patch(in->kernel, in->initrd_size, in->cmdline,
			      j->shape->memory, head, &n, j->err) &&
	       rv_cached_authenticode(in->cache, in->kernel, rv_span(head, n),
				      out, j->err);
}

static bool kernel_patched(struct rv_job *j, struct rv_register *reg)
{
	static const char depends[] = "kernel, initrd's size, memory size, "
				      "QEMU version (header patched)";
	const struct rv_measure_input *in = j->in;
	const char *why = !j->shape->memory
			      ? "the memory size is not stated: --memory"
			  : !in->cmdline    ? "no command line was given"
			  : !in->has_initrd ? "no initrd was given"
					    : NULL;
	struct rv_sha384 digest;

	if (why) {
		rv_predict_unknown(reg, "kernel",
				   RV_EV_EFI_BOOT_SERVICES_APPLICATION, depends,
				   why);
		return true;
	}
	return patched_digest(j, &digest) &&
	       rv_predict_add(reg, "kernel",
			      RV_EV_EFI_BOOT_SERVICES_APPLICATION, &digest,
			      depends);
}

static bool kernel(struct rv_job *j, struct rv_register *reg)
{
	static const char depends[] = RV_DEPENDS_ON_FILE;
	const char *why = "";
	enum rv_tri as_file = plain(j, &why);
	struct rv_sha384 digest;

	if (as_file == RV_UNSET) {
		rv_predict_unknown(reg, "kernel",
				   RV_EV_EFI_BOOT_SERVICES_APPLICATION,
				   "kernel, QEMU version", why);
		return true;
	}
	if (j->in->document)
		return kernel_of_document(j, as_file, reg,
					  as_file == RV_TRUE
					      ? depends
					      : "kernel, QEMU version, memory "
						"size");
	if (!j->in->kernel.n) {
		rv_predict_unknown(reg, "kernel",
				   RV_EV_EFI_BOOT_SERVICES_APPLICATION,
				   "kernel", "no kernel was given");
		return true;
	}
	if (as_file == RV_FALSE)
		return kernel_patched(j, reg);
	return rv_cached_authenticode(j->in->cache, j->in->kernel,
				      rv_span(NULL, 0), &digest, j->err) &&
	       rv_predict_add(reg, "kernel",
			      RV_EV_EFI_BOOT_SERVICES_APPLICATION, &digest,
			      depends);
}

bool rv_predict_rtmr1(struct rv_job *j)
{
	struct rv_register *reg = rv_values_at(j->out, "rtmr1");

	if (!j->has_rules) {
		rv_predict_copy(reg->why, sizeof reg->why, j->no_rules);
		return true;
	}
	return kernel(j, reg) &&
	       rv_predict_text(
		   j, reg, "boot-option", RV_EV_EFI_ACTION,
		   rv_text("Calling EFI Application from Boot Option")) &&
	       (j->rules.edk2.ready_rtmr0 || rv_predict_separator(j, reg)) &&
	       rv_predict_text(j, reg, "exit-boot-services", RV_EV_EFI_ACTION,
			       rv_text("Exit Boot Services Invocation")) &&
	       rv_predict_text(
		   j, reg, "exit-boot-services-success", RV_EV_EFI_ACTION,
		   rv_text("Exit Boot Services Returned with Success")) &&
	       rv_register_replay(reg, j->err);
}
