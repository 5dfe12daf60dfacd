/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify.c - a list of devices, checked one by one and together. The order of
 * a device's checks is the order of trust: bytes, certificates, signature; and
 * only then what the report says, its manifests, and what they agree on.
 */
#include "gpu.h"
#include "digest.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct run {
	const struct rv_gpu_evidence *e;
	const struct rv_gpu_options *o;
	struct rv_gpu_result *r;
	struct rv_cert *root;
	struct gpu_links links;
	struct rv_gpu_report *report; /* one for each device; owned */
	struct rv_sha256 *leaf;	      /* of each device's certificate; owned */
	int at;			      /* the device being checked; -1: list */
	bool no_memory;
	struct rv_err *err;
};

/* ---- rows ---- */

static struct rv_gpu_row *add_row(struct run *run, const char *check,
				  enum rv_verdict verdict, const char *id)
{
	struct rv_gpu_result *r = run->r;
	struct rv_gpu_row *more = realloc(r->row, (r->rows + 1) * sizeof *more);

	if (!more) {
		run->no_memory = true;
		return NULL;
	}
	r->row = more;
	more[r->rows] = (struct rv_gpu_row){
		.device = run->at, .check = check, .id = id, .verdict = verdict
	};
	return &more[r->rows++];
}

static void say(struct run *run, const char *check, enum rv_verdict verdict,
		const char *id, const char *fmt, ...) RV_PRINTF(5, 6);

static void say(struct run *run, const char *check, enum rv_verdict verdict,
		const char *id, const char *fmt, ...)
{
	struct rv_gpu_row *row = add_row(run, check, verdict, id);
	va_list ap;

	va_start(ap, fmt);
	if (row)
		vsnprintf(row->reason, sizeof row->reason, fmt, ap);
	va_end(ap);
}

/* A check that did not pass; false only when it could not be made. */
static bool failed(struct run *run, const char *check,
		   const struct gpu_why *why)
{
	if (why->err.code == RV_SYSTEM) {
		*run->err = why->err;
		return false;
	}
	say(run, check, why->verdict, why->id, "%s", why->err.msg);
	return true;
}

/* ---- one device ---- */

static struct rv_gpu_facts *facts(struct run *run)
{
	return &run->r->device[run->at];
}

/* "GH100 A01 GSP FMC LF": the first word is the chip. */
static void name_device(struct rv_gpu_facts *f, const struct gpu_chain *c)
{
	const struct rv_cert_info *leaf = rv_cert_info(c->cert[0]);
	const struct rv_cert_info *next = rv_cert_info(c->cert[1]);
	size_t n = strcspn(leaf->subject, " ");
	char word[sizeof f->chip];
	const struct gpu_arch *arch;

	snprintf(word, sizeof word, "%.*s", (int)n, leaf->subject);
	arch = rv_gpu_arch_by_word(word);
	snprintf(f->chip, sizeof f->chip, "%s", arch ? arch->chip : word);
	snprintf(f->hwmodel, sizeof f->hwmodel, "%s", next->subject);
	rv_gpu_serial_decimal(leaf->serial, f->ueid);
}

static bool check_signature(struct run *run, const struct gpu_chain *c,
			    struct gpu_why *why)
{
	const struct rv_gpu_report *r = &run->report[run->at];
	struct rv_sha384 digest;

	if (!rv_sha384(r->covered, &digest, &why->err))
		return rv_gpu_broken(why, "report");
	switch (rv_key_check_p384(rv_cert_key(c->cert[0]), &digest,
				  r->signature.p)) {
	case RV_CHECK_GOOD:
		return true;
	case RV_CHECK_FAILED:
		return rv_gpu_broken(why, "report");
	case RV_CHECK_BAD:
	case RV_CHECK_OTHER:
		break;
	}
	return rv_gpu_no(why, "report-signature",
			 "the report is not signed by the key of '%s'",
			 rv_cert_info(c->cert[0])->subject);
}

