/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diskboot.c - a disk that firmware boots through shim and grub: what is on its
 * EFI system partition decides what they measure, and in which order.
 */
#include "digest.h"
#include "diskboot.h"
#include "grubimage.h"
#include "grubscript.h"
#include "initrd.h"
#include "shim.h"

#include <refval/gcp.h>

#include <stdio.h>
#include <stdlib.h>

enum {
	PARTS = 12,	 /* folders of a path, and its file */
	PATH = 512,	 /* bytes of one */
	FAT_SERIAL = 67, /* of FAT32, in its boot sector */
	ENTRIES_AT = 72, /* in a GPT's header */
	/* Room for what follows grub's own events. */
	SPARE = 8,
};

/* c12a7328-f81f-11d2-ba4b-00a0c93ec93b: an EFI system partition. */
static const uint8_t esp_type[16] = { 0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8,
				      0xd2, 0x11, 0xba, 0x4b, 0x00, 0xa0,
				      0xc9, 0x3e, 0xc9, 0x3b };

struct disk {
	struct rv_boot_job *j;
	const struct rv_gpt_partition *esp;
	struct rv_buf shim_file, grub_file;
	struct rv_shim shim;
	struct rv_grub_image grub;
	char root[32], id[16], prefix[192];
	struct rv_grub_end end;
	/* Where grub's events go: PCR 8 and 9, or RTMR2 for both. */
	struct rv_boot_register *strings, *files;
	bool full; /* one of them has no room */
};

static void disk_free(struct disk **d)
{
	if (!*d)
		return;
	rv_buf_free(&(*d)->shim_file);
	rv_buf_free(&(*d)->grub_file);
	rv_grub_end_free(&(*d)->end);
	free(*d);
}

/* ---- the EFI system partition ---- */

static bool find_esp(struct disk *d)
{
	const struct rv_gpt *gpt = d->j->in->gpt;

	for (size_t i = 0; i < gpt->n; i++) {
		if (memcmp(gpt->part[i].type, esp_type, sizeof esp_type) != 0)
			continue;
		if (d->esp)
			return rv_fail(d->j->err, RV_INPUT,
				       "two EFI system partitions");
		d->esp = &gpt->part[i];
	}
	return d->esp ||
	       rv_fail(d->j->err, RV_INPUT, "no EFI system partition");
}

/* The number that grub gives it, and what its file system is called. */
static bool name_esp(struct disk *d)
{
	const struct rv_gpt *gpt = d->j->in->gpt;
	const struct rv_disk *disk = d->j->in->disk;
	const uint8_t *start = gpt->header.p - gpt->sector;
	uint64_t entries = rv_num(rv_span(gpt->header.p + ENTRIES_AT, 8));
	uint64_t at = (uint64_t)(d->esp->entry.p - start);
	uint8_t id[4];

	if (!disk->read(disk->arg, d->esp->first + FAT_SERIAL, sizeof id, id,
			d->j->err))
		return false;
	snprintf(d->root, sizeof d->root, "hd0,gpt%u",
		 (unsigned)((at - entries * gpt->sector) / RV_GPT_ENTRY + 1));
	snprintf(d->id, sizeof d->id, "%02X%02X-%02X%02X", id[3], id[2], id[1],
		 id[0]);
	return true;
}

/* Which file it was, among the inputs. */
static bool note(struct disk *d, const char *role, const char *path,
		 struct rv_span bytes)
{
	struct rv_boot_values *v = d->j->v;
	struct rv_input *in = &v->input[v->inputs];
	const char *slash = strrchr(path, '/');

	for (size_t i = 0; i < v->inputs; i++)
		if (strcmp(v->input[i].name, slash ? slash + 1 : path) == 0 &&
		    v->input[i].size == bytes.n)
			return true;
	/* One place is the caller's. */
	if (v->inputs + 1 >= RV_INPUTS_MAX)
		return true;
	*in = (struct rv_input){ .size = bytes.n };
	snprintf(in->role, sizeof in->role, "%s", role);
	snprintf(in->name, sizeof in->name, "%.63s", slash ? slash + 1 : path);
	v->inputs++;
	return rv_sha256(bytes, &in->sha256, d->j->err);
}

