/* SPDX-License-Identifier: Apache-2.0 */
/* grubscript.h - what grub measures while it runs its configuration. */
#ifndef RV_UKI_GRUBSCRIPT_H
#define RV_UKI_GRUBSCRIPT_H

#include "base.h"

enum {
	RV_GRUB_CONFIG_MAX = 1 << 20, /* bytes of one configuration */
	RV_GRUB_STRINGS = 8,	      /* PCR of commands */
	RV_GRUB_FILES = 9,	      /* PCR of files */
};

enum rv_grub_there { RV_GRUB_THERE, RV_GRUB_MISSING, RV_GRUB_UNKNOWN };

/* What a configuration finds around it. All but @measured are questions. */
struct rv_grub_world {
	void *arg;
	/* One event; @bytes NULL: which bytes is not known. */
	bool (*measured)(void *arg, unsigned pcr, const char *label,
			 const struct rv_span *bytes, struct rv_err *err);
	/* "(hd0,gpt1)/EFI/debian/grub.cfg"; @out is owned by the caller. */
	bool (*file)(void *arg, const char *path, enum rv_grub_there *there,
		     struct rv_buf *out, struct rv_err *err);
	bool (*module)(void *arg, const char *name); /* built in? */
	const char *prefix; /* "(hd0,gpt1)/EFI/debian" */
	const char *root;   /* "hd0,gpt1" */
	const char *id;	    /* of its file system, "1234-5678" */
};

/* How it ends. */
struct rv_grub_end {
	bool boots;		   /* false: @why, behind the last event */
	char why[160];		   /* what decides the next event */
	bool has_line, has_initrd; /* known */
	struct rv_buf line;	   /* of the kernel, "/vmlinuz root=..." */
	struct rv_buf initrd;	   /* all of them, behind each other */
	struct rv_buf kernel;	   /* n is 0 when it is not known */
};
void rv_grub_end_free(struct rv_grub_end *end);

/*
 * Run prefix/grub.cfg as grub does when nobody touches its menu, and the entry
 * that it starts. False: out of memory, or a callback failed.
 */
RV_MUST bool rv_grub_run(const struct rv_grub_world *world,
			 struct rv_grub_end *end, struct rv_err *err);

#endif
