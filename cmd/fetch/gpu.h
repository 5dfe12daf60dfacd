/* SPDX-License-Identifier: Apache-2.0 */
/* gpu.h - what NVIDIA says of the GPUs of evidence, into a folder. */
#ifndef RV_FETCH_GPU_H
#define RV_FETCH_GPU_H

#include <refval/fetch.h>
#include <refval/gpu.h>

/* All borrowed. */
struct gpu_ask {
	const char *rims;  /* base URL of manifests; NULL: not asked for */
	const char *ocsp;  /* URL of the OCSP responder; NULL: not asked for */
	const char *cache; /* the folder, made if it is not there */
	bool refresh;	   /* ask even for what is in it */
};

struct gpu_count {
	size_t came, cached;
	size_t missing; /* the service has none */
};

struct gpu_got {
	struct gpu_count rims, answers;
};

/*
 * Into the folder: ID.json, NVIDIA's answer with the manifest, for each id that
 * a genuine device of @e names, and SHA256.ocsp for each certificate of their
 * chains that could have been revoked. RV_INPUT when no device is genuine.
 * What the service does not have is counted, and noted on standard error.
 */
RV_MUST bool rv_fetch_gpus(const struct rv_gpu_evidence *e,
			   const struct gpu_ask *ask,
			   const struct rv_fetch_net *net, struct gpu_got *out,
			   struct rv_err *err);

#endif