/* *ok: all three hold, and the report may be read. */
static bool check_genuine(struct run *run, struct gpu_chain *c, bool *ok)
{
	const struct rv_gpu_device *d = &run->e->device[run->at];
	struct rv_gpu_facts *f = facts(run);
	struct gpu_why why = { 0 };

	if (!rv_sha256(rv_buf_span(&d->report), &f->sha256, run->err))
		return false;
	if (!rv_gpu_report_decode(rv_buf_span(&d->report),
				  &run->report[run->at], &why))
		return failed(run, "report", &why);
	f->decoded = true;
	memcpy(f->nonce, run->report[run->at].nonce.p, RV_GPU_NONCE);
	say(run, "report", RV_YES, NULL, "%u measurements, %zu opaque fields",
	    run->report[run->at].blocks, run->report[run->at].fields);
	if (!rv_gpu_chain_read_pem(rv_buf_span(&d->chain), c, &why) ||
	    !rv_gpu_chain_check(c, GPU_DEVICE_CHAIN, run->root, &run->links,
				&why) ||
	    !rv_gpu_chain_time(c, GPU_DEVICE_CHAIN, run->o->at, &why))
		return failed(run, "chain", &why);
	run->leaf[run->at] = rv_cert_info(c->cert[0])->sha256;
	name_device(f, c);
	say(run, "chain", RV_YES, NULL,
	    "%zu certificates, from %s up to the %s", c->n, f->hwmodel,
	    run->o->root.n ? "given root" : "NVIDIA root");
	if (!rv_gpu_revoked(run->o->revocation, c, GPU_DEVICE_CHAIN, run->o->at,
			    run->r, run->err))
		return false;
	if (!check_signature(run, c, &why))
		return failed(run, "signature", &why);
	say(run, "signature", RV_YES, NULL, "ECDSA P-384 by '%s'",
	    rv_cert_info(c->cert[0])->subject);
	*ok = f->genuine = true;
	return true;
}

/* TCG DICE: the key was made for this firmware. */
static bool check_fwid(struct run *run, const struct gpu_chain *c)
{
	struct rv_span said =
	    rv_gpu_report_field(&run->report[run->at], GPU_FWID);
	uint8_t fwid[RV_GPU_MEASUREMENT];
	struct gpu_why why = { 0 };
	bool has;

	if (!rv_gpu_fwid(c->cert[0], &has, fwid, &why))
		return failed(run, "fwid", &why);
	if (!said.p)
		say(run, "fwid", RV_UNCHECKED, NULL,
		    "not asserted: the report has no FWID");
	else if (!has || !rv_same(said, rv_span(fwid, sizeof fwid)))
		say(run, "fwid", RV_DIFFERS, "report-fwid",
		    "the report's FWID is not %s",
		    has ? "the one that its certificate was made for"
			: "in its certificate, which has none");
	else
		say(run, "fwid", RV_YES, NULL,
		    "the certificate was made for the report's FWID");
	return true;
}

static void hex32(const uint8_t *b, char out[65])
{
	rv_hex(rv_span(b, 32), out);
}

/* The nonce asked for, what the container says, and what the others have. */
static void check_nonce(struct run *run)
{
	const struct rv_gpu_device *d = &run->e->device[run->at];
	const uint8_t *found = facts(run)->nonce;
	char is[65], other[65];

	hex32(found, is);
	if (run->o->nonce && memcmp(run->o->nonce, found, RV_GPU_NONCE) != 0) {
		hex32(run->o->nonce, other);
		say(run, "nonce", RV_DIFFERS, "report-nonce",
		    "the report was made for nonce %s, asked was %s", is,
		    other);
	} else if (d->has_nonce && memcmp(d->nonce, found, RV_GPU_NONCE) != 0) {
		hex32(d->nonce, other);
		say(run, "nonce", RV_DIFFERS, "report-nonce",
		    "the report was made for nonce %s, beside it stands %s", is,
		    other);
	} else if (run->o->nonce) {
		say(run, "nonce", RV_YES, NULL,
		    "the report was made for the nonce asked, %s", is);
	} else {
		say(run, "nonce", RV_UNCHECKED, NULL,
		    "freshness is unchecked: no nonce was given; the report"
		    " was made for %s",
		    is);
	}
}

/* What the container claims, against the certificate's chip. */
static const struct gpu_arch *claimed(struct run *run)
{
	const char *said = run->e->device[run->at].arch;

	return said[0] ? rv_gpu_arch_by_name(said) : NULL;
}

