/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.c - a program with names of its own that the library once had. usage:
 * names ARCHIVE: reads an image, which runs the code that had them.
 */
#include <refval.h>
#include <stdio.h>

void store_free(void *store);
int layer_read(int n);
void *tree_walk(void);
int audit_say(const char *s);

static int calls;

void store_free(void *store)
{
	(void)store;
	calls++;
}

int layer_read(int n)
{
	calls++;
	return n;
}

void *tree_walk(void)
{
	calls++;
	return NULL;
}

int audit_say(const char *s)
{
	calls++;
	return s != NULL;
}

int main(int argc, char **argv)
{
	struct rv_oci_opts opts = { 0 };
	struct rv_oci o = { 0 };
	struct rv_err err = { 0 };

	if (argc != 2 || !rv_oci_read(argv[1], &opts, &o, &err)) {
		printf("%s\n", err.msg);
		return RV_SYSTEM;
	}
	printf("%zu images, %d calls\n", o.n_image, calls);
	rv_oci_free(&o);
	return calls ? RV_NO : RV_OK;
}
