/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rim_values.c - what a verified manifest says: a SoftwareIdentity of ISO/IEC
 * 19770-2:2015 whose Payload lists golden measurements. Only direct children
 * of the root are read, for only they are what the signer laid out.
 */
#include "gpu.h"
#include "digest.h"
#include "xml.h"

#include <stdio.h>
#include <stdlib.h>

#define SWID "http://standards.iso.org/iso/19770/-2/2015/schema.xsd"
#define HASH "http://www.w3.org/2001/04/xmlenc#sha384"

static bool number(const struct rv_xml_node *e, const char *name, uint64_t max,
		   uint64_t *out, struct gpu_why *why)
{
	struct rv_span s;

	if (rv_xml_attribute(e, NULL, name, &s) && rv_decimal(s, max, out))
		return true;
	return rv_gpu_doubt(why, "rim-structure",
			    "RIM: %s without a whole number %s up to %u",
			    rv_xml_name(e), name, (unsigned)max);
}

static bool text_of(const struct rv_xml_node *e, const char *name,
		    char out[RV_GPU_TEXT_MAX], struct gpu_why *why)
{
	struct rv_span s;

	if (!rv_xml_attribute(e, NULL, name, &s) || s.n == 0 ||
	    s.n >= RV_GPU_TEXT_MAX)
		return rv_gpu_doubt(why, "rim-structure", "RIM: %s without %s",
				    rv_xml_name(e), name);
	memcpy(out, s.p, s.n);
	out[s.n] = '\0';
	return true;
}

/* Hash0 .. Hash<alternatives - 1>, and none behind. */
static bool read_hashes(const struct rv_xml_node *e, unsigned index,
			struct gpu_golden *g, struct gpu_why *why)
{
	struct rv_span s;
	char name[24];

	for (size_t k = 0; k < g->alternatives; k++) {
		snprintf(name, sizeof name, "Hash%zu", k);
		if (!rv_xml_attribute(e, HASH, name, &s))
			return rv_gpu_doubt(why, "rim-alternatives",
					    "RIM: index %u has %zu alternatives"
					    " and no %s",
					    index, g->alternatives, name);
		if (!rv_unhex(s, g->value[k], RV_GPU_MEASUREMENT))
			return rv_gpu_doubt(
			    why, "rim-size",
			    "RIM: index %u: %s is not %d bytes in"
			    " hex",
			    index, name, RV_GPU_MEASUREMENT);
	}
	snprintf(name, sizeof name, "Hash%zu", g->alternatives);
	if (rv_xml_attribute(e, HASH, name, &s))
		return rv_gpu_doubt(why, "rim-alternatives",
				    "RIM: index %u has a %s beyond its %zu"
				    " alternatives",
				    index, name, g->alternatives);
	return true;
}

static bool read_resource(const struct rv_xml_node *e, struct gpu_rim *out,
			  struct gpu_why *why)
{
	struct gpu_golden g = { .there = true };
	uint64_t index = 0, alternatives = 0, size = 0;
	struct rv_span s = { 0 };

	if (!rv_xml_is(e, SWID, "Resource") ||
	    !rv_xml_attribute(e, NULL, "type", &s) ||
	    !rv_same_text(s, "Measurement"))
		return rv_gpu_doubt(why, "rim-structure",
				    "RIM: %s in the Payload, not a Resource of"
				    " type Measurement",
				    rv_xml_name(e));
	if (!number(e, "index", RV_GPU_INDEXES - 1, &index, why) ||
	    !number(e, "size", RV_GPU_MEASUREMENT, &size, why))
		return false;
	if (size != RV_GPU_MEASUREMENT)
		return rv_gpu_doubt(
		    why, "rim-size", "RIM: index %u of %u bytes, not %d",
		    (unsigned)index, (unsigned)size, RV_GPU_MEASUREMENT);
	if (out->golden[index].there)
		return rv_gpu_doubt(why, "rim-duplicate-index",
				    "RIM: index %u twice", (unsigned)index);
	if (!rv_xml_attribute(e, NULL, "active", &s) ||
	    (!rv_same_text(s, "True") && !rv_same_text(s, "False")))
		return rv_gpu_doubt(why, "rim-active",
				    "RIM: index %u is neither active nor not",
				    (unsigned)index);
	g.active = rv_same_text(s, "True");
	if (!rv_xml_attribute(e, NULL, "alternatives", &s) ||
	    !rv_decimal(s, RV_GPU_ALTERNATIVES, &alternatives) ||
	    alternatives == 0)
		return rv_gpu_doubt(
		    why, "rim-alternatives",
		    "RIM: index %u has not 1 to %d alternatives",
		    (unsigned)index, RV_GPU_ALTERNATIVES);
	g.alternatives = (size_t)alternatives;
	if (!read_hashes(e, (unsigned)index, &g, why))
		return false;
	out->golden[index] = g;
	out->about.active += g.active;
	return true;
}

/* The one child @name of the root. */
static bool one(const struct rv_xml_node *root, const char *name,
		const struct rv_xml_node **out, struct gpu_why *why)
{
	size_t n = 0;

	for (const struct rv_xml_node *e = rv_xml_child(root); e;
	     e = rv_xml_next(e))
		if (rv_xml_is(e, SWID, name)) {
			*out = e;
			n++;
		}
	if (n != 1)
		return rv_gpu_doubt(why, "rim-structure",
				    "RIM: %zu elements %s, not one", n, name);
	return true;
}

bool rv_gpu_rim_values(const struct rv_xml *x, struct gpu_rim *out,
		       struct gpu_why *why)
{
	const struct rv_xml_node *root = rv_xml_root(x), *meta = NULL,
				 *payload = NULL;
	RV_AUTO(rv_gpu_rim_free) struct gpu_rim r = { 0 };

	if (!rv_xml_is(root, SWID, "SoftwareIdentity"))
		return rv_gpu_doubt(why, "rim-structure",
				    "RIM: the root is %s, not SoftwareIdentity",
				    rv_xml_name(root));
	if (!one(root, "Meta", &meta, why) ||
	    !one(root, "Payload", &payload, why) ||
	    !text_of(meta, "colloquialVersion", r.about.version, why) ||
	    !text_of(meta, "product", r.about.product, why) ||
	    !text_of(meta, "edition", r.about.edition, why))
		return false;
	r.golden = calloc(RV_GPU_INDEXES, sizeof *r.golden);
	if (!r.golden)
		return rv_gpu_broken(why, "RIM");
	for (const struct rv_xml_node *e = rv_xml_child(payload); e;
	     e = rv_xml_next(e))
		if (!read_resource(e, &r, why))
			return false;
	if (r.about.active == 0)
		return rv_gpu_doubt(why, "rim-structure",
				    "RIM: no active measurement in it");
	*out = RV_TAKE(r);
	return true;
}

void rv_gpu_rim_free(struct gpu_rim *r)
{
	free(r->golden);
	rv_gpu_chain_free(&r->chain);
	*r = (struct gpu_rim){ 0 };
}
