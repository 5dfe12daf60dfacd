/* SPDX-License-Identifier: Apache-2.0 */
/* snp_opts.c - the options of judging a SEV-SNP report, read. */
#include "snp_opts.h"
#include "folder.h"
#include "x509.h"

enum { FILE_MAX = 1 << 20 };

bool rv_min_tcb_arg(const char *text, struct rv_snp_policy *p,
		    struct rv_err *err)
{
	uint8_t *const to[] = { &p->min_tcb.bl, &p->min_tcb.tee,
				&p->min_tcb.snp, &p->min_tcb.ucode };
	const char *s = text;

	if (!s)
		return true;
	for (size_t i = 0; i < RV_LEN(to); i++) {
		size_t n = strcspn(s, ",");
		bool last = i + 1 == RV_LEN(to);
		uint64_t v;

		if (!rv_decimal(rv_span(s, n), 255, &v) || !s[n] != last)
			return rv_fail(err, RV_USAGE,
				       "--min-tcb %s: not four numbers below"
				       " 256, as in 4,0,24,219",
				       text);
		*to[i] = (uint8_t)v;
		s += n + !last;
	}
	p->has_min_tcb = true;
	return true;
}

bool rv_snp_opts_fit(enum rv_attester attester, const struct rv_dcap_opts *d,
		     const struct rv_snp_opts *s, struct rv_err *err)
{
	enum {
		TDX = 1u << RV_ATTESTER_TDX | 1u << RV_ATTESTER_GCP,
		SNP = 1u << RV_ATTESTER_SNP,
		NITRO = 1u << RV_ATTESTER_NITRO,
	};
	const struct {
		const char *name, *about;
		bool given;
		unsigned of;
	} row[] = {
		{ "accept", "Intel TDX", d->accept != NULL, TDX },
		{ "min-eval", "Intel TDX", d->min_eval != NULL, TDX },
		{ "min-tcb-date", "Intel TDX", d->min_tcb_date != NULL, TDX },
		{ "reject-advisory", "Intel TDX", d->reject_advisory.n > 0,
		  TDX },
		{ "reject-platform", "Intel TDX", d->reject_platform != NULL,
		  TDX },
		{ "grace", "Intel TDX", d->grace != NULL, TDX },
		{ "max-age", "Intel TDX", d->max_age != NULL, TDX },
		{ "expect", "Intel TDX", d->expect.n > 0, TDX | NITRO },
		{ "allow-service-td", "Intel TDX", d->allow_service_td, TDX },
		{ "allow-sept-ve", "Intel TDX", d->allow_sept_ve, TDX },
		{ "explain", "Intel TDX", d->explain, TDX },
		{ "collateral", "Intel TDX and AMD SEV-SNP",
		  d->collateral != NULL, TDX | SNP },
		{ "allow-migratable", "Intel TDX and AMD SEV-SNP",
		  d->allow_migratable, TDX | SNP },
		{ "min-tcb", "AMD SEV-SNP", s && s->min_tcb, SNP },
		{ "allow-vlek", "AMD SEV-SNP", s && s->allow_vlek, SNP },
	};

	for (size_t i = 0; i < RV_LEN(row); i++)
		if (row[i].given && !(row[i].of & 1u << attester))
			return rv_fail(err, RV_USAGE,
				       "--%s is about %s, and the evidence is"
				       " of %s",
				       row[i].name, row[i].about,
				       rv_attester_name(attester));
	return true;
}

static bool add(struct rv_snp_read *r, struct rv_buf *file, struct rv_err *err)
{
	size_t n = r->rules.files;

	if (n == RV_LEN(r->file))
		return rv_fail(err, RV_INPUT, "more than %zu files",
			       RV_LEN(r->file));
	r->file[n] = RV_TAKE(*file);
	r->span[n] = rv_buf_span(&r->file[n]);
	r->rules.file = r->span;
	r->rules.files++;
	return true;
}

/* What is no certificate or list is passed over, as with Intel's answers. */
static bool add_any(struct rv_snp_read *r, struct rv_buf *file,
		    struct rv_err *err)
{
	RV_AUTO(rv_snp_certs_free) struct rv_snp_certs c = { 0 };
	struct rv_err why = { 0 };

	if (rv_snp_certs_add(&c, rv_buf_span(file), &why))
		return add(r, file, err);
	if (why.code == RV_SYSTEM)
		*err = why;
	return why.code != RV_SYSTEM;
}

/* AMD's list alone, by its issuer's name: what else there is, is no matter. */
static bool add_list(struct rv_snp_read *r, struct rv_buf *file,
		     struct rv_err *err)
{
	RV_AUTO(rv_snp_certs_free) struct rv_snp_certs c = { 0 };
	RV_AUTO(rv_crl_free) struct rv_crl *crl = NULL;
	struct rv_err why = { 0 };

	if (rv_snp_certs_add(&c, rv_buf_span(file), &why) && c.crl.n &&
	    rv_crl_read(rv_buf_span(&c.crl), &crl, &why) &&
	    strncmp(rv_crl_info(crl)->issuer, "ARK-", 4) == 0)
		return add(r, &c.crl, err);
	if (why.code == RV_SYSTEM)
		*err = why;
	return why.code != RV_SYSTEM;
}

typedef bool add_fn(struct rv_snp_read *r, struct rv_buf *file,
		    struct rv_err *err);

static bool add_folder(struct rv_snp_read *r, const char *path, add_fn *fn,
		       struct rv_err *err)
{
	RV_AUTO(rv_names_free) struct rv_names names = { 0 };
	struct rv_folder f = rv_folder_at(path);

	if (!f.list(f.arg, &names, err))
		return false;
	for (size_t i = 0; i < names.n; i++) {
		RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };

		if (!f.read(f.arg, names.name[i], RV_COLLATERAL_MAX, &b, err))
			return false;
		if (!fn(r, &b, err))
			return rv_in(err, "%s", path);
	}
	return true;
}

static bool read_policy(const struct rv_dcap_opts *d,
			const struct rv_snp_opts *s, struct rv_snp_read *out,
			struct rv_err *err)
{
	struct rv_snp_policy *p = &out->rules.policy;

	p->allow_debug = d->allow_debug;
	p->allow_migration = d->allow_migratable;
	out->rules.allow_vlek = s && s->allow_vlek;
	return !s || rv_min_tcb_arg(s->min_tcb, p, err);
}

/* The policy, and of --collateral what @in_folder or @alone takes. */
static bool read_opts(const struct rv_dcap_opts *d, const struct rv_snp_opts *s,
		      size_t max, add_fn *in_folder, add_fn *alone,
		      struct rv_snp_read *out, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };

	if (!read_policy(d, s, out, err))
		return false;
	if (!d->collateral)
		return true;
	if (rv_is_folder(d->collateral))
		return add_folder(out, d->collateral, in_folder, err);
	return rv_buf_read(d->collateral, max, &b, err) && alone(out, &b, err);
}

bool rv_snp_opts_read(const struct rv_dcap_opts *d, const struct rv_snp_opts *s,
		      struct rv_snp_read *out, struct rv_err *err)
{
	return read_opts(d, s, FILE_MAX, add_any, add, out, err);
}

bool rv_snp_opts_shared(const struct rv_dcap_opts *d,
			const struct rv_snp_opts *s, struct rv_snp_read *out,
			struct rv_err *err)
{
	return read_opts(d, s, RV_COLLATERAL_MAX, add_list, add_list, out, err);
}

void rv_snp_read_free(struct rv_snp_read *r)
{
	for (size_t i = 0; i < r->rules.files; i++)
		rv_buf_free(&r->file[i]);
}
