/* SPDX-License-Identifier: Apache-2.0 */
/* verify.c - "refval-verify": everything, in one go. What `make verify` runs.
 */
#include "acpi_given.h"
#include "app_key_opts.h"
#include "base.h"
#include "cmd.h"
#include "each.h"
#include "folder.h"
#include "gpu_opts.h"
#include "inputs.h"
#include "names.h"
#include "out.h"
#include "pin_opts.h"
#include "records.h"
#include "shape_opts.h"
#include "sign_opts.h"
#include "values_in.h"
#include "verdict_out.h"
#include "verify/fleet.h"

static bool json, summary, keep_going;
static const char *release, *image, *evidence, *compose, *instance, *records;
static const char *acpi, *html, *values, *verify_key;
static const char *gpus, *gpu_driver;
static const char *compose_hash, *compose_dir, *jsonl, *jobs;
static struct rv_list skip, images, containers, gpu_rims, gpu_answers;
static struct rv_shape_opts shape_opts;
static struct rv_shape_said shape_said;
static struct rv_dcap_opts dcap;
static struct rv_snp_opts snp;
static struct rv_bind_opts bind;
static struct rv_pin_opts pin;
static struct rv_sign_opts sign;
static struct rv_app_key_opts app_key;

static const struct rv_opt opts[] = {
	RV_OPT_OFFERS("release", "NAME", &release, rv_name_release,
		      "the dstack release it should run"),
	RV_OPT_LIST("image", "IMAGE", &images,
		    "or the OS image; or a container image"),
	RV_OPT_TEXT("values", "FILE", &values,
		    "or reference values, in any published form"),
	RV_OPT_VERIFY_KEY(&verify_key),
	RV_OPT_TEXT("evidence", "FILE", &evidence,
		    "the same as EVIDENCE; - is standard input"),
	RV_OPT_INSTANCES(&instance),
	RV_OPT_TEXT("compose", "FILE", &compose,
		    "the app-compose.json it should run"),
	RV_OPT_TEXT("compose-hash", "HEX", &compose_hash,
		    "or the SHA-256 of it"),
	RV_OPT_TEXT("compose-dir", "DIR", &compose_dir,
		    "or one of the files in DIR"),
	RV_SIGN_OPTS(sign),
	RV_APP_KEY_OPTS(app_key),
	RV_SHAPE_OPTS(shape_opts),
	RV_OPT_TEXT("acpi", "FILE", &acpi,
		    "digests of the ACPI blobs, or their folder"),
	RV_BIND_OPTS(bind),
	RV_OPT_TEXT("require-gpu", "N", &gpus,
		    "at least N genuine GPUs, measured and bound"),
	RV_OPT_LIST("gpu-rim", "FILE|DIR", &gpu_rims,
		    "NVIDIA's manifests; may be repeated"),
	RV_OPT_LIST("gpu-ocsp", "FILE|DIR", &gpu_answers,
		    "OCSP answers and CRLs of GPUs; repeatable"),
	RV_OPT_TEXT("gpu-driver", "MIN", &gpu_driver,
		    "the oldest GPU driver to accept"),
	RV_OPT_SKIP(&skip),
	RV_OPT_TEXT("releases", "DIR", &records,
		    "release records other than the installed ones"),
	RV_DCAP_OPTS(dcap),
	RV_SNP_OPTS(snp),
	RV_PIN_OPTS(pin),
	RV_OPT_TEXT("jsonl", "FILE", &jsonl,
		    "many machines: one per line, a result for each"),
	RV_OPT_TEXT("jobs", "N", &jobs,
		    "threads for --jsonl (default: processors)"),
	RV_OPT_FLAG("summary", &summary, "results without the report"),
	RV_OPT_FLAG("keep-going", &keep_going,
		    "exit 0 when every line had its result"),
	RV_OPT_HTML(&html),
	RV_OPT_QUIET,
	RV_OPT_COLOR,
	RV_OPT_TO,
	RV_OPT_JSON(&json),
	{ 0 },
};

