/* SPDX-License-Identifier: Apache-2.0 */
/*
 * platforms.c - what an image of dstack 0.6 is on each platform: the digests of
 * its documents (measurement.*), and what those say. Registers of Intel's are
 * in the values already; of the others it is all that there is.
 */
#include "platforms.h"
#include "digest.h"
#include "docparts.h"

#include <refval/cloud.h>

#include <stdlib.h>

enum { FEATURES = 1 }; /* SEV_FEATURES that dstack launches with */

static const char cpu_name[] = "EPYC-v4"; /* and the CPU */

/* ---- from an image ---- */

static struct rv_span find(const struct rv_image *image, const char *name,
			   bool *has)
{
	const struct rv_image_file *f = rv_image_find(image, name);

	*has = f != NULL;
	return f ? rv_buf_span(&f->data) : (struct rv_span){ 0 };
}

static bool aws(const struct rv_image *image, struct rv_values_platforms *p,
		struct rv_err *err)
{
	struct rv_aws_boot boot;
	struct rv_span text;

	text = find(image, "measurement.aws.replay.json", &p->has_pcrs);
	if (!p->has_pcrs)
		return true;
	if (!rv_aws_replay(text, &boot, err))
		return false;
	p->pcr4 = boot.pcr4;
	p->pcr7 = boot.pcr7;
	p->pcr12 = boot.pcr12;
	return !p->has_aws ||
	       memcmp(boot.digest.b, p->boot_pcr_digest.b,
		      sizeof boot.digest.b) == 0 ||
	       rv_fail(err, RV_INPUT,
		       "measurement.aws.cbor: boot_pcr_digest is not what"
		       " measurement.aws.replay.json gives");
}

bool rv_platforms_image(const struct rv_image *image,
			struct rv_values_platforms *out, struct rv_err *err)
{
	struct rv_values_platforms p = { 0 };
	RV_AUTO(rv_free) struct rv_document *d = calloc(1, sizeof *d);
	struct rv_span s, line;

	if (!d)
		return rv_no_memory(err, "document");
	s = find(image, "measurement.tdx.cbor", &p.has_tdx);
	if (p.has_tdx &&
	    (!rv_document_read(s, d, err) || !rv_sha256(s, &p.tdx, err)))
		return false;
	s = find(image, "measurement.snp.cbor", &p.has_snp);
	if (p.has_snp && (!rv_snp_document(s, &p.launch, &line, err) ||
			  !rv_sha256(s, &p.snp, err)))
		return false;
	s = find(image, "measurement.gcp.cbor", &p.has_gcp);
	if (p.has_gcp && (!rv_gcp_document(s, &p.uki_auth, err) ||
			  !rv_sha256(s, &p.gcp, err)))
		return false;
	s = find(image, "measurement.aws.cbor", &p.has_aws);
	if (p.has_aws && (!rv_aws_document(s, &p.boot_pcr_digest, err) ||
			  !rv_sha256(s, &p.aws, err)))
		return false;
	if (!aws(image, &p, err))
		return false;
	*out = p;
	return true;
}

/* ---- written ---- */

static void put256(struct rv_jw *w, const char *key, const struct rv_sha256 *d)
{
	rv_jw_hex(w, key, rv_span(d->b, sizeof d->b));
}

static void put384(struct rv_jw *w, const char *key, const struct rv_sha384 *d)
{
	rv_jw_hex(w, key, rv_span(d->b, sizeof d->b));
}

/* Of a machine of so many vCPUs, as dstack launches it. */
static bool launch(const struct rv_snp_image *i, uint64_t vcpus,
		   struct rv_sha384 *out, struct rv_err *err)
{
	const struct rv_snp_machine m = { .vcpus = (uint32_t)vcpus,
					  .cpu = rv_snp_cpu(cpu_name),
					  .features = FEATURES };

	return rv_snp_launch(i, &m, out, err);
}

static void put_launch(struct rv_jw *w, const struct rv_values *v)
{
	struct rv_sha384 digest;
	struct rv_err err = { 0 };

	if (!(v->shape.given & RV_GIVEN_CPUS) || !v->shape.cpus ||
	    v->shape.cpus > RV_SNP_VCPUS)
		return;
	if (!launch(&v->platforms.launch, v->shape.cpus, &digest, &err)) {
		w->to->failed = true;
		return;
	}
	rv_jw_open(w, "launch", '{');
	rv_jw_u64(w, "vcpus", v->shape.cpus);
	put384(w, "digest", &digest);
	rv_jw_close(w);
}

