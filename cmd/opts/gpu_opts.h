/* SPDX-License-Identifier: Apache-2.0 */
/* gpu_opts.h - reference manifests of GPUs from files and folders, and what
 * several commands ask of GPUs. */
#ifndef RV_GPU_OPTS_H
#define RV_GPU_OPTS_H

#include "base.h"
#include "cmd.h"

/* Manifests as they were read; rv_gpu_files_free(). */
struct rv_gpu_files {
	struct rv_gpu_rim_file *rim; /* owned, and what they borrow is, too */
	size_t n;
};

/*
 * Every file of @paths, and the *.xml, *.swidtag and *.json of every folder
 * among them.
 */
RV_MUST bool rv_gpu_files_read(const struct rv_list *paths,
			       struct rv_gpu_files *out, struct rv_err *err);
void rv_gpu_files_free(struct rv_gpu_files *f);

/* "570.172.08", or wrong use of the option @name. NULL is no version. */
RV_MUST bool rv_gpu_driver_arg(const char *name, const char *text,
			       struct rv_err *err);
/* A certificate from a file, PEM or DER. */
RV_MUST bool rv_gpu_root_load(const char *path, struct rv_buf *out,
			      struct rv_err *err);

/* --require-gpu, --gpu-driver, --gpu-rim into @in, which borrows from @files */
RV_MUST bool rv_gpu_opts_read(const char *count, const char *driver,
			      const struct rv_list *rims,
			      struct rv_gpu_files *files,
			      struct rv_verify_input *in, struct rv_err *err);

#endif