static bool read_image(struct rv_inputs *i, struct rv_verify_input *in,
		       struct rv_err *err)
{
	struct rv_image_options o = { .progress = rv_out_reading,
				      .arg = (void *)(uintptr_t)image };
	bool gcp = i->evidence.attester == RV_ATTESTER_GCP, good;

	if (rv_gcp_is_disk(image)) {
		good = rv_gcp_disk_read(image, &i->gcp, err);
		in->boot = i->gcp.boot;
		in->image_name = image;
		return good;
	}
	good = rv_image_read(image, &o, &i->image, err) &&
	       (!gcp || rv_gcp_disk_read(image, &i->gcp, err));
	rv_out_progress_done();
	in->boot = i->gcp.boot;
	in->image = &i->image;
	in->image_name = image;
	return good;
}

/* What it should run, and facts about the machine. */
static bool read_reference(struct rv_inputs *i, struct rv_verify_input *in,
			   struct rv_err *err)
{
	static struct rv_acpi_digests digests;
	static struct rv_shape shape;
	static const char *facts[RV_SHAPE_FACTS];

	if (values)
		return rv_buf_read(values, RV_PUBLISHED_MAX, &i->values, err) &&
		       rv_inputs_values(i, values, verify_key, in, err);
	if (release && !rv_records_named(records, release, err))
		return false;
	in->release = release;
	in->identify = !release && !image;
	if (image && !read_image(i, in, err))
		return false;
	rv_shape_said_free(&shape_said);
	if (!rv_shape_from_opts(&shape_opts, &shape, &shape_said, err))
		return false;
	if (shape_said.from.n)
		in->shape_from = (const char *)shape_said.from.p;
	in->shape = &shape;
	in->fact = facts;
	in->facts = rv_shape_opts_facts(&shape_opts, facts);
	return rv_acpi_given(acpi, &digests, &in->acpi, err);
}

/* The evidence is the operand, or an option for those who like them all so. */
static bool usage(int argc, char **argv, struct rv_err *err)
{
	if (argc > 1 || (argc && evidence && evidence != argv[0]))
		return rv_fail(err, RV_USAGE, "one EVIDENCE is taken");
	if (argc)
		evidence = argv[0];
	if (evidence && jsonl)
		return rv_fail(err, RV_USAGE,
			       "--jsonl takes no other EVIDENCE");
	if (!evidence && !jsonl)
		return rv_fail(err, RV_USAGE, "EVIDENCE is needed");
	return true;
}

/* --image is the OS image, or container images of the app: by content. */
static bool sort_images(struct rv_err *err)
{
	/* One machine after the other may be asked about. */
	containers.n = 0;
	image = NULL;
	for (size_t i = 0; i < images.n; i++) {
		const char *path = images.item[i];
		bool container = false;

		if (strcmp(path, "-") != 0 &&
		    !rv_oci_is_image(path, &container, err))
			return false;
		if (container)
			containers.item[containers.n++] = path;
		else if (image)
			return rv_fail(err, RV_USAGE,
				       "--image %s: not a container image, and "
				       "%s is the OS image",
				       path, image);
		else
			image = path;
	}
	if ((release != NULL) + (image != NULL) + (values != NULL) > 1)
		return rv_fail(err, RV_USAGE,
			       "one of --release, --image (of an OS) and "
			       "--values, not several");
	if (containers.n && !compose && !compose_dir)
		return rv_fail(err, RV_USAGE,
			       "--image %s is a container image: --compose is "
			       "needed",
			       containers.item[0]);
	return true;
}

/* Every argument that names a file or folder to be read. */
static void list_inputs(struct rv_pinned *p)
{
	const char *const one[] = {
		evidence,
		jsonl,
		values,
		compose_dir,
		verify_key,
		compose,
		records,
		acpi,
		dcap.collateral,
		dcap.root_ca,
		bind.statement,
		bind.key,
		bind.signature,
		bind.message,
		bind.certificate,
		shape_opts.vm_config,
		sign.key,
		sign.ca,
		sign.log_key,
		app_key.key,
		rv_app_key_root_file(&app_key),
	};

	for (size_t i = 0; i < RV_LEN(one); i++)
		if (one[i])
			p->path[p->n++] = one[i];
	for (size_t i = 0; i < images.n; i++)
		p->path[p->n++] = images.item[i];
	for (size_t i = 0; i < sign.files.n; i++)
		p->path[p->n++] = sign.files.item[i];
	for (size_t i = 0; i < gpu_rims.n; i++)
		p->path[p->n++] = gpu_rims.item[i];
	for (size_t i = 0; i < gpu_answers.n; i++)
		p->path[p->n++] = gpu_answers.item[i];
}

