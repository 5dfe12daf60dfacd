/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base.h - errors, spans, readers, buffers, text, written JSON. Every file of
 * the library includes this; what stands on other people's libraries (digests,
 * read JSON) is in lib/door.
 */
#ifndef RV_BASE_H
#define RV_BASE_H

#include <refval/types.h>

#include <inttypes.h>
#include <string.h>

#define RV_LEN(array) (sizeof(array) / sizeof *(array))

/* ---- errors (err.c) ---- */

/*
 * Record a failure: return rv_fail(err, code, fmt, ...). An expression of the
 * value false, so that whoever analyses the code knows it, too.
 */
#define rv_fail(...) (rv_err_set(__VA_ARGS__), false)
/* Put "@fmt: " in front of the failure a callee recorded. */
#define rv_in(...) (rv_err_in(__VA_ARGS__), false)
/* RV_SYSTEM, out of memory while doing @what. */
#define rv_no_memory(err, what) (rv_err_no_memory(err, what), false)

void rv_err_set(struct rv_err *err, enum rv_code code, const char *fmt, ...)
    RV_PRINTF(3, 4);
void rv_err_in(struct rv_err *err, const char *fmt, ...) RV_PRINTF(2, 3);
void rv_err_no_memory(struct rv_err *err, const char *what);

/*
 * What a file that could not be opened or read is: RV_SYSTEM when this process
 * or machine is short of something or failed (EMFILE, ENFILE, ENOMEM, EIO),
 * RV_INPUT when the file is (ENOENT, EACCES, EISDIR and so on).
 */
enum rv_code rv_errno_code(int error);

/*
 * A fault is a finding about the input, RV_INPUT, with an id that somebody
 * decides by. @id is a constant; the message becomes "@id: @fmt".
 */
#define rv_fault(...) (rv_err_fault(__VA_ARGS__), false)
/* "@id: line @line: @fmt"; @id NULL: "line @line: @fmt", no fault yet. */
#define rv_fault_line(...) (rv_err_fault_line(__VA_ARGS__), false)
/* "ID: more" becomes "ID: @fmt: more"; as rv_in() where there is no id. */
#define rv_fault_in(...) (rv_err_fault_in(__VA_ARGS__), false)
/* What a callee refused without an id, RV_INPUT, has this one. */
#define rv_as_fault(err, id) (rv_err_as_fault(err, id), false)

void rv_err_fault(struct rv_err *err, const char *id, const char *fmt, ...)
    RV_PRINTF(3, 4);
void rv_err_fault_line(struct rv_err *err, const char *id, size_t line,
		       const char *fmt, ...) RV_PRINTF(4, 5);
void rv_err_fault_in(struct rv_err *err, const char *fmt, ...) RV_PRINTF(2, 3);
void rv_err_as_fault(struct rv_err *err, const char *id);

static inline bool rv_is_fault(const struct rv_err *err)
{
	return err->code == RV_INPUT && err->id;
}

/* Is it the fault @id? */
bool rv_err_is(const struct rv_err *err, const char *id);
/* The message without its id. */
const char *rv_err_text(const struct rv_err *err);

/* ---- ownership ---- */

/* A local with RV_AUTO is freed on every way out of its scope, unless taken. */
#define RV_AUTO(free_fn) __attribute__((cleanup(free_fn)))
#define RV_TAKE(x)                                                             \
	__extension__({                                                        \
		__typeof__(x) taken_ = (x);                                    \
		memset(&(x), 0, sizeof(x));                                    \
		taken_;                                                        \
	})

void rv_free(void *pp);	      /* RV_AUTO(rv_free) char *s */
void rv_close(const int *fd); /* RV_AUTO(rv_close) int fd = -1 */

/* ---- owned bytes (buf.c) ---- */

/* The whole file at @path ("-": standard input), refused above @max bytes. */
RV_MUST bool rv_buf_read(const char *path, size_t max, struct rv_buf *out,
			 struct rv_err *err);
