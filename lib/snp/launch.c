/* SPDX-License-Identifier: Apache-2.0 */
/*
 * launch.c - the launch digest (SEV-SNP ABI, section 8.17.2): each page that
 * the host gives a guest before it starts extends it by
 *
 *	SHA-384(digest || contents || PAGE_INFO's own length, type and address)
 *
 * in the order in which QEMU adds them: firmware, the sections of its metadata,
 * then the save area (VMSA) of each vCPU.
 */
#include "snp.h"

#include <string.h>

enum {
	PAGE = 4096,
	INFO = 0x70, /* bytes that are hashed for each page */
	PAGE_NORMAL = 1,
	PAGE_VMSA = 2,
	PAGE_ZERO = 3,
	PAGE_SECRETS = 5,
	PAGE_CPUID = 6,
	PAGES_MAX = 1 << 24,
};

#define VMSA_GPA  0xfffffffff000ull
#define RESET_EIP 0xfffffff0u

/* GUIDs as their bytes lie in memory (OVMF: SevHashesTable). */
static const uint8_t table_guid[16] = { 0x06, 0xd6, 0x38, 0x94, 0x22, 0x4f,
					0xc9, 0x4c, 0xb4, 0x79, 0xa7, 0x93,
					0xd4, 0x11, 0xfd, 0x21 };
static const uint8_t cmdline_guid[16] = { 0xd8, 0x2d, 0xd0, 0x97, 0x20, 0xbd,
					  0x94, 0x4c, 0xaa, 0x78, 0xe7, 0x71,
					  0x4d, 0x36, 0xab, 0x2a };
static const uint8_t initrd_guid[16] = { 0x31, 0xf7, 0xba, 0x44, 0x2f, 0x3a,
					 0xd7, 0x4b, 0x9a, 0xf1, 0x41, 0xe2,
					 0x91, 0x69, 0x78, 0x1d };
static const uint8_t kernel_guid[16] = { 0x37, 0x94, 0xe7, 0x4d, 0xd2, 0xab,
					 0x7f, 0x42, 0xb8, 0x35, 0xd5, 0xb1,
					 0x72, 0xd2, 0x04, 0x5b };

/* QEMU's names of CPUs, and what is in RDX at reset: CPUID_1_EAX. */
static const struct {
	const char *name;
	uint32_t signature;
} cpu[] = {
	{ "EPYC-v4", 0x800f12 },       { "EPYC", 0x800f12 },
	{ "EPYC-v1", 0x800f12 },       { "EPYC-v2", 0x800f12 },
	{ "EPYC-IBPB", 0x800f12 },     { "EPYC-v3", 0x800f12 },
	{ "EPYC-Rome", 0x830f10 },     { "EPYC-Rome-v1", 0x830f10 },
	{ "EPYC-Rome-v2", 0x830f10 },  { "EPYC-Rome-v3", 0x830f10 },
	{ "EPYC-Milan", 0xa00f11 },    { "EPYC-Milan-v1", 0xa00f11 },
	{ "EPYC-Milan-v2", 0xa00f11 }, { "EPYC-Genoa", 0xa10f10 },
	{ "EPYC-Genoa-v1", 0xa10f10 },
};

uint32_t rv_snp_cpu(const char *name)
{
	for (size_t i = 0; i < RV_LEN(cpu); i++)
		if (strcmp(cpu[i].name, name) == 0)
			return cpu[i].signature;
	return 0;
}

const char *rv_snp_cpu_name(size_t n)
{
	return n < RV_LEN(cpu) ? cpu[n].name : NULL;
}

struct digest {
	struct rv_digest *sha;
	struct rv_sha384 now;
};

static void digest_free(struct digest *d)
{
	rv_digest_free(&d->sha);
}

