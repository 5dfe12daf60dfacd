/* SPDX-License-Identifier: Apache-2.0 */
/*
 * publish.c - refval-publish: reference values in the formats that verifiers
 * read, signed or not; of one machine, of several, or of a release's record.
 */
#include "cmd.h"
#include "atomic.h"
#include "gpu_opts.h"
#include "out.h"
#include "sign.h"
#include "values_in.h"
#include "digest.h"

#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_ROOM = 4096 };

static const char *format_name, *sign_key, *verify_key, *output, *checksums,
    *compose, *purl;
static struct rv_list rims;
static bool json;
static const char document_name[] = "measurement.tdx.cbor";

static const char *format_value(size_t i)
{
	return i < RV_FORMATS ? rv_format_name((enum rv_format)i) : NULL;
}

static const struct rv_opt opts[] = {
	{ .letter = 'f',
	  .name = "format",
	  .arg = "FORMAT",
	  .text = &format_name,
	  .value = format_value,
	  .help = "in-toto, sigstore-bundle, corim, ..." },
	RV_OPT_TEXT("sign-key", "PEM", &sign_key,
		    "private key: P-256, P-384 or Ed25519"),
	RV_OPT_TEXT("verify-key", "PEM", &verify_key,
		    "public key that the signature must be of"),
	RV_OPT_TEXT("checksums", "FILE", &checksums,
		    "dstack: where its sha256sum.txt goes"),
	RV_OPT_LIST("gpu-rim", "FILE|DIR", &rims,
		    "put these manifests of GPUs into the values"),
	RV_OPT_TEXT("compose", "FILE", &compose,
		    "put the app of this app-compose.json into the values"),
	RV_OPT_TEXT("purl", "PURL", &purl,
		    "of files: FILE is their SHA256SUMS, this the release"),
	RV_OPT_LETTER('o', "output", "FILE", &output,
		      "where to; - is standard output (default)"),
	RV_OPT_JSON(&json),
	{ 0 },
};

/* What is about values makes no sense of files. */
static bool check_files_use(enum rv_format format, struct rv_err *err)
{
	const char *other = verify_key ? "--verify-key"
			    : rims.n   ? "--gpu-rim"
			    : compose  ? "--compose"
				       : NULL;

	if (other)
		return rv_fail(err, RV_USAGE,
			       "--purl is about files, %s about values", other);
	if (format != RV_FORMAT_IN_TOTO && format != RV_FORMAT_SIGSTORE_BUNDLE)
		return rv_fail(err, RV_USAGE,
			       "--purl goes with --format in-toto and "
			       "sigstore-bundle");
	return true;
}

static bool check_use(int argc, enum rv_format *format, struct rv_err *err)
{
	if (argc != 1)
		return rv_fail(err, RV_USAGE,
			       "one file, of values or a record, is needed");
	if (!format_name)
		return rv_fail(err, RV_USAGE, "--format is needed");
	if (!rv_format_parse(format_name, format))
		return rv_fail(err, RV_USAGE, "--format %s", format_name);
	if (sign_key && !rv_format_signs(*format))
		return rv_fail(err, RV_USAGE,
			       "--format %s has no place for a signature: "
			       "--sign-key makes no sense",
			       format_name);
	if (!sign_key && rv_format_must_sign(*format))
		return rv_fail(err, RV_USAGE,
			       "--format %s is signed: --sign-key is needed",
			       format_name);
	if (rims.n && !rv_format_whole(*format))
		return rv_fail(err, RV_USAGE,
			       "--format %s has no place for manifests of GPUs:"
			       " --gpu-rim makes no sense",
			       format_name);
	if (compose && !rv_format_whole(*format))
		return rv_fail(err, RV_USAGE,
			       "--format %s has no place for an app: --compose"
			       " makes no sense",
			       format_name);
	if (purl && !check_files_use(*format, err))
		return false;
	if (*format == RV_FORMAT_DSTACK && (!output || !strcmp(output, "-")))
		return rv_fail(err, RV_USAGE,
			       "--format dstack makes two files: -o FILE is "
			       "needed");
	if (json && (!output || !strcmp(output, "-")))
		return rv_fail(err, RV_USAGE,
			       "--json is about what was written: -o FILE is "
			       "needed");
	return true;
}

