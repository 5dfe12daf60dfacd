/* SPDX-License-Identifier: Apache-2.0 */
/*
 * corim_read.c - registers out of a CoRIM (draft-ietf-rats-corim, sections 4
 * and 5), ours or another's: by mkey, as integrity registers, or as MRTEE of
 * Intel's profile. What it asks for besides and we do not compare is noted in
 * the values' assumptions; a register with two values is refused. Machines of
 * several shapes are told apart as corim.c writes them, and in no other way.
 */
#include "publish.h"

#include <stdarg.h>
#include <stdio.h>

enum {
	KEYS_MAX = 64,
	TAGS_MAX = 16,
	TRIPLES_MAX = RV_VALUES_LIST_MAX,
	MEASUREMENTS_MAX = 256,
	DIGESTS_MAX = 16,
	CORIM_ID = 0,
	CORIM_TAGS = 1,
	CORIM_VALIDITY = 4,
	COMID_TRIPLES = 4,
	TRIPLES_REFERENCE = 0,
	MEASUREMENT_KEY = 0,
	MEASUREMENT_VALUE = 1,
	VALUE_DIGESTS = 2,
	ENVIRONMENT_CLASS = 0,
	CLASS_VENDOR = 1,
	CLASS_MODEL = 2,
	CLASS_INDEX = 4,
	VALUE_NAME = 11,
	VALUE_REGISTERS = 14,
	VALUE_MRTEE = -83, /* Intel's profile, OID 2.16.840.1.113741.1.16.1 */
	TAG_TIME = 1,
};

struct job {
	struct rv_rd r;
	struct rv_values_list *all;
	struct rv_values *v; /* the last of them */
	struct rv_signature *sig;
	bool has_mrtd;
	struct rv_sha384 mrtd; /* whatever its page order */
	struct rv_span env;    /* the environment of this triple */
	struct rv_span of;     /* the one that has the registers; or empty */
};

/* What a document says and this reader does not compare. */
static void note(struct job *j, const char *fmt, ...) RV_PRINTF(2, 3);

static void note(struct job *j, const char *fmt, ...)
{
	struct rv_values *v = j->v;
	char line[sizeof v->assumed[0]];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	for (size_t i = 0; i < v->assumptions; i++)
		if (strcmp(v->assumed[i], line) == 0)
			return;
	if (v->assumptions < RV_ASSUMED_MAX)
		memcpy(v->assumed[v->assumptions++], line, sizeof line);
	else
		snprintf(v->assumed[RV_ASSUMED_MAX - 1], sizeof v->assumed[0],
			 "CoRIM: more is not compared than is listed here");
}

/* mr_td is one of the two page orders, or stands alone. */
static bool place_mrtd(struct job *j, struct rv_err *err)
{
	struct rv_mrtd *m = &j->v->mrtd;
	bool one =
	    m->has_single && memcmp(m->single_pass.b, j->mrtd.b, 48) == 0;
	bool two = m->has_two && memcmp(m->two_pass.b, j->mrtd.b, 48) == 0;

	if (j->has_mrtd && one != two)
		m->page_add = one ? RV_PAGE_ADD_SINGLE : RV_PAGE_ADD_TWO;
	else if (j->has_mrtd && (m->has_single || m->has_two))
		return rv_fail(err, RV_INPUT,
			       "corim: mr_td is neither mr_td_single_pass nor "
			       "mr_td_two_pass");
	else if (j->has_mrtd)
		m->single_pass = j->mrtd;
	m->has_single = m->has_single || (j->has_mrtd && !m->has_two);
	m->known = m->has_single && m->has_two;
	if (j->has_mrtd && !m->known)
		note(j, "CoRIM: mr_td, of an unnamed page order, stands as "
			"single_pass");
	m->origin =
	    m->has_single || m->has_two ? RV_ORIGIN_GIVEN : RV_ORIGIN_NONE;
	if (!m->page_add)
		snprintf(m->why, sizeof m->why,
			 "the CoRIM does not say which page order");
	return true;
}

/* One more machine. */
static bool begin(struct job *j, struct rv_err *err)
{
	if (!rv_values_list_add(j->all, &j->v, err))
		return rv_in(err, "corim");
	j->v->shape = rv_shape_default();
	j->has_mrtd = false;
	j->of = (struct rv_span){ 0 };
	return true;
}

