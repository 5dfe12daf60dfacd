/* SPDX-License-Identifier: Apache-2.0 */
/*
 * publish.c - refval-publish: reference values in the formats that verifiers
 * read, signed or not.
 */
#include "cmd.h"
#include "atomic.h"
#include "out.h"
#include "sign.h"
#include "values_in.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_ROOM = 4096 };

static const char *format_name, *sign_key, *verify_key, *output;
static const char document_name[] = "measurement.tdx.cbor";

static const struct rv_opt opts[] = {
	{ 'f', "format", "FORMAT", "in-toto, sigstore-bundle, corim, ...",
	  &format_name, NULL, NULL },
	{ 0, "sign-key", "PEM", "private key: P-256, P-384 or Ed25519",
	  &sign_key, NULL, NULL },
	{ 0, "verify-key", "PEM", "public key that the signature must be of",
	  &verify_key, NULL, NULL },
	{ 'o', "output", "FILE", "where to; - is standard output (default)",
	  &output, NULL, NULL },
	{ 0 },
};

static bool check_use(int argc, enum rv_format *format, struct rv_err *err)
{
	if (argc != 1)
		return rv_fail(err, RV_USAGE, "one VALUES.json is needed");
	if (!format_name)
		return rv_fail(err, RV_USAGE, "--format is needed");
	if (!rv_format_parse(format_name, format))
		return rv_fail(
		    err, RV_USAGE,
		    "--format %s: none of in-toto, sigstore-bundle, "
		    "corim, corim-signed, rvps, dstack, tcg2, values",
		    format_name);
	if (sign_key && !rv_format_signs(*format))
		return rv_fail(err, RV_USAGE,
			       "--format %s has no place for a signature: "
			       "--sign-key makes no sense",
			       format_name);
	if (!sign_key && rv_format_must_sign(*format))
		return rv_fail(err, RV_USAGE,
			       "--format %s is signed: --sign-key is needed",
			       format_name);
	if (*format == RV_FORMAT_DSTACK && (!output || !strcmp(output, "-")))
		return rv_fail(err, RV_USAGE,
			       "--format dstack makes two files: -o FILE is "
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
			      "--verify-key: %s; nor is anything to be signed",
			      sig->said);
		return false;
	}
	return true;
}

static bool make(enum rv_format format, const struct rv_values *v,
		 struct rv_publication *p, struct rv_err *err)
{
	RV_AUTO(rv_sign_wipe) struct rv_buf pem = { 0 };

	if (sign_key && !rv_buf_read(sign_key, RV_SIGN_PEM_MAX, &pem, err))
		return false;
	if (sign_key && !pem.n)
		return rv_fail(err, RV_INPUT, "%s: empty", sign_key);
	return rv_publish(format, v, rv_buf_span(&pem), p, err);
}

/* Read back what is about to be written: it must be by --verify-key. */
static bool check_output(const struct rv_publication *p, enum rv_code *answer,
			 struct rv_err *err)
{
	static struct rv_values again;
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

/* A folder takes both files; else sha256sum.txt goes beside FILE. */
static bool write_dstack(const struct rv_publication *p, struct rv_err *err)
{
	const char *slash = strrchr(output, '/');
	char file[PATH_ROOM], sums[PATH_ROOM];
	int n, m;

	if (is_folder(output)) {
		n = snprintf(file, sizeof file, "%s/%s", output, document_name);
		m = snprintf(sums, sizeof sums, "%s/sha256sum.txt", output);
	} else {
		n = snprintf(file, sizeof file, "%s", output);
		m = snprintf(sums, sizeof sums, "%.*ssha256sum.txt",
			     slash ? (int)(slash - output + 1) : 0, output);
	}
	if (n >= PATH_ROOM || m >= PATH_ROOM)
		return rv_fail(err, RV_USAGE, "-o: the path is too long");
	return rv_atomic_write(file, rv_buf_span(&p->document), err) &&
	       rv_atomic_write(sums, rv_buf_span(&p->checksums), err);
}

static bool write_out(enum rv_format format, const struct rv_publication *p,
		      struct rv_err *err)
{
	if (format == RV_FORMAT_DSTACK)
		return write_dstack(p, err);
	if (output && strcmp(output, "-") != 0)
		return rv_atomic_write(output, rv_buf_span(&p->document), err);
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
		rv_out_note("not in it, because the values do not have it: %s",
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

static bool run(int argc, char **argv, enum rv_code *answer, struct rv_err *err)
{
	static struct rv_values v;
	RV_AUTO(rv_buf_free) struct rv_buf in = { 0 };
	RV_AUTO(rv_publication_free) struct rv_publication p = { 0 };
	struct rv_signature sig;
	enum rv_format format;
	bool about_output;

	if (!check_use(argc, &format, err) ||
	    !rv_buf_read(argv[0], RV_PUBLISHED_MAX, &in, err) ||
	    !rv_values_in(argv[0], rv_buf_span(&in), verify_key, &v, &sig, err))
		return false;
	if (!judge_input(&sig, &about_output, answer, err))
		return *answer == RV_NO;
	if (!make(format, &v, &p, err))
		return false;
	if (about_output && !check_output(&p, answer, err))
		return *answer == RV_NO;
	return write_out(format, &p, err) && tell(format, &v, &p, err);
}

static const struct rv_cmd cmd = {
	.name = "publish",
	.args = "VALUES.json --format FORMAT [OPTIONS]",
	.summary =
	    "Publish reference values in the formats that verifiers read",
	.opts = opts,
	.example =
	    "refval-publish values.json --format in-toto --sign-key key.pem "
	    "\\\n    -o values.dsse.json",
	.run = run,
};

int main(int argc, char **argv)
{
	return rv_cmd_main(&cmd, argc, argv);
}
