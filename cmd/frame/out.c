/* SPDX-License-Identifier: Apache-2.0 */
/* out.c - all printing: text, colour, documents, progress. */
#include "out.h"
#include "atomic.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Where results go, unless NULL: the bytes of a file to be. */
static FILE *kept;
static char *kept_bytes;
static size_t kept_n;
static const char *kept_name;
static bool quiet, last;
static enum rv_color color;

static FILE *paper(void)
{
	return kept ? kept : stdout;
}

static bool hushed(void)
{
	return quiet && !last;
}

void rv_out_to_stderr(void)
{
	kept = stderr;
}

void rv_out_quiet(void)
{
	quiet = true;
}

void rv_out_last(bool on)
{
	last = on;
}

void rv_out_color(enum rv_color when)
{
	color = when;
}

bool rv_out_keep(const char *path, struct rv_err *err)
{
	kept = open_memstream(&kept_bytes, &kept_n);
	kept_name = path;
	return kept || rv_no_memory(err, path);
}

bool rv_out_kept(struct rv_err *err)
{
	bool ok = true;

	if (!kept)
		return true;
	ok = !ferror(kept) && fclose(kept) == 0;
	kept = NULL;
	if (!ok)
		rv_err_no_memory(err, kept_name);
	else if (kept_n)
		ok = rv_atomic_write(kept_name, rv_span(kept_bytes, kept_n),
				     err);
	free(kept_bytes);
	return ok;
}

void rv_out(const char *fmt, ...)
{
	va_list ap;

	if (hushed())
		return;
	va_start(ap, fmt);
	vfprintf(paper(), fmt, ap);
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
	if (!hushed())
		put_escaped(paper(), s);
}

void rv_out_str(const char *s)
{
	rv_out_text(rv_text(s));
}

void rv_out_hex(struct rv_span s)
{
	for (size_t i = 0; i < s.n; i++)
		rv_out("%02x", s.p[i]);
}

void rv_out_field(const char *label, struct rv_span hex)
{
	rv_out("%-18s ", label);
	rv_out_hex(hex);
	rv_out("\n");
}

/* What is asked for is done; else a terminal that can, and no objection. */
static bool coloured(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (color != RV_COLOR_AUTO)
		return color == RV_COLOR_ALWAYS;
	return !kept && isatty(STDOUT_FILENO) && !(no && *no) &&
	       !(term && strcmp(term, "dumb") == 0);
}

void rv_out_tone(enum rv_tone tone, const char *fmt, ...)
{
	static const char *const code[] = { "", "32", "31", "33", "2", "1" };
	bool on = tone != RV_TONE_PLAIN && coloured();
	va_list ap;

	if (hushed())
		return;
	if (on)
		rv_out("\033[%sm", code[tone]);
	va_start(ap, fmt);
	vfprintf(paper(), fmt, ap);
	va_end(ap);
	if (on)
		rv_out("\033[0m");
}

/* Of the terminal @fd; 0: it is none, or does not say. */
static size_t columns(int fd)
{
	struct winsize size = { 0 };

	return isatty(fd) && ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col
							       : 0;
}

size_t rv_out_width(void)
{
	enum { LEAST = 30, MOST = 80 };
	const char *said = getenv("COLUMNS");
	uint64_t n = 0;

	if (!(said && rv_decimal(rv_text(said), UINT16_MAX, &n)))
		n = columns(STDOUT_FILENO);
	if (n == 0 || n > MOST)
		return MOST;
	return n < LEAST ? LEAST : (size_t)n;
}

void rv_out_wrapped(const char *text, size_t at, size_t indent)
{
	size_t width = rv_out_width(), here = at;
	bool first = true;

	while (*text) {
		size_t n = strcspn(text, " \n");
		bool fits = first || here + 1 + n <= width;

		if (!fits) {
			rv_out("\n%*s", (int)indent, "");
			here = indent;
		}
		rv_out("%s%.*s", first || !fits ? "" : " ", (int)n, text);
		here += n + (!first && fits);
		text += n;
		first = *text == '\n';
		if (first) {
			rv_out("\n%*s", (int)indent, "");
			here = indent;
		}
		text += *text != '\0';
	}
	rv_out("\n");
}

