/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy.c - a genuine report may still be of a guest that its host can read.
 * Each rule stands alone (SEV-SNP ABI, tables 9 and 24).
 */
#include "snp.h"

#include <stdarg.h>
#include <stdio.h>

#define POLICY_SMT     (1ull << 16)
#define POLICY_MIGRATE (1ull << 18)
#define POLICY_DEBUG   (1ull << 19)
#define POLICY_RAPL    (1ull << 23)
#define POLICY_HIDING  (1ull << 24)
/* What dstack launches with: SMT allowed, and the bit that is always set. */
#define POLICY_USUAL 0x30000ull

#define PLATFORM_SMT	(1ull << 0)
#define PLATFORM_RAPL	(1ull << 3)
#define PLATFORM_HIDING (1ull << 4)
#define PLATFORM_ALIAS	(1ull << 5)

struct list {
	struct rv_snp_finding *out;
	size_t n;
};

static void RV_PRINTF(4, 5)
    add(struct list *l, const char *rule, bool refused, const char *fmt, ...)
{
	struct rv_snp_finding *f;
	va_list ap;

	if (l->n == RV_SNP_FINDINGS)
		return;
	f = &l->out[l->n++];
	snprintf(f->rule, sizeof f->rule, "%s", rule);
	f->refused = refused;
	va_start(ap, fmt);
	vsnprintf(f->detail, sizeof f->detail, fmt, ap);
	va_end(ap);
}

static void check_guest(const struct rv_snp_policy *p,
			const struct rv_snp_report *r, struct list *l)
{
	uint64_t known = POLICY_USUAL | POLICY_DEBUG | POLICY_MIGRATE;

	if (r->policy & POLICY_DEBUG)
		add(l, "debug", !p->allow_debug,
		    "the host can look into this guest (policy bit 19)");
	if (r->policy & POLICY_MIGRATE)
		add(l, "migration", !p->allow_migration,
		    "a migration agent can move this guest (policy bit 18)");
	if (r->vmpl)
		add(l, "vmpl", true,
		    "asked for by privilege level %" PRIu32
		    ", not 0: another level may run beside it",
		    r->vmpl);
	if (r->masked)
		add(l, "mask_chip_key", true,
		    "MASK_CHIP_KEY is set: the platform signs for no chip");
	if ((r->policy & ~0xffffull & ~known) || !(r->policy & POLICY_SMT))
		add(l, "policy", false,
		    "policy %#" PRIx64 " differs from %#llx, dstack's",
		    r->policy, POLICY_USUAL);
}

/* What the policy asks of the platform, and what the platform says. */
static void check_platform(const struct rv_snp_report *r, struct list *l)
{
	if (!(r->policy & POLICY_SMT) && r->platform_info & PLATFORM_SMT)
		add(l, "smt", true, "SMT is on, which the policy forbids");
	if (r->policy & POLICY_RAPL && !(r->platform_info & PLATFORM_RAPL))
		add(l, "rapl", true, "RAPL is on, which the policy forbids");
	if (r->policy & POLICY_HIDING && !(r->platform_info & PLATFORM_HIDING))
		add(l, "ciphertext_hiding", true,
		    "ciphertext hiding is off, which the policy demands");
	if (r->version >= 3 && !(r->platform_info & PLATFORM_ALIAS))
		add(l, "alias_check", false,
		    "the platform has not checked its memory for aliases"
		    " (platform_info bit 5)");
	if (r->reserved_at)
		add(l, "reserved", false,
		    "byte %#x is set, whose meaning is not known",
		    r->reserved_at);
}

static void check_tcb(const struct rv_snp_policy *p,
		      const struct rv_snp_verdict *v, struct list *l)
{
	const struct rv_snp_tcb *have = &v->tcb, *least = &p->min_tcb;

	if (!v->up_to_date)
		add(l, "tcb_status", false,
		    "OutOfDate: the host reports an older TCB than it runs,"
		    " committed or launched with");
	if (p->has_min_tcb &&
	    (have->bl < least->bl || have->tee < least->tee ||
	     have->snp < least->snp || have->ucode < least->ucode))
		add(l, "min_tcb", true,
		    "TCB %u,%u,%u,%u is below %u,%u,%u,%u (bootloader, TEE,"
		    " SNP, microcode)",
		    have->bl, have->tee, have->snp, have->ucode, least->bl,
		    least->tee, least->snp, least->ucode);
}

size_t rv_snp_policy_apply(const struct rv_snp_policy *p,
			   const struct rv_snp_report *r,
			   const struct rv_snp_verdict *v,
			   struct rv_snp_finding out[RV_SNP_FINDINGS])
{
	struct list l = { .out = out };

	/* Nothing makes a report good that was not found genuine. */
	if (v->outcome != RV_SNP_GENUINE) {
		add(&l, "genuine", true, "%s: %s",
		    rv_snp_outcome_name(v->outcome), v->message);
		return l.n;
	}
	check_guest(p, r, &l);
	check_platform(r, &l);
	check_tcb(p, v, &l);
	return l.n;
}
