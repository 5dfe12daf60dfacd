/* SPDX-License-Identifier: Apache-2.0 */
/* print.c - the verdict on GPU evidence, as text and as refval.gpu/1. */
#include "gpu/print.h"
#include "out.h"
#include "report_out.h"

#include <stdio.h>

static struct rv_span hex_of(const uint8_t *b, size_t n)
{
	return rv_span(b, n);
}

/* ---- JSON ---- */

static void json_row(const struct rv_gpu_row *r, struct rv_jw *w)
{
	rv_jw_open(w, NULL, '{');
	rv_jw_str(w, "check", r->check);
	rv_jw_str(w, "verdict", rv_verdict_name(r->verdict));
	rv_jw_str(w, "id", r->id);
	rv_jw_text(w, "reason", rv_text(r->reason));
	rv_jw_close(w);
}

static void json_rows(const struct rv_gpu_result *r, int device,
		      struct rv_jw *w)
{
	rv_jw_open(w, "checks", '[');
	for (size_t i = 0; i < r->rows; i++)
		if (r->row[i].device == device)
			json_row(&r->row[i], w);
	rv_jw_close(w);
}

static void json_rim(const char *kind, const char *wanted,
		     const struct rv_gpu_rim *rim, struct rv_jw *w)
{
	char from[32], until[32];

	if (!wanted[0])
		return;
	rv_time_text(rim->not_before, from);
	rv_time_text(rim->not_after, until);
	rv_jw_open(w, NULL, '{');
	rv_jw_str(w, "kind", kind);
	rv_jw_str(w, "id", wanted);
	rv_jw_bool(w, "used", rim->id[0]);
	if (rim->id[0]) {
		rv_jw_hex(w, "sha256", hex_of(rim->sha256.b, 32));
		rv_jw_text(w, "version", rv_text(rim->version));
		rv_jw_str(w, "valid_from", from);
		rv_jw_str(w, "valid_until", until);
	}
	rv_jw_close(w);
}

static void json_mismatch(const struct rv_gpu_mismatch *m, struct rv_jw *w)
{
	rv_jw_open(w, NULL, '{');
	rv_jw_u64(w, "index", m->index);
	rv_jw_str(w, "source", m->vbios ? "vbios" : "driver");
	rv_jw_open(w, "expected", '[');
	for (size_t k = 0; k < m->alternatives; k++)
		rv_jw_hex(w, NULL, hex_of(m->expected[k], RV_GPU_MEASUREMENT));
	rv_jw_close(w);
	if (m->has_found)
		rv_jw_hex(w, "found", hex_of(m->found, RV_GPU_MEASUREMENT));
	else
		rv_jw_null(w, "found");
	rv_jw_close(w);
}

static void json_or_null(const char *key, bool has, unsigned v, struct rv_jw *w)
{
	if (has)
		rv_jw_u64(w, key, v);
	else
		rv_jw_null(w, key);
}

static void json_text(const char *key, const char *s, struct rv_jw *w)
{
	rv_jw_str(w, key, s[0] ? s : NULL);
}

/* What the report says; empty until its signature held. */
static void json_facts(const struct rv_gpu_facts *f, struct rv_jw *w)
{
	json_text("arch", f->arch, w);
	json_text("chip", f->chip, w);
	json_text("hwmodel", f->hwmodel, w);
	json_text("ueid", f->ueid, w);
	json_text("driver", f->driver, w);
	json_text("vbios", f->vbios, w);
	json_text("project", f->project, w);
	json_text("project_sku", f->project_sku, w);
	json_text("chip_sku", f->chip_sku, w);
	json_or_null("nvdec0", f->has_nvdec0, f->nvdec0, w);
	json_or_null("protected_pcie", f->has_ppcie, f->ppcie, w);
	json_or_null("feature_flag", f->has_feature, f->feature, w);
	rv_jw_bool(w, "fwid_asserted", f->has_fwid);
}

static void json_device(const struct rv_gpu_result *r, size_t i,
			struct rv_jw *w)
{
	const struct rv_gpu_facts *f = &r->device[i];

	rv_jw_open(w, NULL, '{');
	rv_jw_u64(w, "index", i);
	rv_jw_str(w, "verdict", rv_verdict_name(f->verdict));
	rv_jw_bool(w, "genuine", f->genuine);
	rv_jw_str(w, "kind",
		  !f->genuine	 ? NULL
		  : f->is_switch ? "switch"
				 : "gpu");
	json_facts(f, w);
	if (f->decoded)
		rv_jw_hex(w, "nonce", hex_of(f->nonce, RV_GPU_NONCE));
	else
		rv_jw_null(w, "nonce");
	rv_jw_hex(w, "report_sha256", hex_of(f->sha256.b, 32));
	rv_jw_open(w, "rims", '[');
	json_rim("driver", f->driver_rim, &f->rim[0], w);
	json_rim("vbios", f->vbios_rim, &f->rim[1], w);
	rv_jw_close(w);
	rv_jw_u64(w, "compared", f->compared);
	rv_jw_u64(w, "skipped", f->skipped);
	rv_jw_u64(w, "uncovered", f->uncovered);
	rv_jw_open(w, "mismatches", '[');
	for (size_t k = 0; k < f->mismatches; k++)
		json_mismatch(&f->mismatch[k], w);
	rv_jw_close(w);
	json_rows(r, (int)i, w);
	rv_jw_close(w);
}

