/* SPDX-License-Identifier: Apache-2.0 */
/* out.h - all printing. Foreign bytes reach a terminal only through here. */
#ifndef RV_OUT_H
#define RV_OUT_H

#include "base.h"
#include <refval.h>

/* Text of our own. Foreign bytes never go through %s: use rv_out_text. */
void rv_out(const char *fmt, ...) RV_PRINTF(1, 2);
/* Foreign bytes: what is not printable is shown as \xNN. */
void rv_out_text(struct rv_span s);
void rv_out_str(const char *s);
void rv_out_hex(struct rv_span s);
/* "label:   value", aligned. */
void rv_out_field(const char *label, struct rv_span hex);

/*
 * --quiet: of text only what is printed between rv_out_last(true) and
 * rv_out_last(false), the line that ends it. Documents are printed as ever.
 */
void rv_out_quiet(void);
void rv_out_last(bool on);

/* What is printed is no result of a question: it goes to standard error. */
void rv_out_to_stderr(void);

/* --output: what is printed is kept, and then the file @path (borrowed), whole;
 * where nothing was printed there is none. RV_SYSTEM. */
RV_MUST bool rv_out_keep(const char *path, struct rv_err *err);
RV_MUST bool rv_out_kept(struct rv_err *err);

/* Auto: on a terminal that is not dumb, and without NO_COLOR. */
enum rv_color {
	RV_COLOR_AUTO,
	RV_COLOR_ALWAYS,
	RV_COLOR_NEVER,
};
void rv_out_color(enum rv_color when);

/* Columns of help: as the terminal or COLUMNS has it, 30 to 80. */
size_t rv_out_width(void);
/* Our own @text from column @at on, broken at blanks to that width, and a line
 * feed; further lines begin at column @indent. */
void rv_out_wrapped(const char *text, size_t at, size_t indent);

/* Colour, where it is wanted. */
enum rv_tone {
	RV_TONE_PLAIN,
	RV_TONE_GOOD,
	RV_TONE_BAD,
	RV_TONE_DOUBT,
	RV_TONE_DIM,
	RV_TONE_BOLD
};
void rv_out_tone(enum rv_tone tone, const char *fmt, ...) RV_PRINTF(2, 3);

/* "PROGRAM: message" on standard error, foreign bytes escaped. */
void rv_out_error(const char *program, const char *msg);
/* A note on standard error. */
void rv_out_note(const char *fmt, ...) RV_PRINTF(1, 2);

/* Print a finished document and empty @g. RV_SYSTEM when memory ran out. */
RV_MUST bool rv_out_document(struct rv_grow *g, struct rv_err *err);

/* The same of one that the library wrote, byte by byte. */
void rv_out_bytes(struct rv_span document);

/* One of many results: written at once, so that a reader has it. */
RV_MUST bool rv_out_result(struct rv_span line, struct rv_err *err);
/* The same while more are on their way: written with one of the next. */
RV_MUST bool rv_out_result_later(struct rv_span line, struct rv_err *err);

/*
 * Progress on standard error, when that is a terminal: one line, with per cent
 * where it is known how much there is (@all; 0: not). Of a long name the middle
 * is left out. Done, and whatever is said there: nothing of the line is left.
 */
void rv_out_progress(const char *what, const char *name, uint64_t bytes,
		     uint64_t all);
/* The same of the file at @path, or of what is none, that is being read. */
void rv_out_reading(void *path, uint64_t bytes);
void rv_out_progress_done(void);

#endif
