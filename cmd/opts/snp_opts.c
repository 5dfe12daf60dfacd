/* SPDX-License-Identifier: Apache-2.0 */
/* snp_opts.c - the options of judging a SEV-SNP report, read. */
#include "snp_opts.h"
#include "folder.h"

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
	const struct {
		const char *name;
		bool given, snp;
	} row[] = {
		{ "accept", d->accept != NULL, false },
		{ "min-eval", d->min_eval != NULL, false },
		{ "min-tcb-date", d->min_tcb_date != NULL, false },
		{ "reject-advisory", d->reject_advisory.n > 0, false },
		{ "grace", d->grace != NULL, false },
		{ "expect", d->expect.n > 0, false },
		{ "allow-service-td", d->allow_service_td, false },
		{ "allow-sept-ve", d->allow_sept_ve, false },
		{ "explain", d->explain, false },
		{ "min-tcb", s && s->min_tcb, true },
		{ "allow-vlek", s && s->allow_vlek, true },
	};
	bool snp = attester == RV_ATTESTER_SNP;

	for (size_t i = 0; i < RV_LEN(row); i++)
		if (row[i].given && row[i].snp != snp)
			return rv_fail(err, RV_USAGE,
				       "--%s is about %s, and the evidence is"
				       " of %s",
				       row[i].name,
				       snp ? "Intel TDX" : "AMD SEV-SNP",
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
static bool add_folder(struct rv_snp_read *r, const char *path,
		       struct rv_err *err)
{
	RV_AUTO(rv_names_free) struct rv_names names = { 0 };
	struct rv_folder f = rv_folder_at(path);

	if (!f.list(f.arg, &names, err))
		return false;
	for (size_t i = 0; i < names.n; i++) {
		RV_AUTO(rv_snp_certs_free) struct rv_snp_certs c = { 0 };
		RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
		struct rv_err why = { 0 };

		if (!f.read(f.arg, names.name[i], FILE_MAX, &b, err))
			return false;
		if (rv_snp_certs_add(&c, rv_buf_span(&b), &why)) {
			if (!add(r, &b, err))
				return rv_in(err, "%s", path);
		} else if (why.code == RV_SYSTEM) {
			*err = why;
			return false;
		}
	}
	return true;
}

bool rv_snp_opts_read(const struct rv_dcap_opts *d, const struct rv_snp_opts *s,
		      struct rv_snp_read *out, struct rv_err *err)
{
	struct rv_snp_policy *p = &out->rules.policy;
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };

	p->allow_debug = d->allow_debug;
	p->allow_migration = d->allow_migratable;
	out->rules.allow_vlek = s && s->allow_vlek;
	if (s && !rv_min_tcb_arg(s->min_tcb, p, err))
		return false;
	if (!d->collateral)
		return true;
	if (rv_is_folder(d->collateral))
		return add_folder(out, d->collateral, err);
	return rv_buf_read(d->collateral, FILE_MAX, &b, err) &&
	       add(out, &b, err);
}

void rv_snp_read_free(struct rv_snp_read *r)
{
	for (size_t i = 0; i < r->rules.files; i++)
		rv_buf_free(&r->file[i]);
}