/* All of a machine has been read. */
static bool finish(struct job *j, struct rv_err *err)
{
	struct rv_values *v = j->v;
	bool any;

	if (!place_mrtd(j, err))
		return false;
	any = v->mrtd.has_single || v->mrtd.has_two;
	for (size_t i = 0; i < RV_LEN(v->reg); i++) {
		any = any || v->reg[i].known;
		if (!v->reg[i].known)
			snprintf(v->reg[i].why, sizeof v->reg[i].why,
				 "the CoRIM has none");
	}
	if (!any)
		return rv_fail(err, RV_INPUT,
			       "corim: no register of a TDX machine in it");
	return true;
}

static bool differ(const char *name, struct rv_err *err)
{
	return rv_fail(err, RV_INPUT,
		       "corim: %s has two different values: is it about more "
		       "than one machine?",
		       name);
}

/*
 * Is @env the environment of machine @index of several, as refval writes it?
 * *@model is then the rest of it.
 */
static bool is_numbered(struct rv_span env, uint64_t index,
			struct rv_span *model)
{
	struct rv_rd r = rv_rd(env, "environment");
	struct rv_err ignored = { 0 };
	struct rv_span vendor;
	uint64_t n, key, is;

	return rv_cbor_map(&r, "map", 1, &n, &ignored) && n == 1 &&
	       rv_cbor_uint(&r, "key", UINT64_MAX, &key, &ignored) &&
	       key == ENVIRONMENT_CLASS &&
	       rv_cbor_map(&r, "class", 3, &n, &ignored) && n == 3 &&
	       rv_cbor_uint(&r, "key", UINT64_MAX, &key, &ignored) &&
	       key == CLASS_VENDOR &&
	       rv_cbor_text(&r, "vendor", &vendor, &ignored) &&
	       rv_same_text(vendor, "refval") &&
	       rv_cbor_uint(&r, "key", UINT64_MAX, &key, &ignored) &&
	       key == CLASS_MODEL &&
	       rv_cbor_text(&r, "model", model, &ignored) &&
	       rv_cbor_uint(&r, "key", UINT64_MAX, &key, &ignored) &&
	       key == CLASS_INDEX &&
	       rv_cbor_uint(&r, "index", UINT64_MAX, &is, &ignored) &&
	       is == index && rv_rd_end(&r, &ignored);
}

/* Is this environment that of the next machine of the same image? */
static bool is_next(const struct job *j)
{
	struct rv_span was, is;

	return is_numbered(j->of, j->all->n - 1, &was) &&
	       is_numbered(j->env, j->all->n, &is) && rv_same(was, is);
}

/*
 * Registers of two environments are not those of one machine, and of two only
 * where they are numbered.
 */
static bool set(struct job *j, bool *has, struct rv_sha384 *to,
		const struct rv_sha384 *d, const char *name, struct rv_err *err)
{
	if (j->of.n && !rv_same(j->of, j->env))
		return rv_fail(err, RV_INPUT,
			       "corim: %s is of another environment than the "
			       "registers before it: is it about more than one "
			       "machine?",
			       name);
	j->of = j->env;
	if (*has && memcmp(to->b, d->b, sizeof d->b) != 0)
		return differ(name, err);
	*has = true;
	*to = *d;
	return true;
}

static bool set_register(struct job *j, uint64_t i, const struct rv_sha384 *d,
			 struct rv_err *err)
{
	char name[16];

	if (i >= RV_LEN(j->v->reg)) {
		note(j, "CoRIM: integrity register %" PRIu64 " is not compared",
		     i);
		return true;
	}
	snprintf(name, sizeof name, "rtmr_%u", (unsigned)i);
	j->v->reg[i].origin = RV_ORIGIN_GIVEN;
	return set(j, &j->v->reg[i].known, &j->v->reg[i].value, d, name, err);
}

/* One digest [alg, bytes]: *has when it is a SHA-384. */
static bool read_digest(struct job *j, bool *has, struct rv_sha384 *out,
			struct rv_err *err)
{
	struct rv_rd *r = &j->r;
	struct rv_span s;
	int64_t alg;
	uint64_t n;