static void json_cert(const struct rv_gpu_cert *c, struct rv_jw *w)
{
	char from[32], until[32];

	rv_time_text(c->from, from);
	rv_time_text(c->until, until);
	rv_jw_open(w, NULL, '{');
	rv_jw_str(w, "chain", c->rim ? "rim" : "device");
	rv_jw_text(w, "subject", rv_text(c->subject));
	rv_jw_str(w, "serial", c->serial);
	rv_jw_hex(w, "sha256", hex_of(c->sha256.b, 32));
	rv_jw_str(w, "not_revoked", rv_verdict_name(c->verdict));
	rv_jw_str(w, "id", c->id);
	rv_jw_text(w, "reason", rv_text(c->reason));
	rv_jw_str(w, "from", c->verdict == RV_YES ? from : NULL);
	rv_jw_str(w, "until", c->verdict == RV_YES ? until : NULL);
	rv_jw_close(w);
}

static void json_token(const struct rv_gpu_token *t, struct rv_jw *w)
{
	char from[32], until[32];

	if (!t) {
		rv_jw_null(w, "nvidia_service");
		return;
	}
	rv_time_text(t->issued, from);
	rv_time_text(t->expires, until);
	rv_jw_open(w, "nvidia_service", '{');
	rv_jw_str(w, "verdict", rv_verdict_name(t->verdict));
	rv_jw_str(w, "id", t->id);
	rv_jw_text(w, "reason", rv_text(t->reason));
	rv_jw_text(w, "issuer", rv_text(t->issuer));
	rv_jw_bool(w, "result", t->result);
	rv_jw_u64(w, "devices", t->devices);
	rv_jw_str(w, "issued", t->expires ? from : NULL);
	rv_jw_str(w, "expires", t->expires ? until : NULL);
	if (t->has_nonce)
		rv_jw_hex(w, "nonce", hex_of(t->nonce, RV_GPU_NONCE));
	else
		rv_jw_null(w, "nonce");
	rv_jw_close(w);
}

void rv_gpu_json(const struct gpu_print *p, struct rv_jw *w)
{
	const struct rv_gpu_result *r = p->result;
	const struct rv_gpu_row *why = rv_gpu_result_reason(r);
	char at[32];

	rv_time_text(p->at, at);
	rv_jw_open(w, NULL, '{');
	rv_jw_str(w, "schema", "refval.gpu/1");
	rv_jw_str(w, "verdict", rv_verdict_name(r->verdict));
	rv_jw_str(w, "id", why ? why->id : NULL);
	rv_jw_str(w, "reason",
		  why && r->verdict != RV_YES ? why->reason : NULL);
	rv_jw_str(w, "format", p->evidence->format);
	rv_jw_str(w, "at", at);
	rv_jw_str(w, "root", p->given_root ? "given" : "nvidia");
	rv_jw_u64(w, "gpus", r->gpus);
	rv_jw_u64(w, "switches", r->switches);
	rv_jw_open(w, "devices", '[');
	for (size_t i = 0; i < r->n; i++)
		json_device(r, i, w);
	rv_jw_close(w);
	json_rows(r, -1, w);
	rv_jw_open(w, "certificates", '[');
	for (size_t i = 0; i < r->certs; i++)
		json_cert(&r->cert[i], w);
	rv_jw_close(w);
	json_token(p->token, w);
	rv_jw_close(w);
}

/* ---- text ---- */

static void field(const char *label, const char *value)
{
	if (!value[0])
		return;
	rv_out("  %-16s ", label);
	rv_out_str(value);
	rv_out("\n");
}

static void print_row(const struct rv_gpu_row *r)
{
	rv_out("  ");
	rv_out_tone(rv_verdict_tone(r->verdict), "%-11s",
		    rv_verdict_name(r->verdict));
	rv_out(" %-13s ", r->check);
	if (r->id)
		rv_out("%s: ", r->id);
	rv_out_str(r->reason);
	rv_out("\n");
}

static void print_rows(const struct gpu_print *p, int device)
{
	const struct rv_gpu_result *r = p->result;

	for (size_t i = 0; i < r->rows; i++)
		if (r->row[i].device == device &&
		    (p->explain || r->row[i].verdict != RV_YES))
			print_row(&r->row[i]);
}