/* ---- manifests ---- */

static void rim_missing(struct run *run, const char *check, const char *id)
{
	say(run, check, RV_CANNOT_TELL, "rim-missing",
	    "measurements unchecked: no RIM %s; to get it: refval-fetch"
	    " EVIDENCE --gpu-rims-from nvidia --cache DIR",
	    id);
}

static bool get_rim(struct run *run, const char *check, bool vbios,
		    const struct gpu_rim **out, bool *bad)
{
	struct rv_gpu_facts *f = facts(run);
	const struct gpu_arch *said = claimed(run);
	struct gpu_want want = { vbios ? f->vbios_rim : f->driver_rim,
				 vbios ? f->vbios : f->driver, f->chip, NULL,
				 f->is_switch };
	struct gpu_why why = { 0 };
	char until[32], hex[65];

	*out = NULL;
	if (!want.id[0] && (vbios || !f->is_switch))
		say(run, check, RV_CANNOT_TELL, "rim-missing",
		    "measurements unchecked: the report says no version of"
		    " the %s, so that its RIM is not known",
		    vbios ? "VBIOS" : "driver");
	if (!want.id[0])
		return true;
	if (said && strcmp(said->chip, f->chip) != 0)
		want.claimed = said->chip;
	if (run->o->rims &&
	    !rv_gpu_rims_get(run->o->rims, &want, run->o->at, out, &why)) {
		*bad = true;
		return failed(run, check, &why);
	}
	if (!*out) {
		rim_missing(run, check, want.id);
		return true;
	}
	if (!rv_gpu_revoked(run->o->revocation, &(*out)->chain, GPU_RIM_CHAIN,
			    run->o->at, run->r, run->err))
		return false;
	f->rim[vbios] = (*out)->about;
	rv_time_text((*out)->about.not_after, until);
	hex32((*out)->about.sha256.b, hex);
	say(run, check, RV_YES, NULL, "%s, SHA-256 %s, signed until %s",
	    want.id, hex, until);
	return true;
}

static bool check_measurements(struct run *run)
{
	struct rv_gpu_facts *f = facts(run);
	const struct gpu_rim *driver, *vbios;
	struct gpu_why why = { 0 };
	bool bad = false;

	if (!get_rim(run, "driver-rim", false, &driver, &bad) ||
	    !get_rim(run, "vbios-rim", true, &vbios, &bad))
		return false;
	if (!driver && !vbios) {
		say(run, "measurements", RV_UNCHECKED, NULL,
		    "measurements unchecked: no RIM to compare with");
		return true;
	}
	if (!rv_gpu_compare(&run->report[run->at], driver, vbios, f, &why))
		return failed(run, "measurements", &why);
	say(run, "measurements", RV_YES, NULL, "%zu golden values equal%s%s",
	    f->compared,
	    f->skipped ? ", index 35 skipped because NVDEC0 is off" : "",
	    f->uncovered ? ", some values are not covered by any RIM" : "");
	if (f->uncovered)
		say(run, "uncovered", RV_UNCHECKED, NULL,
		    "%zu measurements are not zero and have no golden value",
		    f->uncovered);
	return true;
}

/* ---- policy ---- */

/* Numbers between dots, compared one by one; what is no number is least. */
static int compare_versions(const char *a, const char *b)
{
	while (*a || *b) {
		unsigned long x = 0, y = 0;

		for (; isdigit((unsigned char)*a) && x < 1000000; a++)
			x = x * 10 + (unsigned long)(*a - '0');
		for (; isdigit((unsigned char)*b) && y < 1000000; b++)
			y = y * 10 + (unsigned long)(*b - '0');
		if (x != y)
			return x < y ? -1 : 1;
		a += *a != '\0';
		b += *b != '\0';
	}
	return 0;
}

