/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tsm.c - Linux's configfs-tsm (Documentation/ABI/testing/configfs-tsm-report):
 * an entry of our own, report_data into inblob, the quote out of outblob. The
 * generation counts writes: when it is not ours plus one, somebody else wrote.
 */
#include "live.h"

#include "hold.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	PATH_LEN = 512,
	OUTBLOB_MAX = 1 << 20,
	CCEL_MAX = 16 << 20,
	TICKS = 50, /* per second, while we wait */
};

struct entry {
	char path[PATH_LEN];
	bool made;
	struct rv_hold hold; /* while it is there: the kernel would keep it */
};

static void entry_remove(struct entry *e)
{
	if (e->made)
		rmdir(e->path);
	rv_let_go(&e->hold);
}

static bool file_of(const struct entry *e, const char *file,
		    char out[PATH_LEN + 16])
{
	int n = snprintf(out, PATH_LEN + 16, "%s/%s", e->path, file);

	return n > 0 && n < PATH_LEN + 16;
}

static void tick(void)
{
	const struct timespec t = { 0, 1000000000 / TICKS };

	nanosleep(&t, NULL);
}

/* What the kernel says about the entry, without the line's end. */
static bool attribute(const struct entry *e, const char *file, char out[64],
		      struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	char path[PATH_LEN + 16];

	if (!file_of(e, file, path) || !rv_buf_read(path, 63, &b, err))
		return false;
	while (b.n && (b.p[b.n - 1] == '\n' || b.p[b.n - 1] == ' '))
		b.n--;
	memcpy(out, b.p, b.n);
	out[b.n] = '\0';
	return true;
}

static bool generation(const struct entry *e, uint64_t *out, struct rv_err *err)
{
	char text[64] = "";

	if (!attribute(e, "generation", text, err))
		return false;
	if (!rv_decimal(rv_text(text), UINT64_MAX / 2, out))
		return rv_fail(err, RV_INPUT, "%s: generation \"%s\"", e->path,
			       text);
	return true;
}

static bool put_inblob(const struct entry *e, const uint8_t *report_data,
		       struct rv_err *err)
{
	RV_AUTO(rv_close) int fd = -1;
	char path[PATH_LEN + 16];

	if (!file_of(e, "inblob", path))
		return rv_fail(err, RV_INPUT, "%s: too long a path", e->path);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return rv_fail(err, RV_INPUT, "%s: %s", path, strerror(errno));
	/* One write: configfs takes what the last one brought. */
	if (write(fd, report_data, RV_REPORT_DATA) != RV_REPORT_DATA)
		return rv_fail(err, RV_SYSTEM, "%s: %s", path, strerror(errno));
	return true;
}

/* The kernel has counted our write; whoever plays it may need a moment. */
static bool wait_counted(const struct entry *e, uint64_t before,
			 unsigned timeout, struct rv_err *err)
{
	uint64_t now = before;

	for (unsigned i = 0; i <= timeout * TICKS; i++) {
		if (!rv_hold_on(&e->hold, err) || !generation(e, &now, err))
			return false;
		if (now == before + 1)
			return true;
		if (now != before)
			break;
		tick();
	}
	return rv_fail(err, RV_INPUT,
		       "%s: generation %" PRIu64 " and then %" PRIu64 ": %s",
		       e->path, before, now,
		       now == before ? "the kernel did not take our data"
				     : "somebody else wrote, too");
}

/* Is @dir itself an entry that somebody made? Then that is used and kept. */
static bool given_entry(const char *dir, struct entry *e)
{
	char path[PATH_LEN + 16];
	int n = snprintf(e->path, sizeof e->path, "%s", dir);

	return n > 0 && (size_t)n < sizeof e->path &&
	       file_of(e, "inblob", path) && access(path, F_OK) == 0;
}

static bool open_entry(const char *dir, const char *name, unsigned timeout,
		       struct entry *e, struct rv_err *err)
{
	char path[PATH_LEN + 16];
	int n;

	if (given_entry(dir, e))
		return true;
	n = snprintf(e->path, sizeof e->path, "%s/%s", dir, name);
	if (n < 0 || (size_t)n >= sizeof e->path ||
	    !file_of(e, "generation", path))
		return rv_fail(err, RV_INPUT, "%s: too long a path", dir);
	rv_hold(&e->hold);
	if (mkdir(e->path, 0700) != 0)
		return rv_fail(err, RV_INPUT,
			       "%s: %s (is this a TDX guest with configfs"
			       " mounted?)",
			       e->path, strerror(errno));
	e->made = true;
	for (unsigned i = 0; access(path, F_OK) != 0; i++) {
		if (!rv_hold_on(&e->hold, err))
			return false;
		if (i >= timeout * TICKS)
			return rv_fail(err, RV_INPUT,
				       "%s: no generation in it: not a"
				       " configfs-tsm report",
				       e->path);
		tick();
	}
	return true;
}

static bool check_provider(const struct entry *e, struct rv_err *err)
{
	char provider[64] = "";
	struct rv_err ignored = { 0 };

	/* A kernel that does not say is asked no further. */
	if (!attribute(e, "provider", provider, &ignored) || !*provider)
		return true;
	if (strcmp(provider, "tdx_guest") != 0)
		return rv_fail(err, RV_INPUT,
			       "%s: provider \"%s\", only tdx_guest gives TDX"
			       " quotes",
			       e->path, provider);
	return true;
}

static bool take_report(const struct entry *e, const struct rv_fetch_ask *ask,
			unsigned timeout, struct rv_buf *out,
			struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	char path[PATH_LEN + 16];
	uint64_t before, after;

	if (!generation(e, &before, err) ||
	    !put_inblob(e, ask->report_data, err) ||
	    !wait_counted(e, before, timeout, err))
		return false;
	if (!file_of(e, "outblob", path) ||
	    !rv_buf_read(path, OUTBLOB_MAX, &b, err) ||
	    !generation(e, &after, err))
		return false;
	if (after != before + 1)
		return rv_fail(err, RV_INPUT,
			       "%s: generation %" PRIu64 " while the report"
			       " was read, not %" PRIu64,
			       e->path, after, before + 1);
	*out = RV_TAKE(b);
	return true;
}

bool rv_fetch_tsm(const char *dir, const char *name, const char *ccel,
		  unsigned timeout, const struct rv_fetch_ask *ask,
		  struct rv_fetched *out, struct rv_err *err)
{
	RV_AUTO(rv_fetched_free) struct rv_fetched f = { .asked = true };
	RV_AUTO(rv_buf_free) struct rv_buf quote = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf log = { 0 };
	RV_AUTO(entry_remove) struct entry e = { 0 };
	unsigned wait = timeout ? timeout : 30;

	if (!open_entry(dir, name, wait, &e, err) || !check_provider(&e, err) ||
	    !take_report(&e, ask, wait, &quote, err))
		return false;
	if (!rv_evidence_read(rv_buf_span(&quote), NULL, &f.evidence, err))
		return rv_in(err, "%s/outblob", e.path);
	if (ccel && (!rv_buf_read(ccel, CCEL_MAX, &log, err) ||
		     !rv_log_read(rv_buf_span(&log), &f.evidence.log,
				  &f.evidence.log_format, err)))
		return rv_in(err, "event log");
	if (!rv_live_source(&f.evidence, dir, "configfs-tsm", err))
		return false;
	*out = RV_TAKE(f);
	return true;
}
