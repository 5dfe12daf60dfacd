/* SPDX-License-Identifier: Apache-2.0 */
/*
 * models.c - the BARs of NVIDIA's GPUs by product: what firmware gives windows
 * for. Each row says where its sizes were seen, and what was only concluded.
 */
#include "base.h"

#include <refval/pci.h>

#define MiB ((uint64_t)1 << 20)
#define GiB ((uint64_t)1 << 30)

/* Three 64-bit prefetchable BARs, as every model since Hopper has. */
#define THREE(a, b, c)                                                         \
	{ { (a), RV_BAR_P64 }, { (b), RV_BAR_P64 }, { (c), RV_BAR_P64 } }, 3
/* Before: control registers in 32-bit memory. */
#define OLD(a, b, c)                                                           \
	{ { (a), RV_BAR_M32 }, { (b), RV_BAR_P64 }, { (c), RV_BAR_P64 } }, 3

static const struct rv_gpu_model models[] = {
	{ "H100", THREE(16 * MiB, 128 * GiB, 32 * MiB),
	  "lspci of the 80 GB card in fastfetch-cli/fastfetch#1658; dump of its"
	  " configuration space, topofmind.dev",
	  NULL },
	{ "H20", THREE(16 * MiB, 128 * GiB, 32 * MiB),
	  "lspci in NVIDIA/nvtrust#128", NULL },
	{ "H200", THREE(16 * MiB, 256 * GiB, 32 * MiB),
	  "nvidia-smi -q of a card of 143771 MiB: BAR1 262144 MiB",
	  "the BARs of 16 and 32 MiB, as H100 has them" },
	{ "B200", THREE(64 * MiB, 256 * GiB, 32 * MiB), "none",
	  "all of its BARs, from B300's and 183 GB of memory" },
	{ "B300", THREE(64 * MiB, 512 * GiB, 32 * MiB),
	  "BARs of 64 and 32 MiB in a guest, forum.proxmox.com 179366",
	  "the BAR of 512 GiB" },
	{ "A100-40G", OLD(16 * MiB, 64 * GiB, 32 * MiB),
	  "kernel log in kata-containers/kata-containers#4358", NULL },
	{ "A30", OLD(16 * MiB, 32 * GiB, 32 * MiB),
	  "lspci in cloud-hypervisor/cloud-hypervisor#5251", NULL },
};

const struct rv_gpu_model *rv_gpu_models(size_t *n)
{
	*n = RV_LEN(models);
	return models;
}

static char upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

const struct rv_gpu_model *rv_gpu_model(const char *name)
{
	for (size_t i = 0; i < RV_LEN(models); i++) {
		const char *a = models[i].name, *b = name;

		while (*a && *a == upper(*b)) {
			a++;
			b++;
		}
		if (!*a && !*b)
			return &models[i];
	}
	return NULL;
}