/* "EFI/BOOT/BOOTX64.EFI"; *there says whether it is. */
static bool look(struct disk *d, const char *path, size_t max, bool *there,
		 struct rv_buf *out, struct rv_err *err)
{
	const char *part[PARTS], *missing = NULL;
	char copy[PATH], *next = copy;
	size_t n = 0;

	*there = false;
	if (strlen(path) >= sizeof copy)
		return rv_fail(err, RV_INPUT, "a path of more than %d bytes",
			       PATH);
	snprintf(copy, sizeof copy, "%s", path);
	while (next && *next) {
		char *slash = strchr(next, '/');

		if (slash)
			*slash = 0;
		if (*next && (n == PARTS || *next == '.'))
			return rv_fail(err, RV_INPUT, "the path %s", path);
		if (*next)
			part[n++] = next;
		next = slash ? slash + 1 : NULL;
	}
	if (!n)
		return rv_fail(err, RV_INPUT, "an empty path");
	if (!rv_fat_look(d->j->in->disk, d->esp->first, d->esp->n, part, n, max,
			 &missing, out, err))
		return false;
	*there = !missing;
	return true;
}

static bool need(struct disk *d, const char *role, const char *path,
		 struct rv_buf *out)
{
	bool there;

	if (!look(d, path, RV_UKI_MAX, &there, out, d->j->err))
		return false;
	if (!there)
		return rv_fail(d->j->err, RV_INPUT,
			       "the EFI system partition has no %s", path);
	return note(d, role, path, rv_buf_span(out));
}

static bool read_programs(struct disk *d)
{
	RV_AUTO(rv_buf_free) struct rv_buf other = { 0 };
	struct rv_err *err = d->j->err;
	struct rv_pe pe;
	bool there;

	if (!need(d, "shim", "EFI/BOOT/BOOTX64.EFI", &d->shim_file))
		return false;
	if (!rv_pe_read(rv_buf_span(&d->shim_file), &pe, err))
		return rv_in(err, "EFI/BOOT/BOOTX64.EFI");
	if (!rv_shim_is(&pe))
		return rv_fail(err, RV_INPUT,
			       "EFI/BOOT/BOOTX64.EFI is not shim; a unified"
			       " kernel image and systemd-boot are given with"
			       " --uki and --loader");
	if (!look(d, "EFI/BOOT/fbx64.efi", RV_UKI_MAX, &there, &other, err))
		return false;
	if (there)
		return rv_fail(err, RV_INPUT,
			       "EFI/BOOT/fbx64.efi: shim starts it before"
			       " grub, and the machine starts again");
	return need(d, "grub", "EFI/BOOT/grubx64.efi", &d->grub_file) &&
	       rv_shim_read(rv_buf_span(&d->shim_file), &d->shim, err) &&
	       rv_grub_image_read(rv_buf_span(&d->grub_file), &d->grub, err);
}

/* ---- what grub finds ---- */

static bool measured(void *arg, unsigned pcr, const char *label,
		     const struct rv_span *bytes, struct rv_err *err)
{
	struct disk *d = arg;
	struct rv_boot_register *reg =
	    pcr == RV_GRUB_FILES ? d->files : d->strings;
	char text[sizeof reg->event[0].label];

	(void)err; /* of the job, as for everything here */
	if (!reg)
		return true;
	if (d->full || reg->n + SPARE >= RV_BOOT_EVENTS_MAX) {
		d->full = true;
		return true;
	}
	snprintf(text, sizeof text, "%.*s", (int)sizeof text - 1, label);
	for (char *p = text; *p; p++)
		if (*p < ' ' || *p > '~')
			*p = ' ';
	if (bytes)
		return rv_reg_add(d->j, reg, text, EV_IPL, *bytes);
	rv_reg_unknown(reg, text, EV_IPL,
		       "grub uses something that is not on the EFI system"
		       " partition");
	return true;
}

static bool file(void *arg, const char *path, enum rv_grub_there *there,
		 struct rv_buf *out, struct rv_err *err)
{
	struct disk *d = arg;
	size_t n = strlen(d->root);
	struct rv_err why = { 0 };
	bool is;