/*
 * --verify-key is about what was read, when that is signed; else about what
 * is written, which must then be.
 */
static bool judge_input(const struct rv_signature *sig, bool *about_output,
			enum rv_code *answer, struct rv_err *err)
{
	*about_output = verify_key && sig->state == RV_SIGNED_NOT && sign_key;
	if (sig->state == RV_SIGNED_BAD) {
		rv_out_error("refval-publish", sig->said);
		*answer = RV_NO;
		return false;
	}
	if (verify_key && sig->state == RV_SIGNED_NOT && !sign_key) {
		(void)rv_fail(err, RV_INPUT,
			      "--verify-key: no signature to verify: %s is"
			      " unsigned, and nothing is to be signed",
			      sig->form);
		return false;
	}
	return true;
}

/* A crash must not leave the key in a file. */
static void no_core(void)
{
	struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none);
}

/* Empty where nothing is to be signed. */
static bool read_key(struct rv_buf *pem, struct rv_err *err)
{
	bool others = false;

	if (!sign_key)
		return true;
	no_core();
	if (!rv_sign_read(sign_key, pem, &others, err))
		return false;
	if (others)
		rv_out_note("%s: not only its owner can read or write this "
			    "key",
			    sign_key);
	return true;
}

static bool make(enum rv_format format, const struct rv_values_list *l,
		 struct rv_publication *p, struct rv_err *err)
{
	RV_AUTO(rv_sign_wipe) struct rv_buf pem = { 0 };

	return read_key(&pem, err) &&
	       rv_publish_all(format, l->item, l->n, rv_buf_span(&pem), p, err);
}

/* Read back what is about to be written: it must be by --verify-key. */
static bool check_output(const struct rv_publication *p, enum rv_code *answer,
			 struct rv_err *err)
{
	RV_AUTO(rv_values_list_free) struct rv_values_list again = { 0 };
	struct rv_signature sig;

	if (!rv_values_in("output", rv_buf_span(&p->document), verify_key,
			  &again, &sig, err))
		return false;
	if (sig.state == RV_SIGNED_GOOD)
		return true;
	rv_out_error("refval-publish", sig.said);
	*answer = RV_NO;
	return false;
}

static bool is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Where the document goes, and the checksums; "" when there are none. */
struct place {
	char document[PATH_ROOM], checksums[PATH_ROOM];
};

static bool join(char *out, const char *folder, const char *name,
		 struct rv_err *err)
{
	int n =
	    snprintf(out, PATH_ROOM, "%s%s%s", folder, *name ? "/" : "", name);

	return (n >= 0 && n < PATH_ROOM) ||
	       rv_fail(err, RV_USAGE, "-o: the path is too long");
}

/* In a folder the files have names that nobody gave: they replace none. */
static bool is_free(const char *path, struct rv_err *err)
{
	struct stat st;

	return lstat(path, &st) != 0 ||
	       rv_fail(err, RV_USAGE,
		       "%s: is there already; only what -o or --checksums"
		       " names is replaced",
		       path);
}

/* A folder takes both files; else each goes where it is said to go. */
static bool find_place(enum rv_format format, struct place *out,
		       struct rv_err *err)
{
	bool both = format == RV_FORMAT_DSTACK;

	if (checksums && !both)
		return rv_fail(err, RV_USAGE,
			       "--checksums goes with --format dstack");
	if (output && both && is_folder(output)) {
		if (checksums)
			return rv_fail(err, RV_USAGE,
				       "-o %s is a folder: it takes both files",
				       output);
		return join(out->document, output, document_name, err) &&
		       join(out->checksums, output, "sha256sum.txt", err) &&
		       is_free(out->document, err) &&
		       is_free(out->checksums, err);
	}
	if (checksums && (strcmp(checksums, output ? output : "-") == 0 ||
			  strcmp(checksums, "-") == 0))
		return rv_fail(err, RV_USAGE,
			       "--checksums %s: a file of its own", checksums);
	return join(out->document, output ? output : "-", "", err) &&
	       join(out->checksums, checksums ? checksums : "", "", err);
}