	*has = false;
	if (!rv_cbor_array(r, "digest", 2, &n, err))
		return false;
	if (n != 2)
		return rv_fail(err, RV_INPUT,
			       "%s: a digest of %" PRIu64 " parts", r->what, n);
	if (!rv_cbor_int(r, "digest algorithm", &alg, err) ||
	    !rv_cbor_bytes(r, "digest", &s, err))
		return false;
	if (alg != ALG_SHA384)
		return true;
	if (s.n != sizeof out->b)
		return rv_fail(err, RV_INPUT,
			       "%s: a SHA-384 digest of %zu bytes", r->what,
			       s.n);
	memcpy(out->b, s.p, s.n);
	*has = true;
	return true;
}

/* digests: a list in which each algorithm occurs once. */
static bool read_digests(struct job *j, struct rv_sha384 *out,
			 struct rv_err *err)
{
	struct rv_sha384 d;
	bool has, found = false;
	uint64_t n;

	if (!rv_cbor_array(&j->r, "digests", DIGESTS_MAX, &n, err))
		return false;
	while (n--) {
		if (!read_digest(j, &has, &d, err))
			return false;
		if (has && found)
			return rv_fail(err, RV_INPUT,
				       "%s: two SHA-384 digests in one list",
				       j->r.what);
		if (has)
			*out = d;
		found = found || has;
	}
	if (!found)
		return rv_fail(err, RV_INPUT,
			       "%s: digests without a SHA-384 (algorithm %d)",
			       j->r.what, ALG_SHA384);
	return true;
}

/* By the names of Trustee's default policy, and ours beside them. */
static bool take_named(struct job *j, const char *mkey,
		       const struct rv_sha384 *d, struct rv_err *err)
{
	struct rv_mrtd *m = &j->v->mrtd;

	if (strcmp(mkey, "mr_td") == 0)
		return set(j, &j->has_mrtd, &j->mrtd, d, mkey, err);
	if (strcmp(mkey, "mr_td_single_pass") == 0)
		return set(j, &m->has_single, &m->single_pass, d, mkey, err);
	if (strcmp(mkey, "mr_td_two_pass") == 0)
		return set(j, &m->has_two, &m->two_pass, d, mkey, err);
	if (strncmp(mkey, "rtmr_", 5) == 0 && mkey[5] >= '0' &&
	    mkey[5] <= '3' && !mkey[6])
		return set_register(j, (uint64_t)(mkey[5] - '0'), d, err);
	/* Events inside RTMR1 and RTMR2, which are compared as a whole. */
	if (strcmp(mkey, "tdvfkernel") == 0 ||
	    strcmp(mkey, "tdvfkernelparams") == 0)
		return true;
	note(j, "CoRIM: the measurement %.64s is not compared", mkey);
	return true;
}

static bool read_registers(struct job *j, struct rv_err *err)
{
	struct rv_sha384 d;
	uint64_t n, index;

	if (!rv_cbor_map(&j->r, "integrity registers", KEYS_MAX, &n, err))
		return false;
	while (n--) {
		if (rv_cbor_peek(&j->r) != RV_CBOR_UINT)
			return rv_fail(err, RV_INPUT,
				       "%s: an integrity register with a name, "
				       "not a number",
				       j->r.what);
		if (!rv_cbor_uint(&j->r, "index", UINT64_MAX, &index, err) ||
		    !read_digests(j, &d, err) ||
		    !set_register(j, index, &d, err))
			return false;
	}
	return true;
}

/* A digest alone, or a list of them. */
static bool read_mrtee(struct job *j, struct rv_err *err)
{
	struct rv_rd ahead = j->r;
	struct rv_sha384 d;
	bool has = false;
	uint64_t n;

	if (!rv_cbor_array(&ahead, "mrtee", DIGESTS_MAX, &n, err))
		return false;
	if (rv_cbor_peek(&ahead) == RV_CBOR_ARRAY) {
		if (!read_digests(j, &d, err))
			return false;
	} else if (!read_digest(j, &has, &d, err)) {
		return false;
	} else if (!has) {
		return rv_fail(err, RV_INPUT, "%s: mrtee is no SHA-384",
			       j->r.what);
	}
	return set(j, &j->has_mrtd, &j->mrtd, &d, "mrtee", err);
}

