/* SPDX-License-Identifier: Apache-2.0 */
/*
 * property_image.c - random images built twice: each difference that rebuilds
 * may have (docs/FORMATS.md, "Not counted") leaves refval-image 1 as it was,
 * and each other difference, however small, gives another.
 */
#include "layout.h"
#include "random.h"

static struct rv_err err;

/* ---- an image, as one would describe it ---- */

enum { FILES = 6, LINE = 60 };

struct file {
	char name[16], link[16], content[LINE];
	char type;
	unsigned mode, uid, gid;
	uint64_t mtime;
	bool attribute;
	char value[8];
};

struct build {
	struct file file[FILES];
	size_t n;
	char env[LINE], user[16];
	const char *arch;
	/* How it is written. */
	size_t order[FILES], split; /* files of the first layer */
	bool gzip, dot, slash, owner, comment, spaces;
	char created[80], hostname[16];
};

static void random_file(struct file *f, size_t i)
{
	static const char types[] = "0005527";

	f->type = types[rnd(sizeof types - 1)];
	if (f->type == '7')
		f->type = '6';
	snprintf(f->name, sizeof f->name, "%c%zu", (char)('a' + rnd(26)), i);
	snprintf(f->link, sizeof f->link, "to%zu", rnd(100));
	for (size_t k = 0; k < 1 + rnd(LINE - 2); k++)
		f->content[k] = (char)('a' + rnd(26));
	f->mode = f->type == '2' ? 0777
		  : rnd_once(4)	 ? 04755
				 : 0600 + (unsigned)rnd(0200);
	f->uid = (unsigned)rnd(2000);
	f->gid = (unsigned)rnd(2000);
	f->mtime = 1000000000 + rnd(700000000);
	f->attribute = f->type == '0' && rnd_once(3);
	snprintf(f->value, sizeof f->value, "v%zu", rnd(1000));
}

static void random_build(struct build *b)
{
	memset(b, 0, sizeof *b);
	b->n = 1 + rnd(FILES);
	b->arch = rnd_once(2) ? "amd64" : "arm64";
	for (size_t i = 0; i < b->n; i++) {
		random_file(&b->file[i], i);
		b->order[i] = i;
	}
	b->split = b->n;
	snprintf(b->env, sizeof b->env, "A=%zu", rnd(1000));
	snprintf(b->user, sizeof b->user, "u%zu", rnd(1000));
}

static struct rv_buf layer_of(const struct build *b, size_t from, size_t end)
{
	struct rv_grow tar = { 0 };
	struct rv_buf out = { 0 };

	for (size_t i = from; i < end; i++) {
		const struct file *f = &b->file[b->order[i]];
		char name[32];
		struct made_entry e = { .name = name,
					.type = f->type,
					.mode = f->mode,
					.uid = f->uid,
					.gid = f->gid,
					.mtime = f->mtime,
					.data = rv_text(f->content) };

		snprintf(name, sizeof name, "%s%s%s", b->dot ? "./" : "",
			 f->name, f->type == '5' && b->slash ? "/" : "");
		e.link = f->type == '2' ? f->link : NULL;
		e.owner = b->owner ? "somebody" : NULL;
		if (f->attribute) {
			e.pax = "SCHILY.xattr.user.a";
			e.value = rv_text(f->value);
		} else if (b->comment) {
			e.pax = "comment";
			e.value = rv_text("built by somebody");
		}
		made_entry(&tar, &e);
	}
	made_end(&tar);
	assert_true(rv_grow_take(&tar, &out, &err));
	return out;
}

/* refval-image 1 of @b, which must have one. */
static void digest_of(const struct build *b, struct rv_sha256 *out)
{
	RV_AUTO(rv_buf_free)
	struct rv_buf first = layer_of(b, 0, b->split);
	RV_AUTO(rv_buf_free)
	struct rv_buf second = layer_of(b, b->split, b->n);
	RV_AUTO(rv_oci_free) struct rv_oci o = { 0 };
	char config[200];
	struct made_image m = { .arch = b->arch,
				.config = config,
				.top = b->created,
				.gzip = b->gzip,
				.layer = { rv_buf_span(&first),
					   rv_buf_span(&second) },
				.n = b->split == b->n ? 1 : 2 };

	snprintf(config, sizeof config,
		 "%s\"Env\":[\"%s\"],%s\"User\":\"%s\"%s%s%s",
		 b->spaces ? " " : "", b->env, b->spaces ? "\n" : "", b->user,
		 *b->hostname ? ",\"Hostname\":\"" : "", b->hostname,
		 *b->hostname ? "\"" : "");
	if (!made_read(&m, 1, &o, &err))
		fail_msg("%s", err.msg);
	if (!o.image[0].has_image)
		fail_msg("%s", o.image[0].fault.msg);
	*out = o.image[0].image;
}

