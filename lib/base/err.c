/* SPDX-License-Identifier: Apache-2.0 */
/* err.c - what went wrong, kept by the caller, first cause first. */
#include "base.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

void rv_err_set(struct rv_err *err, enum rv_code code, const char *fmt, ...)
{
	va_list ap;

	err->code = code;
	err->line = 0;
	err->id = NULL;
	va_start(ap, fmt);
	vsnprintf(err->msg, sizeof err->msg, fmt, ap);
	va_end(ap);
}

enum rv_code rv_errno_code(int error)
{
	switch (error) {
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case EIO:
		return RV_SYSTEM;
	default:
		return RV_INPUT;
	}
}

/* Put @text and ": " into the message, @at bytes from its start. */
static void insert(struct rv_err *err, size_t at, const char *text)
{
	size_t room = sizeof err->msg - 1 - at;
	size_t n = strnlen(text, room - 2);
	size_t keep = strnlen(err->msg + at, room - 2 - n);

	memmove(err->msg + at + n + 2, err->msg + at, keep);
	memcpy(err->msg + at, text, n);
	memcpy(err->msg + at + n, ": ", 2);
	err->msg[at + n + 2 + keep] = '\0';
}

/* The length of the id that the message starts with, ": " included. */
static size_t id_length(const struct rv_err *err)
{
	size_t n = err->id ? strlen(err->id) : 0;

	return n && strncmp(err->msg, err->id, n) == 0 &&
		       strncmp(err->msg + n, ": ", 2) == 0
		   ? n + 2
		   : 0;
}

enum { HEAD = sizeof(((struct rv_err *)0)->msg) / 2 };

void rv_err_in(struct rv_err *err, const char *fmt, ...)
{
	char head[HEAD - 2];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(head, sizeof head, fmt, ap);
	va_end(ap);
	insert(err, 0, head);
}

void rv_err_no_memory(struct rv_err *err, const char *what)
{
	rv_err_set(err, RV_SYSTEM, "%s: out of memory", what);
}

void rv_err_fault(struct rv_err *err, const char *id, const char *fmt, ...)
{
	va_list ap;

	*err = (struct rv_err){ .code = RV_INPUT, .id = id };
	va_start(ap, fmt);
	vsnprintf(err->msg, sizeof err->msg, fmt, ap);
	va_end(ap);
	insert(err, 0, id);
}

void rv_err_fault_line(struct rv_err *err, const char *id, size_t line,
		       const char *fmt, ...)
{
	char text[32];
	va_list ap;

	*err = (struct rv_err){
		.code = RV_INPUT,
		.line = line < UINT32_MAX ? (uint32_t)line : UINT32_MAX,
		.id = id,
	};
	va_start(ap, fmt);
	vsnprintf(err->msg, sizeof err->msg, fmt, ap);
	va_end(ap);
	snprintf(text, sizeof text, "line %zu", line);
	insert(err, 0, text);
	if (id)
		insert(err, 0, id);
}

void rv_err_fault_in(struct rv_err *err, const char *fmt, ...)
{
	char where[HEAD];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(where, sizeof where, fmt, ap);
	va_end(ap);
	insert(err, id_length(err), where);
}

void rv_err_as_fault(struct rv_err *err, const char *id)
{
	if (err->code != RV_INPUT || err->id)
		return;
	insert(err, 0, id);
	err->id = id;
}

bool rv_err_is(const struct rv_err *err, const char *id)
{
	return err->id && strcmp(err->id, id) == 0;
}

const char *rv_err_text(const struct rv_err *err)
{
	return err->msg + id_length(err);
}

const char *rv_answer_name(enum rv_code answer)
{
	return answer == RV_OK ? "yes" : answer == RV_NO ? "no" : "cannot-tell";
}
