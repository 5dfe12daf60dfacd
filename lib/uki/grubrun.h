/* SPDX-License-Identifier: Apache-2.0 */
/* grubrun.h - what the parts of grub's configuration share while it runs. */
#ifndef RV_UKI_GRUBRUN_H
#define RV_UKI_GRUBRUN_H

#include "grubscript.h"

enum {
	RV_GRUB_ARGS = 64, /* words of one command */
	RV_GRUB_VARS = 256,
	RV_GRUB_FUNCTIONS = 64,
	RV_GRUB_ENTRIES = 128,
	RV_GRUB_DEPTH = 24,	  /* functions, files and entries in another */
	RV_GRUB_COMMANDS = 2000,  /* run in all */
	RV_GRUB_BYTES = 16 << 20, /* that all texts may take */
	RV_GRUB_UNDECIDED = -1,	  /* a status */
};

/* A text that a configuration made, with a NUL. */
struct rv_grub_text {
	const char *p;
	bool known; /* false: part of it is not */
};

struct rv_grub_words {
	struct rv_grub_text w[RV_GRUB_ARGS];
	size_t n;
	bool has_block;
	struct rv_span block; /* between its braces */
};

struct rv_grub_var {
	const char *name;
	struct rv_grub_text value;
};

struct rv_grub_function {
	const char *name;
	struct rv_span body;
};

struct rv_grub_entry {
	const char *title, *id;
	bool known, submenu, restricted;
	struct rv_span body;
};

struct rv_grub_run {
	const struct rv_grub_world *world;
	struct rv_grub_end *end;
	struct rv_err *err;
	struct rv_grub_block *blocks; /* what is owned */
	size_t bytes;
	struct rv_grub_var var[RV_GRUB_VARS];
	size_t vars;
	struct rv_grub_function function[RV_GRUB_FUNCTIONS];
	size_t functions;
	struct rv_grub_entry entry[RV_GRUB_ENTRIES];
	size_t entries;
	const struct rv_grub_words *scope; /* of a function or entry */
	int status;			   /* $?, or UNDECIDED */
	unsigned depth, commands;
	bool over;   /* nothing more is run: it boots, or why is said */
	bool failed; /* over, and the error says why */
	bool returns;
};

/* What decides the next event is not in the files: say so, and end. */
void rv_grub_stop(struct rv_grub_run *r, const char *fmt, ...) RV_PRINTF(2, 3);
/* End with the error that was recorded. */
void rv_grub_fail(struct rv_grub_run *r);
/* A copy that lives as long as the run; NULL: it ended. */
const char *rv_grub_keep(struct rv_grub_run *r, struct rv_span s);
/* Free all of these. */
void rv_grub_forget(struct rv_grub_run *r);

/* ---- variables (grubvar.c) ---- */

void rv_grub_set(struct rv_grub_run *r, struct rv_span name,
		 struct rv_grub_text value);
void rv_grub_unset(struct rv_grub_run *r, const char *name);
/* Unset ones are "". */
struct rv_grub_text rv_grub_get(const struct rv_grub_run *r,
				struct rv_span name);
/* What grub sets before it runs anything. */
void rv_grub_preset(struct rv_grub_run *r);

/* ---- words (grubword.c) ---- */

/* A place in a source. */
struct rv_grub_src {
	struct rv_span s;
	size_t at;
};

/* The byte there, -1 at the end. */
static inline int rv_grub_peek(const struct rv_grub_src *s)
{
	return s->at < s->s.n ? s->s.p[s->at] : -1;
}

/* Blanks, comments, lines that go on; with @lines ends of commands, too. */
void rv_grub_skip(struct rv_grub_src *s, bool lines);
/* The word there as it is written, for reserved ones; nothing is moved. */
struct rv_span rv_grub_raw(const struct rv_grub_src *s);
/*
 * The words to the end of a command, with what their variables hold; with
 * @live false they are only passed over.
 */
void rv_grub_words(struct rv_grub_run *r, struct rv_grub_src *s, bool live,
		   struct rv_grub_words *out);
/* What stands between the brace there and the one that closes it. */
bool rv_grub_block(struct rv_grub_run *r, struct rv_grub_src *s,
		   struct rv_span *out);

/* ---- commands (grubcommand.c, grubload.c) ---- */

/* A source that is run as a part of another: a file, a function, an entry. */
typedef void rv_grub_source(struct rv_grub_run *r, struct rv_span source);

/* Does grub have the command? Then it is run, and status says how. */
bool rv_grub_command(struct rv_grub_run *r, const struct rv_grub_words *w,
		     rv_grub_source *source);
/* [ and test: of the words behind the first. */
int rv_grub_test(struct rv_grub_run *r, const struct rv_grub_words *w);
/* linux and initrd. */
void rv_grub_linux(struct rv_grub_run *r, const struct rv_grub_words *w);
void rv_grub_initrd(struct rv_grub_run *r, const struct rv_grub_words *w);
/*
 * A file of a path that may lack its device. With @label it is an event. The
 * state is UNKNOWN when the path is.
 */
enum rv_grub_there rv_grub_file(struct rv_grub_run *r, struct rv_grub_text path,
				const char *label, struct rv_buf *out);
/* One event of a text. */
void rv_grub_event(struct rv_grub_run *r, const char *label, const char *text,
		   bool known);

#endif