/*
 * A file of a folder that somebody else filled: only a plain file is read, no
 * link is followed and nobody is waited for. *found is false when there is none
 * of this name, and nothing is written then.
 */
RV_MUST bool rv_buf_read_plain(const char *path, size_t max, bool *found,
			       struct rv_buf *out, struct rv_err *err);
/* A copy of @s, with a NUL behind it. */
RV_MUST bool rv_buf_copy(struct rv_span s, struct rv_buf *out,
			 struct rv_err *err);
/* The same as a C string; RV_INPUT when @s holds a NUL itself. */
RV_MUST bool rv_text_copy(struct rv_span s, const char *what, char **out,
			  struct rv_err *err);

static inline struct rv_span rv_buf_span(const struct rv_buf *b)
{
	return (struct rv_span){ b->p, b->n };
}

/* Bytes that grow as they are written. The first failure sticks. */
struct rv_grow {
	struct rv_buf buf; /* owned; rv_grow_free() or rv_grow_take() */
	size_t room;
	bool failed; /* out of memory, once and for all */
};

void rv_grow_add(struct rv_grow *g, const void *p, size_t n);
void rv_grow_u8(struct rv_grow *g, unsigned v);
void rv_grow_le(struct rv_grow *g, uint64_t v, size_t n);
void rv_grow_text(struct rv_grow *g, const char *s);
void rv_grow_printf(struct rv_grow *g, const char *fmt, ...) RV_PRINTF(2, 3);
RV_MUST bool rv_grow_take(struct rv_grow *g, struct rv_buf *out,
			  struct rv_err *err);
void rv_grow_free(struct rv_grow *g);

/* ---- reading bytes (span.c) ---- */

static inline struct rv_span rv_span(const void *p, size_t n)
{
	return (struct rv_span){ p, n };
}

static inline struct rv_span rv_text(const char *s)
{
	return (struct rv_span){ (const uint8_t *)s, strlen(s) };
}

/* @len bytes of @s from @off, or false when they are not all there. */
RV_MUST bool rv_sub(struct rv_span s, uint64_t off, uint64_t len,
		    struct rv_span *out);
/* Take the last @n bytes off @s: for structures read from their end. */
RV_MUST bool rv_cut(struct rv_span *s, uint64_t n, struct rv_span *out);
bool rv_same(struct rv_span a, struct rv_span b);
bool rv_same_text(struct rv_span a, const char *b);
bool rv_starts(struct rv_span s, struct rv_span head);
bool rv_all_zero(struct rv_span s);
/* A little-endian, or big-endian, number of at most 8 bytes. */
uint64_t rv_num(struct rv_span s);
uint64_t rv_num_be(struct rv_span s);
/* Take the first line off @s, without its LF. False at the end. */
bool rv_line(struct rv_span *s, struct rv_span *line);

/* A cursor that stops for good at the first short read: later reads give 0. */
struct rv_rd {
	struct rv_span in;
	size_t off;
	const char *what;  /* the structure being read, for messages */
	const char *field; /* the first field that did not fit, or NULL */
	size_t want;	   /* how many bytes it needed */
};

struct rv_rd rv_rd(struct rv_span in, const char *what);
struct rv_span rv_take(struct rv_rd *r, size_t n, const char *field);
uint8_t rv_u8(struct rv_rd *r, const char *field);
uint16_t rv_le16(struct rv_rd *r, const char *field);
uint32_t rv_le32(struct rv_rd *r, const char *field);
uint64_t rv_le64(struct rv_rd *r, const char *field);
uint16_t rv_be16(struct rv_rd *r, const char *field);
static inline size_t rv_rd_left(const struct rv_rd *r)
{
	return r->field ? 0 : r->in.n - r->off;
}
/* True when every read so far was whole; else records which was not. */
RV_MUST bool rv_rd_ok(const struct rv_rd *r, struct rv_err *err);
/* The same, and nothing may be left over. */
RV_MUST bool rv_rd_end(const struct rv_rd *r, struct rv_err *err);

/* ---- hex, base64, numbers (text.c) ---- */

