/* SPDX-License-Identifier: Apache-2.0 */
/*
 * initrd.c - what systemd-stub hands to the kernel, which measures it in its
 * turn: the initrd with archives behind it (the format "newc" of cpio, Linux
 * Documentation/driver-api/early-userspace/buffer-format.rst), and the command
 * line.
 */
#include "initrd.h"
#include "stub.h"

enum {
	FILE_MODE = 0100444,
	FOLDER_MODE = 040555,
	/* Of a bzImage (Linux Documentation/arch/x86/boot.rst). */
	SETUP_MAGIC = 0x202,
	SETUP_VERSION = 0x20e, /* where its text begins, less 512 */
	SETUP_BASE = 0x200,
};

/* Sections that become a file below /.extra, in the order of their archives. */
static const struct {
	enum rv_uki_part part;
	const char *name;
} files[] = {
	{ RV_UKI_PCRSIG, ".extra/tpm2-pcr-signature.json" },
	{ RV_UKI_PCRPKEY, ".extra/tpm2-pcr-public-key.pem" },
	{ RV_UKI_OSREL, ".extra/os-release" },
};

static void pad(struct rv_grow *to)
{
	while (to->buf.n % 4 && !to->failed)
		rv_grow_u8(to, 0);
}

static void member(struct rv_grow *to, unsigned inode, unsigned mode,
		   const char *name, struct rv_span content)
{
	rv_grow_printf(to, "070701%08x%08x%08x%08x%08x%08x%08zx", inode, mode,
		       0u, 0u, 1u, 0u, content.n);
	rv_grow_printf(to, "%08x%08x%08x%08x%08zx%08x", 0u, 0u, 0u, 0u,
		       strlen(name) + 1, 0u);
	rv_grow_add(to, name, strlen(name) + 1);
	pad(to);
	rv_grow_add(to, content.p, content.n);
	pad(to);
}

/* Begins at a multiple of 4, so that padding within is padding of the whole. */
static void archive(struct rv_grow *to, const char *name, struct rv_span s)
{
	struct rv_span none = { 0 };

	member(to, 1, FOLDER_MODE, ".extra", none);
	member(to, 2, FILE_MODE, name, s);
	/* The length of the end's name is the one upper-case number. */
	rv_grow_printf(to, "070701%032x%08x%048x%08X%08x", 0u, 1u, 0u, 11u, 0u);
	rv_grow_add(to, "TRAILER!!!", sizeof "TRAILER!!!");
	pad(to);
}

bool rv_uki_initrd(const struct rv_uki *u, struct rv_buf *out,
		   struct rv_err *err)
{
	static const enum rv_uki_part own[] = { RV_UKI_UCODE, RV_UKI_INITRD };
	const struct rv_stub *row = rv_stub_find(u->version);
	RV_AUTO(rv_grow_free) struct rv_grow to = { 0 };
	size_t n = 0, end = 0;

	for (size_t i = 0; i < RV_LEN(own); i++) {
		struct rv_span s = u->part[own[i]];

		if (!s.p || !(row->parts & 1u << own[i]))
			continue;
		rv_grow_add(&to, s.p, s.n);
		end = to.buf.n;
		pad(&to);
		n++;
	}
	for (size_t i = 0; i < RV_LEN(files); i++) {
		if (!u->part[files[i].part].p ||
		    !(row->passed & 1u << files[i].part))
			continue;
		archive(&to, files[i].name, u->part[files[i].part]);
		n++;
	}
	/* One alone is handed on as it is. */
	if (n == 1 && end)
		to.buf.n = end;
	return rv_grow_take(&to, out, err);
}

bool rv_uki_cmdline(const struct rv_uki *u, struct rv_buf *out, bool *known,
		    const char **why, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow to = { 0 };
	struct rv_span s = u->part[RV_UKI_CMDLINE];
	size_t n = 0;

	*known = false;
	while (n < s.n && s.p[n])
		n++;
	while (n > 0 && s.p[n - 1] <= ' ')
		n--;
	*why = "the image has no command line";
	if (!n)
		return true;
	*why = "the image's command line begins with a blank, or has "
	       "characters beyond ASCII";
	for (size_t i = 0; i < n; i++)
		if (s.p[i] >= 0x7f || (i == 0 && s.p[i] <= ' '))
			return true;
	/* Each control character becomes a blank. */
	for (size_t i = 0; i < n; i++)
		rv_grow_le(&to, s.p[i] < ' ' ? ' ' : s.p[i], 2);
	rv_grow_le(&to, 0, 2);
	*known = true;
	return rv_grow_take(&to, out, err);
}

/* "6.12.9-1 (...)": digits, a dot, digits. */
static bool number(struct rv_span *s, unsigned *out)
{
	uint64_t v;
	size_t n = 0;

	while (n < s->n && n < 4 && s->p[n] >= '0' && s->p[n] <= '9')
		n++;
	if (!n || !rv_decimal(rv_span(s->p, n), 9999, &v))
		return false;
	*out = (unsigned)v;
	*s = rv_span(s->p + n, s->n - n);
	return true;
}

bool rv_linux_version(struct rv_span kernel, unsigned *major, unsigned *minor)
{
	struct rv_span magic, at, s;

	if (!rv_sub(kernel, SETUP_MAGIC, 4, &magic) ||
	    !rv_same_text(magic, "HdrS") ||
	    !rv_sub(kernel, SETUP_VERSION, 2, &at) || !rv_num(at) ||
	    !rv_sub(kernel, SETUP_BASE + rv_num(at), 16, &s) ||
	    !number(&s, major) || s.p[0] != '.')
		return false;
	s = rv_span(s.p + 1, s.n - 1);
	return number(&s, minor);
}

bool rv_uki_kernel(const struct rv_uki *u, unsigned *major, unsigned *minor)
{
	return rv_linux_version(u->part[RV_UKI_LINUX], major, minor);
}
