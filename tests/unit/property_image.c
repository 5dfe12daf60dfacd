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
	unsigned major, minor; /* of a device */
};

struct build {
	struct file file[FILES];
	size_t n;
	char env[LINE], user[16];
	const char *arch;
	/* How it is written. */
	size_t order[FILES], split; /* files of the first layer */
	bool gzip, dot, slash, owner, comment, spaces, bits, numbers, root;
	bool swapped, copied; /* which of two hard links is first; no link */
	bool removed;	      /* a file more, which a second layer removes */
	char plain;	      /* the type of a file in a header */
	uint8_t padding;
	size_t ends; /* blocks of zeros behind the end */
	char created[80], hostname[16], top[80], member[80];
	const char *more_top, *more; /* members that count */
};

static void random_file(struct file *f, size_t i)
{
	static const char types[] = "000552634";

	f->type = types[rnd(sizeof types - 1)];
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
	f->major = (unsigned)rnd(256);
	f->minor = (unsigned)rnd(256);
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
	b->plain = '0';
	snprintf(b->env, sizeof b->env, "A=%zu", rnd(1000));
	snprintf(b->user, sizeof b->user, "u%zu", rnd(1000));
}

/* The bits of a mode that say what the type says already. */
static unsigned type_bits(char type)
{
	return type == '5'   ? 040000
	       : type == '2' ? 0120000
	       : type == '3' ? 020000
	       : type == '4' ? 060000
	       : type == '6' ? 010000
			     : 0100000;
}

static void put_file(struct rv_grow *tar, const struct build *b,
		     const struct file *f)
{
	bool device = f->type == '3' || f->type == '4';
	char name[32];
	struct made_entry e = { .name = name,
				.type = f->type == '0' ? b->plain : f->type,
				.mode = f->mode,
				.uid = f->uid,
				.gid = f->gid,
				.mtime = f->mtime,
				.data = rv_text(f->content),
				.numbered = device || b->numbers,
				.major = device ? f->major : 8,
				.minor = device ? f->minor : 17,
				.padding = b->padding };

	snprintf(name, sizeof name, "%s%s%s", b->dot ? "./" : "", f->name,
		 f->type == '5' && b->slash ? "/" : "");
	e.link = f->type == '2' ? f->link : NULL;
	e.owner = b->owner ? "somebody" : NULL;
	if (b->bits)
		e.mode |= type_bits(f->type);
	if (f->attribute) {
		e.pax = "SCHILY.xattr.user.a";
		e.value = rv_text(f->value);
	} else if (b->comment) {
		e.pax = f->uid % 2 ? "mtime" : "comment";
		e.value = rv_text(f->uid % 2 ? "1.5" : "by somebody");
	}
	made_entry(tar, &e);
}

/* Two paths that are one file, or two files that are equal. */
static void put_links(struct rv_grow *tar, const struct build *b)
{
	const char *first = b->swapped ? "L2" : "L1";
	const char *second = b->swapped ? "L1" : "L2";

	made_file(tar, first, rv_text(b->env));
	if (b->copied)
		made_file(tar, second, rv_text(b->env));
	else
		made_entry(tar, &(struct made_entry){ .name = second,
						      .type = '1',
						      .mode = 0644,
						      .link = first });
}

static struct rv_buf layer_of(const struct build *b, size_t from, size_t end)
{
	static const uint8_t zeros[512];
	struct rv_grow tar = { 0 };
	struct rv_buf out = { 0 };

	if (b->root)
		made_entry(&tar, &(struct made_entry){
				     .name = "./", .type = '5', .mode = 0755 });
	if (from == 0 && end)
		put_links(&tar, b);
	if (b->removed && from == 0)
		made_file(&tar, "REMOVED", rv_text("gone"));
	if (b->removed && from)
		made_file(&tar, ".wh.REMOVED", rv_text(""));
	for (size_t i = from; i < end; i++)
		put_file(&tar, b, &b->file[b->order[i]]);
	made_end(&tar);
	for (size_t i = 0; i < b->ends; i++)
		rv_grow_add(&tar, zeros, sizeof zeros);
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
	char config[300], top[200];
	struct made_image m = { .arch = b->arch,
				.config = config,
				.top = top,
				.gzip = b->gzip,
				.layer = { rv_buf_span(&first),
					   rv_buf_span(&second) },
				.n = b->split < b->n || b->removed ? 2 : 1 };

