/* SPDX-License-Identifier: Apache-2.0 */
/* snp.c - "refval-snp": is this AMD SEV-SNP report genuine, and of what? */
#include "snp_opts.h"
#include "out.h"
#include "snp/snp.h"

#include <refval/snp.h>

#include <stdio.h>
#include <stdlib.h>

enum {
	REPORT_MAX = 64 << 10,
	CERT_MAX = 64 << 10,
	SMALL_MAX = 1 << 20,
	FILE_BYTES = 1 << 30,
};

static bool json, test_pki, solve;
static bool allow_debug, allow_migration, allow_vlek;
static const char *at, *min_tcb, *root, *report_data, *config;
static const char *image, *firmware, *document, *kernel, *initrd, *cmdline;
static const char *vcpus, *cpu, *features;
static struct rv_list certs;

static const struct rv_opt opts[] = {
	RV_OPT_LIST("cert", "FILE", &certs,
		    "VCEK and ASK, PEM, DER or table; repeatable"),
	RV_OPT_TEXT("at", "TIME", &at, "verify for this time (default: now)"),
	RV_OPT_TEXT("min-tcb", "B,T,S,U", &min_tcb,
		    "least bootloader, TEE, SNP and microcode SVN"),
	RV_OPT_TEXT("report-data", "HEX", &report_data,
		    "what the report must have been made for"),
	RV_OPT_TEXT("mr-config", "FILE", &config,
		    "the document that HOST_DATA must bind"),
	RV_OPT_TEXT("document", "FILE", &document,
		    "measurement.snp.cbor of the image"),
	RV_OPT_TEXT("image", "IMAGE", &image,
		    "or the image, a folder or an archive"),
	RV_OPT_TEXT("firmware", "FILE", &firmware,
		    "or its firmware, with SEV-SNP support"),
	RV_OPT_TEXT("kernel", "FILE", &kernel,
		    "with --firmware: the kernel QEMU hashes"),
	RV_OPT_TEXT("initrd", "FILE", &initrd,
		    "with --kernel: the initial RAM disk"),
	RV_OPT_TEXT("cmdline", "TEXT", &cmdline,
		    "with --kernel: the kernel's command line"),
	RV_OPT_TEXT("vcpus", "N", &vcpus, "how many vCPUs the machine has"),
	RV_OPT_TEXT("cpu", "NAME", &cpu,
		    "QEMU's name of its CPU (default: EPYC-v4)"),
	RV_OPT_TEXT("features", "HEX", &features, "SEV_FEATURES (default: 1)"),
	RV_OPT_FLAG("solve", &solve, "search vCPUs, CPU and features that fit"),
	RV_OPT_FLAG("allow-debug", &allow_debug,
		    "accept a guest that the host can read"),
	RV_OPT_FLAG("allow-migration", &allow_migration,
		    "accept a guest that can be moved"),
	RV_OPT_FLAG("allow-vlek", &allow_vlek,
		    "accept a key of the cloud, not of a chip"),
	RV_OPT_TEXT("root-ca", "FILE", &root,
		    "trust this root instead of AMD's"),
	RV_OPT_FLAG("test-pki", &test_pki, "allow --root-ca"),
	RV_OPT_QUIET,
	RV_OPT_COLOR,
	RV_OPT_TO,
	RV_OPT_JSON(&json),
	{ 0 },
};

static bool image_given(void)
{
	return image || firmware || document;
}

/* ---- options ---- */

static bool read_machine(struct rv_snp_machine *m, struct rv_err *err)
{
	uint8_t f[8] = { 0 };
	size_t n = features ? strlen(features) : 0;
	uint64_t v = 0;

	*m = (struct rv_snp_machine){ .features = 1 };
	if (solve || !image_given())
		return true;
	if (!rv_decimal(rv_text(vcpus), RV_SNP_VCPUS, &v) || !v)
		return rv_fail(err, RV_USAGE,
			       "--vcpus %s: not a number from 1 to %d", vcpus,
			       RV_SNP_VCPUS);
	m->vcpus = (uint32_t)v;
	m->cpu = rv_snp_cpu(cpu ? cpu : "EPYC-v4");
	if (!m->cpu)
		return rv_fail(err, RV_USAGE,
			       "--cpu %s: not known, see refval-snp(1)", cpu);
	if (!features)
		return true;
	if (n % 2 || n > 16 || !n || !rv_unhex(rv_text(features), f, n / 2))
		return rv_fail(err, RV_USAGE,
			       "--features %s: not 1 to 8 bytes in hex, as 01",
			       features);
	m->features = rv_num_be(rv_span(f, n / 2));
	return true;
}

