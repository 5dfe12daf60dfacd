/* SPDX-License-Identifier: Apache-2.0 */
/* print.h - the verdict on GPU evidence, as text and as refval.gpu/1. */
#ifndef RV_GPU_PRINT_H
#define RV_GPU_PRINT_H

#include "base.h"
#include <refval.h>

/* What is printed. All borrowed. */
struct gpu_print {
	const struct rv_gpu_evidence *evidence;
	const struct rv_gpu_result *result;
	int64_t at;
	bool given_root;		  /* not NVIDIA's */
	bool explain;			  /* also what agreed */
	const struct rv_gpu_token *token; /* NULL: none was given */
};

void rv_gpu_print(const struct gpu_print *p);
void rv_gpu_json(const struct gpu_print *p, struct rv_jw *w);

#endif
