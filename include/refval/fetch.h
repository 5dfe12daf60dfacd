/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fetch.h - stage "fetch": what a live machine says. The only stage that opens
 * a connection; only programs that call these functions need libcurl.
 */
#ifndef REFVAL_FETCH_H
#define REFVAL_FETCH_H

#include <refval/bind.h>
#include <refval/evidence.h>
#include <refval/gcp.h>
#include <refval/quote.h>
#include <refval/snp.h>
#include <refval/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How to ask. All borrowed; zeros are defaults. */
struct rv_fetch_net {
	const char *ca_file; /* PEM; NULL: the system's authorities */
	unsigned timeout;    /* seconds for each request; 0: 30 */
	/* @bytes of what @url has came; @all of them, or 0: not known. */
	void (*progress)(void *arg, const char *url, uint64_t bytes,
			 uint64_t all);
	void *arg;
	bool *refused; /* NULL, or set when nobody took the connection */
};

/* What to ask for. */
struct rv_fetch_ask {
	uint8_t report_data[RV_REPORT_DATA]; /* what the quote must carry */
	/* The statement that the old agent shall hash itself, or NULL. */
	const struct rv_statement *content;
	const char *api;      /* "dstack", "attest" or "tappd"; NULL: any */
	const char *instance; /* of several: number or id; NULL: the only one */
};

/* What came. Owned; rv_fetched_free(). */
struct rv_fetched {
	struct rv_evidence evidence;
	bool asked; /* the source was given our report_data */
};

RV_API void rv_fetched_free(struct rv_fetched *f);

/*
 * The guest agent behind a Unix socket: the new API (GetQuote, Attest, Info),
 * else the old one (RawQuote, TdxQuote, Info). evidence.source.api says which.
 */
RV_API RV_MUST bool rv_fetch_agent(const char *socket,
				   const struct rv_fetch_net *net,
				   const struct rv_fetch_ask *ask,
				   struct rv_fetched *out, struct rv_err *err);

/*
 * Linux's configfs-tsm at @dir (".../tsm/report"): an entry @name is made and
 * removed; or @dir is an entry. @ccel: the event log's file, or NULL.
 */
RV_API RV_MUST bool rv_fetch_tsm(const char *dir, const char *name,
				 const char *ccel, unsigned timeout,
				 const struct rv_fetch_ask *ask,
				 struct rv_fetched *out, struct rv_err *err);

/*
 * Whatever @url answers with: evidence in any container, Worker.Info, the page
 * of port 8090. "{report_data}" in @url is replaced by its hex.
 */
RV_API RV_MUST bool rv_fetch_url(const char *url,
				 const struct rv_fetch_net *net,
				 const struct rv_fetch_ask *ask,
				 struct rv_fetched *out, struct rv_err *err);

/*
 * The certificate of the TLS endpoint @host ("HOST:PORT", 443 when it has no
 * port), in evidence.tls. When it is one of RA-TLS its extensions are the
 * evidence, else the rest of that stays empty.
 */
RV_API RV_MUST bool rv_fetch_tls(const char *host,
				 const struct rv_fetch_net *net,
				 struct rv_fetched *out, struct rv_err *err);

/* ---- collateral ---- */

/* Whose documents a service has. */
enum rv_collateral_of {
	RV_COLLATERAL_INTEL, /* and caches of them */
	RV_COLLATERAL_AMD,
	RV_COLLATERAL_GOOGLE,
	RV_COLLATERAL_ANY, /* a URL: by what the evidence is of */
};

/*
 * The base URL of a service by its name, "intel" (the origin), "phala" (a
 * cache that anybody may ask), "amd" or "google"; of a URL, itself; NULL of
 * anything else. *@of says whose documents it has.
 */
RV_API const char *rv_collateral_service(const char *name,
					 enum rv_collateral_of *of);