/* ---- inputs ---- */

/*
 * A report in any container, with what belongs to it. What is none of them is
 * read as a report, so that the sentence is about that.
 */
static bool read_report(const char *path, struct rv_snp_job *j,
			struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf file = { 0 };
	struct rv_err why = { 0 };

	if (!rv_buf_read(path, REPORT_MAX, &file, err))
		return false;
	if (!rv_evidence_read(rv_buf_span(&file), NULL, &j->evidence, &why)) {
		if (why.code == RV_SYSTEM) {
			*err = why;
			return false;
		}
		return (rv_snp_report_read(rv_buf_span(&file), &j->proof.report,
					   err) &&
			rv_fail(err, RV_INPUT, "%s", why.msg)) ||
		       rv_in(err, "%s", path);
	}
	if (j->evidence.attester != RV_ATTESTER_SNP)
		return rv_fail(err, RV_INPUT,
			       "%s: SEV-SNP report: this is evidence of %s",
			       path, rv_attester_name(j->evidence.attester));
	return rv_snp_report_read(rv_buf_span(&j->evidence.snp.report),
				  &j->proof.report, err) ||
	       rv_in(err, "%s", path);
}

static bool read_certs(struct rv_snp_job *j, struct rv_err *err)
{
	RV_AUTO(rv_snp_certs_free) struct rv_snp_certs own = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf pem = { 0 };

	for (size_t i = 0; i < certs.n; i++) {
		RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };

		if (!rv_buf_read(certs.item[i], CERT_MAX, &b, err))
			return false;
		if (!rv_snp_certs_add(&j->certs, rv_buf_span(&b), err))
			return rv_in(err, "%s", certs.item[i]);
	}
	for (size_t i = 0; i < j->evidence.snp.certs; i++)
		if (!rv_snp_certs_add(
			&own, rv_buf_span(&j->evidence.snp.cert[i]), err))
			return rv_in(err, "certificates of the evidence");
	rv_snp_certs_fill(&j->certs, &own);
	if (!root)
		return true;
	if (!rv_buf_read(root, CERT_MAX, &pem, err))
		return false;
	return rv_bind_certificate_der(rv_buf_span(&pem), &j->root, err) ||
	       rv_in(err, "%s", root);
}

static bool read_hashes(struct rv_snp_image *i, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf k = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf r = { 0 };

	if (!kernel)
		return true;
	return rv_buf_read(kernel, FILE_BYTES, &k, err) &&
	       (!initrd || rv_buf_read(initrd, FILE_BYTES, &r, err)) &&
	       rv_snp_hashes(i, rv_buf_span(&k), rv_buf_span(&r),
			     cmdline ? cmdline : "", err);
}

static bool read_os_image(struct rv_snp_image *out, struct rv_err *err)
{
	static const struct rv_image_options plain;
	RV_AUTO(rv_image_free) struct rv_image i = { 0 };
	const char *from;

	return rv_image_read(image, &plain, &i, err) &&
	       (rv_image_launch(&i, out, &from, err) ||
		rv_in(err, "%s", image));
}

static bool read_image(struct rv_snp_job *j, struct rv_err *err)
{
	const char *path = image ? image : document ? document : firmware;
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	struct rv_span line;
	bool good;

	if (!path)
		return true;
	j->image_name = path;
	j->solve = solve;
	if (image)
		return read_os_image(&j->image, err);
	if (!rv_buf_read(path, document ? SMALL_MAX : FILE_BYTES, &b, err))
		return false;
	good = document
		   ? rv_snp_document(rv_buf_span(&b), &j->image, &line, err)
		   : rv_snp_firmware(rv_buf_span(&b), &j->image, err);
	if (!good)
		return rv_in(err, "%s", path);
	return read_hashes(&j->image, err);
}

static bool read_wanted(struct rv_snp_job *j, struct rv_err *err)
{
	const struct rv_bind_opts o = { .report_data = report_data };

	j->policy.allow_debug = allow_debug;
	j->policy.allow_migration = allow_migration;
	j->config_name = config;
	if (!config && j->evidence.snp.mr_config.n) {
		j->config_name = "mr_config of the evidence";
		j->config = RV_TAKE(j->evidence.snp.mr_config);
	}
	return rv_bind_opts_read(&o, &j->bind, err) &&
	       (!config || rv_buf_read(config, SMALL_MAX, &j->config, err));
}