static void check_policy(struct run *run)
{
	const struct rv_gpu_options *o = run->o;
	const struct rv_gpu_facts *f = facts(run);
	bool listed = o->n_vbios == 0;

	if (o->min_driver && !f->is_switch) {
		bool old = compare_versions(f->driver, o->min_driver) < 0;

		say(run, "driver", old ? RV_DIFFERS : RV_YES,
		    old ? "driver-old" : NULL,
		    "driver %s, at least %s was asked for", f->driver,
		    o->min_driver);
	}
	if (o->min_driver && f->is_switch)
		say(run, "driver", RV_UNCHECKED, NULL,
		    "a switch has no driver that could be older than %s",
		    o->min_driver);
	for (size_t i = 0; i < o->n_vbios; i++)
		listed |= strcmp(o->vbios[i], f->vbios) == 0;
	if (o->n_vbios)
		say(run, "vbios", listed ? RV_YES : RV_DIFFERS,
		    listed ? NULL : "vbios-not-accepted",
		    "VBIOS %s is %samong the accepted ones", f->vbios,
		    listed ? "" : "not ");
}

static bool check_arch(struct run *run)
{
	const struct rv_gpu_facts *f = facts(run);
	const char *said = run->e->device[run->at].arch;
	const struct gpu_arch *arch = claimed(run);

	if (!said[0] || (arch && strcmp(arch->chip, f->chip) == 0)) {
		say(run, "arch", RV_YES, NULL, "%s (%s), by its certificate",
		    f->arch, f->chip);
	} else if (!arch) {
		say(run, "arch", RV_CANNOT_TELL, "gpu-arch-unknown",
		    "the evidence says '%s', which is no device that is known",
		    said);
		return false;
	} else {
		say(run, "arch", RV_DIFFERS, "rim-product",
		    "the evidence says %s, the certificate %s (%s)", said,
		    f->chip, f->arch);
	}
	return true;
}

static void free_chain(struct gpu_chain *c)
{
	rv_gpu_chain_free(c);
}

static bool check_device(struct run *run)
{
	RV_AUTO(free_chain) struct gpu_chain chain = { 0 };
	struct gpu_why why = { 0 };
	bool genuine = false;

	if (!check_genuine(run, &chain, &genuine))
		return false;
	if (!genuine)
		return true;
	if (!rv_gpu_fields_read(&run->report[run->at], facts(run), &why))
		return failed(run, "fields", &why);
	if (!check_fwid(run, &chain))
		return false;
	check_nonce(run);
	if (!check_arch(run))
		return true;
	if (!check_measurements(run))
		return false;
	check_policy(run);
	return true;
}

/* ---- the list ---- */

/* One leaf certificate is one device; the same twice proves one. */
static void check_distinct(struct run *run)
{
	struct rv_gpu_result *r = run->r;
	bool twice = false;

	for (size_t i = 0; i < r->n; i++)
		for (size_t k = 0; k < i; k++)
			if (r->device[i].genuine && r->device[k].genuine &&
			    (strcmp(r->device[i].ueid, r->device[k].ueid) ==
				 0 ||
			     memcmp(&run->leaf[i], &run->leaf[k], 32) == 0)) {
				say(run, "devices", RV_DIFFERS,
				    "device-duplicate",
				    "devices %zu and %zu are the same one,"
				    " ueid %s",
				    k, i, r->device[i].ueid);
				twice = true;
				break;
			}
	if (!twice && r->n > 1)
		say(run, "devices", RV_YES, NULL, "%zu different devices",
		    r->n);
}

static void check_one_nonce(struct run *run)
{
	const struct rv_gpu_result *r = run->r;
	const struct rv_gpu_facts *first = NULL;

	for (size_t i = 0; i < r->n; i++) {
		if (!r->device[i].genuine)
			continue;
		if (!first)
			first = &r->device[i];
		if (memcmp(first->nonce, r->device[i].nonce, RV_GPU_NONCE) !=
		    0) {
			say(run, "nonces", RV_DIFFERS, "report-nonce",
			    "device %zu was made for another nonce than device"
			    " %zu",
			    i, (size_t)(first - r->device));
			return;
		}
	}
}

bool rv_gpu_same_mode(const struct rv_gpu_facts *a,
		      const struct rv_gpu_facts *b)
{
	return a->has_feature == b->has_feature && a->feature == b->feature &&
	       a->has_ppcie == b->has_ppcie && a->ppcie == b->ppcie;
}