void rv_out_error(const char *program, const char *msg)
{
	rv_out_progress_done();
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
	fwrite(document.p, 1, document.n, paper());
}

bool rv_out_result_later(struct rv_span line, struct rv_err *err)
{
	static char room[1 << 16];
	static bool roomy;

	if (!roomy && !kept)
		setvbuf(stdout, room, _IOFBF, sizeof room);
	roomy = true;
	if (fwrite(line.p, 1, line.n, paper()) != line.n)
		return rv_fail(err, RV_SYSTEM, "cannot write: %s",
			       strerror(errno));
	return true;
}

bool rv_out_result(struct rv_span line, struct rv_err *err)
{
	if (!rv_out_result_later(line, err))
		return false;
	if (fflush(paper()) != 0)
		return rv_fail(err, RV_SYSTEM, "cannot write: %s",
			       strerror(errno));
	return true;
}

static struct timespec started, told;
static size_t shown; /* columns that the line has now */

/* Milliseconds from @a to @b. */
static int64_t between(const struct timespec *a, const struct timespec *b)
{
	return (b->tv_sec - a->tv_sec) * 1000 +
	       (b->tv_nsec - a->tv_nsec) / 1000000;
}

/* Of the line of progress, which has its last column free. */
static size_t line_room(void)
{
	size_t n = columns(STDERR_FILENO);

	return n > 1 ? n : 80;
}

/* Over what was there, and blanks over the rest of it; never a second line. */
static void show(const char *text)
{
	size_t n = strlen(text), room = line_room();

	if (n > room - 1)
		n = room - 1;
	fputc('\r', stderr);
	put_escaped(stderr, rv_span(text, n));
	for (size_t i = n; i < shown; i++)
		fputc(' ', stderr);
	shown = n;
}

static void amount(uint64_t bytes, uint64_t all, char out[64])
{
	bool mib = (all ? all : bytes) >> 20;
	unsigned shift = mib ? 20 : 10;
	uint64_t up = ((uint64_t)1 << shift) - 1;

	if (all >= bytes && all)
		snprintf(out, 64, "%" PRIu64 "%% of %" PRIu64 " %s",
			 bytes * 100 / all, (all + up) >> shift,
			 mib ? "MiB" : "KiB");
	else
		snprintf(out, 64, "%" PRIu64 " %s", bytes >> shift,
			 mib ? "MiB" : "KiB");
}

/* Nothing within the first second: short work stays quiet. */
void rv_out_progress(const char *what, const char *name, uint64_t bytes,
		     uint64_t all)
{
	enum { QUIET = 1000, OFTEN = 100, SHORT = 8 }; /* ms, ms, columns */
	size_t n = strlen(name), room = line_room(), rest;
	struct timespec now;
	char text[400], much[64];

	if (!isatty(STDERR_FILENO) || clock_gettime(CLOCK_MONOTONIC, &now) != 0)
		return;
	if (!started.tv_sec)
		started = now;
	if (between(&started, &now) < QUIET ||
	    (shown && between(&told, &now) < OFTEN))
		return;
	told = now;
	amount(bytes, all, much);
	/* What is not the name: a blank, a colon, a blank, the last column. */
	rest = strlen(what) + strlen(much) + 4;
	room = room > rest + SHORT ? room - rest : SHORT;
	if (room > sizeof text / 2)
		room = sizeof text / 2;
	if (n <= room)
		snprintf(text, sizeof text, "%s %s: %s", what, name, much);
	else
		snprintf(text, sizeof text, "%s %.*s...%s: %s", what,
			 (int)(room - 3) / 2, name,
			 name + n - (room - 3 - (room - 3) / 2), much);
	show(text);
}

void rv_out_reading(void *path, uint64_t bytes)
{
	const char *name = path, *slash = strrchr(name, '/');
	struct stat st;
	bool known = stat(name, &st) == 0 && S_ISREG(st.st_mode);

	rv_out_progress("reading",
			strcmp(name, "-") == 0 ? "standard input"
			: slash		       ? slash + 1
					       : name,
			bytes, known ? (uint64_t)st.st_size : 0);
}

void rv_out_progress_done(void)
{
	if (!shown)
		return;
	show("");
	fputc('\r', stderr);
	fflush(stderr);
	shown = 0;
}