static void job_free(struct rv_snp_job *j)
{
	rv_evidence_free(&j->evidence);
	rv_buf_free(&j->root);
	rv_buf_free(&j->config);
	rv_snp_certs_free(&j->certs);
	rv_bind_files_free(&j->bind);
}

/* Without a report: the digest that one must have. */
static bool predict(struct rv_snp_job *j, struct rv_err *err)
{
	const char *const about[] = { at, min_tcb, root, report_data, config };
	struct rv_sha384 digest;
	bool other = certs.n || solve || allow_debug || allow_migration ||
		     allow_vlek || test_pki;

	for (size_t i = 0; i < RV_LEN(about); i++)
		other = other || about[i];
	if (!image_given() || other)
		return rv_fail(err, RV_USAGE,
			       "without a REPORT: an image, --vcpus and what"
			       " else says which machine, for its launch"
			       " digest");
	if (!read_machine(&j->machine, err) || !read_image(j, err))
		return false;
	if (!rv_snp_launch(&j->image, &j->machine, &digest, err))
		return rv_in(err, "%s", j->image_name);
	return rv_snp_show_launch(&j->machine, &digest, json, err);
}

static bool run(int argc, char **argv, enum rv_code *answer, struct rv_err *err)
{
	RV_AUTO(rv_report_free) struct rv_report rows = { 0 };
	RV_AUTO(job_free) struct rv_snp_job j = { 0 };
	struct rv_snp_options o = { .allow_vlek = allow_vlek };

	o.at = rv_cmd_now();
	if (argc > 1)
		return rv_fail(err, RV_USAGE, "one report is enough");
	if (!argc)
		return predict(&j, err);
	if ((at && !rv_time_arg("at", at, &o.at, err)) ||
	    !read_machine(&j.machine, err) ||
	    !rv_min_tcb_arg(min_tcb, &j.policy, err) ||
	    !read_report(argv[0], &j, err) || !read_wanted(&j, err) ||
	    !read_certs(&j, err) || !read_image(&j, err))
		return false;
	o.root = rv_buf_span(&j.root);
	j.proof.at = o.at;
	j.proof.other_root = root != NULL;
	j.proof.checked = true;
	return rv_snp_verify(&j.proof.report, &j.certs, &o, &j.proof.verdict,
			     err) &&
	       rv_snp_rows(&j, &rows, err) &&
	       rv_snp_show(&j, &rows, json, answer, err);
}

static const struct rv_rule rules[] = {
	{ "root-ca", "test-pki", NULL, "it is not AMD's" },
	{ "test-pki", "root-ca", NULL, NULL },
	{ "firmware", NULL, "document image", "both say which firmware it is" },
	{ "document", NULL, "image", "an image has its own" },
	{ "kernel", "firmware", NULL, "a document names its own" },
	{ "initrd cmdline", "kernel", NULL, NULL },
	{ "vcpus cpu features solve", "document firmware image", NULL,
	  "no launch digest is computed otherwise" },
	{ "solve", NULL, "vcpus cpu features", "it searches them" },
	{ "document firmware image", "vcpus solve", NULL,
	  "the launch digest covers each vCPU" },
	{ 0 },
};

static const struct rv_group groups[] = {
	{ "What it should run",
	  "image document firmware kernel initrd cmdline" },
	{ "The machine's shape", "vcpus cpu features solve" },
	{ "What it is bound to", "report-data mr-config" },
	{ "Policy",
	  "cert at min-tcb allow-debug allow-migration allow-vlek root-ca"
	  " test-pki" },
	{ "Output", "quiet color output json" },
	{ 0 },
};

static const struct rv_cmd cmd = {
	.name = "snp",
	.args = "[OPTIONS] REPORT\n"
		"       (--image IMAGE | --document FILE | --firmware FILE)"
		" --vcpus N",
	.summary = "Is this AMD SEV-SNP report genuine, and what was launched",
	.opts = opts,
	.rules = rules,
	.groups = groups,
	.first = "cert at image vcpus json",
	.reads = "cert mr-config image document firmware kernel initrd root-ca",
	.example = "refval-snp report.bin --cert vcek.der --cert ask.pem \\\n"
		   "    --document measurement.snp.cbor --vcpus 2",
	.run = run,
};

int main(int argc, char **argv)
{
	return rv_cmd_main(&cmd, argc, argv);
}