static void put_snp(struct rv_jw *w, const struct rv_values *v)
{
	const struct rv_snp_image *i = &v->platforms.launch;

	rv_jw_open(w, "snp", '{');
	put256(w, "sha256", &v->platforms.snp);
	put384(w, "ovmf_hash", &i->firmware);
	put256(w, "kernel_hash", &i->kernel);
	put256(w, "initrd_hash", &i->initrd);
	put256(w, "cmdline_hash", &i->cmdline);
	rv_jw_u64(w, "hashes_table_gpa", i->hashes_gpa);
	rv_jw_u64(w, "reset_eip", i->reset_eip);
	rv_jw_open(w, "ovmf_sections", '[');
	for (size_t k = 0; k < i->sections; k++) {
		rv_jw_open(w, NULL, '{');
		rv_jw_u64(w, "gpa", i->section[k].gpa);
		rv_jw_u64(w, "size", i->section[k].size);
		rv_jw_u64(w, "type", i->section[k].type);
		rv_jw_close(w);
	}
	rv_jw_close(w);
	put_launch(w, v);
	rv_jw_close(w);
}

static void put_aws(struct rv_jw *w, const struct rv_values_platforms *p)
{
	rv_jw_open(w, "aws", '{');
	put256(w, "sha256", &p->aws);
	put256(w, "boot_pcr_digest", &p->boot_pcr_digest);
	if (p->has_pcrs) {
		put384(w, "pcr4", &p->pcr4);
		put384(w, "pcr7", &p->pcr7);
		put384(w, "pcr12", &p->pcr12);
	}
	rv_jw_close(w);
}

bool rv_platforms_any(const struct rv_values_platforms *p)
{
	return p->has_tdx || p->has_snp || p->has_gcp || p->has_aws;
}

static void put_all(const struct rv_values *v, const char *key, struct rv_jw *w)
{
	const struct rv_values_platforms *p = &v->platforms;

	rv_jw_open(w, key, '{');
	if (p->has_tdx) {
		rv_jw_open(w, "tdx", '{');
		put256(w, "sha256", &p->tdx);
		rv_jw_close(w);
	}
	if (p->has_snp)
		put_snp(w, v);
	if (p->has_gcp) {
		rv_jw_open(w, "gcp", '{');
		put256(w, "sha256", &p->gcp);
		put256(w, "uki_auth", &p->uki_auth);
		rv_jw_close(w);
	}
	if (p->has_aws)
		put_aws(w, p);
	rv_jw_close(w);
}

void rv_platforms_write(const struct rv_values *v, struct rv_jw *w)
{
	if (rv_platforms_any(&v->platforms))
		put_all(v, "platforms", w);
}

bool rv_platforms_text(const struct rv_values_platforms *p, struct rv_buf *out,
		       struct rv_err *err)
{
	RV_AUTO(rv_free) struct rv_values *v = calloc(1, sizeof *v);
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_jw w = { .to = &g };

	if (!v)
		return rv_no_memory(err, "platforms");
	v->platforms = *p;
	put_all(v, NULL, &w);
	return rv_grow_take(&g, out, err);
}

/* ---- read back ---- */

static bool need256(const rv_json *j, const char *key, struct rv_sha256 *out,
		    struct rv_err *err)
{
	return rv_json_need_hex(j, key, out->b, sizeof out->b, err);
}

static bool need384(const rv_json *j, const char *key, struct rv_sha384 *out,
		    struct rv_err *err)
{
	return rv_json_need_hex(j, key, out->b, sizeof out->b, err);
}

static bool read_sections(const rv_json *all, struct rv_snp_image *i,
			  struct rv_err *err)
{
	size_t n = rv_json_size(all);

	if (!rv_json_is_array(all) || n < 1 || n > RV_SNP_SECTIONS)
		return rv_fail(err, RV_INPUT,
			       "ovmf_sections: not an array of 1 to %d",
			       RV_SNP_SECTIONS);
	for (; i->sections < n; i->sections++) {
		const rv_json *j = rv_json_at(all, i->sections);
		uint64_t gpa, size, type;

		if (!rv_json_need_uint(j, "gpa", UINT32_MAX, &gpa, err) ||
		    !rv_json_need_uint(j, "size", UINT32_MAX, &size, err) ||
		    !rv_json_need_uint(j, "type", RV_SNP_SECTION_HASHES, &type,
				       err))
			return rv_in(err, "ovmf_sections: %zu", i->sections);
		i->section[i->sections].gpa = (uint32_t)gpa;
		i->section[i->sections].size = (uint32_t)size;
		i->section[i->sections].type = (uint32_t)type;
	}
	return true;
}

/* What it is said to give must be what it gives. */
static bool check_launch(const rv_json *j, const struct rv_snp_image *i,
			 struct rv_err *err)
{
	struct rv_sha384 said, got;
	uint64_t vcpus;

	if (!j)
		return true;
	if (!rv_json_need_uint(j, "vcpus", RV_SNP_VCPUS, &vcpus, err) ||
	    !need384(j, "digest", &said, err) || !launch(i, vcpus, &got, err))
		return rv_in(err, "launch");
	return memcmp(said.b, got.b, sizeof said.b) == 0 ||
	       rv_fail(err, RV_INPUT,
		       "launch: not the digest that the rest of it gives");
}