	*there = RV_GRUB_UNKNOWN;
	if (path[0] != '(' || strncmp(path + 1, d->root, n) != 0 ||
	    path[n + 1] != ')' || path[n + 2] != '/')
		return true;
	if (!look(d, path + n + 3, RV_UKI_MAX, &is, out, &why)) {
		if (why.code == RV_INPUT)
			return true;
		*err = why;
		return false;
	}
	*there = is ? RV_GRUB_THERE : RV_GRUB_MISSING;
	return !is || note(d, "file", path, rv_buf_span(out));
}

static bool module(void *arg, const char *name)
{
	const struct disk *d = arg;

	return rv_grub_image_has(&d->grub, name);
}

static bool run_grub(struct disk *d, struct rv_boot_register *strings,
		     struct rv_boot_register *files)
{
	struct rv_grub_world world = { .arg = d,
				       .measured = measured,
				       .file = file,
				       .module = module,
				       .prefix = d->prefix,
				       .root = d->root,
				       .id = d->id };

	d->strings = strings;
	d->files = files;
	if (!rv_grub_run(&world, &d->end, d->j->err))
		return false;
	if (d->full && d->end.boots)
		snprintf(d->end.why, sizeof d->end.why, "more than %d events",
			 RV_BOOT_EVENTS_MAX - SPARE);
	d->end.boots &= !d->full;
	return true;
}

/* Behind its last event that is known: why the next one is not. */
static void cut(const struct disk *d, struct rv_boot_register *reg)
{
	char why[sizeof reg->why];

	if (!reg || d->end.boots)
		return;
	snprintf(why, sizeof why, "grub is followed up to: %.130s", d->end.why);
	rv_reg_unknown(reg, "what grub does next", EV_IPL, why);
}

/* ---- registers ---- */

static bool keys(struct disk *d, struct rv_boot_register *reg)
{
	static const uint8_t trusted[] = { 1 };
	RV_AUTO(rv_buf_free) struct rv_buf list = { 0 }, listx = { 0 };
	struct rv_boot_job *j = d->j;

	return rv_shim_allowed(&d->shim, &list, j->err) &&
	       rv_shim_forbidden(&d->shim, &listx, j->err) &&
	       rv_reg_add(j, reg, "MokList", EV_IPL, rv_buf_span(&list)) &&
	       rv_reg_add(j, reg, "MokListX", EV_IPL, rv_buf_span(&listx)) &&
	       rv_reg_add(j, reg, "MokListTrusted", EV_IPL,
			  rv_span(trusted, sizeof trusted));
}

static bool applications(struct disk *d, struct rv_boot_register *reg)
{
	return rv_reg_add_image(d->j, reg, "shim", &d->shim.pe) &&
	       rv_reg_add_image(d->j, reg, "grub", &d->grub.pe);
}

/* The command line as Linux gets it, and its initrd. */
static bool kernel(struct disk *d, struct rv_boot_register *reg,
		   unsigned from_major, unsigned from_minor)
{
	RV_AUTO(rv_grow_free) struct rv_grow line = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf options = { 0 };
	unsigned major = 0, minor = 0;
	const struct rv_grub_end *end = &d->end;

	if (!end->boots)
		return true;
	if (!rv_linux_version(rv_buf_span(&end->kernel), &major, &minor) ||
	    major < from_major || (major == from_major && minor < from_minor)) {
		rv_reg_unknown(reg, "load-options", EV_EVENT_TAG,
			       "whether this kernel measures what it gets is"
			       " not known");
		rv_reg_unknown(reg, "initrd", EV_EVENT_TAG, "");
		return true;
	}
	for (const char *p = "BOOT_IMAGE="; *p; p++)
		rv_grow_le(&line, (uint8_t)*p, 2);
	for (size_t i = 0; i < end->line.n; i++)
		rv_grow_le(&line, end->line.p[i], 2);
	if (!rv_grow_take(&line, &options, d->j->err))
		return false;
	if (!end->has_line)
		rv_reg_unknown(reg, "load-options", EV_EVENT_TAG,
			       "the command line is not known");
	else if (!rv_reg_add(d->j, reg, "load-options", EV_EVENT_TAG,
			     rv_buf_span(&options)))
		return false;
	if (end->has_initrd)
		return rv_reg_add(d->j, reg, "initrd", EV_EVENT_TAG,
				  rv_buf_span(&end->initrd));
	rv_reg_unknown(reg, "initrd", EV_EVENT_TAG,
		       "no initrd, or one that is not known");
	return true;
}

