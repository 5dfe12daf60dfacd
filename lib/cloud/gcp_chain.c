/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gcp_chain.c - who signed a vTPM's quote: a key that an authority of Google's
 * certified for one machine ("EK/AK CA Intermediate"; it does not come with the
 * evidence), and above that Google's root, which is known here.
 */
#include "gcp.h"
#include "der.h"

#include <stdio.h>

enum { SEQUENCE = 0x30, INTEGER = 0x02, UTF8 = 0x0c, URI = 0x86, OID = 0x06 };

/* AlgorithmIdentifier sha256WithRSAEncryption (RFC 4055, 5). */
static const uint8_t rsa_sha256[] = { 0x30, 0x0d, 0x06, 0x09, 0x2a,
				      0x86, 0x48, 0x86, 0xf7, 0x0d,
				      0x01, 0x01, 0x0b, 0x05, 0x00 };

static const struct rv_outcome outcome[RV_GCP_OUTCOMES] = {
	[RV_GCP_GENUINE] = { "GENUINE", RV_OK },
	[RV_GCP_CERT_MISSING] = { "CERT_MISSING", RV_INPUT },
	[RV_GCP_CERT_FORMAT] = { "CERT_FORMAT", RV_INPUT },
	[RV_GCP_CERT_TIME] = { "CERT_TIME", RV_INPUT },
	[RV_GCP_FORMAT] = { "FORMAT", RV_INPUT },
	[RV_GCP_CRL] = { "CRL", RV_INPUT },
	[RV_GCP_CHAIN] = { "CHAIN", RV_NO },
	[RV_GCP_REVOKED] = { "REVOKED", RV_NO },
	[RV_GCP_SIGNATURE] = { "SIGNATURE", RV_NO },
};

const char *rv_gcp_outcome_name(enum rv_gcp_outcome o)
{
	return outcome[o].name;
}

enum rv_code rv_gcp_outcome_code(enum rv_gcp_outcome o)
{
	return outcome[o].code;
}

struct run {
	const struct rv_gcp_signed *s;
	const struct rv_gcp_files *files;
	const struct rv_gcp_options *options;
	struct rv_cert *leaf, *middle, *root; /* owned */
	struct rv_gcp_verdict *out;
};

static void run_free(struct run *r)
{
	rv_cert_free(&r->leaf);
	rv_cert_free(&r->middle);
	rv_cert_free(&r->root);
}

#define stop(r, o, ...) RV_STOP((r)->out, o, __VA_ARGS__)

static enum rv_step no_memory(struct rv_err *err)
{
	rv_err_no_memory(err, "vTPM certificates");
	return RV_BROKEN;
}

static enum rv_step read_cert(struct run *r, struct rv_span der,
			      const char *what, struct rv_cert **out,
			      struct rv_err *err)
{
	if (rv_cert_read(der, out, err))
		return RV_GO_ON;
	return err->code == RV_SYSTEM
		   ? RV_BROKEN
		   : stop(r, RV_GCP_CERT_FORMAT, "%s: %.200s", what, err->msg);
}

/* ---- the signature ---- */

static enum rv_step check_signature(struct run *r, struct rv_err *err)
{
	const struct rv_key *key = rv_cert_key(r->leaf);
	struct rv_tpm_signature sig;
	struct rv_err why = { 0 };
	enum rv_holds holds;

	if (!rv_tpm_signature_read(r->s->signature, &sig, &why))
		return stop(r, RV_GCP_FORMAT, "%.300s", why.msg);
	if (!sig.rsa && !rv_cert_info(r->leaf)->p256)
		return stop(r, RV_GCP_SIGNATURE,
			    "a signature of P-256, and its key is of another"
			    " kind");
	holds = sig.rsa
		    ? rv_key_check_rsa(key, r->s->message, RV_RSA_PKCS1, sig.s)
		    : rv_key_check_message(key, r->s->message, sig.ecdsa);
	if (holds == RV_CHECK_FAILED)
		return no_memory(err);
	return holds == RV_CHECK_GOOD
		   ? RV_GO_ON
		   : stop(r, RV_GCP_SIGNATURE,
			  "its certificate's key did not sign it");
}

/* ---- the chain ---- */

/* keyIdentifier of the authority (RFC 5280, 4.2.1.1) and of the subject. */
static bool named_key(const struct rv_cert *leaf, struct rv_span *out)
{
	struct rv_span s, body;

	return rv_cert_extension(leaf, "2.5.29.35", &s) &&
	       rv_der(&s, SEQUENCE, &body) && rv_der(&body, 0x80, out);
}