static bool write_out(enum rv_format format, const struct rv_publication *p,
		      const struct place *at, struct rv_err *err)
{
	bool paper = strcmp(at->document, "-") == 0;

	if (!paper &&
	    !rv_atomic_write(at->document, rv_buf_span(&p->document), err))
		return false;
	if (at->checksums[0] &&
	    !rv_atomic_write(at->checksums, rv_buf_span(&p->checksums), err))
		return false;
	if (!paper)
		return true;
	if ((format == RV_FORMAT_CORIM || format == RV_FORMAT_CORIM_SIGNED ||
	     format == RV_FORMAT_TCG2) &&
	    isatty(STDOUT_FILENO))
		return rv_fail(err, RV_USAGE,
			       "%s is binary and would go to a terminal: -o "
			       "FILE",
			       format_name);
	return rv_out_result(rv_buf_span(&p->document), err);
}

/* The pair of dstack's files has an identity of its own. */
static bool tell(enum rv_format format, const struct rv_values *v,
		 const struct rv_publication *p, struct rv_err *err)
{
	struct rv_sha256 d;
	char hex[65];

	if (*p->left_out)
		rv_out_note("not in it, for the values lack it or the format "
			    "has no place: %s",
			    p->left_out);
	if (format != RV_FORMAT_DSTACK)
		return true;
	if (!rv_sha256(rv_buf_span(&p->checksums), &d, err))
		return false;
	rv_hex(rv_span(d.b, sizeof d.b), hex);
	if (v->has_os_image_hash &&
	    memcmp(d.b, v->os_image_hash.b, sizeof d.b) != 0)
		rv_out_note("os_image_hash %s: another than the image's own, "
			    "whose sha256sum.txt lists other files",
			    hex);
	else
		rv_out_note("os_image_hash %s", hex);
	return true;
}

/* ---- --json: what was written ---- */

static bool json_file(struct rv_jw *w, const char *name,
		      const struct rv_buf *bytes, struct rv_err *err)
{
	struct rv_sha256 d;

	if (!rv_sha256(rv_buf_span(bytes), &d, err))
		return false;
	rv_jw_open(w, NULL, '{');
	rv_jw_str(w, "name", name);
	rv_jw_u64(w, "size", bytes->n);
	rv_jw_hex(w, "sha256", rv_span(d.b, sizeof d.b));
	rv_jw_close(w);
	return true;
}

/* The names in "a, b, c", one by one. */
static void json_left_out(struct rv_jw *w, const char *names)
{
	rv_jw_open(w, "left_out", '[');
	while (*names) {
		size_t n = strcspn(names, ",");

		rv_jw_text(w, NULL, rv_span(names, n));
		names += n;
		names += strspn(names, ", ");
	}
	rv_jw_close(w);
}

static void json_signature(struct rv_jw *w, const struct rv_publication *p)
{
	if (!p->signed_by) {
		rv_jw_null(w, "signature");
		return;
	}
	rv_jw_open(w, "signature", '{');
	rv_jw_str(w, "key", p->signed_by);
	rv_jw_hex(w, "key_sha256", rv_span(p->key_id.b, sizeof p->key_id.b));
	rv_jw_close(w);
}

/* What became of VALUES.json, and of which form and signature it was. */
static void json_source(struct rv_jw *w, const char *name,
			const struct rv_signature *sig, size_t machines)
{
	static const char *const state[] = {
		[RV_SIGNED_NOT] = "none",
		[RV_SIGNED_UNCHECKED] = "unchecked",
		[RV_SIGNED_GOOD] = "good",
		[RV_SIGNED_BAD] = "bad",
	};

	rv_jw_open(w, "values", '{');
	rv_jw_str(w, "name", name);
	rv_jw_str(w, "form", sig->form);
	rv_jw_str(w, "signature", state[sig->state]);
	rv_jw_str(w, "said", sig->said);
	rv_jw_u64(w, "machines", machines);
	rv_jw_close(w);
}