/* What app it should run. */
static bool read_app(struct rv_inputs *i, struct rv_verify_input *in,
		     struct rv_err *err)
{
	static struct rv_sha256 hash;
	struct rv_folder folder;

	if (compose_hash && !rv_unhex(rv_text(compose_hash), hash.b, 32))
		return rv_fail(err, RV_USAGE,
			       "--compose-hash %s: not 64 hex digits",
			       compose_hash);
	in->compose_hash = compose_hash ? &hash : NULL;
	if (compose_dir) {
		folder = rv_folder_at(compose_dir);
		in->manifests = &i->manifests;
		return rv_manifests_read(&folder, &i->manifests, err);
	}
	return !compose || rv_inputs_compose(i, compose, in, err);
}

static bool read_all(struct rv_inputs *i, const struct rv_asked *asked,
		     struct rv_verify_input *in, struct rv_err *err)
{
	const struct rv_gpu_asked gpu = { gpus, gpu_driver, &gpu_rims,
					  &gpu_answers };

	return (jsonl ? rv_inputs_rules(i, asked, in, err)
		      : rv_inputs_evidence(i, asked, in, err)) &&
	       read_reference(i, in, err) && read_app(i, in, err) &&
	       rv_inputs_rest(i, asked, in, err) &&
	       rv_app_key_opts_read(&app_key, &i->app_key, in, err) &&
	       rv_signatures_read(&sign, &i->signatures, in, err) &&
	       rv_gpu_opts_read(&gpu, &i->gpu, &i->gpu_answers, in, err);
}

/* One machine: its report; many: a line for each. */
static bool verify(const struct rv_inputs *i, const struct rv_asked *asked,
		   const struct rv_verify_input *in, struct rv_verified *v,
		   enum rv_code *answer, struct rv_err *err)
{
	RV_AUTO(rv_verifier_free) struct rv_verifier *verifier = NULL;
	struct rv_folder folder = rv_records_at(records);
	struct rv_verifier_options o = { .quote = i->dcap.quote,
					 .root_name = i->dcap.root_name,
					 .records = &folder };
	struct rv_fleet fleet = { .asked = asked,
				  .dcap = &i->dcap,
				  .in = in,
				  .summary = summary,
				  .keep_going = keep_going };

	if (!rv_verifier_new(&o, &verifier, err))
		return false;
	if (!jsonl)
		return rv_verify(verifier, in, v, err);
	fleet.verifier = verifier;
	return rv_verify_lines(&fleet, jsonl, jobs, answer, err);
}

static bool one(int argc, char **argv, enum rv_code *answer, struct rv_err *err)
{
	RV_AUTO(rv_inputs_free) struct rv_inputs i = { 0 };
	RV_AUTO(rv_verified_free) struct rv_verified v = { 0 };
	RV_AUTO(rv_pinned_free) struct rv_pinned p = { 0 };
	struct rv_verify_input in = { 0 };
	struct rv_asked asked = { .instance = instance,
				  .dcap = &dcap,
				  .snp = &snp,
				  .prove = true,
				  .bind = &bind,
				  .containers = &containers,
				  .skip = &skip };
	struct rv_verdict_out out = { .json = json, .html = html };
	struct rv_subject subject = { .files = &p.files };
	bool good;

	if (!usage(argc, argv, err))
		return false;
	asked.evidence = out.evidence = evidence;
	list_inputs(&p);
	/* What nobody reviewed is not read: then the pins are the report. */
	if (!rv_pin_first(&pin, &p, &v.report, &good, err))
		return false;
	if (good && !jsonl && !rv_pin_seen(&p, err))
		return false;
	if (good && (!sort_images(err) || !read_all(&i, &asked, &in, err) ||
		     !verify(&i, &asked, &in, &v, answer, err) ||
		     !rv_pin_last(&pin, &p, err)))
		return false;
	if (jsonl)
		return true;
	out.reference = release ? release : image ? image : values;
	subject.attester = i.evidence.attester;
	subject.policy = in.proof.policy;
	subject.snp = in.snp;
	subject.test_pki = dcap.test_pki;
	subject.at = in.proof.at;
	subject.kind = release ? "release" : image ? "image" : "values";
	subject.reference = out.reference;
	out.subject = good ? &subject : NULL;
	return rv_verdict_print(&v, &out, answer, err);
}

