/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - the one program of all commands: it is the one whose name it was
 * run by, or else refval, which runs itself by that name. */
#include "one.h"

#include <stddef.h>
#include <sys/auxv.h>

int main(int argc, char **argv)
{
	/* What exec(3) was given: the first argument may be any word. */
	const char *path = (const char *)getauxval(AT_EXECFN);
	rv_one_main *run = path ? rv_one_find(path) : NULL;

	return run ? run(argc, argv) : rv_main_refval(argc, argv);
}
