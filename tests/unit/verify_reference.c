/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_reference.c - what a machine is compared with: the files of an image,
 * a record that only says where they are, and values that nobody, another, or
 * the right one signed. Runs in the top folder of the source tree.
 */
#include "machine.h"

#include "made_image.h"
#include "test_file.h"

#define ONE_OF "tests/vectors/formats/statement.json"

static struct rv_buf file(const char *path)
{
	return test_file("", path);
}

static struct rv_verifier *verifier_of(const struct rv_folder *folder)
{
	struct rv_verifier_options o = { .records = folder };
	struct rv_verifier *v = NULL;
	struct rv_err err = { 0 };

	assert_true(rv_verifier_new(&o, &v, &err));
	return v;
}

/* ---- an image ---- */

static void rows_are(struct machine *m, struct rv_verifier *v,
		     const char *const *name, size_t n, enum rv_verdict verdict)
{
	RV_AUTO(rv_verified_free) struct rv_verified out = { 0 };
	struct rv_err err = { 0 };

	if (!rv_verify(v, &m->in, &out, &err))
		fail_msg("%s", err.msg);
	for (size_t i = 0; i < n; i++) {
		const struct rv_check *c = check_of(&out.report, name[i]);

		if (c->verdict != verdict)
			fail_msg("%s: %s (%s)", name[i],
				 rv_verdict_name(c->verdict),
				 c->reason ? c->reason : "");
	}
}

/* Each register of the image, first and last byte of each; once and kept. */
static void an_image_gives_its_registers(void **state)
{
	static const char *const name[] = { "mrtd", "rtmr0", "rtmr1", "rtmr2" };
	RV_AUTO(made_image_free) struct made_image made;
	RV_AUTO(machine_free) struct machine m;
	RV_AUTO(rv_verifier_free) struct rv_verifier *v = verifier_of(&records);
	struct rv_acpi_digests acpi;
	struct rv_err err = { 0 };

	(void)state;
	machine_load(&m);
	made_image(&made);
	as_image(&m, &made);
	m.in.release = NULL;
	m.in.image = &made.image;
	m.in.prove = false;
	for (int again = 0; again < 2; again++)
		rows_are(&m, v, name, RV_LEN(name), RV_YES);
	for (size_t i = 0; i < RV_LEN(name); i++)
		for (size_t at = 0; at < REGISTER; at += REGISTER - 1) {
			uint8_t *p = m.evidence.quote.p +
				     (i ? RTMR0 + (i - 1) * REGISTER : MRTD) +
				     at;

			*p ^= 1;
			rows_are(&m, v, &name[i], 1, RV_DIFFERS);
			*p ^= 1;
		}
	/* The tables' digests may be given; others give another RTMR0. */
	assert_true(rv_acpi_digests(&m.shape, &acpi, NULL, &err));
	m.in.acpi = &acpi;
	rows_are(&m, v, name, RV_LEN(name), RV_YES);
	acpi.tables.b[47] ^= 1;
	rows_are(&m, v, &name[1], 1, RV_DIFFERS);
	m.in.acpi = NULL;
	/* Another file, another register; what was kept is not of it. */
	made.file[1].data.p[made.file[1].data.n - 1] ^= 1;
	made.file[1].sha256.b[0] ^= 1;
	rows_are(&m, v, &name[2], 1, RV_DIFFERS);
	made.file[2].sha384.b[47] ^= 1;
	made.file[2].sha256.b[0] ^= 1;
	rows_are(&m, v, &name[3], 1, RV_DIFFERS);
}