static bool own_key(const struct rv_cert *c, struct rv_span *out)
{
	struct rv_span s;

	return rv_cert_extension(c, "2.5.29.14", &s) && rv_der(&s, 0x04, out);
}

static bool is_issuer(const struct rv_cert *leaf, const struct rv_cert *c)
{
	struct rv_span want, have;

	return named_key(leaf, &want) && own_key(c, &have) &&
	       rv_same(want, have);
}

/* Of the authorities that are there the one that the certificate names. */
static enum rv_step find_middle(struct run *r, struct rv_err *err)
{
	const struct rv_gcp_files *f = r->files;

	for (size_t i = 0; i < f->middles; i++) {
		RV_AUTO(rv_cert_free) struct rv_cert *c = NULL;
		enum rv_step step = read_cert(r, rv_buf_span(&f->middle[i]),
					      "authority", &c, err);

		if (step != RV_GO_ON)
			return step;
		if (is_issuer(r->leaf, c)) {
			r->middle = RV_TAKE(c);
			return RV_GO_ON;
		}
	}
	if (is_issuer(r->leaf, r->root))
		return stop(r, RV_GCP_CHAIN,
			    "its key is certified by the root itself, and not"
			    " by an authority of vTPMs");
	return stop(r, RV_GCP_CERT_MISSING,
		    "the certificate of the authority that certified its key"
		    " was not given");
}

/* @cert by @issuer, which may be @cert itself. */
static enum rv_step check_link(struct run *r, const struct rv_cert *cert,
			       const struct rv_cert *issuer, long below,
			       const char *what, struct rv_err *err)
{
	const struct rv_cert_info *i = rv_cert_info(issuer);
	RV_AUTO(rv_buf_free) struct rv_buf alg = { 0 };

	if (!rv_cert_algorithm(cert, &alg, err))
		return RV_BROKEN;
	if (!rv_same(rv_buf_span(&alg), rv_span(rsa_sha256, sizeof rsa_sha256)))
		return stop(r, RV_GCP_CHAIN,
			    "%s is not signed with RSA and SHA-256", what);
	if (!i->ca || !i->may_sign_certs || i->constrained ||
	    (i->path_len >= 0 && i->path_len < below))
		return stop(r, RV_GCP_CHAIN, "who signed %s may not", what);
	switch (rv_cert_issued(cert, issuer)) {
	case RV_CHECK_GOOD:
		return RV_GO_ON;
	case RV_CHECK_OTHER:
		return stop(r, RV_GCP_CHAIN, "%s names another issuer", what);
	case RV_CHECK_BAD:
		return stop(r, RV_GCP_CHAIN, "%s is not signed by its issuer",
			    what);
	case RV_CHECK_FAILED:
		break;
	}
	return no_memory(err);
}

static enum rv_step check_times(struct run *r)
{
	const struct rv_cert *const all[] = { r->root, r->middle, r->leaf };
	struct rv_gcp_verdict *v = r->out;
	char from[32], to[32];

	rv_cert_window(all, RV_LEN(all), &v->not_before, &v->not_after);
	if (r->options->at >= v->not_before && r->options->at <= v->not_after)
		return RV_GO_ON;
	rv_time_text(v->not_before, from);
	rv_time_text(v->not_after, to);
	return stop(r, RV_GCP_CERT_TIME,
		    "the certificates are valid together from %s to %s", from,
		    to);
}

static enum rv_step check_chain(struct run *r, struct rv_err *err)
{
	const struct rv_cert_info *leaf = rv_cert_info(r->leaf);
	enum rv_step step = check_link(r, r->root, r->root, 1, "the root", err);

	if (step == RV_GO_ON)
		step =
		    check_link(r, r->middle, r->root, 1, "the authority", err);
	if (step == RV_GO_ON)
		step = check_link(r, r->leaf, r->middle, 0, "the key", err);
	if (step != RV_GO_ON)
		return step;
	if (rv_same(rv_cert_info(r->middle)->der, rv_cert_info(r->root)->der))
		return stop(r, RV_GCP_CHAIN,
			    "the authority is the root itself");
	/* One that certifies a TPM for encryption (an EK's) signs nothing. */
	if (leaf->ca || !leaf->may_sign_data || leaf->may_sign_certs)
		return stop(r, RV_GCP_CHAIN,
			    "its key may not sign what a TPM states");
	return check_times(r);
}

/* ---- what was revoked ---- */

