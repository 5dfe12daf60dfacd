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

/* The answer as documents and texts have it: "yes", "no" or "cannot-tell". */
RV_API const char *rv_answer_name(enum rv_code answer);

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

/* Hashes, of registers and of documents. */
enum rv_alg {
	RV_SHA256,
	RV_SHA384,
	RV_SHA512,
	RV_SHA1,
	RV_SHA3_256,
	RV_SHA3_384,
	RV_SHA3_512,
};

enum { RV_DIGEST_MAX = 64 }; /* bytes of the longest */

/* "sha256", and the bytes of its digests. */
RV_API const char *rv_alg_name(enum rv_alg alg);
RV_API size_t rv_alg_size(enum rv_alg alg);

/*
 * A SHA-384 digest or a TDX measurement register, 48 bytes
 * (Intel TDX Module 1.5 ABI specification, TD_INFO: MRTD, RTMR0..3).
 */
struct rv_sha384 {
	uint8_t b[48];
};

/*
 * A measurement register of any platform: what that calls it ("mrtd", "rtmr3",
 * "pcr14"), its hash, its value.
 */
struct rv_mr {
	char name[16];
	enum rv_alg alg;
	uint8_t n; /* bytes of @b */
	uint8_t b[RV_DIGEST_MAX];
};

enum { RV_MRS_MAX = 32 };

/* Each name once, in the order of the platform. */
struct rv_mrs {
	struct rv_mr item[RV_MRS_MAX];
	size_t n;
};

/* A name as people write it: "RTMR3", "PCR14". */
RV_API void rv_mr_label(const char *name, char out[16]);
/* The register called @name, or NULL. */
RV_API const struct rv_mr *rv_mrs_find(const struct rv_mrs *list,
				       const char *name);
/*
 * Set @name to @value, whose length must be that of @alg. False: it is not, or
 * there is no room for another register.
 */
RV_API RV_MUST bool rv_mrs_set(struct rv_mrs *list, const char *name,
			       enum rv_alg alg, struct rv_span value);

/* One file that went into what a document says. */
struct rv_input {
	char role[16]; /* "firmware", "kernel", "initrd", "cmdline" ... */
	char name[64];
	uint64_t size; /* bytes */
	struct rv_sha256 sha256;
};

#ifdef __cplusplus
}
#endif

#endif