/* Which collateral a quote needs. Read from it unverified: only a hint. */
struct rv_platform {
	bool tdx;
	char fmspc[13]; /* lower-case hex */
	char ca[12];	/* "platform" or "processor" */
};

RV_API RV_MUST bool rv_platform_of(struct rv_span quote,
				   struct rv_platform *out, struct rv_err *err);

struct rv_collateral_ask {
	const char *base;     /* of a PCS or PCCS; NULL: only the cache */
	const char *root_crl; /* URL of the root CRL; NULL: of the base */
	const char *cache;    /* folder; NULL: none */
	bool early;	      /* the early update set, not the standard one */
	bool refresh;	      /* ask even when the cache is current */
	int64_t now;	      /* what "current" means */
};

struct rv_collateral_got {
	struct rv_buf json; /* owned; the exchange form, one object */
	bool cached;	    /* it came out of the cache */
	bool stale;	    /* of the cache, and past its nextUpdate */
	int64_t next_update;
	char from[1024]; /* URL or file */
};

RV_API RV_MUST bool rv_fetch_collateral(const struct rv_platform *p,
					const struct rv_collateral_ask *ask,
					const struct rv_fetch_net *net,
					struct rv_collateral_got *out,
					struct rv_err *err);

/* What the cache alone has; RV_INPUT when it has nothing for @p. */
RV_API RV_MUST bool rv_fetch_cached(const struct rv_platform *p,
				    const struct rv_collateral_ask *ask,
				    struct rv_collateral_got *out,
				    struct rv_err *err);

/* ---- collateral of AMD ---- */

struct rv_amd_got {
	enum rv_snp_product product;
	int64_t next_update; /* of the list; seconds since 1970 */
	char from[1024];     /* URL */
};

/*
 * Put into @e what AMD's service at @base says of its report: the VCEK's
 * certificate (a VLEK's must be there), the ASK's, and the list of those that
 * are revoked, in the place of all that was there.
 */
RV_API RV_MUST bool rv_fetch_amd(struct rv_snp_evidence *e, const char *base,
				 const struct rv_fetch_net *net,
				 struct rv_amd_got *out, struct rv_err *err);

/* ---- collateral of Google ---- */

struct rv_google_got {
	bool endorsement; /* of the firmware; false: Google has none */
	bool root;	  /* whose authority signs those */
	bool revocation;  /* the list of revoked authorities */
	char from[1024];  /* URL */
};

/*
 * Put into @e what Google says of its machine, in the place of all that was
 * there: the certificate of the authority of its vTPM's key, from where that
 * key's certificate says, the list of revoked authorities that it names, and
 * from @base the endorsement of its firmware.
 */
RV_API RV_MUST bool rv_fetch_google(struct rv_evidence *e, const char *base,
				    const struct rv_fetch_net *net,
				    struct rv_google_got *out,
				    struct rv_err *err);

/* ---- GPUs ---- */

/* The base URL of "nvidia"; of a URL, itself; NULL of anything else. */
RV_API const char *rv_gpu_rim_service(const char *name);
RV_API const char *rv_gpu_ocsp_service(const char *name);

/*
 * The manifest @id of the service at @base, which answers at /v1/rim/ID: its
 * whole answer, owned. *found is false, and @out empty, when it has none.
 */
RV_API RV_MUST bool rv_fetch_gpu_rim(const char *base, const char *id,
				     const struct rv_fetch_net *net,
				     bool *found, struct rv_buf *out,
				     struct rv_err *err);
/*
 * What the OCSP responder at @url answers about the certificate @cert (DER),
 * which @issuer issued: an answer about it, unverified; owned. RV_INPUT: none.
 */
RV_API RV_MUST bool rv_fetch_gpu_ocsp(const char *url, struct rv_span cert,
				      struct rv_span issuer,
				      const struct rv_fetch_net *net,
				      struct rv_buf *out, struct rv_err *err);

#ifdef __cplusplus
}
#endif

#endif