	snprintf(config, sizeof config,
		 "%s\"Env\":[\"%s\"],%s\"User\":\"%s\"%s%s%s%s%s%s",
		 b->spaces ? " " : "", b->env, b->spaces ? "\n" : "", b->user,
		 *b->hostname ? ",\"Hostname\":\"" : "", b->hostname,
		 *b->hostname ? "\"" : "", b->member, b->more ? ",\"" : "",
		 b->more ? b->more : "");
	snprintf(top, sizeof top, "%s%s%s%s", b->created, b->top,
		 b->more_top ? ",\"" : "", b->more_top ? b->more_top : "");
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

/* Members that describe a build, or say nothing. */
static const char *const told_top[] = {
	"history\":[{\"created_by\":\"sh\"}]",
	"container\":\"0\"",
	"container_config\":{\"Cmd\":[\"x\"]}",
	"docker_version\":\"27\"",
	"parent\":\"sha256:00\"",
	"id\":\"0\"",
	"moby.buildkit.cache.v0\":\"e30=\"",
	"moby.buildkit.buildinfo.v1\":\"e30=\"",
	"y\":null",
};
static const char *const told[] = {
	"Domainname\":\"d\"",  "AttachStdin\":true",
	"AttachStdout\":true", "AttachStderr\":true",
	"Tty\":true",	       "OpenStdin\":true",
	"StdinOnce\":true",    "Image\":\"sha256:00\"",
	"Cmd\":null",	       "WorkingDir\":\"\"",
	"Entrypoint\":[]",     "Labels\":{}",
	"ArgsEscaped\":false",
};

static void another_member(char *out, size_t n, const char *member)
{
	snprintf(out, n, ",\"%s", member);
}

/* How the archives themselves are written. */
static void repack(struct build *b, unsigned how)
{
	switch (how) {
	case 0:
		b->bits = true;
		break;
	case 1:
		b->numbers = true;
		break;
	case 2:
		b->ends = 1 + rnd(20);
		break;
	case 3:
		b->padding = (uint8_t)(1 + rnd(255));
		break;
	case 4:
		b->root = true;
		break;
	case 5:
		b->plain = '\0';
		break;
	case 6:
		b->removed = true;
		b->split = 1 + rnd(b->n);
		break;
	case 7:
		another_member(b->top, sizeof b->top,
			       told_top[rnd(RV_LEN(told_top))]);
		break;
	case 8:
		b->swapped = true;
		break;
	default:
		another_member(b->member, sizeof b->member,
			       told[rnd(RV_LEN(told))]);
	}
}

enum { REPACKS = 10, REWRITES = 11 + REPACKS };

static void rewrite(struct build *b, unsigned how)
{
	if (how >= REWRITES - REPACKS) {
		repack(b, how - (REWRITES - REPACKS));
		return;
	}
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

static void rebuilt(void **state)
{
	unsigned long long round = 0;

	(void)state;
	while (rnd_round(&round, 440)) {
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

/* Members that are kept, also those that nobody knows. */
static const char *const kept_top[] = {
	"variant\":\"v8\"",
	"x\":\"\"",
	"x\":false",
	"moby.buildkit.cache.v1\":\"e30=\"",
};
static const char *const kept[] = {
	"Cmd\":[\"x\"]",	 "WorkingDir\":\"/\"", "Entrypoint\":[\"\"]",
	"Labels\":{\"a\":\"\"}", "ArgsEscaped\":true", "Volumes\":{\"/v\":{}}",
	"StopSignal\":\"TERM\"", "image\":\"x\"",
};

/* Of the image, and not of one of its files. */
static void change_image(struct build *b, unsigned how)
{
	switch (how) {
	case 10:
		b->env[2] ^= 1;
		break;
	case 11:
		b->user[1] ^= 1;
		break;
	case 12:
		b->arch = strcmp(b->arch, "amd64") == 0 ? "arm64" : "amd64";
		break;
	case 13: /* a file less */
		b->n--;
		b->split = b->n;
		break;
	case 16:
		b->more_top = kept_top[rnd(RV_LEN(kept_top))];
		break;
	case 17:
		b->copied = true;
		break;
	default:
		b->more = kept[rnd(RV_LEN(kept))];
		break;
	}
}

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
	case 14:
		if (f->type != '3' && f->type != '4')
			return false;
		*(rnd_once(2) ? &f->major : &f->minor) ^= 1u << rnd(8);
		return true;
	case 15:
		if (f->type != '3' && f->type != '4')
			return false;
		f->type = f->type == '3' ? '4' : '3';
		return true;
	default:
		change_image(b, how);
		return true;
	}
}

enum { CHANGES = 19 };

static void rebuilt_otherwise(void **state)
{
	unsigned long long round = 0;
	unsigned done = 0;

	(void)state;
	while (rnd_round(&round, 570)) {
		struct rv_sha256 was, now;
		struct build a, b;
		unsigned how = (unsigned)(round % CHANGES);
		bool changed = false;

		random_build(&a);
		digest_of(&a, &was);
		b = a;
		for (int i = 0; i < 50 && !changed; i++)
			changed = change(&b, how);
		if (!changed)
			continue;
		done |= 1u << how;
		/* However else it is written. */
		if (rnd_once(2) && b.n)
			rewrite(&b, (unsigned)rnd(REWRITES));
		digest_of(&b, &now);
		if (same(&was, &now))
			fail_msg("change %u", how);
	}
	assert_true(round < 570 || done == (1u << CHANGES) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		property(rebuilt),
		property(rebuilt_otherwise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