/* An image of which something is missing is named, if it has a name. */
static void an_image_without_its_parts(void **state)
{
	RV_AUTO(rv_verifier_free) struct rv_verifier *v = verifier_of(&records);
	RV_AUTO(made_image_free) struct made_image made;
	RV_AUTO(machine_free) struct machine m;
	static struct said said;

	(void)state;
	machine_load(&m);
	made_image(&made);
	m.in.release = NULL;
	m.in.image = &made.image;
	made.image.has_metadata = false;
	assert_int_equal(answer(v, &m.in, &said), RV_INPUT);
	assert_int_equal(strncmp(said.text, "image: no metadata.json", 23), 0);
	m.in.image_name = "dstack.tar";
	assert_int_equal(answer(v, &m.in, &said), RV_INPUT);
	assert_int_equal(strncmp(said.text, "dstack.tar: image: ", 19), 0);
	made.image.has_metadata = true;
	made.file[0].data.p[0x3fff] ^= 0xff;
	made.file[2].has_sha384 = false;
	assert_int_equal(answer(v, &m.in, &said), RV_INPUT);
	/* And never beside another reference. */
	m.in.release = "dstack-dev-0.5.8";
	assert_int_equal(answer(v, &m.in, &said), RV_USAGE);
}

/*
 * Without a log mr_config_id names the app only of guests that look at it: the
 * version of an image is what it says of itself, as far as it is kept.
 */
static void the_version_of_an_image(void **state)
{
	static const struct {
		const char *version;
		enum rv_verdict verdict;
		const char *says;
	} row[] = {
		{ "0.5.1", RV_YES, "no compose-hash event; by mr_config_id" },
		{ "0.5.0", RV_CANNOT_TELL,
		  "since 0.5.1, and this one is 0.5.0" },
		{ "0.5.1.of.23.characters.", RV_YES, "by mr_config_id" },
		{ "0.5.1.of.24.characters..", RV_CANNOT_TELL,
		  "of this one the version is not known" },
		{ NULL, RV_CANNOT_TELL,
		  "of this one the version is not known" },
	};
	RV_AUTO(rv_verifier_free) struct rv_verifier *v = verifier_of(&records);
	RV_AUTO(made_image_free) struct made_image made;
	RV_AUTO(machine_free) struct machine m;

	(void)state;
	machine_load(&m);
	made_image(&made);
	rv_log_free(&m.evidence.log);
	m.evidence.log_format = RV_LOG_NONE;
	m.in.release = NULL;
	m.in.image = &made.image;
	m.in.prove = false;
	for (size_t i = 0; i < RV_LEN(row); i++) {
		RV_AUTO(rv_verified_free) struct rv_verified out = { 0 };
		const struct rv_check *c;
		struct rv_err err = { 0 };

		made.image.metadata.version = (char *)(uintptr_t)row[i].version;
		as_image(&m, &made);
		if (!rv_verify(v, &m.in, &out, &err))
			fail_msg("%s", err.msg);
		c = check_of(&out.report, "compose_hash");
		if (c->verdict != row[i].verdict ||
		    !strstr(c->reason, row[i].says))
			fail_msg("row %zu: %s (%s)", i,
				 rv_verdict_name(c->verdict), c->reason);
	}
}

/* ---- a record that only says where the image is ---- */

static bool two_records(void *arg, struct rv_names *out, struct rv_err *err)
{
	(void)arg;
	return rv_names_add(out, "dstack-0.5.10.json", err) &&
	       rv_names_add(out, "dstack-dev-0.5.8.json", err);
}

static bool one_record(void *arg, struct rv_names *out, struct rv_err *err)
{
	(void)arg;
	return rv_names_add(out, "dstack-0.5.10.json", err);
}

