/* SPDX-License-Identifier: Apache-2.0 */
/* out.c - all printing: text, colour, documents, progress. */
#include "out.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

void rv_out(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
}

/* What a terminal would not show as it is, and what is not UTF-8, as \xNN. */
static void put_escaped(FILE *to, struct rv_span s)
{
	while (s.n) {
		uint32_t v = 0;
		size_t n = rv_code_point(s, &v);

		if (n == 0 || rv_unseen(v)) {
			n = n ? n : 1;
			for (size_t i = 0; i < n; i++)
				fprintf(to, "\\x%02x", s.p[i]);
		} else {
			fwrite(s.p, 1, n, to);
		}
		s = rv_span(s.p + n, s.n - n);
	}
}

void rv_out_text(struct rv_span s)
{
	put_escaped(stdout, s);
}

void rv_out_str(const char *s)
{
	put_escaped(stdout, rv_text(s));
}

void rv_out_hex(struct rv_span s)
{
	for (size_t i = 0; i < s.n; i++)
		printf("%02x", s.p[i]);
}

void rv_out_field(const char *label, struct rv_span hex)
{
	printf("%-18s ", label);
	rv_out_hex(hex);
	putchar('\n');
}

static bool coloured(void)
{
	const char *no = getenv("NO_COLOR");

	return isatty(STDOUT_FILENO) && !(no && *no);
}

void rv_out_tone(enum rv_tone tone, const char *fmt, ...)
{
	static const char *const code[] = { "", "32", "31", "33", "2", "1" };
	bool on = tone != RV_TONE_PLAIN && coloured();
	va_list ap;

	if (on)
		printf("\033[%sm", code[tone]);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	if (on)
		printf("\033[0m");
}

void rv_out_error(const char *program, const char *msg)
{
	fprintf(stderr, "%s: ", program);
	put_escaped(stderr, rv_text(msg));
	fputc('\n', stderr);
}

void rv_out_note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

bool rv_out_document(struct rv_grow *g, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };

	if (!rv_grow_take(g, &b, err))
		return false;
	rv_out_bytes(rv_buf_span(&b));
	return true;
}

void rv_out_bytes(struct rv_span document)
{
	fwrite(document.p, 1, document.n, stdout);
}

bool rv_out_result_later(struct rv_span line, struct rv_err *err)
{
	static char room[1 << 16];
	static bool roomy;

	if (!roomy)
		setvbuf(stdout, room, _IOFBF, sizeof room);
	roomy = true;
	if (fwrite(line.p, 1, line.n, stdout) != line.n)
		return rv_fail(err, RV_SYSTEM, "cannot write: %s",
			       strerror(errno));
	return true;
}

bool rv_out_result(struct rv_span line, struct rv_err *err)
{
	if (!rv_out_result_later(line, err))
		return false;
	if (fflush(stdout) != 0)
		return rv_fail(err, RV_SYSTEM, "cannot write: %s",
			       strerror(errno));
	return true;
}

static struct timespec started;
static bool shown;

/* Nothing within the first second: short work stays quiet. */
void rv_out_progress(const char *what, uint64_t bytes)
{
	struct timespec now;

	if (!isatty(STDERR_FILENO) || clock_gettime(CLOCK_MONOTONIC, &now) != 0)
		return;
	if (!started.tv_sec)
		started = now;
	if (now.tv_sec - started.tv_sec < 1)
		return;
	fprintf(stderr, "\r%s: %" PRIu64 " %s", what,
		bytes >> (bytes >> 20 ? 20 : 10), bytes >> 20 ? "MiB" : "KiB");
	shown = true;
}

void rv_out_progress_done(void)
{
	if (shown)
		fputs("\r\033[K", stderr);
	shown = false;
}
