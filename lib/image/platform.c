/* SPDX-License-Identifier: Apache-2.0 */
/*
 * platform.c - is "linux/x86_64" what "linux/amd64" is? Engines bring the
 * names of machines into one form before they choose from an index, so two
 * names may be one platform. What is printed stays as it was written.
 */
#include "oci.h"

#include <stdio.h>

enum { TEXT = 64 };

/* ASCII only, as long as it fits: what is longer is no name of a machine. */
static void lower(const char *in, char out[TEXT])
{
	size_t n = 0;

	for (; n < TEXT - 1 && in[n]; n++)
		out[n] = in[n] >= 'A' && in[n] <= 'Z'
			     ? (char)(in[n] - 'A' + 'a')
			     : in[n];
	out[n] = '\0';
}

/* "os/arch[/variant]" with the usual name of the machine. */
static void usual(const char *in, char out[TEXT])
{
	static const struct {
		const char *name, *usual;
	} names[] = {
		{ "x86_64", "amd64" },	  { "x86-64", "amd64" },
		{ "amd64/v1", "amd64" },  { "x86_64/v1", "amd64" },
		{ "x86-64/v1", "amd64" }, { "i386", "386" },
		{ "aarch64", "arm64" },	  { "arm64/v8", "arm64" },
		{ "arm64/8", "arm64" },	  { "aarch64/v8", "arm64" },
		{ "aarch64/8", "arm64" }, { "armhf", "arm/v7" },
		{ "armel", "arm/v6" },	  { "arm", "arm/v7" },
		{ "arm/7", "arm/v7" },	  { "arm/6", "arm/v6" },
		{ "arm/5", "arm/v5" },	  { "arm/8", "arm/v8" },
	};
	char *machine;

	lower(in, out);
	machine = strchr(out, '/');
	if (!machine)
		return;
	machine++;
	for (size_t i = 0; i < RV_LEN(names); i++) {
		if (strcmp(machine, names[i].name) != 0)
			continue;
		snprintf(machine, TEXT - (size_t)(machine - out), "%s",
			 names[i].usual);
		return;
	}
}

bool rv_oci_is_platform(const char *a, const char *b)
{
	char x[TEXT], y[TEXT];

	usual(a, x);
	usual(b, y);
	return strcmp(x, y) == 0;
}

/* Is @a, or the front of it up to a '/', @b? */
static bool is_front(const char *a, const char *b)
{
	size_t n = strlen(b);

	return strncmp(a, b, n) == 0 && (a[n] == '\0' || a[n] == '/');
}

bool rv_oci_is_variant(const char *platform, const char *of)
{
	char x[TEXT], y[TEXT], p[TEXT], q[TEXT];

	usual(platform, x);
	usual(of, y);
	lower(platform, p);
	lower(of, q);
	return is_front(x, y) || is_front(p, q);
}

bool rv_oci_same_platform(const char *a, const char *b)
{
	return rv_oci_is_variant(a, b) || rv_oci_is_variant(b, a);
}

const char *rv_oci_engine_platform(const struct rv_oci_image *img)
{
	return (img->saw & RV_SAW_PLATFORM) && img->promised ? img->promised
							     : img->platform;
}

bool rv_oci_no_platform(const struct rv_oci_image *img)
{
	return rv_err_is(&img->fault, "E_PLATFORM") && img->strict &&
	       img->has_tree && img->has_meaning;
}
