/* SPDX-License-Identifier: Apache-2.0 */
/* one.c - all commands in one program: which of them has which name. Each
 * main() of cmd/NAME.c is called rv_main_NAME() there. */
#include "one.h"
#include "base.h"

static const struct {
	const char *program;
	rv_one_main *main;
} command[] = {
	{ "refval-acpi", rv_main_acpi },
	{ "refval-diff", rv_main_diff },
	{ "refval-gpu", rv_main_gpu },
	{ "refval-hash", rv_main_hash },
	{ "refval-measure", rv_main_measure },
	{ "refval-publish", rv_main_publish },
	{ "refval-quote", rv_main_quote },
	{ "refval-releases", rv_main_releases },
	{ "refval-replay", rv_main_replay },
	{ "refval-snp", rv_main_snp },
	{ "refval-unpack", rv_main_unpack },
	{ "refval-verify", rv_main_verify },
};

rv_one_main *rv_one_find(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	for (size_t i = 0; i < RV_LEN(command); i++)
		if (strcmp(command[i].program, name) == 0)
			return command[i].main;
	return NULL;
}