/* PAGE_INFO: digest, contents, length, type, IMI and VMPL masks, address. */
static bool extend(struct digest *d, unsigned type, uint64_t gpa,
		   const struct rv_sha384 *contents, struct rv_err *err)
{
	uint8_t info[INFO] = { 0 };

	memcpy(info, d->now.b, 48);
	memcpy(info + 48, contents->b, 48);
	info[96] = INFO;
	info[98] = (uint8_t)type;
	for (size_t i = 0; i < 8; i++)
		info[104 + i] = (uint8_t)(gpa >> 8 * i);
	return rv_digest_add(d->sha, info, sizeof info, err) &&
	       rv_digest_end(d->sha, d->now.b, err);
}

/* Pages without contents of their own. */
static bool add_blank(struct digest *d, unsigned type, uint64_t gpa,
		      uint64_t size, struct rv_err *err)
{
	static const struct rv_sha384 none;

	for (uint64_t at = 0; at < size; at += PAGE)
		if (!extend(d, type, gpa + at, &none, err))
			return false;
	return true;
}

static bool add_page(struct digest *d, unsigned type, uint64_t gpa,
		     const uint8_t page[PAGE], struct rv_err *err)
{
	struct rv_sha384 contents;

	return rv_digest_add(d->sha, page, PAGE, err) &&
	       rv_digest_end(d->sha, contents.b, err) &&
	       extend(d, type, gpa, &contents, err);
}

bool rv_snp_pages(struct rv_span file, uint64_t gpa, struct rv_sha384 *out,
		  struct rv_err *err)
{
	RV_AUTO(digest_free) struct digest d = { 0 };

	if (!rv_digest_new(RV_SHA384, &d.sha, err))
		return false;
	for (size_t at = 0; at < file.n; at += PAGE)
		if (!add_page(&d, PAGE_NORMAL, gpa + at, file.p + at, err))
			return false;
	*out = d.now;
	return true;
}

/* One entry of the table: GUID, its own length, SHA-256. */
static uint8_t *put_hash(uint8_t *to, const uint8_t guid[16],
			 const struct rv_sha256 *h)
{
	memcpy(to, guid, 16);
	to[16] = 16 + 2 + 32;
	memcpy(to + 18, h->b, 32);
	return to + 18 + 32;
}

/* The page that QEMU puts the digests of kernel, initrd and cmdline into. */
static bool add_hashes(struct digest *d, const struct rv_snp_image *i,
		       uint32_t gpa, struct rv_err *err)
{
	enum { TABLE = 16 + 2 + 3 * 50 };
	uint8_t page[PAGE] = { 0 }, *p = page + (i->hashes_gpa & (PAGE - 1));

	if ((i->hashes_gpa & ~(uint64_t)(PAGE - 1)) != gpa)
		return rv_fail(err, RV_INPUT,
			       "SEV-SNP: the table of hashes is at %#" PRIx64
			       ", its section at %#" PRIx32,
			       i->hashes_gpa, gpa);
	if ((i->hashes_gpa & (PAGE - 1)) + TABLE + 8 > PAGE)
		return rv_fail(err, RV_INPUT,
			       "SEV-SNP: the table of hashes, at %#" PRIx64
			       ", does not fit its page",
			       i->hashes_gpa);
	if (!i->has_hashes)
		return add_blank(d, PAGE_ZERO, gpa, PAGE, err);
	memcpy(p, table_guid, 16);
	p[16] = TABLE;
	p = put_hash(p + 18, cmdline_guid, &i->cmdline);
	p = put_hash(p, initrd_guid, &i->initrd);
	put_hash(p, kernel_guid, &i->kernel);
	return add_page(d, PAGE_NORMAL, gpa, page, err);
}

static bool add_section(struct digest *d, const struct rv_snp_image *i,
			size_t n, struct rv_err *err)
{
	uint64_t gpa = i->section[n].gpa, size = i->section[n].size;

	switch (i->section[n].type) {
	case RV_SNP_SECTION_MEMORY:
	case RV_SNP_SECTION_CAA:
		return add_blank(d, PAGE_ZERO, gpa, size, err);
	case RV_SNP_SECTION_SECRETS:
		return add_blank(d, PAGE_SECRETS, gpa, size, err);
	case RV_SNP_SECTION_CPUID:
		return add_blank(d, PAGE_CPUID, gpa, size, err);
	case RV_SNP_SECTION_HASHES:
		if (size != PAGE)
			return rv_fail(err, RV_INPUT,
				       "SEV-SNP: section %zu: the hashes are"
				       " one page, not %" PRIu64 " bytes",
				       n, size);
		return add_hashes(d, i, i->section[n].gpa, err);
	default:
		return rv_fail(err, RV_INPUT,
			       "SEV-SNP: section %zu is of type %" PRIu32
			       ", which is not known",
			       n, i->section[n].type);
	}
}

