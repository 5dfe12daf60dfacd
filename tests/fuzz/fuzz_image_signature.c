/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures of images, read as each form; a payload's signature stands in the
 * first line. The key is that of the seeds.
 */
// seeds: tests/vectors/signatures/*.json
// tests/vectors/bad/image_signature/*.json
#include "base.h"

#include <refval.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char key[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE0B9muLR4KYi80g3luE1HnQR88jKZ\n"
    "mD/L4lMhubHg0p8QPNaunMQOgNSkIHaamuiv1rw8VYUhITGE2kRDEF+82g==\n"
    "-----END PUBLIC KEY-----\n";

/* Every answer is whole, or a sentence. */
static void judge(enum rv_stored_form form, struct rv_span bytes,
		  struct rv_span signature)
{
	struct rv_stored_list l = { 0 };
	struct rv_image_signature s = { 0 };
	struct rv_err err = { 0 };

	if (!rv_stored_add(&l, form, "x", bytes, signature, &err))
		return;
	if (rv_image_signature_read(&l.item[0], rv_text(key), &s, &err)) {
		if (!s.n || !*s.said || s.state == RV_SIGNED_NOT)
			abort();
	} else if (err.code != RV_INPUT || !*err.msg || s.n) {
		abort();
	}
	rv_image_signature_free(&s);
	rv_stored_free(&l);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rv_span rest = rv_span(data, size), line;

	judge(RV_STORED_BUNDLE, rest, rv_span(NULL, 0));
	judge(RV_STORED_ENVELOPE, rest, rv_span(NULL, 0));
	if (rv_line(&rest, &line))
		judge(RV_STORED_PAYLOAD, rest, line);
	return 0;
}