/* measurement-values-map; what it asks for besides is noted. */
static bool read_values(struct job *j, const char *mkey, struct rv_err *err)
{
	struct rv_sha384 d;
	uint64_t n;
	int64_t key;

	if (!rv_cbor_map(&j->r, "measurement values", KEYS_MAX, &n, err))
		return false;
	while (n--) {
		bool ok = true;

		if (!rv_cbor_int(&j->r, "key", &key, err))
			return false;
		switch (key) {
		case VALUE_DIGESTS:
			ok = read_digests(j, &d, err) &&
			     take_named(j, mkey, &d, err);
			break;
		case VALUE_REGISTERS:
			ok = read_registers(j, err);
			break;
		case VALUE_MRTEE:
			ok = read_mrtee(j, err);
			break;
		default:
			if (key != VALUE_NAME)
				note(j,
				     "CoRIM: field %" PRId64
				     " of a measurement is not compared",
				     key);
			ok = rv_cbor_skip(&j->r, "value", NULL, err);
		}
		if (!ok)
			return false;
	}
	return true;
}

/* mkey: a name; a number or an identifier is not one of ours. */
static bool read_mkey(struct job *j, char *out, size_t room, struct rv_err *err)
{
	struct rv_span s;

	if (rv_cbor_peek(&j->r) != RV_CBOR_TEXT) {
		snprintf(out, room, "(no name)");
		return rv_cbor_skip(&j->r, "mkey", NULL, err);
	}
	if (!rv_cbor_text(&j->r, "mkey", &s, err))
		return false;
	snprintf(out, room, "%.*s", (int)(s.n < room ? s.n : room),
		 (const char *)s.p);
	return true;
}

static bool read_measurement(struct job *j, struct rv_err *err)
{
	char mkey[NAME_MAX_BYTES] = "(no name)";
	bool valued = false;
	uint64_t n;
	int64_t key;

	if (!rv_cbor_map(&j->r, "measurement", KEYS_MAX, &n, err))
		return false;
	while (n--) {
		if (!rv_cbor_int(&j->r, "key", &key, err))
			return false;
		if (key == MEASUREMENT_KEY && valued)
			return rv_fail(err, RV_INPUT,
				       "%s: mkey behind its value", j->r.what);
		if (key == MEASUREMENT_KEY
			? !read_mkey(j, mkey, sizeof mkey, err)
		    : key == MEASUREMENT_VALUE
			? !read_values(j, mkey, err)
			: !rv_cbor_skip(&j->r, "value", NULL, err))
			return false;
		valued = valued || key == MEASUREMENT_VALUE;
	}
	return true;
}

/* reference-triple [ environment, [ measurement ] ] */
static bool read_triple(struct job *j, struct rv_err *err)
{
	uint64_t n;

	if (!rv_cbor_array(&j->r, "triple", 2, &n, err))
		return false;
	if (n != 2)
		return rv_fail(err, RV_INPUT,
			       "%s: a triple of %" PRIu64 " parts", j->r.what,
			       n);
	if (!rv_cbor_skip(&j->r, "environment", &j->env, err))
		return false;
	if (j->of.n && is_next(j)) {
		if (!finish(j, err) || !begin(j, err))
			return false;
		j->of = j->env;
	}
	if (!rv_cbor_array(&j->r, "measurements", MEASUREMENTS_MAX, &n, err))
		return false;
	while (n--)
		if (!read_measurement(j, err))
			return false;
	return true;
}

static bool read_triples(struct job *j, struct rv_err *err)
{
	uint64_t n, count;
	int64_t key;

	if (!rv_cbor_map(&j->r, "triples", KEYS_MAX, &n, err))
		return false;
	while (n--) {
		if (!rv_cbor_int(&j->r, "key", &key, err))
			return false;
		if (key != TRIPLES_REFERENCE) {
			note(j,
			     "CoRIM: triples of kind %" PRId64
			     " are not compared",
			     key);
			if (!rv_cbor_skip(&j->r, "triples", NULL, err))
				return false;
			continue;
		}
		if (!rv_cbor_array(&j->r, "reference triples", TRIPLES_MAX,
				   &count, err))
			return false;
		while (count--)
			if (!read_triple(j, err))
				return false;
	}
	return true;
}

