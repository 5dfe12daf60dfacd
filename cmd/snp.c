/* SPDX-License-Identifier: Apache-2.0 */
/* snp.c - "refval-snp": is this AMD SEV-SNP report genuine, and of what? */
#include "dcap_opts.h"
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
static const char *firmware, *document, *kernel, *initrd, *cmdline;
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
	RV_OPT_JSON(&json),
	{ 0 },
};

static bool image_given(void)
{
	return firmware || document;
}

/* ---- options ---- */

static bool read_min_tcb(struct rv_snp_policy *p, struct rv_err *err)
{
	uint8_t *const to[] = { &p->min_tcb.bl, &p->min_tcb.tee,
				&p->min_tcb.snp, &p->min_tcb.ucode };
	const char *s = min_tcb;

	p->allow_debug = allow_debug;
	p->allow_migration = allow_migration;
	if (!s)
		return true;
	for (size_t i = 0; i < RV_LEN(to); i++) {
		size_t n = strcspn(s, ",");
		bool last = i + 1 == RV_LEN(to);
		uint64_t v;

		if (!rv_decimal(rv_span(s, n), 255, &v) || !s[n] != last)
			return rv_fail(err, RV_USAGE,
				       "--min-tcb %s: not four numbers below"
				       " 256, as in 4,0,24,219",
				       min_tcb);
		*to[i] = (uint8_t)v;
		s += n + !last;
	}
	p->has_min_tcb = true;
	return true;
}

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

/* The report's bytes: as they are, or in hex. */
static bool read_report(const char *path, struct rv_snp_job *j,
			struct rv_err *err)
{
	struct rv_span s;
	struct rv_err ignored;

	if (!rv_buf_read(path, REPORT_MAX, &j->file, err))
		return false;
	s = rv_buf_span(&j->file);
	while (s.n > RV_SNP_REPORT &&
	       (s.p[s.n - 1] == '\n' || s.p[s.n - 1] == '\r'))
		s.n--;
	if (s.n >= 2 && s.p[0] == '0' && s.p[1] == 'x')
		s = rv_span(s.p + 2, s.n - 2);
	if (s.n == 2 * RV_SNP_REPORT &&
	    rv_unhex_buf(s, "hex", &j->bytes, &ignored))
		s = rv_buf_span(&j->bytes);
	else
		s = rv_buf_span(&j->file);
	return rv_snp_report_read(s, &j->report, err) || rv_in(err, "%s", path);
}

static bool read_certs(struct rv_snp_job *j, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf pem = { 0 };

	for (size_t i = 0; i < certs.n; i++) {
		RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };

		if (!rv_buf_read(certs.item[i], CERT_MAX, &b, err))
			return false;
		if (!rv_snp_certs_add(&j->certs, rv_buf_span(&b), err))
			return rv_in(err, "%s", certs.item[i]);
	}
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

static bool read_image(struct rv_snp_job *j, struct rv_err *err)
{
	const char *path = document ? document : firmware;
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	struct rv_span line;
	bool good;

	if (!path)
		return true;
	if (!rv_buf_read(path, document ? SMALL_MAX : FILE_BYTES, &b, err))
		return false;
	good = document
		   ? rv_snp_document(rv_buf_span(&b), &j->image, &line, err)
		   : rv_snp_firmware(rv_buf_span(&b), &j->image, err);
	if (!good)
		return rv_in(err, "%s", path);
	j->image_name = path;
	j->solve = solve;
	return read_hashes(&j->image, err);
}

static bool read_wanted(struct rv_snp_job *j, struct rv_err *err)
{
	size_t n = report_data ? strlen(report_data) / 2 : 0;

	if (report_data && (!n || n > sizeof j->want_data ||
			    !rv_unhex(rv_text(report_data), j->want_data, n)))
		return rv_fail(err, RV_USAGE,
			       "--report-data: not 1 to 64 bytes in hex");
	j->has_data = report_data != NULL;
	j->config_name = config;
	return !config || rv_buf_read(config, SMALL_MAX, &j->config, err);
}

static void job_free(struct rv_snp_job *j)
{
	rv_buf_free(&j->file);
	rv_buf_free(&j->bytes);
	rv_buf_free(&j->root);
	rv_buf_free(&j->config);
	rv_snp_certs_free(&j->certs);
}

static bool run(int argc, char **argv, enum rv_code *answer, struct rv_err *err)
{
	RV_AUTO(rv_report_free) struct rv_report rows = { 0 };
	RV_AUTO(job_free) struct rv_snp_job j = { 0 };
	struct rv_snp_options o = { .allow_vlek = allow_vlek };

	o.at = rv_cmd_now();
	if (argc != 1)
		return rv_fail(err, RV_USAGE, "one report is needed");
	if ((at && !rv_time_arg("at", at, &o.at, err)) ||
	    !read_min_tcb(&j.policy, err) || !read_machine(&j.machine, err) ||
	    !read_wanted(&j, err) || !read_report(argv[0], &j, err) ||
	    !read_certs(&j, err) || !read_image(&j, err))
		return false;
	o.root = rv_buf_span(&j.root);
	j.at = o.at;
	return rv_snp_verify(&j.report, &j.certs, &o, &j.verdict, err) &&
	       rv_snp_rows(&j, &rows, err) &&
	       rv_snp_show(&j, &rows, json, answer, err);
}

static const struct rv_rule rules[] = {
	{ "root-ca", "test-pki", NULL, "it is not AMD's" },
	{ "test-pki", "root-ca", NULL, NULL },
	{ "firmware", NULL, "document", "both say which firmware it is" },
	{ "kernel", "firmware", NULL, "a document names its own" },
	{ "initrd cmdline", "kernel", NULL, NULL },
	{ "vcpus cpu features solve", "document firmware", NULL,
	  "no launch digest is computed otherwise" },
	{ "solve", NULL, "vcpus cpu features", "it searches them" },
	{ "document firmware", "vcpus solve", NULL,
	  "the launch digest covers each vCPU" },
	{ 0 },
};

static const struct rv_cmd cmd = {
	.name = "snp",
	.args = "[OPTIONS] REPORT",
	.summary = "Is this AMD SEV-SNP report genuine, and what was launched",
	.opts = opts,
	.rules = rules,
	.reads = "cert mr-config document firmware kernel initrd root-ca",
	.example = "refval-snp report.bin --cert vcek.der --cert ask.pem \\\n"
		   "    --document measurement.snp.cbor --vcpus 2",
	.run = run,
};

int main(int argc, char **argv)
{
	return rv_cmd_main(&cmd, argc, argv);
}
