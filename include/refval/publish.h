/* SPDX-License-Identifier: Apache-2.0 */
/*
 * publish.h - stage "publish": reference values in the formats that verifiers
 * read, signed or not; and back again, the signature checked.
 */
#ifndef REFVAL_PUBLISH_H
#define REFVAL_PUBLISH_H

#include <refval/measure.h>
#include <refval/types.h>

#ifdef __cplusplus
extern "C" {
#endif

enum rv_format {
	RV_FORMAT_VALUES,	   /* refval.values/1 */
	RV_FORMAT_IN_TOTO,	   /* in-toto Statement v1 in a DSSE envelope */
	RV_FORMAT_SIGSTORE_BUNDLE, /* the same in a sigstore bundle v0.3 */
	RV_FORMAT_CORIM,	   /* CBOR tag 501 */
	RV_FORMAT_CORIM_SIGNED,	   /* COSE_Sign1 over it */
	RV_FORMAT_RVPS,		   /* a message of Trustee's RVPS */
	RV_FORMAT_DSTACK, /* measurement.tdx.cbor and its sha256sum.txt */
	RV_FORMAT_TCG2,	  /* the predicted event log, TCG2 binary */
	RV_FORMATS,
};

enum {
	RV_PUBLISHED_MAX = 16 << 20, /* bytes of a document that is read */
	RV_VALUES_LIST_MAX = 1024,   /* machines of one document */
	RV_PUBLISH_FILES_MAX = 1024, /* files of one statement */
};

/*
 * The values of machines of different shapes, which are one image. In order;
 * owned, rv_values_list_free().
 */
struct rv_values_list {
	struct rv_values *item;
	size_t n;
};

RV_API void rv_values_list_free(struct rv_values_list *l);
/*
 * One more, all zero, which is *@out until the next is added. RV_INPUT above
 * RV_VALUES_LIST_MAX; RV_SYSTEM.
 */
RV_API RV_MUST bool rv_values_list_add(struct rv_values_list *l,
				       struct rv_values **out,
				       struct rv_err *err);

/* "in-toto" ...; NULL for none. */
RV_API const char *rv_format_name(enum rv_format format);
RV_API RV_MUST bool rv_format_parse(const char *name, enum rv_format *out);
/* Whether the format has room for a signature, and whether it needs one. */
RV_API bool rv_format_signs(enum rv_format format);
RV_API bool rv_format_must_sign(enum rv_format format);
/* Whether it holds the values whole, GPUs' manifests too. */
RV_API bool rv_format_whole(enum rv_format format);

struct rv_publication {
	struct rv_buf document;	 /* owned */
	struct rv_buf checksums; /* owned; RV_FORMAT_DSTACK: sha256sum.txt */
	char left_out[320];	 /* what the format could not be given, or "" */
	const char *signed_by; /* "Ed25519", "P-256", "P-384"; NULL: unsigned */
	struct rv_sha256
	    key_id; /* SHA-256 of that key's SubjectPublicKeyInfo */
};

/*
 * predicateType of our in-toto statements: a name, not an address. Nobody can
 * own a domain below .example (RFC 2606, section 2; RFC 6761, section 6.5), and
 * in-toto lets a TypeURI be one that does not resolve.
 */
#define RV_PREDICATE_TYPE "https://refval.example/tdx-reference-values/v1"
/* Of a statement about machines of several shapes. */
#define RV_PREDICATE_LIST_TYPE                                                 \
	"https://refval.example/tdx-reference-values-list/v1"

/*
 * Write @v as @format, signed with @private_pem unless that is empty. The
 * bytes are the same each time, but for a signature by a curve. RV_INPUT when
 * the values do not hold what the format cannot do without.
 */
RV_API RV_MUST bool rv_publish(enum rv_format format, const struct rv_values *v,
			       struct rv_span private_pem,
			       struct rv_publication *out, struct rv_err *err);
/*
 * The same of @n machines, 1 to RV_VALUES_LIST_MAX, in one document. RV_INPUT,
 * with the format's name, where it has no words for more than one, and where
 * they are of different images in a format that is about one.
 */
RV_API RV_MUST bool rv_publish_all(enum rv_format format,
				   const struct rv_values *v, size_t n,
				   struct rv_span private_pem,
				   struct rv_publication *out,
				   struct rv_err *err);
/*
 * A statement about files that were released, not about values: @list is what
 * sha256sum(1) writes of them, a line "HEX  NAME" each, and @purl the package
 * URL of the release. @format is RV_FORMAT_IN_TOTO or
 * RV_FORMAT_SIGSTORE_BUNDLE, else RV_USAGE. in-toto attestation framework,
 * release predicate v0.1. RV_INPUT for a list that is anything else, has a name
 * twice, or more than RV_PUBLISH_FILES_MAX. Nothing here reads it back: it has
 * no values.
 */
RV_API RV_MUST bool rv_publish_files(enum rv_format format, struct rv_span list,
				     const char *purl,
				     struct rv_span private_pem,
				     struct rv_publication *out,
				     struct rv_err *err);
RV_API void rv_publication_free(struct rv_publication *p);

enum rv_signed {
	RV_SIGNED_NOT = 0,   /* there is no signature */
	RV_SIGNED_UNCHECKED, /* there is one; no key was given */
	RV_SIGNED_GOOD,	     /* by the key that was given */
	RV_SIGNED_BAD,	     /* not by the key that was given */
};

/* What a published document is, and who stands behind it. */
struct rv_signature {
	enum rv_signed state;
	char form[32];	/* "refval.values/1", "in-toto", "sigstore-bundle" .. */
	char said[160]; /* the state as one sentence */
	bool has_window;	       /* the document says when it holds */
	int64_t not_before, not_after; /* seconds since 1970 */
};

/*
 * What @bytes are by their contents: the name of a form that rv_publish_read()
 * reads, or NULL.
 */
RV_API const char *rv_publish_form(struct rv_span bytes);

/*
 * Read values back from any form. @public_pem empty: no signature is checked.
 * With RV_SIGNED_BAD nothing of the contents was looked at: *out is empty.
 */
RV_API RV_MUST bool rv_publish_read_all(struct rv_span bytes,
					struct rv_span public_pem,
					struct rv_values_list *out,
					struct rv_signature *sig,
					struct rv_err *err);
/*
 * The same of a document about one machine: RV_INPUT when it is about more.
 * With RV_SIGNED_BAD *out is unchanged.
 */
RV_API RV_MUST bool rv_publish_read(struct rv_span bytes,
				    struct rv_span public_pem,
				    struct rv_values *out,
				    struct rv_signature *sig,
				    struct rv_err *err);

#ifdef __cplusplus
}
#endif

#endif
