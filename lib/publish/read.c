/* SPDX-License-Identifier: Apache-2.0 */
/* read.c - values from any published form, told by its contents. */
#include "publish.h"
#include "json.h"

#include <stdarg.h>
#include <stdio.h>

enum form { NONE, VALUES, STATEMENT, DSSE, BUNDLE, CORIM, COSE };

static const char *const form_name[] = {
	NULL,		"refval.values/1", "in-toto statement",
	"in-toto",	"sigstore-bundle", "corim",
	"corim-signed",
};

void rv_signature_say(struct rv_signature *sig, enum rv_signed state,
		      const char *fmt, ...)
{
	va_list ap;

	sig->state = state;
	va_start(ap, fmt);
	vsnprintf(sig->said, sizeof sig->said, fmt, ap);
	va_end(ap);
}

static enum form cbor_form(struct rv_span s)
{
	static const uint8_t corim[] = { 0xd9, 0x01, 0xf5 }; /* 501 */
	static const uint8_t cose[] = { 0xd2 };		     /* 18 */
	struct rv_span head;

	if (rv_sub(s, 0, sizeof corim, &head) &&
	    rv_same(head, rv_span(corim, sizeof corim)))
		return CORIM;
	if (rv_sub(s, 0, sizeof cose, &head) &&
	    rv_same(head, rv_span(cose, sizeof cose)))
		return COSE;
	return NONE;
}

static enum form json_form(const rv_json *j)
{
	struct rv_span schema = rv_json_text(rv_json_get(j, "schema"));

	if (rv_same_text(schema, "refval.values/1"))
		return VALUES;
	if (rv_json_get(j, "payload") && rv_json_get(j, "payloadType"))
		return DSSE;
	if (rv_json_get(j, "mediaType") &&
	    rv_json_get(j, "verificationMaterial"))
		return BUNDLE;
	if (rv_json_get(j, "_type") && rv_json_get(j, "predicateType"))
		return STATEMENT;
	return NONE;
}

const char *rv_publish_form(struct rv_span bytes)
{
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	enum form f = cbor_form(bytes);
	struct rv_err ignored = { 0 };

	if (f == NONE && bytes.n <= RV_PUBLISHED_MAX &&
	    rv_json_parse(bytes, "document", &j, &ignored))
		f = json_form(j);
	return form_name[f];
}

static bool read_form(enum form f, struct rv_span bytes, const rv_json *j,
		      const struct rv_sign_key *key, struct rv_values *out,
		      struct rv_signature *sig, struct rv_err *err)
{
	switch (f) {
	case VALUES:
		return rv_values_read(bytes, out, err);
	case STATEMENT:
		return rv_intoto_read(bytes, out, err);
	case DSSE:
		return rv_dsse_read(j, key, out, sig, err);
	case BUNDLE:
		return rv_bundle_read(j, key, out, sig, err);
	case CORIM:
		return rv_corim_read(bytes, out, sig, err);
	case COSE:
		return rv_cose_read(bytes, key, out, sig, err);
	case NONE:
		break;
	}
	return rv_fail(err, RV_INPUT,
		       "no reference values: neither refval.values/1, an "
		       "in-toto statement or envelope, a sigstore bundle, nor "
		       "a CoRIM");
}

bool rv_publish_read(struct rv_span bytes, struct rv_span public_pem,
		     struct rv_values *out, struct rv_signature *sig,
		     struct rv_err *err)
{
	RV_AUTO(rv_sign_free) struct rv_sign_key *key = NULL;
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	struct rv_signature s = { 0 };
	enum form f = cbor_form(bytes);

	if (bytes.n > RV_PUBLISHED_MAX)
		return rv_fail(err, RV_INPUT, "longer than %d bytes",
			       RV_PUBLISHED_MAX);
	if (public_pem.n && !rv_sign_public(public_pem, &key, err))
		return false;
	if (f == NONE) {
		if (!rv_json_parse(bytes, "document", &j, err))
			return false;
		f = json_form(j);
	}
	rv_signature_say(&s, RV_SIGNED_NOT,
			 "%s is unsigned: nobody vouches for it",
			 f == NONE ? "it" : form_name[f]);
	if (form_name[f])
		snprintf(s.form, sizeof s.form, "%s", form_name[f]);
	if (!read_form(f, bytes, j, key, out, &s, err))
		return false;
	*sig = s;
	return true;
}