static bool read_snp(const rv_json *j, struct rv_values_platforms *p,
		     struct rv_err *err)
{
	static const char *const member[] = {
		"sha256",      "ovmf_hash",	"kernel_hash",
		"initrd_hash", "cmdline_hash",	"hashes_table_gpa",
		"reset_eip",   "ovmf_sections", "launch",
	};
	struct rv_snp_image *i = &p->launch;
	uint64_t eip;

	if (!j)
		return true;
	p->has_snp = i->has_hashes = true;
	if (!rv_json_only(j, member, RV_LEN(member), err) ||
	    !need256(j, "sha256", &p->snp, err) ||
	    !need384(j, "ovmf_hash", &i->firmware, err) ||
	    !need256(j, "kernel_hash", &i->kernel, err) ||
	    !need256(j, "initrd_hash", &i->initrd, err) ||
	    !need256(j, "cmdline_hash", &i->cmdline, err) ||
	    !rv_json_need_uint(j, "hashes_table_gpa", INT64_MAX, &i->hashes_gpa,
			       err) ||
	    !rv_json_need_uint(j, "reset_eip", UINT32_MAX, &eip, err) ||
	    !read_sections(rv_json_get(j, "ovmf_sections"), i, err))
		return rv_in(err, "snp");
	i->reset_eip = (uint32_t)eip;
	return check_launch(rv_json_get(j, "launch"), i, err) ||
	       rv_in(err, "snp");
}

/* SHA-256 of the PCRs, where they are there, must be the digest. */
static bool check_pcrs(const struct rv_values_platforms *p, struct rv_err *err)
{
	uint8_t all[3 * sizeof p->pcr4.b];
	struct rv_sha256 d;

	memcpy(all, p->pcr4.b, sizeof p->pcr4.b);
	memcpy(all + sizeof p->pcr4.b, p->pcr7.b, sizeof p->pcr7.b);
	memcpy(all + 2 * sizeof p->pcr4.b, p->pcr12.b, sizeof p->pcr12.b);
	if (!rv_sha256(rv_span(all, sizeof all), &d, err))
		return false;
	return memcmp(d.b, p->boot_pcr_digest.b, sizeof d.b) == 0 ||
	       rv_fail(err, RV_INPUT,
		       "boot_pcr_digest is not that of pcr4, pcr7 and pcr12");
}

static bool read_aws(const rv_json *j, struct rv_values_platforms *p,
		     struct rv_err *err)
{
	static const char *const member[] = { "sha256", "boot_pcr_digest",
					      "pcr4", "pcr7", "pcr12" };

	if (!j)
		return true;
	p->has_aws = true;
	p->has_pcrs = rv_json_get(j, "pcr4") != NULL;
	if (!rv_json_only(j, member, RV_LEN(member), err) ||
	    !need256(j, "sha256", &p->aws, err) ||
	    !need256(j, "boot_pcr_digest", &p->boot_pcr_digest, err) ||
	    (p->has_pcrs &&
	     (!need384(j, "pcr4", &p->pcr4, err) ||
	      !need384(j, "pcr7", &p->pcr7, err) ||
	      !need384(j, "pcr12", &p->pcr12, err) || !check_pcrs(p, err))))
		return rv_in(err, "aws");
	return true;
}

static bool read_all(const rv_json *j, struct rv_values_platforms *p,
		     struct rv_err *err)
{
	static const char *const member[] = { "tdx", "snp", "gcp", "aws" };
	static const char *const by_gcp[] = { "sha256", "uki_auth" };
	const rv_json *tdx = rv_json_get(j, "tdx");
	const rv_json *gcp = rv_json_get(j, "gcp");

	if (!rv_json_is_object(j))
		return rv_fail(err, RV_INPUT, "not an object");
	if (!rv_json_only(j, member, RV_LEN(member), err))
		return false;
	if (!rv_json_only(tdx, by_gcp, 1, err))
		return rv_in(err, "tdx");
	if (!rv_json_only(gcp, by_gcp, RV_LEN(by_gcp), err))
		return rv_in(err, "gcp");
	p->has_tdx = tdx != NULL;
	p->has_gcp = gcp != NULL;
	if (tdx && !need256(tdx, "sha256", &p->tdx, err))
		return rv_in(err, "tdx");
	if (gcp && (!need256(gcp, "sha256", &p->gcp, err) ||
		    !need256(gcp, "uki_auth", &p->uki_auth, err)))
		return rv_in(err, "gcp");
	return read_snp(rv_json_get(j, "snp"), p, err) &&
	       read_aws(rv_json_get(j, "aws"), p, err);
}

bool rv_platforms_json(const rv_json *j, struct rv_values_platforms *out,
		       struct rv_err *err)
{
	struct rv_values_platforms p = { 0 };

	if (!j)
		return true;
	if (!read_all(j, &p, err))
		return rv_in(err, "platforms");
	*out = p;
	return true;
}

bool rv_platforms_read(struct rv_span json, struct rv_values_platforms *out,
		       struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *j = NULL;

	return rv_json_parse(json, "platforms", &j, err) &&
	       rv_platforms_json(j, out, err);
}
