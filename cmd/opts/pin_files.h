/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pin_files.h - the plain files that a run's arguments name, each with the
 * SHA-256 that it had before anything else read it.
 */
#ifndef RV_PIN_FILES_H
#define RV_PIN_FILES_H

#include <refval.h>
#include <sys/types.h>
#include <time.h>

struct rv_pin_file {
	char *name;	   /* as given, or FOLDER/NAME; owned */
	const char *fault; /* what it is instead of a plain file, or NULL */
	struct rv_sha256 sha256;
	/* Which file it was, and that nobody wrote to it since. */
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec mtime, ctime;
};

/* In the order of their names, each name once; rv_pin_files_free(). */
struct rv_pin_files {
	struct rv_pin_file *item;
	size_t n, room;
};

/*
 * Hash every file of @paths, in folders every file however deep, whatever its
 * name. Links are followed where they are an argument, never in a folder.
 * RV_INPUT: an argument that is not there; RV_USAGE: "-", which has no name.
 */
RV_MUST bool rv_pin_files_read(const char *const *paths, size_t n,
			       struct rv_pin_files *out, struct rv_err *err);
/* RV_INPUT unless the arguments still name the same files, unchanged. */
RV_MUST bool rv_pin_files_still(const char *const *paths, size_t n,
				const struct rv_pin_files *was,
				struct rv_err *err);
void rv_pin_files_free(struct rv_pin_files *f);

#endif
