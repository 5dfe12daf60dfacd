/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fat.c - one file of a FAT32 file system (Microsoft, FAT: General Overview of
 * On-Disk Format 1.03), as an EFI system partition is. What is damaged, or what
 * two programs could read differently, is refused: the tables must agree as far
 * as they are used, chains end where the sizes say, and names are there once.
 */
#include "base.h"

#include <refval/gcp.h>

#include <stdlib.h>

enum {
	BOOT_SECTOR = 512, /* bytes of it that are read */
	ENTRY = 32,
	NAME = 11,
	FIRST_CLUSTER = 2,
	CLUSTER_MAX = 64 << 10, /* bytes */
	FOLDER_MAX = 1 << 20,	/* bytes of one folder */
	/* So many clusters make a file system FAT32, and not more. */
	CLUSTERS_MIN = 65525,
	CLUSTERS_MAX = 0x0ffffff5,
	MASK = 0x0fffffff,
	LAST = 0x0ffffff8, /* and above: the chain ends */
	ATTR_VOLUME = 0x08,
	ATTR_FOLDER = 0x10,
	ATTR_LONG = 0x0f,
	FREE = 0xe5,
};

struct fat {
	const struct rv_disk *disk;
	uint64_t first, n; /* of the partition, in bytes */
	uint32_t cluster;  /* bytes */
	uint64_t table[2]; /* where they are, in bytes from its start */
	uint64_t data;	   /* where cluster 2 is */
	uint32_t clusters; /* how many */
	uint32_t root;
};

static bool bad(struct rv_err *err, const char *why)
{
	return rv_fail(err, RV_INPUT, "FAT32: %s", why);
}

static bool get(const struct fat *f, uint64_t at, size_t n, uint8_t *out,
		struct rv_err *err)
{
	if (at > f->n || n > f->n - at)
		return bad(err, "something lies outside the partition");
	return f->disk->read(f->disk->arg, f->first + at, n, out, err);
}

/* ---- the boot sector ---- */

struct layout {
	uint16_t sector, reserved, root_entries, total16, fat16, flags;
	uint8_t per_cluster, tables;
	uint32_t total, size, root;
	uint16_t version, signature;
};

static struct layout read_layout(struct rv_span s)
{
	struct rv_rd r = rv_rd(s, "FAT32");
	struct layout l = { 0 };

	rv_take(&r, 11, "jump and name");
	l.sector = rv_le16(&r, "bytes of a sector");
	l.per_cluster = rv_u8(&r, "sectors of a cluster");
	l.reserved = rv_le16(&r, "reserved sectors");
	l.tables = rv_u8(&r, "tables");
	l.root_entries = rv_le16(&r, "root entries");
	l.total16 = rv_le16(&r, "sectors");
	rv_u8(&r, "media");
	l.fat16 = rv_le16(&r, "sectors of a table");
	rv_take(&r, 8, "geometry and hidden sectors");
	l.total = rv_le32(&r, "sectors");
	l.size = rv_le32(&r, "sectors of a table");
	l.flags = rv_le16(&r, "flags");
	l.version = rv_le16(&r, "version");
	l.root = rv_le32(&r, "root cluster");
	rv_take(&r, 510 - 48, "the rest");
	l.signature = rv_le16(&r, "signature");
	return l;
}

static bool power_of_two(uint32_t n)
{
	return n && !(n & (n - 1));
}

static bool check_layout(const struct layout *l, struct rv_err *err)
{
	if (l->signature != 0xaa55)
		return bad(err, "no boot sector");
	if (l->root_entries || l->total16 || l->fat16 || !l->size || l->version)
		return bad(err, "the boot sector is of another file system");
	if (!power_of_two(l->sector) || l->sector < BOOT_SECTOR ||
	    l->sector > 4096 || !power_of_two(l->per_cluster) ||
	    (uint32_t)l->sector * l->per_cluster > CLUSTER_MAX)
		return bad(err, "sectors or clusters of an unknown size");
	/* Then all tables are kept the same. */
	if (l->tables != 2 || l->flags || !l->reserved)
		return bad(err, "not two tables that are kept the same");
	return true;
}