/* 0 and 1 have two meanings among NVIDIA's own tools: never mix them. */
static void check_flags(struct run *run)
{
	const struct rv_gpu_result *r = run->r;
	const struct rv_gpu_facts *first = NULL;

	for (size_t i = 0; i < r->n; i++) {
		const struct rv_gpu_facts *f = &r->device[i];

		if (!f->genuine || f->is_switch)
			continue;
		if (!first)
			first = f;
		if (!rv_gpu_same_mode(first, f))
			say(run, "flags", RV_DIFFERS, "device-flags",
			    "device %zu is in another mode than device %zu"
			    " (feature flag %u and %u)",
			    i, (size_t)(first - r->device), f->feature,
			    first->feature);
	}
}

static bool check_topology(struct run *run)
{
	struct rv_gpu_result *r = run->r;
	const struct rv_gpu_report **report;
	struct gpu_why why = { 0 };
	bool ppcie = false, all = true, ok;

	for (size_t i = 0; i < r->n; i++) {
		const struct rv_gpu_facts *f = &r->device[i];

		all &= f->genuine;
		ppcie |= !f->is_switch &&
			 ((f->has_feature && f->feature == 2) ||
			  (f->has_ppcie && f->ppcie == GPU_ENABLED));
	}
	if (!r->switches || !r->gpus) {
		if (ppcie)
			say(run, "switches", RV_UNCHECKED, NULL,
			    "the GPUs are in the mode of"
			    " machines with NVSwitches, of which there is no"
			    " evidence");
		return true;
	}
	if (!all)
		return true;
	report = calloc(r->n, sizeof *report);
	if (!report)
		return rv_no_memory(run->err, "topology");
	for (size_t i = 0; i < r->n; i++)
		report[i] = &run->report[i];
	ok = rv_gpu_topology(report, r->device, r->n, &why);
	free(report);
	if (!ok)
		return failed(run, "topology", &why);
	say(run, "topology", RV_YES, NULL,
	    "%zu GPUs and %zu switches name each other; which GPU is which no"
	    " field says",
	    r->gpus, r->switches);
	return true;
}

static bool check_rims_used(struct run *run)
{
	size_t at = 0;

	if (!run->o->rims)
		return true;
	for (;;) {
		struct gpu_why why = { 0 };

		if (rv_gpu_rims_unused(run->o->rims, &at, &why))
			return true;
		if (!failed(run, "rims", &why))
			return false;
		at++;
	}
}

/* Each certificate that is not yes, what is unknown together, and the rest. */
static void check_revocation(struct run *run)
{
	const struct rv_gpu_result *r = run->r;
	const struct rv_gpu_cert *unknown = NULL;
	size_t good = 0, missing = 0, at = 0;
	int64_t until = INT64_MAX;
	const char *unused;
	char limit[32];

	for (size_t i = 0; i < r->certs; i++) {
		const struct rv_gpu_cert *c = &r->cert[i];

		if (c->verdict == RV_YES) {
			good++;
			until = c->until < until ? c->until : until;
		} else if (c->verdict == RV_UNCHECKED) {
			missing++;
			unknown = unknown ? unknown : c;
		} else {
			say(run, "revocation", c->verdict, c->id, "%s",
			    c->reason);
		}
	}
	if (good) {
		rv_time_text(until, limit);
		say(run, "revocation", RV_YES, NULL,
		    "%zu of %zu certificates are not revoked, by answers that"
		    " are valid until %s or longer",
		    good, r->certs, limit);
	}
	if (missing)
		say(run, "revocation", RV_UNCHECKED, "revocation-unchecked",
		    "no OCSP answer or CRL of %zu of %zu certificates, the"
		    " first is '%.40s'; to get them: refval-fetch EVIDENCE"
		    " --gpu-ocsp-from nvidia --cache DIR",
		    missing, r->certs, unknown->subject);
	if (!run->o->revocation)
		return;
	for (; (unused = rv_gpu_revocation_unused(run->o->revocation, &at));
	     at++)
		say(run, "revocation", RV_CANNOT_TELL, "revocation-unused",
		    "%s: of no certificate of these chains", unused);
}