static bool same(const struct rv_sha256 *a, const struct rv_sha256 *b)
{
	return memcmp(a->b, b->b, sizeof a->b) == 0;
}

/* ---- what rebuilds may have ---- */

static void shuffle(struct build *b)
{
	for (size_t i = b->n - 1; i; i--) {
		size_t k = rnd(i + 1), was = b->order[i];

		b->order[i] = b->order[k];
		b->order[k] = was;
	}
}

static void rewrite(struct build *b, unsigned how)
{
	switch (how) {
	case 0:
		for (size_t i = 0; i < b->n; i++)
			b->file[i].mtime = 1 + rnd(1000000000);
		break;
	case 1:
		shuffle(b);
		break;
	case 2:
		b->gzip = true;
		break;
	case 3:
		b->dot = true;
		break;
	case 4:
		b->slash = true;
		break;
	case 5:
		b->owner = true;
		break;
	case 6:
		b->comment = true;
		break;
	case 7:
		b->split = rnd(b->n + 1);
		break;
	case 8:
		b->spaces = true;
		break;
	case 9:
		snprintf(b->hostname, sizeof b->hostname, "h%zu", rnd(100));
		break;
	default:
		snprintf(b->created, sizeof b->created,
			 ",\"created\":\"2026-01-%02zuT00:00:00Z\",\"author\":"
			 "\"a%zu\"",
			 1 + rnd(28), rnd(100));
	}
}

enum { REWRITES = 11 };

static void rebuilt(void **state)
{
	unsigned long long round = 0;

	(void)state;
	while (rnd_round(&round, 240)) {
		struct rv_sha256 was, now;
		struct build a, b;
		unsigned one = (unsigned)(round % (REWRITES + 1));

		random_build(&a);
		digest_of(&a, &was);
		b = a;
		/* Each on its own, and some at once. */
		for (unsigned how = 0; how < REWRITES; how++)
			if (one == REWRITES ? rnd_once(2) : how == one)
				rewrite(&b, how);
		digest_of(&b, &now);
		assert_true(same(&was, &now));
	}
}

/* ---- what they may not ---- */

static bool change(struct build *b, unsigned how)
{
	struct file *f = &b->file[rnd(b->n)];
	size_t n = strlen(f->content);

	switch (how) {
	case 0:
		f->name[0] = (char)(f->name[0] == 'z' ? 'a' : f->name[0] + 1);
		return true;
	case 1:
		if (f->type != '0')
			return false;
		n = rnd(n);
		f->content[n] = (char)(f->content[n] ^ 1);
		return true;
	case 2:
		if (f->type != '0')
			return false;
		f->content[n - 1] = '\0';
		return true;
	case 3:
		if (f->type == '2')
			return false;
		f->mode ^= 1u << rnd(12);
		return true;
	case 4:
		f->uid ^= 1u << rnd(10);
		return true;
	case 5:
		f->gid ^= 1u << rnd(10);
		return true;
	case 6:
		if (f->type != '2')
			return false;
		f->link[0] ^= 1;
		return true;
	case 7:
		if (!f->attribute)
			return false;
		f->value[1] ^= 1;
		return true;
	case 8:
		if (f->type != '0')
			return false;
		f->attribute = !f->attribute;
		return true;
	case 9:
		f->type = f->type == '5' ? '6' : '5';
		f->attribute = false;
		return true;
	case 10:
		b->env[2] ^= 1;
		return true;
	case 11:
		b->user[1] ^= 1;
		return true;
	case 12:
		b->arch = strcmp(b->arch, "amd64") == 0 ? "arm64" : "amd64";
		return true;
	default: /* a file less */
		b->n--;
		b->split = b->n;
		return true;
	}
}

enum { CHANGES = 14 };

static void rebuilt_otherwise(void **state)
{
	unsigned long long round = 0;
	unsigned done = 0;

	(void)state;
	while (rnd_round(&round, 280)) {
		struct rv_sha256 was, now;
		struct build a, b;
		unsigned how = (unsigned)(round % CHANGES);

		random_build(&a);
		digest_of(&a, &was);
		b = a;
		if (!change(&b, how))
			continue;
		done |= 1u << how;
		/* However else it is written. */
		if (rnd_once(2) && b.n)
			rewrite(&b, (unsigned)rnd(REWRITES));
		digest_of(&b, &now);
		if (same(&was, &now))
			fail_msg("change %u", how);
	}
	assert_true(round < 280 || done == (1u << CHANGES) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		property(rebuilt),
		property(rebuilt_otherwise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
