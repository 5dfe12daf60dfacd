/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bios.c - what a firmware calls itself. The driver that writes SMBIOS type 0
 * holds its texts in UTF-16: first those for lack of a setting ("unknown" and
 * a date), then the settings of the build: date, version and vendor, each of
 * them at a multiple of 16 bytes when it is as long as that.
 */
#include "bios.h"
#include "base.h"

#include <stdio.h>

enum { ALIGN = 16, DATE = 10, FOUND_MAX = 4, SHORTEST = 3 };

static const char own_vendor[] = "EDK II";
static const char own_version[] = "unknown";
static const char own_date[] = "02/02/2022";

struct rv_bios rv_bios_default(void)
{
	struct rv_bios b = { .known = true };

	snprintf(b.text[0], sizeof b.text[0], "%s", own_vendor);
	snprintf(b.text[1], sizeof b.text[1], "%s", own_version);
	snprintf(b.text[2], sizeof b.text[2], "%s", own_date);
	return b;
}

/* The text at @at: printable ASCII in UTF-16 up to its 0; its length. */
static size_t wide_text(struct rv_span s, size_t at, char out[RV_BIOS_TEXT_MAX])
{
	size_t n = 0;

	for (; at + 1 < s.n && n + 1 < RV_BIOS_TEXT_MAX; at += 2) {
		uint8_t c = s.p[at];

		if (s.p[at + 1] || (c && (c < ' ' || c > '~')))
			return 0;
		out[n] = (char)c;
		if (!c)
			return n;
		n++;
	}
	return 0;
}

/* Where @text stands with its 0, from @from on; s.n: nowhere. */
static size_t find(struct rv_span s, size_t from, const char *text)
{
	size_t n = strlen(text) + 1;

	for (size_t at = from; at + 2 * n <= s.n; at++) {
		size_t i = 0;

		while (i < n && s.p[at + 2 * i] == (uint8_t)text[i] &&
		       !s.p[at + 2 * i + 1])
			i++;
		if (i == n)
			return at;
	}
	return s.n;
}

/* 09/26/2026 */
static bool is_date(const char *s)
{
	static const char form[] = "00/00/0000";

	for (size_t i = 0; i < DATE; i++)
		if (form[i] == '0' ? s[i] < '0' || s[i] > '9' : s[i] != form[i])
			return false;
	return s[DATE] == '\0';
}

static size_t image_start(struct rv_span s)
{
	for (size_t i = 0; i + 1 < s.n; i++)
		if (s.p[i] == 'M' && s.p[i + 1] == 'Z')
			return i;
	return s.n;
}

struct rv_bios rv_bios_read(struct rv_span driver)
{
	/* Behind the image stands its name, in UTF-16, too. */
	size_t end = find(driver, 0, "SmbiosPlatformDxe");
	struct rv_span s = rv_span(driver.p, end);
	size_t start = image_start(s), at, n = 0;
	char text[FOUND_MAX][RV_BIOS_TEXT_MAX];
	struct rv_bios b = { .known = false };

	at = find(s, start, own_date);
	if (at == s.n)
		return b;
	at += 2 * sizeof own_date;
	for (at += (start - at) & (ALIGN - 1); at < s.n && n < FOUND_MAX;) {
		size_t length = wide_text(s, at, text[n]);

		if (length < SHORTEST) {
			at += ALIGN;
			continue;
		}
		n++;
		at += 2 * (length + 1);
		at += (start - at) & (ALIGN - 1);
	}
	if (n == 3 && is_date(text[0])) {
		b.known = true;
		for (size_t i = 0; i < RV_BIOS_TEXTS; i++)
			memcpy(b.text[i], text[2 - i], sizeof b.text[i]);
		return b;
	}
	/* A text this short need not stand at such a multiple. */
	n -= n == 1 && strcmp(text[0], own_vendor) == 0;
	return n == 0 && find(s, start, own_vendor) < s.n ? rv_bios_default()
							  : b;
}
