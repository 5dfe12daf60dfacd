/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arch.c - the devices that are known: what containers call them, what their
 * certificates do, and how NVIDIA names their manifests.
 */
#include "gpu.h"

static const struct gpu_arch known[] = {
	{ "HOPPER", "GH100", "GH100", "NV_GPU_DRIVER_GH100_", false },
	/* The chip itself stands in the id, where the report tells it. */
	{ "BLACKWELL", "GB100", "GB100", "NV_GPU_CC_DRIVER_", false },
	{ "LS10", "LS10", "LS_10", NULL, true },
};

const struct gpu_arch *rv_gpu_arch_by_chip(const char *chip)
{
	for (size_t i = 0; i < RV_LEN(known); i++)
		if (strcmp(known[i].chip, chip) == 0)
			return &known[i];
	return NULL;
}

const struct gpu_arch *rv_gpu_arch_by_word(const char *word)
{
	for (size_t i = 0; i < RV_LEN(known); i++)
		if (strcmp(known[i].word, word) == 0)
			return &known[i];
	return NULL;
}

const struct gpu_arch *rv_gpu_arch_by_name(const char *name)
{
	for (size_t i = 0; i < RV_LEN(known); i++)
		if (strcmp(known[i].name, name) == 0)
			return &known[i];
	return NULL;
}
