/* SPDX-License-Identifier: Apache-2.0 */
/*
 * web.c - for a machine without processes: refval.c, which is the program,
 * comes here where it would call exec(3). Each cmd/NAME.c is compiled with its
 * main() called rv_main_NAME() (web.mk, cmd/one).
 */
#include "web.h"
#include "base.h"
#include "cmd.h"
#include "one.h"

#include <errno.h>
#include <stdlib.h>

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
	rv_one_main *run = rv_one_find(name);
	int argc = 0;

	while (argv[argc])
		argc++;
	if (run)
		exit(run(argc, (char **)argv));
	for (size_t i = 0; i < RV_LEN(connects); i++)
		if (strcmp(connects[i], name) == 0)
			exit(no_connections(connects[i]));
	errno = ENOENT;
	return -1;
}