static bool run(int argc, char **argv, enum rv_code *answer, struct rv_err *err)
{
	const struct rv_each each = { "refval-verify",
				      evidence ? evidence
				      : argc   ? argv[0]
					       : NULL,
				      &instance, one };

	if (html && instance && strcmp(instance, "all") == 0)
		return rv_fail(err, RV_USAGE,
			       "--html: a page is of one machine, not of all");
	return rv_each_machine(&each, argc, argv, answer, err);
}

static const struct rv_rule rules[] = {
	{ RV_SHAPE_NAMES " acpi", NULL, "values",
	  "the values are of one machine already" },
	{ "edge gpu-model gpu-bar nvswitch-bar rootfs", NULL, "acpi",
	  "only ACPI depends on it, and that is given" },
	{ "release", NULL, "values", "one says what it should run" },
	{ "releases", NULL, "values",
	  "they say themselves what it should run" },
	{ "verify-key", "values", NULL, NULL },
	{ "compose", NULL, "compose-hash compose-dir",
	  "one says which app it should run" },
	{ "compose-hash", NULL, "compose-dir",
	  "one says which app it should run" },
	{ "jobs summary keep-going", "jsonl", NULL, NULL },
	{ "jsonl", NULL, "evidence instance html json pins write-pins",
	  "each line is evidence, and each result a line" },
	{ "pins", NULL, "write-pins", "one checks a list, one makes it" },
	RV_SIGN_RULES,
	RV_APP_KEY_RULES,
	RV_BIND_RULES,
	RV_DCAP_RULES,
	{ 0 },
};

static const struct rv_group groups[] = {
	{ "What it should run",
	  "release releases image values verify-key compose compose-hash"
	  " compose-dir " RV_SIGN_GROUP " app-key kms-root" },
	{ "The evidence", "evidence instance jsonl jobs summary keep-going" },
	{ "The machine's shape", RV_SHAPE_NAMES " acpi" },
	{ "What report_data is bound to", RV_BIND_GROUP },
	{ "GPUs", "require-gpu gpu-rim gpu-ocsp gpu-driver" },
	{ "Policy", RV_DCAP_GROUP " min-tcb allow-vlek skip" },
	{ "Output", "pins write-pins quiet color html output json" },
	{ 0 },
};

static const struct rv_cmd cmd = {
	.name = "verify",
	.args = "[--release NAME | --image IMAGE | --values FILE]\n"
		"       EVIDENCE [OPTIONS]",
	.summary =
	    "Verify a machine: its quote, firmware, OS, app and what it "
	    "was bound to;\nwithout a reference, say which machine it is",
	.opts = opts,
	.rules = rules,
	.groups = groups,
	.first = "release evidence compose at html json",
	.finds = "releases",
	.reads = RV_BIND_READS " evidence image values verify-key compose"
			       " compose-dir jsonl vm-config acpi collateral"
			       " root-ca pins gpu-rim gpu-ocsp " RV_SIGN_READS
			       " app-key",
	.example = "refval-verify --release dstack-0.5.8 --evidence quote.json "
		   "\\\n    --compose app-compose.json",
	.run = run,
};

int main(int argc, char **argv)
{
	return rv_cmd_main(&cmd, argc, argv);
}