static bool summary(const char *name, const struct rv_signature *sig,
		    size_t machines, const struct rv_publication *p,
		    const struct place *at, enum rv_code answer,
		    struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_jw w = { .to = &g };
	struct rv_sha256 d;

	rv_jw_open(&w, NULL, '{');
	rv_jw_str(&w, "schema", "refval.publish/1");
	rv_jw_str(&w, "verdict", answer == RV_OK ? "yes" : "no");
	rv_jw_str(&w, "format", format_name);
	json_source(&w, name, sig, machines);
	rv_jw_open(&w, "files", '[');
	if (answer == RV_OK && !json_file(&w, at->document, &p->document, err))
		return false;
	if (answer == RV_OK && at->checksums[0] &&
	    !json_file(&w, at->checksums, &p->checksums, err))
		return false;
	rv_jw_close(&w);
	json_signature(&w, p);
	if (p->checksums.n) {
		if (!rv_sha256(rv_buf_span(&p->checksums), &d, err))
			return false;
		rv_jw_hex(&w, "os_image_hash", rv_span(d.b, sizeof d.b));
	} else {
		rv_jw_null(&w, "os_image_hash");
	}
	json_left_out(&w, p->left_out);
	rv_jw_close(&w);
	return rv_out_document(&g, err);
}

/* All but the reading and the last word: *answer is no when a key says so. */
static bool work(enum rv_format format, const struct rv_values_list *l,
		 const struct rv_signature *sig, const struct place *at,
		 struct rv_publication *p, enum rv_code *answer,
		 struct rv_err *err)
{
	bool about_output;

	if (!judge_input(sig, &about_output, answer, err))
		return *answer == RV_NO;
	if (!make(format, l, p, err))
		return false;
	if (about_output && !check_output(p, answer, err))
		return *answer == RV_NO;
	if (!write_out(format, p, at, err) || !tell(format, l->item, p, err))
		return false;
	if (p->checksums.n && !at->checksums[0])
		rv_out_note("sha256sum.txt, which has this digest, is not"
			    " written: --checksums FILE, or -o FOLDER for"
			    " both");
	return true;
}

/* One more golden manifest of the values' GPUs; the same again is none. */
static bool add_rim(struct rv_values *v, const struct rv_gpu_rim *rim,
		    struct rv_err *err)
{
	struct rv_values_rim *to = &v->gpu_rim[v->gpu_rims];

	for (size_t i = 0; i < v->gpu_rims; i++) {
		const struct rv_values_rim *has = &v->gpu_rim[i];

		if (strcmp(has->id, rim->id) != 0)
			continue;
		if (memcmp(&has->sha256, &rim->sha256, 32) == 0)
			return true;
		return rv_fail(err, RV_INPUT,
			       "--gpu-rim: the values have another RIM %s",
			       rim->id);
	}
	if (v->gpu_rims == RV_VALUES_RIMS_MAX)
		return rv_fail(err, RV_INPUT, "--gpu-rim: more than %d RIMs",
			       RV_VALUES_RIMS_MAX);
	snprintf(to->id, sizeof to->id, "%s", rim->id);
	to->sha256 = rim->sha256;
	v->gpu_rims++;
	return true;
}

/* Only what NVIDIA signed, and still stands for, is a reference. */
static bool add_rims(const struct rv_values_list *l, struct rv_err *err)
{
	RV_AUTO(rv_gpu_files_free) struct rv_gpu_files f = { 0 };
	RV_AUTO(rv_gpu_rims_free) struct rv_gpu_rims *set = NULL;

	if (!rims.n)
		return true;
	if (!rv_gpu_files_read(&rims, &f, err) ||
	    !rv_gpu_rims_new((struct rv_span){ 0 }, &set, err))
		return false;
	if (!f.n)
		return rv_fail(err, RV_INPUT, "--gpu-rim: no manifest in it");
	for (size_t i = 0; i < f.n; i++) {
		struct rv_gpu_rim rim;

		if (!rv_gpu_rims_add(set, f.item[i].name, f.item[i].file, true,
				     err) ||
		    !rv_gpu_rims_check(set, i, rv_cmd_now(), &rim, err))
			return false;
		for (size_t k = 0; k < l->n; k++)
			if (!add_rim(&l->item[k], &rim, err))
				return false;
	}
	return true;
}

