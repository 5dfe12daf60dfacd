/* SPDX-License-Identifier: Apache-2.0 */
/* gpu_opts.h - reference manifests of GPUs from files and folders, and what
 * several commands ask of GPUs. */
#ifndef RV_GPU_OPTS_H
#define RV_GPU_OPTS_H

#include "base.h"
#include "cmd.h"

/* Manifests, or answers, as they were read; rv_gpu_files_free(). */
struct rv_gpu_files {
	struct rv_gpu_file *item; /* owned, and what they borrow is, too */
	size_t n;
};

/*
 * Every file of @paths, and of every folder among them the *.xml, *.swidtag and
 * *.json; or, for rv_gpu_answers_read(), the *.ocsp, *.crl and *.der.
 */
RV_MUST bool rv_gpu_files_read(const struct rv_list *paths,
			       struct rv_gpu_files *out, struct rv_err *err);
RV_MUST bool rv_gpu_answers_read(const struct rv_list *paths,
				 struct rv_gpu_files *out, struct rv_err *err);
void rv_gpu_files_free(struct rv_gpu_files *f);

/* "570.172.08", or wrong use of the option @name. NULL is no version. */
RV_MUST bool rv_gpu_driver_arg(const char *name, const char *text,
			       struct rv_err *err);
/* A certificate from a file, PEM or DER. */
RV_MUST bool rv_gpu_root_load(const char *path, struct rv_buf *out,
			      struct rv_err *err);

/* What a command says of GPUs: --require-gpu, --gpu-driver and the lists. */
struct rv_gpu_asked {
	const char *count, *driver;
	const struct rv_list *rims, *answers; /* --gpu-rim, --gpu-ocsp */
};

/* All of it into @in, which borrows from @rims and @answers. */
RV_MUST bool rv_gpu_opts_read(const struct rv_gpu_asked *asked,
			      struct rv_gpu_files *rims,
			      struct rv_gpu_files *answers,
			      struct rv_verify_input *in, struct rv_err *err);

#endif