static void print_mode(const struct rv_gpu_facts *f)
{
	if (!f->has_ppcie && !f->has_feature)
		return;
	rv_out("  %-16s ", "mode");
	if (f->has_ppcie)
		rv_out("protected PCIe %s (%02x)%s",
		       f->ppcie == 0xaa	  ? "on"
		       : f->ppcie == 0x55 ? "off"
					  : "unknown",
		       f->ppcie, f->has_feature ? ", " : "");
	if (f->has_feature)
		rv_out("feature flag %u", f->feature);
	rv_out("\n");
}

static void print_rim(const char *kind, const struct rv_gpu_rim *rim)
{
	char until[32];

	if (!rim->id[0])
		return;
	rv_time_text(rim->not_after, until);
	rv_out("  %-16s ", kind);
	rv_out_str(rim->id);
	rv_out(", until %.10s\n  %-16s ", until, "");
	rv_out_hex(rv_span(rim->sha256.b, 32));
	rv_out("\n");
}

static void print_mismatches(const struct rv_gpu_facts *f)
{
	for (size_t i = 0; i < f->mismatches; i++) {
		const struct rv_gpu_mismatch *m = &f->mismatch[i];

		rv_out("    index %-3u (%s)  found ", m->index,
		       m->vbios ? "vbios" : "driver");
		if (m->has_found)
			rv_out_hex(rv_span(m->found, RV_GPU_MEASUREMENT));
		else
			rv_out("nothing");
		for (size_t k = 0; k < m->alternatives; k++) {
			rv_out("\n    %-9s %8s  golden", "", "");
			rv_out(" ");
			rv_out_hex(rv_span(m->expected[k], RV_GPU_MEASUREMENT));
		}
		rv_out("\n");
	}
}

static void print_device(const struct gpu_print *p, size_t i)
{
	const struct rv_gpu_facts *f = &p->result->device[i];
	char label[32];

	/* Which it is its certificate says, if that holds. */
	snprintf(label, sizeof label, "%s %zu",
		 !f->genuine	? "device"
		 : f->is_switch ? "switch"
				: "GPU",
		 i);
	rv_out_tone(RV_TONE_BOLD, "%-16s ", label);
	rv_out_tone(rv_verdict_tone(f->verdict), "%s",
		    rv_verdict_name(f->verdict));
	rv_out("\n");
	if (f->genuine) {
		rv_out("  %-16s ", "device");
		rv_out_str(f->hwmodel);
		rv_out(" (%s), ueid %s\n", f->arch, f->ueid);
		field("driver", f->driver);
		field("VBIOS", f->vbios);
		print_mode(f);
		rv_out("  %-16s ", "nonce");
		rv_out_hex(rv_span(f->nonce, RV_GPU_NONCE));
		rv_out("\n");
		print_rim("driver RIM", &f->rim[0]);
		print_rim("VBIOS RIM", &f->rim[1]);
		if (f->compared)
			rv_out("  %-16s %zu compared, %zu differ, %zu skipped"
			       "\n",
			       "measurements", f->compared, f->mismatches,
			       f->skipped);
	}
	print_rows(p, (int)i);
	if (p->explain)
		print_mismatches(f);
}

static void print_token(const struct rv_gpu_token *t)
{
	if (!t)
		return;
	rv_out_tone(RV_TONE_BOLD, "%-16s ", "NVIDIA's service");
	rv_out_tone(rv_verdict_tone(t->verdict), "%s",
		    rv_verdict_name(t->verdict));
	rv_out(": ");
	rv_out_str(t->reason);
	rv_out("\n  its own claim, and no part of the verdict below\n");
}

void rv_gpu_print(const struct gpu_print *p)
{
	const struct rv_gpu_result *r = p->result;
	const struct rv_gpu_row *why = rv_gpu_result_reason(r);
	char at[32];

	rv_time_text(p->at, at);
	rv_out("evidence         ");
	rv_out_str(p->evidence->format);
	rv_out(", %zu GPU%s, %zu switch%s of %zu\n", r->gpus,
	       r->gpus == 1 ? "" : "s", r->switches,
	       r->switches == 1 ? "" : "es", r->n);
	rv_out("checked for      %s%s\n", at,
	       p->given_root ? ", up to a root that was given" : "");
	for (size_t i = 0; i < r->n; i++)
		print_device(p, i);
	rv_out_tone(RV_TONE_BOLD, "%-16s", "all");
	rv_out("\n");
	print_rows(p, -1);
	print_token(p->token);
	rv_out("\n");
	rv_out_last(true);
	rv_out_tone(RV_TONE_BOLD, "verdict          ");
	rv_out_tone(rv_verdict_tone(r->verdict), "%s",
		    rv_verdict_name(r->verdict));
	if (r->verdict == RV_YES) {
		rv_out(": every device is genuine and as its manifests say;"
		       " read what is unchecked");
	} else if (why) {
		rv_out(": ");
		if (why->device >= 0)
			rv_out("device %d: ", why->device);
		rv_out_str(why->reason);
	}
	rv_out("\n");
	rv_out_last(false);
}