/* Lower-case hex of @s into @out, which has room for 2 * s.n + 1. */
void rv_hex(struct rv_span s, char *out);
/* Exactly 2 * @n hex digits of either case, nothing else. */
RV_MUST bool rv_unhex(struct rv_span text, uint8_t *out, size_t n);
/* Any even number of hex digits; RV_INPUT else. */
RV_MUST bool rv_unhex_buf(struct rv_span text, const char *what,
			  struct rv_buf *out, struct rv_err *err);
/* RFC 4648 section 4, padding required, no blanks, zero pad bits. */
RV_MUST bool rv_unbase64(struct rv_span text, const char *what,
			 struct rv_buf *out, struct rv_err *err);
/* RFC 4648 section 5, without padding. */
RV_MUST bool rv_unbase64url(struct rv_span text, const char *what,
			    struct rv_buf *out, struct rv_err *err);
/* In either alphabet, padded or not. */
RV_MUST bool rv_unbase64_any(struct rv_span text, const char *what,
			     struct rv_buf *out, struct rv_err *err);
RV_MUST bool rv_base64(struct rv_span s, struct rv_buf *out,
		       struct rv_err *err);
/* Decimal, no sign, no blanks, at most @max. */
RV_MUST bool rv_decimal(struct rv_span text, uint64_t max, uint64_t *out);
/*
 * What nobody would see as it is: controls, what turns the direction of the
 * text around it or breaks a line, what has no width (Unicode's
 * Default_Ignorable_Code_Point), and what is no character.
 */
bool rv_unseen(uint32_t code_point);
/* Well-formed UTF-8 (RFC 3629). */
RV_MUST bool rv_utf8_ok(struct rv_span s);
/* RFC 3339 "YYYY-MM-DDTHH:MM:SSZ" and seconds since 1970. */
RV_MUST bool rv_time_parse(struct rv_span text, int64_t *out);
#define RV_TIME_MAX UINT64_C(253402300799) /* the end of year 9999 */
void rv_time_text(int64_t t, char out[32]);

/* ---- writing JSON (jsonw.c) ---- */

enum { RV_JSON_DEPTH = 32 }; /* of a document that is read */
enum { RV_JW_DEPTH = 32 };

/*
 * A JSON document being written, keys in the order of the calls. @key is NULL
 * inside an array and for the outermost value. Failures stick in @to.
 */
struct rv_jw {
	struct rv_grow *to; /* borrowed */
	bool compact;	    /* one line; else indented by two blanks */
	unsigned depth;
	bool some[RV_JW_DEPTH]; /* this level has a member already */
	char end[RV_JW_DEPTH];	/* what closes this level */
};

void rv_jw_open(struct rv_jw *w, const char *key, char bracket); /* { or [ */
void rv_jw_close(struct rv_jw *w);
/* Bytes that are not UTF-8 become U+FFFD. */
void rv_jw_text(struct rv_jw *w, const char *key, struct rv_span s);
void rv_jw_str(struct rv_jw *w, const char *key,
	       const char *s); /* NULL: null */
void rv_jw_hex(struct rv_jw *w, const char *key, struct rv_span s);
void rv_jw_u64(struct rv_jw *w, const char *key, uint64_t v);
void rv_jw_bool(struct rv_jw *w, const char *key, bool v);
void rv_jw_null(struct rv_jw *w, const char *key);
/* A value that is JSON text already. */
void rv_jw_raw(struct rv_jw *w, const char *key, struct rv_span json);
/* The same, written again as @w writes: on one line, or indented. */
void rv_jw_json(struct rv_jw *w, const char *key, struct rv_span json);
/* The string @s as JSON writes it, quotes included. */
void rv_json_quote(struct rv_grow *to, struct rv_span s);
/* The same as JSON.stringify writes it (ECMA-262, 25.5.2.2; RFC 8785). */
void rv_json_stringify(struct rv_grow *to, struct rv_span s);

/* RFC 3629: one code point at @s; its length in bytes, 0 when malformed. */
size_t rv_code_point(struct rv_span s, uint32_t *out);

#endif
