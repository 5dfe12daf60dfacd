/* SPDX-License-Identifier: Apache-2.0 */
/*
 * web.c - all commands in one program, for a machine without processes. Each
 * cmd/NAME.c is compiled with its main() called rv_main_NAME() (web.mk), and
 * refval.c, which is the program, comes here where it would call exec(3).
 */
#include "web.h"
#include "base.h"
#include "cmd.h"

#include <errno.h>
#include <stdlib.h>

static const struct {
	const char *program;
	int (*main)(int argc, char **argv);
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

/* Those that are left out. */
static const char *const connects[] = { "refval-fetch", "refval-serve" };

static int no_connections(const char *program)
{
	struct rv_err err = { 0 };

	rv_err_set(&err, RV_USAGE,
		   "this build opens no connection; the program of an "
		   "installed refval does");
	return rv_cmd_complain(program, &err);
}

int rv_web_exec(const char *path, char *const *argv)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	int argc = 0;

	while (argv[argc])
		argc++;
	for (size_t i = 0; i < RV_LEN(command); i++)
		if (strcmp(command[i].program, name) == 0)
			exit(command[i].main(argc, (char **)argv));
	for (size_t i = 0; i < RV_LEN(connects); i++)
		if (strcmp(connects[i], name) == 0)
			exit(no_connections(connects[i]));
	errno = ENOENT;
	return -1;
}
