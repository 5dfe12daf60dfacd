/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pckext.c - the SGX extension of PCK certificates, Intel SGX PCK Certificate
 * and CRL Profile, section 1.3.5: a SEQUENCE of { OID, value } below
 * 1.2.840.113741.1.13.1, in any order. DER only: minimal lengths, every byte
 * accounted for, nothing twice.
 */
#include "parse.h"

enum {
	BOOLEAN = 0x01,
	INTEGER = 0x02,
	OCTETS = 0x04,
	OID = 0x06,
	ENUM = 0x0a,
	SEQUENCE = 0x30,
	TCB_PCESVN = 17,
	TCB_CPUSVN = 18,
};

/* 1.2.840.113741.1.13.1 */
static const uint8_t prefix[] = { 0x2a, 0x86, 0x48, 0x86, 0xf8,
				  0x4d, 0x01, 0x0d, 0x01 };

/* What was there, by arc: duplicates are refused, absences noticed. */
struct seen {
	unsigned top;	 /* .1 to .7 */
	unsigned tcb;	 /* .2.1 to .2.18 */
	unsigned config; /* .7.1 to .7.3 */
};

/* One element of type @tag: X.690 section 10.1, definite minimal lengths. */
static struct rv_span element(struct rv_rd *r, uint8_t tag, const char *what)
{
	uint8_t got = rv_u8(r, what);
	size_t n = rv_u8(r, what);

	if (!r->field && got != tag)
		r->field = what;
	if (n == 0x81) {
		n = rv_u8(r, what);
		if (n < 0x80)
			r->field = what;
	} else if (n == 0x82) {
		n = rv_be16(r, what);
		if (n < 0x100)
			r->field = what;
	} else if (n >= 0x80) {
		r->field = what;
	}
	return rv_take(r, n, what);
}

/* A whole number of at most 3 bytes, X.690 section 8.3. */
static unsigned integer(struct rv_rd *r, unsigned max, const char *what)
{
	struct rv_span s = element(r, INTEGER, what);

	if (r->field)
		return 0;
	if (s.n < 1 || s.n > 3 || s.p[0] & 0x80 ||
	    (s.n > 1 && s.p[0] == 0 && !(s.p[1] & 0x80)) ||
	    rv_num_be(s) > max) {
		r->field = what;
		return 0;
	}
	return (unsigned)rv_num_be(s);
}

static void octets(struct rv_rd *r, uint8_t *out, size_t n, const char *what)
{
	struct rv_span s = element(r, OCTETS, what);

	if (!r->field && s.n != n)
		r->field = what;
	if (!r->field)
		memcpy(out, s.p, n);
}

static bool boolean(struct rv_rd *r, const char *what)
{
	struct rv_span s = element(r, BOOLEAN, what);

	if (!r->field && (s.n != 1 || (s.p[0] != 0 && s.p[0] != 0xff)))
		r->field = what;
	return !r->field && s.p[0];
}

/* The arcs of an OID behind the prefix: @n of them, a byte each. */
static bool arcs(struct rv_span oid, size_t n, const uint8_t **out)
{
	if (oid.n != sizeof prefix + n ||
	    memcmp(oid.p, prefix, sizeof prefix) != 0)
		return false;
	*out = oid.p + sizeof prefix;
	return true;
}

/* Mark @bit in @set; false when it was there, or is none of 1 to @max. */
static bool first(unsigned *set, unsigned bit, unsigned max)
{
	if (bit < 1 || bit > max || *set & 1u << bit)
		return false;
	*set |= 1u << bit;
	return true;
}

/* The next { OID, value } of @list as a reader of the value; its last arc. */
static unsigned entry(struct rv_rd *list, size_t depth, unsigned above,
		      struct rv_rd *value)
{
	*value = rv_rd(element(list, SEQUENCE, "entry"), "SGX extension");
	struct rv_span oid = element(value, OID, "entry OID");
	const uint8_t *arc;

	if (list->field)
		return 0;
	if (value->field || !arcs(oid, depth, &arc) ||
	    (depth == 2 && arc[0] != above)) {
		list->field = "entry OID";
		return 0;
	}
	return arc[depth - 1];
}

/* What a nested reader found wrong is wrong with the outer one too. */
static void join(struct rv_rd *outer, const struct rv_rd *inner)
{
	if (!outer->field && inner->field)
		outer->field = inner->field;
	else if (!outer->field && rv_rd_left(inner))
		outer->field = "bytes left over";
}