static bool read_comid(struct job *j, struct rv_span bytes, struct rv_err *err)
{
	struct rv_rd outer = j->r;
	uint64_t n;
	int64_t key;

	j->r = rv_rd(bytes, "corim: CoMID");
	if (!rv_cbor_map(&j->r, "map", KEYS_MAX, &n, err))
		return false;
	while (n--) {
		if (!rv_cbor_int(&j->r, "key", &key, err))
			return false;
		if (key == COMID_TRIPLES
			? !read_triples(j, err)
			: !rv_cbor_skip(&j->r, "value", NULL, err))
			return false;
	}
	if (!rv_rd_end(&j->r, err))
		return false;
	j->r = outer;
	return true;
}

static bool read_tags(struct job *j, struct rv_err *err)
{
	struct rv_span bytes;
	uint64_t n, tag;

	if (!rv_cbor_array(&j->r, "tags", TAGS_MAX, &n, err))
		return false;
	while (n--) {
		if (!rv_cbor_tag(&j->r, "tag", &tag, err))
			return false;
		if (tag != TAG_COMID)
			return rv_fail(err, RV_INPUT,
				       "%s: a tag %" PRIu64
				       ", only CoMIDs (506) are read",
				       j->r.what, tag);
		if (!rv_cbor_bytes(&j->r, "CoMID", &bytes, err) ||
		    !read_comid(j, bytes, err))
			return false;
	}
	return true;
}

/*
 * validity-map { ? 0: not before, 1: not after }, times with tag 1. A CoRIM has
 * one, its signature may have another: both must hold.
 */
bool rv_corim_validity(struct rv_rd *r, struct rv_signature *sig,
		       struct rv_err *err)
{
	uint64_t n, tag;
	int64_t key, t;

	if (!sig->has_window) {
		sig->has_window = true;
		sig->not_before = INT64_MIN;
		sig->not_after = INT64_MAX;
	}
	if (!rv_cbor_map(r, "validity", 2, &n, err))
		return false;
	while (n--) {
		if (!rv_cbor_int(r, "key", &key, err) ||
		    !rv_cbor_tag(r, "time", &tag, err) ||
		    !rv_cbor_int(r, "time", &t, err))
			return false;
		if (tag != TAG_TIME || key < 0 || key > 1)
			return rv_fail(err, RV_INPUT,
				       "%s: validity: no time in seconds",
				       r->what);
		if (key == 0 && t > sig->not_before)
			sig->not_before = t;
		if (key == 1 && t < sig->not_after)
			sig->not_after = t;
	}
	return true;
}

static bool read_corim(struct job *j, struct rv_err *err)
{
	uint64_t n, tag;
	int64_t key;

	if (!rv_cbor_tag(&j->r, "tag", &tag, err))
		return false;
	if (tag != TAG_CORIM)
		return rv_fail(err, RV_INPUT, "corim: tag %" PRIu64 ", not 501",
			       tag);
	if (!rv_cbor_map(&j->r, "map", KEYS_MAX, &n, err))
		return false;
	while (n--) {
		if (!rv_cbor_int(&j->r, "key", &key, err))
			return false;
		if (key == CORIM_TAGS ? !read_tags(j, err)
		    : key == CORIM_VALIDITY
			? !rv_corim_validity(&j->r, j->sig, err)
			: !rv_cbor_skip(&j->r, "value", NULL, err))
			return false;
	}
	return rv_rd_end(&j->r, err);
}

/* What is not compared of the document is not compared of any machine. */
static void share_notes(struct job *j)
{
	for (size_t i = 0; i < j->all->n; i++)
		for (size_t k = 0; k < j->all->item[i].assumptions; k++)
			for (size_t m = 0; m < j->all->n; m++) {
				j->v = &j->all->item[m];
				note(j, "%s", j->all->item[i].assumed[k]);
			}
}

bool rv_corim_read(struct rv_span cbor, struct rv_values_list *out,
		   struct rv_signature *sig, struct rv_err *err)
{
	struct job j = { .r = rv_rd(cbor, "corim"), .all = out, .sig = sig };

	if (!begin(&j, err) || !read_corim(&j, err) || !finish(&j, err))
		return false;
	share_notes(&j);
	return true;
}
