/* SPDX-License-Identifier: Apache-2.0 */
/* verify.cc - verify.c again, by a program in C++. */
#include <refval.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

static std::string slurp(const char *path)
{
	std::ifstream f(path, std::ios::binary);

	return { std::istreambuf_iterator<char>(f), {} };
}

static std::string record;

static bool list(void *, rv_names *out, rv_err *err)
{
	return rv_names_add(out, record.c_str(), err);
}

static bool load(void *arg, const char *name, size_t, rv_buf *out, rv_err *)
{
	std::string s =
	    slurp((std::string(static_cast<char *>(arg)) + "/" + name).c_str());

	out->p = static_cast<uint8_t *>(std::malloc(s.size()));
	out->n = s.size();
	std::memcpy(out->p, s.data(), s.size());
	return true;
}

int main(int argc, char **argv)
{
	if (argc != 6)
		return RV_USAGE;
	std::string compose = slurp(argv[4]);
	rv_span span = { reinterpret_cast<const uint8_t *>(compose.data()),
			 compose.size() };
	rv_folder records = { "records", argv[2], list, load };
	rv_quote_policy policy = rv_quote_policy_default();
	rv_verifier_options how{};
	rv_verifier *verifier = nullptr;
	rv_evidence evidence{};
	rv_shape shape = rv_shape_default();
	rv_verify_input in{};
	rv_verified v{};
	rv_err err{};

	record = std::string(argv[3]) + ".json";
	how.records = &records;
	shape.cpus = 8;
	shape.memory = uint64_t(64) << 30;
	if (!rv_qemu_parse("8.2.2", &shape.qemu, &err))
		return err.code;
	in.shape = &shape;
	in.evidence = &evidence;
	in.release = argv[3];
	in.compose = &span;
	in.prove = true;
	in.proof.policy = &policy;
	in.proof.at = std::atoll(argv[5]);
	rv_code code =
	    rv_verifier_new(&how, &verifier, &err) &&
		    rv_evidence_read_path(argv[1], nullptr, &evidence, &err) &&
		    rv_verify(verifier, &in, &v, &err)
		? rv_report_code(&v.report)
		: err.code;

	std::cout << code << ' ' << err.msg << '\n';
	rv_verified_free(&v);
	rv_evidence_free(&evidence);
	rv_verifier_free(&verifier);
	return code;
}