static bool open_fat(struct fat *f, struct rv_err *err)
{
	uint8_t sector[BOOT_SECTOR];
	struct layout l;
	uint64_t taken, size, rest;

	if (!get(f, 0, sizeof sector, sector, err))
		return false;
	l = read_layout(rv_span(sector, sizeof sector));
	if (!check_layout(&l, err))
		return false;
	size = (uint64_t)l.size * l.sector;
	taken = l.reserved + 2 * (uint64_t)l.size;
	if (l.total <= taken || (uint64_t)l.total * l.sector > f->n)
		return bad(err, "it is larger than its partition, or empty");
	rest = (l.total - taken) / l.per_cluster;
	if (rest < CLUSTERS_MIN || rest > CLUSTERS_MAX ||
	    (rest + FIRST_CLUSTER) * 4 > size)
		return bad(err, "as many clusters as no FAT32 has");
	f->cluster = (uint32_t)l.sector * l.per_cluster;
	f->table[0] = (uint64_t)l.reserved * l.sector;
	f->table[1] = f->table[0] + size;
	f->data = taken * l.sector;
	f->clusters = (uint32_t)rest;
	f->root = l.root;
	return true;
}

/* ---- chains ---- */

/* The cluster behind @c; 0: it was the last. */
static bool next(const struct fat *f, uint32_t c, uint32_t *out,
		 struct rv_err *err)
{
	uint32_t link[2];

	for (size_t i = 0; i < RV_LEN(link); i++) {
		uint8_t b[4];

		if (!get(f, f->table[i] + 4 * (uint64_t)c, sizeof b, b, err))
			return false;
		link[i] = (uint32_t)rv_num(rv_span(b, sizeof b)) & MASK;
	}
	if (link[0] != link[1])
		return bad(err, "its two tables differ");
	*out = link[0] >= LAST ? 0 : link[0];
	return true;
}

static bool is_cluster(const struct fat *f, uint32_t c)
{
	return c >= FIRST_CLUSTER && c - FIRST_CLUSTER < f->clusters;
}

/*
 * All clusters from @c on, whole: just @count of them, or where that is 0, as
 * many as the chain has, to @max bytes.
 */
static bool chain(const struct fat *f, uint32_t c, size_t count, size_t max,
		  struct rv_buf *out, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	RV_AUTO(rv_free) uint8_t *one = malloc(f->cluster);
	size_t n = 0;

	if (!one)
		return rv_no_memory(err, "FAT32");
	/* A chain that goes round is longer than whatever it is of. */
	for (; c; n++) {
		if (!is_cluster(f, c))
			return bad(err, "a chain leads to no cluster");
		if ((count && n == count) || (n + 1) * f->cluster > max)
			return bad(err, "a chain is longer than what it is of");
		if (!get(f,
			 f->data + (uint64_t)(c - FIRST_CLUSTER) * f->cluster,
			 f->cluster, one, err))
			return false;
		rv_grow_add(&g, one, f->cluster);
		if (!next(f, c, &c, err))
			return false;
	}
	if (count && n != count)
		return bad(err, "a chain is shorter than its file");
	return rv_grow_take(&g, out, err);
}

/* ---- folders ---- */

static int upper(int c)
{
	return c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c;
}

/*
 * "bootx64.efi" as it stands in a folder: eight and three, padded. False: the
 * name does not fit, or has characters of which this is not sure.
 */
static bool short_name(const char *name, uint8_t out[NAME])
{
	const char *dot = strchr(name, '.');
	size_t n = dot ? (size_t)(dot - name) : strlen(name);
	size_t ext = dot ? strlen(dot + 1) : 0;

	if (!n || n > 8 || ext > 3 || (dot && (!ext || strchr(dot + 1, '.'))))
		return false;
	memset(out, ' ', NAME);
	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)upper(name[i]);
	for (size_t i = 0; i < ext; i++)
		out[8 + i] = (uint8_t)upper(dot[1 + i]);
	for (size_t i = 0; i < NAME; i++)
		if (out[i] >= 0x7f || (out[i] < 0x21 && out[i] != ' '))
			return false;
	return true;
}

/* A name in pieces of 13 characters, the last one first. */
struct long_name {
	char name[256]; /* as far as it is ASCII; else 0x7f */
	uint8_t sum;	/* of the short name that it goes with */
	uint8_t left;	/* pieces that are yet to come */
	bool whole;
};

static void long_piece(struct long_name *l, const uint8_t *e)
{
	static const uint8_t at[] = { 1,  3,  5,  7,  9,  14, 16,
				      18, 20, 22, 24, 28, 30 };
	uint8_t k = e[0] & 0x3f;

	if (e[0] & 0x40) {
		*l = (struct long_name){ .sum = e[13], .left = k };
	} else if (!l->left || k != l->left || e[13] != l->sum) {
		*l = (struct long_name){ 0 };
		return;
	}
	if (!k || k * sizeof at >= sizeof l->name) {
		*l = (struct long_name){ 0 };
		return;
	}
	for (size_t i = 0; i < sizeof at; i++) {
		unsigned c = (unsigned)rv_num(rv_span(e + at[i], 2));

		l->name[(k - 1u) * sizeof at + i] =
		    c == 0xffff ? 0 : (char)(c < 0x7f ? c : 0x7f);
	}
	l->left = (uint8_t)(k - 1);
	l->whole = !l->left;
}