static bool check_list(struct run *run)
{
	struct rv_gpu_result *r = run->r;

	run->at = -1;
	if (r->n == 0) {
		say(run, "devices", RV_CANNOT_TELL, "gpu-none",
		    "no GPU evidence: the list is empty");
		return true;
	}
	for (size_t i = 0; i < r->n; i++) {
		r->switches += r->device[i].genuine && r->device[i].is_switch;
		r->gpus += r->device[i].genuine && !r->device[i].is_switch;
	}
	check_distinct(run);
	check_one_nonce(run);
	check_flags(run);
	if (!check_topology(run) || !check_rims_used(run))
		return false;
	check_revocation(run);
	say(run, "mode", RV_UNCHECKED, NULL,
	    "no field of a report says whether confidential computing or"
	    " developer tools are on: a device in debug mode has other"
	    " measurements");
	return true;
}

/* ---- the whole ---- */

static enum rv_verdict weigh(const struct rv_gpu_result *r, int device)
{
	enum rv_verdict v = RV_UNCHECKED;

	for (size_t i = 0; i < r->rows; i++)
		if ((device < 0 || r->row[i].device == device) &&
		    r->row[i].verdict > v)
			v = r->row[i].verdict;
	return v == RV_UNCHECKED ? RV_CANNOT_TELL : v;
}

static void free_run(struct run *run)
{
	rv_cert_free(&run->root);
	free(run->report);
	free(run->leaf);
}

void rv_gpu_result_free(struct rv_gpu_result *r)
{
	for (size_t i = 0; i < r->n && r->device; i++)
		free(r->device[i].mismatch);
	for (size_t i = 0; i < r->certs; i++) {
		rv_buf_free(&r->cert[i].der);
		rv_buf_free(&r->cert[i].issuer);
	}
	free(r->device);
	free(r->row);
	free(r->cert);
	*r = (struct rv_gpu_result){ 0 };
}

static bool prepare(struct run *run)
{
	const struct rv_gpu_options *o = run->o;
	size_t n = run->e->n ? run->e->n : 1;

	if (!rv_cert_read(o->root.n ? o->root : rv_gpu_device_root(),
			  &run->root, run->err))
		return rv_in(run->err, "the device root");
	run->r->device = calloc(n, sizeof *run->r->device);
	run->report = calloc(n, sizeof *run->report);
	run->leaf = calloc(n, sizeof *run->leaf);
	if (!run->r->device || !run->report || !run->leaf)
		return rv_no_memory(run->err, "GPU evidence");
	run->r->n = run->e->n;
	return true;
}

bool rv_gpu_rim_before(const struct rv_gpu_result *r, size_t at, const char *id)
{
	for (size_t i = 0; i < at; i++)
		if (strcmp(r->device[i].driver_rim, id) == 0 ||
		    strcmp(r->device[i].vbios_rim, id) == 0)
			return true;
	return false;
}

bool rv_gpu_verify(const struct rv_gpu_evidence *e,
		   const struct rv_gpu_options *o, struct rv_gpu_result *out,
		   struct rv_err *err)
{
	RV_AUTO(rv_gpu_result_free) struct rv_gpu_result r = { 0 };
	RV_AUTO(free_run)
	struct run run = { .e = e, .o = o, .r = &r, .err = err };

	if (e->n > RV_GPU_LIST_MAX)
		return rv_fail(err, RV_INPUT,
			       "%zu devices, at most %d are read", e->n,
			       RV_GPU_LIST_MAX);
	if (!rv_crypto_start(err) || !prepare(&run))
		return false;
	for (run.at = 0; run.at < (int)e->n; run.at++)
		if (!check_device(&run))
			return false;
	if (!check_list(&run))
		return false;
	if (run.no_memory)
		return rv_no_memory(err, "GPU evidence");
	for (size_t i = 0; i < r.n; i++)
		r.device[i].verdict = weigh(&r, (int)i);
	r.verdict = weigh(&r, -1);
	*out = RV_TAKE(r);
	return true;
}

const struct rv_gpu_row *rv_gpu_result_reason(const struct rv_gpu_result *r)
{
	for (size_t i = 0; i < r->rows; i++)
		if (r->row[i].verdict == r->verdict)
			return &r->row[i];
	return NULL;
}

enum rv_code rv_gpu_result_code(const struct rv_gpu_result *r)
{
	return r->verdict == RV_YES	  ? RV_OK
	       : r->verdict == RV_DIFFERS ? RV_NO
					  : RV_INPUT;
}
