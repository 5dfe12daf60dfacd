/* SPDX-License-Identifier: Apache-2.0 */
/* types.h - errors, bytes and digests: what every stage speaks. */
#ifndef REFVAL_TYPES_H
#define REFVAL_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define REFVAL_VERSION "0.1.0"

#if defined(__GNUC__)
#define RV_API		__attribute__((visibility("default")))
#define RV_MUST		__attribute__((warn_unused_result))
#define RV_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define RV_API
#define RV_MUST
#define RV_PRINTF(f, a)
#endif

/* What went wrong. The numbers are also the exit codes of every command. */
enum rv_code {
	RV_OK = 0,    /* yes: the answer was computed, or everything agreed */
	RV_NO = 1,    /* no: all evidence was read, and it disagrees */
	RV_USAGE = 2, /* the command line makes no sense */
	RV_INPUT = 3, /* cannot tell: input missing, malformed or unsupported */
	RV_SYSTEM = 4, /* could not work: memory, files, a failed write */
};

/* Filled in by whoever returns false. Lives on the caller's stack. */
struct rv_err {
	enum rv_code code;
	uint32_t line; /* of the text that was read, from 1; 0: not said */
	/*
	 * What a program may decide by, "E_BLOB_DIGEST"; NULL: this failure
	 * has none. A constant. Where there is one, @msg says it too.
	 */
	const char *id;
	char msg[512]; /* one sentence for people, ended by a NUL */
};

/* Borrowed bytes: never freed through a span, never written through a span. */
struct rv_span {
	const uint8_t *p;
	size_t n;
};

/* Owned bytes; rv_buf_free(). Text kept in one also ends with a NUL at p[n]. */
struct rv_buf {
	uint8_t *p;
	size_t n;
};

RV_API void rv_buf_free(struct rv_buf *b);

/* A SHA-256 digest, 32 bytes. */
struct rv_sha256 {
	uint8_t b[32];
};

/*
 * A SHA-384 digest or a TDX measurement register, 48 bytes
 * (Intel TDX Module 1.5 ABI specification, TD_INFO: MRTD, RTMR0..3).
 */
struct rv_sha384 {
	uint8_t b[48];
};

#ifdef __cplusplus
}
#endif

#endif