static bool is_long(const struct long_name *l, const uint8_t *entry,
		    const char *want)
{
	uint8_t sum = 0;
	size_t i = 0;

	for (size_t k = 0; k < NAME; k++)
		sum = (uint8_t)((sum >> 1) + (sum << 7) + entry[k]);
	if (!l->whole || sum != l->sum)
		return false;
	while (want[i] && upper(want[i]) == upper(l->name[i]))
		i++;
	return !want[i] && !l->name[i];
}

struct found {
	uint32_t cluster, size; /* of a folder the size is 0 */
	bool folder;
};

static struct found entry(struct rv_span e)
{
	struct found f = { .folder = e.p[11] & ATTR_FOLDER };

	f.cluster = (uint32_t)(rv_num(rv_span(e.p + 20, 2)) << 16 |
			       rv_num(rv_span(e.p + 26, 2)));
	f.size = (uint32_t)rv_num(rv_span(e.p + 28, 4));
	return f;
}

/* *there is false when the folder has no such name, long or short. */
static bool look_up(struct rv_span folder, const char *name, bool is_folder,
		    bool *there, struct found *out, struct rv_err *err)
{
	struct long_name l = { 0 };
	uint8_t want[NAME];
	bool is_short = short_name(name, want);

	*there = false;
	for (size_t at = 0; at + ENTRY <= folder.n; at += ENTRY) {
		struct rv_span e = rv_span(folder.p + at, ENTRY);
		bool same;

		if (!e.p[0])
			break;
		if (e.p[0] != FREE && (e.p[11] & ATTR_LONG) == ATTR_LONG) {
			long_piece(&l, e.p);
			continue;
		}
		same = is_long(&l, e.p, name) ||
		       (is_short && memcmp(e.p, want, NAME) == 0);
		l = (struct long_name){ 0 };
		if (e.p[0] == FREE || e.p[11] & ATTR_VOLUME || !same)
			continue;
		if (*there)
			return rv_fail(err, RV_INPUT, "FAT32: %s twice", name);
		*there = true;
		*out = entry(e);
	}
	return !*there || out->folder == is_folder ||
	       rv_fail(err, RV_INPUT, "FAT32: there is no %s %s",
		       is_folder ? "folder" : "file", name);
}

static bool read_file(const struct fat *f, const struct found *at,
		      const char *name, size_t max, struct rv_buf *out,
		      struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf all = { 0 };
	size_t clusters = (at->size + (size_t)f->cluster - 1) / f->cluster;

	if (!at->size || at->size > max)
		return rv_fail(err, RV_INPUT,
			       "FAT32: %s of %" PRIu32 " bytes, not 1 to %zu",
			       name, at->size, max);
	if (!chain(f, at->cluster, clusters, clusters * f->cluster, &all, err))
		return rv_in(err, "%s", name);
	all.n = at->size;
	*out = RV_TAKE(all);
	return true;
}

bool rv_fat_look(const struct rv_disk *disk, uint64_t first, uint64_t n,
		 const char *const *path, size_t parts, size_t max,
		 const char **missing, struct rv_buf *out, struct rv_err *err)
{
	struct fat f = { .disk = disk, .first = first, .n = n };
	struct found at = { .folder = true };

	*missing = NULL;
	if (first > disk->size || n > disk->size - first)
		return bad(err, "the partition is outside its disk");
	if (!open_fat(&f, err))
		return false;
	at.cluster = f.root;
	for (size_t i = 0; i < parts; i++) {
		RV_AUTO(rv_buf_free) struct rv_buf folder = { 0 };
		bool there;

		if (!chain(&f, at.cluster, 0, FOLDER_MAX, &folder, err) ||
		    !look_up(rv_buf_span(&folder), path[i], i + 1 < parts,
			     &there, &at, err))
			return rv_in(err, "%s", path[i]);
		if (!there) {
			*missing = path[i];
			return true;
		}
	}
	return read_file(&f, &at, path[parts - 1], max, out, err);
}

bool rv_fat_file(const struct rv_disk *disk, uint64_t first, uint64_t n,
		 const char *const *path, size_t parts, size_t max,
		 struct rv_buf *out, struct rv_err *err)
{
	const char *missing;

	if (!rv_fat_look(disk, first, n, path, parts, max, &missing, out, err))
		return false;
	return !missing ||
	       rv_fail(err, RV_INPUT, "%s: FAT32: there is no %s %s", missing,
		       missing == path[parts - 1] ? "file" : "folder", missing);
}