/* Whose list it is, root or authority; NULL in *@by: of none of the two. */
static enum rv_step whose_list(struct run *r, const struct rv_crl *crl,
			       const struct rv_cert **by, struct rv_err *err)
{
	enum rv_holds holds = rv_crl_check(crl, r->root);

	*by = r->root;
	if (holds == RV_CHECK_BAD)
		return stop(r, RV_GCP_CRL,
			    "a revocation list has the root's name and is not"
			    " signed by it");
	if (holds == RV_CHECK_OTHER) {
		/* Google's authorities have their name in common. */
		holds = rv_crl_check(crl, r->middle);
		*by = holds == RV_CHECK_GOOD ? r->middle : NULL;
	}
	if (holds == RV_CHECK_FAILED)
		return no_memory(err);
	if (*by && !rv_cert_info(*by)->may_sign_crls)
		return stop(r, RV_GCP_CRL,
			    "who signed a revocation list may not");
	return RV_GO_ON;
}

/* The root's list names authorities, an authority's the keys of machines. */
static enum rv_step check_list(struct run *r, struct rv_span der,
			       struct rv_err *err)
{
	RV_AUTO(rv_crl_free) struct rv_crl *crl = NULL;
	struct rv_gcp_verdict *v = r->out;
	const struct rv_crl_info *info;
	const struct rv_cert *by = NULL;
	struct rv_err why = { 0 };
	enum rv_step step;

	if (!rv_crl_read(der, &crl, &why)) {
		if (why.code != RV_SYSTEM)
			return stop(r, RV_GCP_CRL, "%.250s", why.msg);
		*err = why;
		return RV_BROKEN;
	}
	step = whose_list(r, crl, &by, err);
	if (step != RV_GO_ON || !by)
		return step;
	if (rv_crl_lists(crl, by == r->root ? r->middle : r->leaf))
		return stop(r, RV_GCP_REVOKED, "%s is revoked",
			    by == r->root
				? "the authority that certified its key"
				: "its key's certificate");
	if (by == r->root && rv_crl_lists(crl, r->root))
		return stop(r, RV_GCP_REVOKED, "the root is revoked");
	info = rv_crl_info(crl);
	if (r->options->at < info->this_update ||
	    r->options->at > info->next_update)
		return stop(r, RV_GCP_CRL,
			    "a revocation list is of another time");
	if (by == r->root) {
		v->has_crl = true;
		snprintf(v->crl, sizeof v->crl, "%s", info->number);
	} else {
		v->has_key_crl = true;
	}
	if (info->this_update > v->not_before)
		v->not_before = info->this_update;
	if (info->next_update < v->not_after)
		v->not_after = info->next_update;
	return RV_GO_ON;
}

static enum rv_step check_revoked(struct run *r, struct rv_err *err)
{
	enum rv_step step = RV_GO_ON;

	for (size_t i = 0; i < r->files->crls && step == RV_GO_ON; i++)
		step = check_list(r, rv_buf_span(&r->files->crl[i]), err);
	return step;
}

/* ---- what Google says of the machine ---- */

static bool name(struct rv_span *in, char out[65])
{
	struct rv_span s;

	if (!rv_der(in, UTF8, &s) || s.n > 64)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < 0x20 || s.p[i] > 0x7e)
			return false;
	memcpy(out, s.p, s.n);
	out[s.n] = '\0';
	return true;
}

/* A whole number of 64 bits that is not negative, in its shortest form. */
static bool number(struct rv_span *in, uint64_t *out)
{
	struct rv_span s;

	if (!rv_der(in, INTEGER, &s) || s.n == 0 || s.n > 9 || s.p[0] & 0x80 ||
	    (s.n > 1 && !s.p[0] && !(s.p[1] & 0x80)) || (s.n == 9 && s.p[0]))
		return false;
	*out = rv_num_be(s.n == 9 ? rv_span(s.p + 1, 8) : s);
	return true;
}

/* Google's extension of certificates of instances. */
static enum rv_step read_machine(struct run *r)
{
	struct rv_gcp_verdict *v = r->out;
	struct rv_span s, body;

	if (!rv_cert_extension(r->leaf, "1.3.6.1.4.1.11129.2.1.21", &s) ||
	    !rv_der(&s, SEQUENCE, &body) || s.n || !name(&body, v->zone) ||
	    !number(&body, &v->project_number) || !name(&body, v->project) ||
	    !number(&body, &v->instance_id) || !name(&body, v->instance))
		return stop(r, RV_GCP_CERT_FORMAT,
			    "its key's certificate does not say which machine"
			    " it is of");
	return RV_GO_ON;
}

bool rv_gcp_verify(const struct rv_gcp_signed *s, const struct rv_gcp_files *f,
		   const struct rv_gcp_options *o, struct rv_gcp_verdict *out,
		   struct rv_err *err)
{
	RV_AUTO(run_free)
	struct run r = { .s = s, .files = f, .options = o, .out = out };
	struct rv_span root = o->root.n ? o->root : rv_gcp_root();
	struct rv_err failed = { 0 };
	enum rv_step step;

