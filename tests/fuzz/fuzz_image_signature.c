/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures of images, read as each form, by a key and by an identity; a
 * payload's signature stands in the first line, a log's entry in the second.
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
static void judge(const struct rv_stored_parts *parts,
		  const struct rv_image_trust *trust)
{
	struct rv_stored_list l = { 0 };
	struct rv_image_signature s = { 0 };
	struct rv_err err = { 0 };

	if (!rv_stored_add(&l, "x", parts, &err))
		return;
	if (rv_image_signature_read(&l.item[0], trust, &s, &err)) {
		if (!s.n || !*s.said || s.state == RV_SIGNED_NOT)
			abort();
	} else if (err.code != RV_INPUT || !*err.msg || s.n) {
		abort();
	}
	rv_image_signature_free(&s);
	rv_stored_free(&l);
}

/* The CA and the log of the seeds. */
static const char authorities[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIB+DCCAX6gAwIBAgITNVkDZoCiofPDsy7dfm6geLbuhzAKBggqhkjOPQQDAzAq\n"
    "MRUwEwYDVQQKEwxzaWdzdG9yZS5kZXYxETAPBgNVBAMTCHNpZ3N0b3JlMB4XDTIx\n"
    "MDMwNzAzMjAyOVoXDTMxMDIyMzAzMjAyOVowKjEVMBMGA1UEChMMc2lnc3RvcmUu\n"
    "ZGV2MREwDwYDVQQDEwhzaWdzdG9yZTB2MBAGByqGSM49AgEGBSuBBAAiA2IABLSy\n"
    "A7Ii5k+pNO8ZEWY0ylemWDowOkNa3kL+GZE5Z5GWehL9/A9bRNA3RbrsZ5i0Jcas\n"
    "taRL7Sp5fp/jD5dxqc/UdTVnlvS16an+2Yfswe/QuLolRUCrcOE2+2iA5+tzd6Nm\n"
    "MGQwDgYDVR0PAQH/BAQDAgEGMBIGA1UdEwEB/wQIMAYBAf8CAQEwHQYDVR0OBBYE\n"
    "FMjFHQBBmiQpMlEk6w2uSu1KBtPsMB8GA1UdIwQYMBaAFMjFHQBBmiQpMlEk6w2u\n"
    "Su1KBtPsMAoGCCqGSM49BAMDA2gAMGUCMH8liWJfMui6vXXBhjDgY4MwslmN/TJx\n"
    "Ve/83WrFomwmNf056y1X48F9c4m3a3ozXAIxAKjRay5/aj/jsKKGIkmQatjI8uup\n"
    "Hr/+CxFvaJWmpYqNkLDGRU+9orzh5hI2RrcuaQ==\n"
    "-----END CERTIFICATE-----\n"
    "-----BEGIN CERTIFICATE-----\n"
    "MIICGjCCAaGgAwIBAgIUALnViVfnU0brJasmRkHrn/UnfaQwCgYIKoZIzj0EAwMw\n"
    "KjEVMBMGA1UEChMMc2lnc3RvcmUuZGV2MREwDwYDVQQDEwhzaWdzdG9yZTAeFw0y\n"
    "MjA0MTMyMDA2MTVaFw0zMTEwMDUxMzU2NThaMDcxFTATBgNVBAoTDHNpZ3N0b3Jl\n"
    "LmRldjEeMBwGA1UEAxMVc2lnc3RvcmUtaW50ZXJtZWRpYXRlMHYwEAYHKoZIzj0C\n"
    "AQYFK4EEACIDYgAE8RVS/ysH+NOvuDZyPIZtilgUF9NlarYpAd9HP1vBBH1U5CV7\n"
    "7LSS7s0ZiH4nE7Hv7ptS6LvvR/STk798LVgMzLlJ4HeIfF3tHSaexLcYpSASr1kS\n"
    "0N/RgBJz/9jWCiXno3sweTAOBgNVHQ8BAf8EBAMCAQYwEwYDVR0lBAwwCgYIKwYB\n"
    "BQUHAwMwEgYDVR0TAQH/BAgwBgEB/wIBADAdBgNVHQ4EFgQU39Ppz1YkEZb5qNjp\n"
    "KFWixi4YZD8wHwYDVR0jBBgwFoAUWMAeX5FFpWapesyQoZMi0CrFxfowCgYIKoZI\n"
    "zj0EAwMDZwAwZAIwPCsQK4DYiZYDPIaDi5HFKnfxXx6ASSVmERfsynYBiX2X6SJR\n"
    "nZU84/9DZdnFvvxmAjBOt6QpBlc4J/0DxvkTCqpclvziL6BCCPnjdlIB3Pu3BxsP\n"
    "mygUY7Ii2zbdCdliiow=\n"
    "-----END CERTIFICATE-----\n"
    "-----BEGIN CERTIFICATE-----\n"
    "MIIB9zCCAXygAwIBAgIUALZNAPFdxHPwjeDloDwyYChAO/4wCgYIKoZIzj0EAwMw\n"
    "KjEVMBMGA1UEChMMc2lnc3RvcmUuZGV2MREwDwYDVQQDEwhzaWdzdG9yZTAeFw0y\n"
    "MTEwMDcxMzU2NTlaFw0zMTEwMDUxMzU2NThaMCoxFTATBgNVBAoTDHNpZ3N0b3Jl\n"
    "LmRldjERMA8GA1UEAxMIc2lnc3RvcmUwdjAQBgcqhkjOPQIBBgUrgQQAIgNiAAT7\n"
    "XeFT4rb3PQGwS4IajtLk3/OlnpgangaBclYpsYBr5i+4ynB07ceb3LP0OIOZdxex\n"
    "X69c5iVuyJRQ+Hz05yi+UF3uBWAlHpiS5sh0+H2GHE7SXrk1EC5m1Tr19L9gg92j\n"
    "YzBhMA4GA1UdDwEB/wQEAwIBBjAPBgNVHRMBAf8EBTADAQH/MB0GA1UdDgQWBBRY\n"
    "wB5fkUWlZql6zJChkyLQKsXF+jAfBgNVHSMEGDAWgBRYwB5fkUWlZql6zJChkyLQ\n"
    "KsXF+jAKBggqhkjOPQQDAwNpADBmAjEAj1nHeXZp+13NWBNa+EDsDP8G1WWg1tCM\n"
    "WP/WHPqpaVo0jhsweNFZgSs0eE7wYI4qAjEA2WB9ot98sIkoF3vZYdd3/VtWB5b9\n"
    "TNMea7Ix/stJ5TfcLLeABLE4BNJOsQ4vnBHJ\n"
    "-----END CERTIFICATE-----\n";
static const char log_key[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE2G2Y+2tabdTV5BcGiBIx0a9fAFwr\n"
    "kBbmLSGtks4L3qX6yYY0zufBnhC8Ur/iy55GhWP/9A/bY2LhC30M9+RYtw==\n"
    "-----END PUBLIC KEY-----\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct rv_image_trust trust[] = {
		{ .key = { (const uint8_t *)key, sizeof key - 1 } },
		{ .identity = "https://github.com/sigstore-conformance/"
			      "extremely-dangerous-public-oidc-beacon/.github/"
			      "workflows/extremely-dangerous-oidc-beacon.yml@"
			      "refs/heads/main",
		  .issuer = "https://token.actions.githubusercontent.com",
		  .authorities = { (const uint8_t *)authorities,
				   sizeof authorities - 1 },
		  .log_key = { (const uint8_t *)log_key, sizeof log_key - 1 } },
	};
	struct rv_stored_parts lines = { .form = RV_STORED_PAYLOAD };
	struct rv_span rest = rv_span(data, size);
	bool split =
	    rv_line(&rest, &lines.signature) && rv_line(&rest, &lines.log);

	lines.bytes = rest;
	for (size_t i = 0; i < RV_LEN(trust); i++) {
		struct rv_stored_parts p = { .bytes = rv_span(data, size) };

		judge(&p, &trust[i]);
		p.form = RV_STORED_ENVELOPE;
		judge(&p, &trust[i]);
		if (split)
			judge(&lines, &trust[i]);
	}
	return 0;
}
