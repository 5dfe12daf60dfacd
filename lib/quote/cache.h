/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cache.h - what was parsed and found good, by the SHA-256 of the bytes it
 * came from. Never a refusal, never anything that depends on the time.
 */
#ifndef RV_QUOTE_CACHE_H
#define RV_QUOTE_CACHE_H

#include "quote.h"

enum {
	CACHE_ENTRIES = 4096, /* above it, what nobody uses is dropped */
	CACHE_BUCKETS = 1024,
};

/* What an entry holds; the same bytes may be good for one and not another. */
enum cache_kind {
	CACHE_PCK_CHAIN,    /* struct chain */
	CACHE_SIGNER_CHAIN, /* struct chain */
	CACHE_CERT,	    /* struct rv_cert, an issuer; nothing checked */
	CACHE_CRL,	    /* struct rv_crl, checked with its issuer */
	CACHE_BODIES,	    /* nothing: both bodies are JSON objects */
	CACHE_TCB_INFO,	    /* struct tcb_info, its signature checked */
	CACHE_QE_IDENTITY,  /* struct qe_identity, its signature checked */
	CACHE_QE_REPORT,    /* struct rv_key, the attestation key it names */
};

struct cache;
struct cache_entry;

/* The key of an entry: what it was made of, digest by digest. */
struct cache_key {
	enum cache_kind kind;
	struct rv_sha256 id;
};

RV_MUST bool rv_cache_new(struct cache **out, struct rv_err *err);
void rv_cache_free(struct cache **c);

/* Borrow an entry until rv_cache_release(); NULL when there is none. */
struct cache_entry *rv_cache_find(struct cache *c, const struct cache_key *key);
/*
 * Add @object, which is taken over in any case, and borrow it. When the same
 * was added meanwhile, that one is borrowed. NULL: out of memory.
 */
struct cache_entry *rv_cache_add(struct cache *c, const struct cache_key *key,
				 void *object, void (*free_object)(void *));
const void *rv_cache_object(const struct cache_entry *e);
void rv_cache_release(struct cache *c, struct cache_entry *e);

#endif