static void put(uint8_t *page, size_t at, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		page[at + i] = (uint8_t)(v >> 8 * i);
}

static void put_segment(uint8_t *page, size_t at, unsigned selector,
			unsigned attributes, uint32_t limit, uint32_t base)
{
	put(page, at, selector, 2);
	put(page, at + 2, attributes, 2);
	put(page, at + 4, limit, 4);
	put(page, at + 8, base, 8);
}

/* The save area as QEMU 9 and KVM set it (AMD APM volume 2, table B-4). */
static void make_vmsa(const struct rv_snp_machine *m, uint32_t eip,
		      uint8_t page[PAGE])
{
	static const uint16_t data[] = { 0x00, 0x20, 0x30, 0x40, 0x50 };

	memset(page, 0, PAGE);
	for (size_t i = 0; i < RV_LEN(data); i++)
		put_segment(page, data[i], 0, 0x93, 0xffff, 0);
	put_segment(page, 0x10, 0xf000, 0x9b, 0xffff, eip & 0xffff0000u);
	put_segment(page, 0x60, 0, 0, 0xffff, 0);    /* GDTR */
	put_segment(page, 0x70, 0, 0x82, 0xffff, 0); /* LDTR */
	put_segment(page, 0x80, 0, 0, 0xffff, 0);    /* IDTR */
	put_segment(page, 0x90, 0, 0x8b, 0xffff, 0); /* TR */
	put(page, 0xd0, 0x1000, 8);		     /* EFER: SVME */
	put(page, 0x148, 0x40, 8);		     /* CR4: MCE */
	put(page, 0x158, 0x10, 8);		     /* CR0: ET */
	put(page, 0x160, 0x400, 8);		     /* DR7 */
	put(page, 0x168, 0xffff0ff0, 8);	     /* DR6 */
	put(page, 0x170, 0x2, 8);		     /* RFLAGS */
	put(page, 0x178, eip & 0xffff, 8);	     /* RIP */
	put(page, 0x268, 0x0007040600070406, 8);     /* PAT */
	put(page, 0x310, m->cpu, 8);		     /* RDX */
	put(page, 0x3b0, m->features, 8);	     /* SEV_FEATURES */
	put(page, 0x3e8, 1, 8);			     /* XCR0: x87 */
	put(page, 0x408, 0x1f80, 4);		     /* MXCSR */
	put(page, 0x410, 0x37f, 2);		     /* FCW */
}

/* The digest when all but the vCPUs is there. */
static bool before_vcpus(const struct rv_snp_image *i, struct digest *d,
			 struct rv_err *err)
{
	uint64_t pages = 0;
	bool hashes = false;

	for (size_t k = 0; k < i->sections; k++) {
		pages += i->section[k].size / PAGE;
		hashes = hashes || i->section[k].type == RV_SNP_SECTION_HASHES;
		if (i->section[k].size % PAGE || pages > PAGES_MAX)
			return rv_fail(err, RV_INPUT,
				       "SEV-SNP: section %zu: %" PRIu32
				       " bytes are no whole pages, or too many",
				       k, i->section[k].size);
	}
	if (i->has_hashes && !hashes)
		return rv_fail(err, RV_INPUT,
			       "SEV-SNP: a kernel is given, and this firmware"
			       " has no place for its hash");
	d->now = i->firmware;
	if (!rv_digest_new(RV_SHA384, &d->sha, err))
		return false;
	for (size_t k = 0; k < i->sections; k++)
		if (!add_section(d, i, k, err))
			return false;
	return true;
}