/* It decides nothing; another record may say what the machine is instead. */
static void a_location_is_no_reference(void **state)
{
	(void)state;
	for (int how = 0; how < 3; how++) {
		RV_AUTO(rv_verified_free) struct rv_verified out = { 0 };
		RV_AUTO(machine_free) struct machine m;
		struct rv_folder folder = records;
		struct rv_verifier *v;
		const struct rv_check *c;
		struct rv_err err = { 0 };

		folder.list = how ? two_records : one_record;
		v = verifier_of(&folder);
		machine_load(&m);
		m.in.release = "dstack-0.5.10";
		m.in.prove = false;
		if (how == 2) /* of no record at all */
			m.evidence.quote.p[RTMR0 + REGISTER] ^= 1;
		assert_true(rv_verify(v, &m.in, &out, &err));
		assert_int_not_equal(rv_report_code(&out.report), RV_OK);
		c = check_of(&out.report, "reference");
		assert_int_equal(c->verdict, RV_CANNOT_TELL);
		assert_string_equal(c->expected, "dstack-0.5.10");
		assert_non_null(strstr(c->reason, "only says where the image"
						  " is; get it, and --image"
						  " decides: https://"));
		if (how == 1)
			assert_string_equal(c->actual, "dstack-dev-0.5.8 by its"
						       " registers");
		else
			assert_null(c->actual);
		c = check_of(&out.report, "rtmr1");
		assert_int_equal(c->verdict, RV_UNCHECKED);
		assert_string_equal(c->reason, "not in the record");
		rv_verifier_free(&v);
	}
}

/* ---- published values ---- */

static struct rv_buf published(const char *name)
{
	char path[96];

	snprintf(path, sizeof path, "tests/vectors/formats/%s", name);
	return file(path);
}

static void keys_of_values(void **state)
{
	RV_AUTO(rv_verifier_free) struct rv_verifier *v = verifier_of(&records);
	RV_AUTO(rv_buf_free) struct rv_buf doc = file(ONE_OF);
	RV_AUTO(machine_free) struct machine m;
	struct rv_span bytes = rv_buf_span(&doc), key = rv_text("");
	static struct said said;

	(void)state;
	machine_load(&m);
	m.in.release = NULL;
	m.in.values = &bytes;
	m.in.values_key = &key;
	assert_int_equal(answer(v, &m.in, &said), RV_INPUT);
	assert_string_equal(said.text, "values: the key is empty");
	m.in.values_name = "v.json";
	assert_int_equal(answer(v, &m.in, &said), RV_INPUT);
	assert_string_equal(said.text, "v.json: the key is empty");
	key = rv_text("no key");
	assert_int_equal(answer(v, &m.in, &said), RV_INPUT);
	assert_int_equal(strncmp(said.text, "v.json: ", 8), 0);
	bytes = rv_text("{}");
	m.in.values_key = NULL;
	assert_int_equal(answer(v, &m.in, &said), RV_INPUT);
	assert_int_equal(strncmp(said.text, "v.json: ", 8), 0);
}

/* Signed by this key, by another, or by nobody that was asked about. */
static void who_signed(void **state)
{
	static const struct {
		const char *doc, *key;
		enum rv_verdict verdict;
		const char *says;
		bool compared;
	} t[] = {
		{ "corim-p256.cbor", "corim-p256.pub", RV_YES,
		  "signed by the given key", true },
		{ "corim-p256.cbor", "corim-ed.pub", RV_DIFFERS,
		  "by the given key", false },
		{ "corim-p256.cbor", "corim-p384.pub", RV_DIFFERS,
		  "by the given key", false },
		{ "corim-p256.cbor", NULL, RV_UNCHECKED, "no key was given",
		  true },
		{ "dsse.json", "key.pub", RV_YES, "signed by the given key",
		  true },
		{ "dsse.json", "corim-p256.pub", RV_DIFFERS, "by the given key",
		  false },
		{ "statement.json", "key.pub", RV_CANNOT_TELL, "unsigned",
		  true },
		{ "statement.json", NULL, RV_UNCHECKED, "unsigned", true },
	};
	RV_AUTO(rv_verifier_free) struct rv_verifier *v = verifier_of(&records);
	RV_AUTO(machine_free) struct machine m;

	(void)state;
	machine_load(&m);
	m.in.release = NULL;
	m.in.prove = false;
	for (size_t i = 0; i < RV_LEN(t); i++) {
		RV_AUTO(rv_verified_free) struct rv_verified out = { 0 };
		RV_AUTO(rv_buf_free) struct rv_buf doc = { 0 };
		RV_AUTO(rv_buf_free) struct rv_buf pem = { 0 };
		struct rv_err err = { 0 };
		struct rv_span bytes, key;
		const struct rv_check *c;
		size_t compared = 0;

		doc = published(t[i].doc);
		bytes = rv_buf_span(&doc);
		if (t[i].key)
			pem = published(t[i].key);
		key = rv_buf_span(&pem);
		m.in.values = &bytes;
		m.in.values_key = t[i].key ? &key : NULL;
		if (!rv_verify(v, &m.in, &out, &err))
			fail_msg("%s: %s", t[i].doc, err.msg);
		c = check_of(&out.report, "reference_signature");
		if (c->verdict != t[i].verdict || !strstr(c->reason, t[i].says))
			fail_msg("%zu: %s (%s)", i, rv_verdict_name(c->verdict),
				 c->reason);
		/* What somebody else may have written is compared with nothing.
		 */
		for (size_t k = 0; k < out.report.n; k++)
			compared +=
			    strcmp(out.report.check[k].name, "rtmr1") == 0 &&
			    out.report.check[k].expected;
		assert_int_equal(compared, t[i].compared);
		assert_int_equal(out.values != NULL, t[i].compared);
	}
}