static bool tdx(struct disk *d)
{
	struct rv_boot_job *j = d->j;
	struct rv_boot_register *one = rv_reg_begin(j, "rtmr1", RV_SHA384);
	struct rv_boot_register *two = rv_reg_begin(j, "rtmr2", RV_SHA384);
	struct rv_boot_register *into = d->grub.cc ? two : NULL;

	if (!rv_reg_rtmr1(j, one) || !applications(d, one) ||
	    !rv_reg_leaving(j, one) || !rv_reg_finish(j, one) ||
	    !keys(d, two) || !run_grub(d, into, into))
		return false;
	cut(d, two);
	return kernel(d, two, CC_MAJOR, CC_MINOR) && rv_reg_finish(j, two);
}

static bool tpm(struct disk *d)
{
	struct rv_boot_job *j = d->j;
	static const char *const names[] = { "pcr4", "pcr5", "pcr7",
					     "pcr8", "pcr9", "pcr14" };
	struct rv_boot_register *reg[RV_LEN(names)];
	RV_AUTO(rv_buf_free) struct rv_buf level = { 0 };

	for (size_t i = 0; i < RV_LEN(names); i++)
		reg[i] = rv_reg_begin(j, names[i], j->in->alg);
	if (!rv_reg_option(j, reg[0]) || !rv_reg_separator(j, reg[0]) ||
	    !applications(d, reg[0]) || !rv_reg_separator(j, reg[1]) ||
	    !rv_reg_table(j, reg[1]) || !rv_reg_leaving(j, reg[1]) ||
	    !rv_reg_insecure(j, reg[2], false) ||
	    !rv_shim_level(&level, j->err) ||
	    !rv_reg_add(j, reg[2], "SbatLevel", EV_EFI_VARIABLE_AUTHORITY,
			rv_buf_span(&level)) ||
	    !run_grub(d, reg[3], reg[4]) || !keys(d, reg[5]))
		return false;
	cut(d, reg[3]);
	cut(d, reg[4]);
	if (!kernel(d, reg[4], TPM_MAJOR, TPM_MINOR))
		return false;
	for (size_t i = 0; i < RV_LEN(reg); i++)
		if (!rv_reg_finish(j, reg[i]))
			return false;
	return true;
}

static void assumptions(struct disk *d)
{
	struct rv_boot_job *j = d->j;

	rv_reg_assume(j, "Secure Boot is off, and the machine has no keys,"
			 " lists or settings of shim's of its own");
	rv_reg_assume(j, "this disk is the machine's only one, and firmware"
			 " starts EFI/BOOT/BOOTX64.EFI of it first");
	rv_reg_assume(j, "grub finds its configuration and grubenv as they are"
			 " here, and nobody types anything or chooses in its"
			 " menu");
	if (!d->end.boots)
		rv_reg_assume(j, "grub starts Linux, and no other program of"
				 " firmware's");
	if (j->in->platform == RV_BOOT_TDX)
		rv_reg_assume(j, "the firmware gives shim and grub the"
				 " protocol by which they measure into RTMRs");
}

bool rv_boot_disk(struct rv_boot_job *j)
{
	RV_AUTO(disk_free) struct disk *d = calloc(1, sizeof *d);

	if (!d)
		return rv_no_memory(j->err, "disk");
	d->j = j;
	if (!find_esp(d) || !name_esp(d) || !read_programs(d))
		return false;
	snprintf(d->prefix, sizeof d->prefix, "(%s)%s", d->root,
		 d->grub.prefix);
	snprintf(j->v->loader, sizeof j->v->loader, "shim %.10s, grub %.40s",
		 d->shim.version, d->grub.version);
	if (!(j->in->platform == RV_BOOT_TDX ? tdx(d) : tpm(d)))
		return false;
	assumptions(d);
	return true;
}
