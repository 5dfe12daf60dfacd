/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify.c - what a stranger writes: does this machine run that release and
 * that app? usage: verify EVIDENCE RECORDS RELEASE COMPOSE SECONDS
 */
#include <refval.h>
#include <stdio.h>
#include <stdlib.h>

static bool slurp(const char *path, size_t max, struct rv_buf *out)
{
	FILE *f = fopen(path, "rb");

	out->p = malloc(max);
	out->n = f && out->p ? fread(out->p, 1, max, f) : 0;
	if (f)
		fclose(f);
	return out->n > 0;
}

/* The folder of records is @arg; of it, the one that is asked for. */
static char record[100];

static bool list(void *arg, struct rv_names *out, struct rv_err *err)
{
	(void)arg;
	return rv_names_add(out, record, err);
}

static bool load(void *arg, const char *name, size_t max, struct rv_buf *out,
		 struct rv_err *err)
{
	char path[1000];

	snprintf(path, sizeof path, "%s/%s", (const char *)arg, name);
	err->code = RV_SYSTEM;
	return slurp(path, max, out);
}

int main(int argc, char **argv)
{
	struct rv_quote_policy policy = rv_quote_policy_default();
	struct rv_folder records = { "records", argv[2], list, load };
	struct rv_verifier_options how = { 0 };
	struct rv_verifier *verifier = NULL;
	struct rv_evidence evidence = { 0 };
	struct rv_shape shape = rv_shape_default();
	struct rv_verify_input in = { 0 };
	struct rv_verified v = { 0 };
	struct rv_err err = { 0 };
	struct rv_buf file = { 0 };
	struct rv_span compose;
	enum rv_code code;

	if (argc != 6 || !slurp(argv[4], 1 << 20, &file))
		return RV_USAGE;
	compose = (struct rv_span){ file.p, file.n };
	snprintf(record, sizeof record, "%s.json", argv[3]);
	how.records = &records;
	shape.cpus = 8;
	shape.memory = (uint64_t)64 << 30;
	if (!rv_qemu_parse("8.2.2", &shape.qemu, &err))
		return (int)err.code;
	in.shape = &shape;
	in.evidence = &evidence;
	in.release = argv[3];
	in.compose = &compose;
	in.prove = true;
	in.proof.policy = &policy;
	in.proof.at = atoll(argv[5]);
	code = rv_verifier_new(&how, &verifier, &err) &&
		       rv_evidence_read_path(argv[1], NULL, &evidence, &err) &&
		       rv_verify(verifier, &in, &v, &err)
		   ? rv_report_code(&v.report)
		   : err.code;
	printf("%d %s\n", (int)code, err.msg);
	rv_verified_free(&v);
	rv_evidence_free(&evidence);
	rv_verifier_free(&verifier);
	rv_buf_free(&file);
	return (int)code;
}