/* The app that the machines run: of a file that a guest would take. */
static bool add_app(const struct rv_values_list *l, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf file = { 0 };
	RV_AUTO(rv_compose_free) struct rv_compose *c = NULL;
	struct rv_compose_gpu_policy policy;
	struct rv_values_app app = { .there = true };

	if (!compose)
		return true;
	if (!rv_buf_read(compose, RV_COMPOSE_MAX, &file, err))
		return false;
	if (!rv_compose_read(rv_buf_span(&file), &c, err) ||
	    !(rv_compose_is_manifest(c) ||
	      rv_fail(err, RV_INPUT, "not an app-compose.json")) ||
	    !rv_compose_gpu_policy(rv_buf_span(&file), &policy, err) ||
	    !rv_sha256(rv_buf_span(&file), &app.compose_hash, err))
		return rv_in(err, "%s", compose);
	app.has_gpu_policy = policy.there;
	if (policy.there)
		app.gpu_policy = policy.hash;
	for (size_t i = 0; i < l->n; i++) {
		const struct rv_values_app *has = &l->item[i].app;

		if (has->there && memcmp(&has->compose_hash, &app.compose_hash,
					 sizeof app.compose_hash) != 0)
			return rv_fail(err, RV_INPUT,
				       "--compose: the values are of another"
				       " app");
		l->item[i].app = app;
	}
	return true;
}

/* A record of images/releases, or any form of values. */
static bool read_values(const char *name, struct rv_span in,
			struct rv_values_list *out, struct rv_signature *sig,
			struct rv_err *err)
{
	RV_AUTO(rv_release_free) struct rv_release r = { 0 };

	if (!rv_release_is(in))
		return rv_values_in(name, in, verify_key, out, sig, err);
	*sig = (struct rv_signature){ .form = "refval.release/1",
				      .said = "a record is unsigned" };
	return (rv_release_read(in, &r, err) &&
		rv_release_machines(&r, out, err)) ||
	       rv_in(err, "%s", name);
}

/* A statement about the files that the list @in names. */
static bool run_files(enum rv_format format, const char *name,
		      struct rv_span in, const struct place *at,
		      enum rv_code *answer, struct rv_err *err)
{
	const struct rv_signature sig = { .form = "sha256sum",
					  .said = "a list is unsigned" };
	RV_AUTO(rv_publication_free) struct rv_publication p = { 0 };
	RV_AUTO(rv_sign_wipe) struct rv_buf pem = { 0 };

	if (!read_key(&pem, err))
		return false;
	if (!rv_publish_files(format, in, purl, rv_buf_span(&pem), &p, err)) {
		/* What options say is no fault of the file. */
		if (err->code == RV_USAGE)
			return false;
		return rv_in(err, "%s", name);
	}
	return write_out(format, &p, at, err) &&
	       (!json || summary(name, &sig, 0, &p, at, *answer, err));
}

static bool run(int argc, char **argv, enum rv_code *answer, struct rv_err *err)
{
	RV_AUTO(rv_values_list_free) struct rv_values_list all = { 0 };
	static struct place at;
	RV_AUTO(rv_buf_free) struct rv_buf in = { 0 };
	RV_AUTO(rv_publication_free) struct rv_publication p = { 0 };
	struct rv_signature sig;
	enum rv_format format;

	if (!check_use(argc, &format, err) ||
	    (sign_key && !rv_sign_wipe_freed(err)) ||
	    !find_place(format, &at, err) ||
	    !rv_buf_read(argv[0], RV_PUBLISHED_MAX, &in, err))
		return false;
	if (purl)
		return run_files(format, argv[0], rv_buf_span(&in), &at, answer,
				 err);
	if (!read_values(argv[0], rv_buf_span(&in), &all, &sig, err) ||
	    !add_rims(&all, err) || !add_app(&all, err))
		return false;
	if (!work(format, &all, &sig, &at, &p, answer, err))
		return false;
	return !json || summary(argv[0], &sig, all.n, &p, &at, *answer, err);
}

static const struct rv_cmd cmd = {
	.name = "publish",
	.args = "(VALUES.json | RECORD.json | SHA256SUMS --purl PURL)\n"
		"       --format FORMAT [OPTIONS]",
	.summary =
	    "Publish reference values in the formats that verifiers read",
	.opts = opts,
	.reads = "sign-key verify-key gpu-rim compose",
	.example =
	    "refval-publish values.json --format in-toto --sign-key key.pem "
	    "\\\n    -o values.dsse.json",
	.run = run,
};

int main(int argc, char **argv)
{
	return rv_cmd_main(&cmd, argc, argv);
}
