/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inflate.c - the opponent of the benchmark: zlib's inflate() over one gzip
 * file, CRC and all, the bytes thrown away. usage: inflate FILE
 */
#include <stdio.h>
#include <string.h>
#include <zlib.h>

enum { BLOCK = 256 << 10 };

static unsigned char in[BLOCK], out[BLOCK];

int main(int argc, char **argv)
{
	FILE *f = argc == 2 ? fopen(argv[1], "rb") : NULL;
	unsigned long long total = 0;
	z_stream z;
	int r = Z_OK;

	memset(&z, 0, sizeof z);
	if (!f || inflateInit2(&z, 16 + MAX_WBITS) != Z_OK)
		return 4;
	setvbuf(f, NULL, _IONBF, 0);
	while (r != Z_STREAM_END) {
		if (z.avail_in == 0) {
			z.next_in = in;
			z.avail_in = (uInt)fread(in, 1, sizeof in, f);
		}
		z.next_out = out;
		z.avail_out = sizeof out;
		r = inflate(&z, Z_NO_FLUSH);
		if (r != Z_OK && r != Z_STREAM_END)
			return 3;
		total += sizeof out - z.avail_out;
	}
	printf("%llu\n", total);
	return 0;
}
