/* SPDX-License-Identifier: Apache-2.0 */
/* refval.c - "refval NAME ..." runs "refval-NAME ..."; "refval help" is the
 * tour. */
#include "cmd.h"
#include "out.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

/* In the order the data flows. */
static const struct {
	const char *name, *answers;
} tour[] = {
	{ "unpack", "is this image tarball whole, what is its os_image_hash?" },
	{ "measure", "what must a machine of this image and shape report?" },
	{ "acpi", "which ACPI blobs does QEMU give a machine of this shape?" },
	{ "hash", "which digests has this docker image or compose manifest?" },
	{ "fetch", "what does the live machine say?" },
	{ "quote", "is this quote genuine, and what does it claim?" },
	{ "snp", "is this AMD SEV-SNP report genuine, of what launch?" },
	{ "gpu", "are these genuine NVIDIA GPUs, and what runs on them?" },
	{ "replay", "what did the event log record, giving which registers?" },
	{ "releases", "which releases are recorded, which one runs there?" },
	{ "diff", "do reference values and evidence agree; if not, why not?" },
	{ "publish",
	  "reference values, signed, in the formats verifiers read" },
	{ "verify", "all of it in one go" },
};

static void help(void)
{
	rv_out("Usage: refval COMMAND [OPTIONS] [FILES]\n"
	       "Reference values for dstack's Intel TDX machines: does the "
	       "machine that sent\nthis quote run exactly the software I have "
	       "in front of me?\n\nCommands, in the order data flows:\n");
	for (size_t i = 0; i < RV_LEN(tour); i++)
		rv_out("  %-9s %s\n", tour[i].name, tour[i].answers);
	rv_out("\nrefval COMMAND --help tells more of each.\n"
	       "\nExample:\n  refval verify --release dstack-0.5.8 "
	       "--evidence quote.json\n"
	       "\nExit: 0 yes, 1 no, 2 wrong use, 3 cannot tell,"
	       " 4 could not work\n");
}

static bool known(const char *word)
{
	for (size_t i = 0; i < RV_LEN(tour); i++)
		if (strcmp(tour[i].name, word) == 0)
			return true;
	return false;
}

/* Run the command that lies beside this program, else the one in PATH. */
static bool become(char **argv, struct rv_err *err)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof path - 32);
	char *slash;

	path[n > 0 ? n : 0] = '\0';
	slash = strrchr(path, '/');
	snprintf(slash ? slash + 1 : path, 32, "refval-%s", argv[0]);
	if (slash)
		execv(path, argv);
	execvp(slash ? slash + 1 : path, argv);
	return rv_fail(err, RV_SYSTEM, "refval-%s: %s", argv[0],
		       strerror(errno));
}

int main(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "";
	struct rv_err err = { 0 };

	if (strcmp(word, "help") == 0 || strcmp(word, "--help") == 0) {
		help();
		return rv_cmd_finish("refval", RV_OK);
	}
	if (strcmp(word, "--version") == 0) {
		rv_out("refval " REFVAL_VERSION "\n");
		return rv_cmd_finish("refval", RV_OK);
	}
	if (known(word))
		become(argv + 1, &err);
	else
		rv_err_set(&err, RV_USAGE, "%s%s",
			   *word ? "unknown command " : "a command is needed",
			   word);
	return rv_cmd_complain("refval", &err);
}