static void read_tcb(struct rv_rd *r, struct rv_pck *p, struct seen *seen)
{
	struct rv_rd list = rv_rd(element(r, SEQUENCE, "TCB"), "TCB");

	while (!r->field && !list.field && rv_rd_left(&list)) {
		struct rv_rd v;
		unsigned n = entry(&list, 2, 2, &v);

		if (list.field)
			break;
		if (!first(&seen->tcb, n, TCB_CPUSVN))
			list.field = "TCB entry unknown or twice";
		else if (n == TCB_CPUSVN)
			octets(&v, p->cpusvn, sizeof p->cpusvn, "CPUSVN");
		else if (n == TCB_PCESVN)
			p->pcesvn = (uint16_t)integer(&v, 0xffff, "PCESVN");
		else
			p->comp[n - 1] =
			    (uint8_t)integer(&v, 0xff, "component SVN");
		join(&list, &v);
	}
	join(r, &list);
}

static void read_config(struct rv_rd *r, struct rv_pck *p, struct seen *seen)
{
	struct rv_rd list =
	    rv_rd(element(r, SEQUENCE, "configuration"), "configuration");

	while (!r->field && !list.field && rv_rd_left(&list)) {
		struct rv_rd v;
		unsigned n = entry(&list, 2, 7, &v);
		bool b;

		if (list.field)
			break;
		b = boolean(&v, "configuration entry");
		if (!first(&seen->config, n, 3))
			list.field = "configuration entry unknown or twice";
		*(n == 1   ? &p->dynamic_platform
		  : n == 2 ? &p->cached_keys
			   : &p->smt_enabled) = b;
		join(&list, &v);
	}
	p->has_config = true;
	join(r, &list);
}

static void read_entry(unsigned arc, struct rv_rd *v, struct rv_pck *p,
		       struct seen *seen)
{
	struct rv_span s;

	switch (arc) {
	case 1:
		octets(v, p->ppid, sizeof p->ppid, "PPID");
		break;
	case 2:
		read_tcb(v, p, seen);
		break;
	case 3:
		octets(v, p->pceid, sizeof p->pceid, "PCE-ID");
		break;
	case 4:
		octets(v, p->fmspc, sizeof p->fmspc, "FMSPC");
		break;
	case 5:
		s = element(v, ENUM, "SGX type");
		if (!v->field && (s.n != 1 || s.p[0] > 2))
			v->field = "SGX type";
		if (!v->field)
			p->sgx_type = s.p[0];
		break;
	case 6:
		octets(v, p->instance, sizeof p->instance,
		       "platform instance id");
		p->has_instance = true;
		break;
	default:
		read_config(v, p, seen);
	}
}

/* Everything that Intel's profile requires is there. */
static bool complete(const struct seen *seen, bool test, struct rv_pck *p,
		     struct rv_err *err)
{
	static const char *const name[] = { "",	      "PPID",  "TCB",
					    "PCE-ID", "FMSPC", "SGX type" };
	unsigned comps = seen->tcb & 0x1fffe;

	for (unsigned i = 1; i < RV_LEN(name); i++)
		if (!(seen->top & 1u << i))
			return rv_fail(err, RV_INPUT, "SGX extension: no %s",
				       name[i]);
	if (!(seen->tcb & 1u << TCB_PCESVN) || !(seen->tcb & 1u << TCB_CPUSVN))
		return rv_fail(err, RV_INPUT,
			       "SGX extension: no PCESVN or CPUSVN");
	if (test && comps == 0)
		memcpy(p->comp, p->cpusvn, sizeof p->comp);
	else if (comps != 0x1fffe)
		return rv_fail(err, RV_INPUT,
			       "SGX extension: not all 16 component SVNs");
	return true;
}

bool rv_pck_read(struct rv_span der, bool test, struct rv_pck *out,
		 struct rv_err *err)
{
	struct rv_rd r = rv_rd(der, "SGX extension");
	struct rv_rd list =
	    rv_rd(element(&r, SEQUENCE, "sequence"), "SGX extension");
	struct rv_pck p = { 0 };
	struct seen seen = { 0 };

	while (!r.field && !list.field && rv_rd_left(&list)) {
		struct rv_rd v;
		unsigned arc = entry(&list, 1, 0, &v);

		if (list.field)
			break;
		if (!first(&seen.top, arc, 7))
			list.field = "entry unknown or twice";
		else
			read_entry(arc, &v, &p, &seen);
		join(&list, &v);
	}
	join(&r, &list);
	if (r.field || rv_rd_left(&r))
		return rv_fail(err, RV_INPUT, "SGX extension: malformed: %s",
			       r.field ? r.field : "bytes left over");
	if (!complete(&seen, test, &p, err))
		return false;
	*out = p;
	return true;
}
