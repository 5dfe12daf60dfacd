/* SPDX-License-Identifier: Apache-2.0 */
/* rims.h - reference manifests from files and folders. */
#ifndef RV_GPU_RIMS_H
#define RV_GPU_RIMS_H

#include "base.h"
#include "cmd.h"

/*
 * Every file of @paths, and the *.xml, *.swidtag and *.json of every folder
 * among them, into @out; rv_gpu_rims_free(). @root: DER, empty: NVIDIA's.
 */
RV_MUST bool rv_gpu_rims_load(const struct rv_list *paths, struct rv_span root,
			      struct rv_gpu_rims **out, struct rv_err *err);

/* A certificate from a file, PEM or DER. */
RV_MUST bool rv_gpu_root_load(const char *path, struct rv_buf *out,
			      struct rv_err *err);

#endif