/* Where only the image is of use, values of machines of one image are one. */
static void values_are_of_one_image(void **state)
{
	static const struct {
		enum rv_code code;
		bool other_hash, no_hash, other_platform;
	} t[] = {
		{ RV_OK, false, false, false },
		{ RV_INPUT, true, false, false },
		{ RV_INPUT, false, true, false },
		{ RV_INPUT, false, false, true },
	};
	RV_AUTO(rv_verifier_free) struct rv_verifier *v = verifier_of(&records);
	RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };
	RV_AUTO(rv_free) struct rv_values *two = calloc(2, sizeof *two);
	RV_AUTO(rv_buf_free) struct rv_buf doc = published("statement.json");
	struct rv_verify_input in = { .evidence = &e, .values_name = "v.json" };
	struct rv_signature sig;
	struct rv_err err = { 0 };
	static struct said said;

	(void)state;
	assert_non_null(two);
	assert_true(rv_evidence_read_path("tests/vectors/nitro/good.cose", NULL,
					  &e, &err));
	assert_true(rv_publish_read(rv_buf_span(&doc), rv_span(NULL, 0), two,
				    &sig, &err));
	two->has_os_image_hash = true;
	memset(two->os_image_hash.b, 7, sizeof two->os_image_hash.b);
	for (size_t i = 0; i < RV_LEN(t); i++) {
		RV_AUTO(rv_publication_free) struct rv_publication p = { 0 };
		struct rv_span bytes;
		enum rv_code code;

		two[1] = two[0];
		two[1].shape.cpus++;
		two[1].reg[0].value.b[0] ^= 1;
		two[1].os_image_hash.b[31] ^= t[i].other_hash;
		if (t[i].no_hash)
			two[1].has_os_image_hash = false;
		if (t[i].other_platform) {
			two[1].platforms.has_gcp = true;
			two[1].platforms.uki_auth.b[0] = 1;
		}
		if (!rv_publish_all(RV_FORMAT_VALUES, two, 2, rv_span(NULL, 0),
				    &p, &err))
			fail_msg("%s", err.msg);
		bytes = rv_buf_span(&p.document);
		in.values = &bytes;
		code = answer(v, &in, &said);
		if (t[i].code == RV_OK)
			assert_true(strstr(said.text, "os_image_hash"));
		else
			assert_int_equal(code, RV_INPUT);
		assert_int_equal(strstr(said.text,
					"v.json: they are of more than one"
					" image") != NULL,
				 t[i].code != RV_OK);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_image_gives_its_registers),
		cmocka_unit_test(an_image_without_its_parts),
		cmocka_unit_test(the_version_of_an_image),
		cmocka_unit_test(a_location_is_no_reference),
		cmocka_unit_test(keys_of_values),
		cmocka_unit_test(who_signed),
		cmocka_unit_test(values_are_of_one_image),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