/* SHA-384 of the VMSA pages of the first vCPU, and of each other one. */
static bool vcpu_pages(struct digest *d, const struct rv_snp_image *i,
		       const struct rv_snp_machine *m, struct rv_sha384 out[2],
		       struct rv_err *err)
{
	uint8_t page[PAGE];

	for (size_t k = 0; k < 2; k++) {
		make_vmsa(m, k ? i->reset_eip : RESET_EIP, page);
		if (!rv_digest_add(d->sha, page, PAGE, err) ||
		    !rv_digest_end(d->sha, out[k].b, err))
			return false;
	}
	return true;
}

bool rv_snp_launch(const struct rv_snp_image *i, const struct rv_snp_machine *m,
		   struct rv_sha384 *out, struct rv_err *err)
{
	RV_AUTO(digest_free) struct digest d = { 0 };
	struct rv_sha384 page[2];

	if (m->vcpus < 1 || m->vcpus > RV_SNP_VCPUS)
		return rv_fail(err, RV_INPUT,
			       "SEV-SNP: %" PRIu32 " vCPUs, not 1 to %d",
			       m->vcpus, RV_SNP_VCPUS);
	if (!before_vcpus(i, &d, err) || !vcpu_pages(&d, i, m, page, err))
		return false;
	for (uint32_t k = 0; k < m->vcpus; k++)
		if (!extend(&d, PAGE_VMSA, VMSA_GPA, &page[k > 0], err))
			return false;
	*out = d.now;
	return true;
}

/* All vCPU counts of one CPU and one set of features. */
static bool try_counts(const struct rv_snp_image *i,
		       const struct rv_sha384 *start,
		       const struct rv_sha384 *digest, uint32_t vcpus,
		       struct rv_snp_machine *m, bool *hit, struct rv_err *err)
{
	RV_AUTO(digest_free) struct digest d = { .now = *start };
	struct rv_sha384 page[2];

	*hit = false;
	if (!rv_digest_new(RV_SHA384, &d.sha, err) ||
	    !vcpu_pages(&d, i, m, page, err))
		return false;
	for (uint32_t k = 0; k < vcpus && !*hit; k++) {
		if (!extend(&d, PAGE_VMSA, VMSA_GPA, &page[k > 0], err))
			return false;
		m->vcpus = k + 1;
		*hit = memcmp(d.now.b, digest->b, sizeof d.now.b) == 0;
	}
	return true;
}

bool rv_snp_solve(const struct rv_snp_image *i, const struct rv_sha384 *digest,
		  uint32_t vcpus, struct rv_snp_machine *out, size_t room,
		  size_t *found, struct rv_err *err)
{
	static const uint64_t features[] = { 1, 0x21 };
	RV_AUTO(digest_free) struct digest d = { 0 };

	*found = 0;
	if (vcpus > RV_SNP_VCPUS)
		vcpus = RV_SNP_VCPUS;
	if (!before_vcpus(i, &d, err))
		return false;
	for (size_t c = 0; c < RV_LEN(cpu); c++) {
		/* Several names have one signature: the first stands for all.
		 */
		bool hit = c && cpu[c].signature == cpu[c - 1].signature;

		for (size_t f = 0; f < RV_LEN(features) && !hit; f++) {
			struct rv_snp_machine m = { .cpu = cpu[c].signature,
						    .features = features[f] };
			bool one;

			if (!try_counts(i, &d.now, digest, vcpus, &m, &one,
					err))
				return false;
			if (one && *found < room)
				out[*found] = m;
			*found += one;
		}
	}
	return true;
}

bool rv_snp_hashes(struct rv_snp_image *i, struct rv_span kernel,
		   struct rv_span initrd, const char *cmdline,
		   struct rv_err *err)
{
	struct rv_span line = rv_span(cmdline, strlen(cmdline) + 1);

	if (!rv_sha256(kernel, &i->kernel, err) ||
	    !rv_sha256(initrd, &i->initrd, err) ||
	    !rv_sha256(line, &i->cmdline, err))
		return false;
	i->has_hashes = true;
	return true;
}