	/* Until the last check has passed, nothing is genuine. */
	*out = (struct rv_gcp_verdict){ .outcome = RV_GCP_CERT_FORMAT };
	if (!rv_crypto_start(err))
		return false;
	step = read_cert(&r, s->certificate, "the key's certificate", &r.leaf,
			 &failed);
	/* What was changed is found by one signature, not by all of them. */
	if (step == RV_GO_ON)
		step = check_signature(&r, &failed);
	if (step == RV_GO_ON)
		step = read_cert(&r, root, "the root", &r.root, &failed);
	if (step == RV_GO_ON)
		step = find_middle(&r, &failed);
	if (step == RV_GO_ON)
		step = check_chain(&r, &failed);
	if (step == RV_GO_ON)
		step = check_revoked(&r, &failed);
	if (step == RV_GO_ON)
		step = read_machine(&r);
	if (step == RV_GO_ON)
		out->outcome = RV_GCP_GENUINE;
	if (step == RV_BROKEN)
		*err = failed;
	return step != RV_BROKEN;
}

/* ---- where its authority's certificate lies, and the root's list ---- */

/* http://privateca-content-*.storage.googleapis.com/ and a path to @file */
static bool is_google(struct rv_span s, const char *file)
{
	static const char head[] = "http://privateca-content-";
	static const char host[] = ".storage.googleapis.com/";
	static const char plain[] = "0123456789abcdefghijklmnopqrstuvwxyz-";
	size_t i = sizeof head - 1, slashes = 0;

	if (!rv_starts(s, rv_text(head)))
		return false;
	while (i < s.n && s.p[i] && strchr(plain, s.p[i]))
		i++;
	if (i == sizeof head - 1 ||
	    !rv_starts(rv_span(s.p + i, s.n - i), rv_text(host)))
		return false;
	i += sizeof host - 1;
	for (; i + strlen(file) < s.n; i++, slashes++)
		if (!s.p[i] || !strchr(plain, s.p[i]))
			return false;
	return slashes && rv_same(rv_span(s.p + i, s.n - i), rv_text(file));
}

/* The URL @url to @file, as text. False: it is not of Google's form. */
static bool take_url(struct rv_span url, const char *file, char out[256])
{
	if (url.n >= 256 || !is_google(url, file))
		return false;
	memcpy(out, url.p, url.n);
	out[url.n] = '\0';
	return true;
}

bool rv_gcp_issuer_url(struct rv_span certificate, char out[256],
		       struct rv_err *err)
{
	/* id-ad-caIssuers, RFC 5280, 4.2.2.1 */
	static const uint8_t issuers[] = { 0x2b, 0x06, 0x01, 0x05,
					   0x05, 0x07, 0x30, 0x02 };
	RV_AUTO(rv_cert_free) struct rv_cert *c = NULL;
	struct rv_span s, all, one, oid, url;

	if (!rv_cert_read(certificate, &c, err))
		return rv_in(err, "certificate of the vTPM's key");
	if (rv_cert_extension(c, "1.3.6.1.5.5.7.1.1", &s) &&
	    rv_der(&s, SEQUENCE, &all))
		while (rv_der(&all, SEQUENCE, &one))
			if (rv_der(&one, OID, &oid) &&
			    rv_same(oid, rv_span(issuers, sizeof issuers)) &&
			    rv_der(&one, URI, &url) &&
			    take_url(url, "/ca.crt", out))
				return true;
	return rv_fail(err, RV_INPUT,
		       "the certificate of the vTPM's key names no authority at"
		       " an address of Google's");
}

bool rv_gcp_crl_url(struct rv_span certificate, char out[256],
		    struct rv_err *err)
{
	RV_AUTO(rv_cert_free) struct rv_cert *c = NULL;
	struct rv_span s, all, one, name, full, url;

	if (!rv_cert_read(certificate, &c, err))
		return rv_in(err, "certificate of an authority");
	/* CRLDistributionPoints, RFC 5280, 4.2.1.13: a fullName each. */
	if (rv_cert_extension(c, "2.5.29.31", &s) && rv_der(&s, SEQUENCE, &all))
		while (rv_der(&all, SEQUENCE, &one))
			if (rv_der(&one, 0xa0, &name) &&
			    rv_der(&name, 0xa0, &full) &&
			    rv_der(&full, URI, &url) &&
			    take_url(url, "/crl.crl", out))
				return true;
	return rv_fail(err, RV_INPUT,
		       "the authority's certificate names no revocation list at"
		       " an address of Google's");
}
