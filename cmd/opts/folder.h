/* SPDX-License-Identifier: Apache-2.0 */
/* folder.h - folders on disk, for the parts of the library that read some. */
#ifndef RV_CMD_FOLDER_H
#define RV_CMD_FOLDER_H

#include <refval.h>

/* Is @path a folder? "-" never is. */
bool rv_is_folder(const char *path);
/* The folder at @path, which is borrowed. */
struct rv_folder rv_folder_at(const char *path);

/* A file that is to be written; both borrowed. */
struct rv_new_file {
	char name[32];
	struct rv_span data;
};

/*
 * Write @n files into the folder @dir, which is made unless it is there. Only
 * the folder was named: what is in it is not replaced, links neither; then
 * nothing is written (RV_USAGE, naming --@option). All of them or none.
 */
RV_MUST bool rv_folder_fill(const char *dir, const char *option,
			    const struct rv_new_file *file, size_t n,
			    struct rv_err *err);

#endif
