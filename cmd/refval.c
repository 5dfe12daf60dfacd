/* SPDX-License-Identifier: Apache-2.0 */
/* refval.c - "refval NAME ..." runs "refval-NAME ..."; "refval help" is the
 * tour. */
#include "cmd.h"
#include "near.h"
#include "out.h"
#include "terms.h"

#include <ctype.h>
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
	{ "serve", "the same over HTTP, for who asks on this machine" },
};

static void show_tour(void)
{
	rv_out("Usage: refval COMMAND [OPTIONS] [FILES]\n");
	rv_out_wrapped("Reference values for dstack's Intel TDX machines: does "
		       "the machine that sent this quote run exactly the "
		       "software I have in front of me?",
		       0, 0);
	rv_out("\nCommands, in the order data flows:\n");
	for (size_t i = 0; i < RV_LEN(tour); i++) {
		rv_out("  %-9s ", tour[i].name);
		rv_out_wrapped(tour[i].answers, 12, 12);
	}
	rv_out("\n");
	rv_out_wrapped("refval help COMMAND tells more of each; refval help "
		       "terms says what MRTD, TCB, PCK and others are.",
		       0, 0);
	rv_out("\nExample:\n  refval verify --release dstack-0.5.8 "
	       "--evidence quote.json\n\n");
	rv_out_wrapped("Exit: 0 yes, 1 no, 2 wrong use, 3 cannot tell, 4 could "
		       "not work",
		       0, 0);
}

static const char *tour_name(size_t i)
{
	static const char *const own[] = { "help", "version" };

	if (i < RV_LEN(tour))
		return tour[i].name;
	i -= RV_LEN(tour);
	return i < RV_LEN(own) ? own[i] : NULL;
}

static bool is_command(const char *word)
{
	for (size_t i = 0; i < RV_LEN(tour); i++)
		if (strcmp(tour[i].name, word) == 0)
			return true;
	return false;
}

static bool unknown_command(const char *word, struct rv_err *err)
{
	struct rv_near near = { .typed = rv_text(word) };
	char meant[RV_NEAR_TEXT];

	for (size_t i = 0; tour_name(i); i++)
		rv_near_try(&near, tour_name(i));
	return rv_fail(err, RV_USAGE, "unknown command %s%s", word,
		       rv_near_text(&near, "", meant));
}

/* Of "help WORD": it may have been a command, or a word of the field. */
static bool no_help(const char *word, struct rv_err *err)
{
	struct rv_near near = { .typed = rv_text(word) }, loud;
	char meant[RV_NEAR_TEXT], upper[RV_NEAR_TEXT];
	const char *name, *sentence;
	size_t n;

	for (n = 0; n < sizeof upper - 1 && word[n]; n++)
		upper[n] = (char)toupper((unsigned char)word[n]);
	upper[n] = '\0';
	loud = (struct rv_near){ .typed = rv_text(upper) };
	for (size_t i = 0; tour_name(i); i++)
		rv_near_try(&near, tour_name(i));
	rv_near_try(&near, "terms");
	/* Most of these are capitals, and may be asked for without. */
	for (size_t i = 0; rv_term(i, &name, &sentence); i++) {
		rv_near_try(&near, name);
		rv_near_try(&loud, name);
	}
	if (loud.best && (!near.best || loud.far < near.far))
		near = loud;
	return rv_fail(err, RV_USAGE,
		       "no help of %s: neither a command nor a word of the "
		       "field%s",
		       word, rv_near_text(&near, "", meant));
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

/* "help COMMAND [WORD...]" is "COMMAND [WORD...] --help", or "--help all". */
static bool help_of(int argc, char **argv, struct rv_err *err)
{
	enum { WORDS = 3 }; /* a command, its subcommand, "all" */
	char *words[WORDS + 3] = { NULL };
	static char ask[] = "--help";
	int n = 0;
	bool all = argc > 1 && strcmp(argv[argc - 1], "all") == 0;

	if (!is_command(argv[0]))
		return no_help(argv[0], err);
	if (argc - all > WORDS - 1)
		return rv_fail(err, RV_USAGE, "help of one command, not of %s",
			       argv[WORDS - 1]);
	for (int i = 0; i < argc - all; i++)
		words[n++] = argv[i];
	words[n++] = ask;
	if (all)
		words[n++] = argv[argc - 1];
	return become(words, err);
}

/* What "help" is followed by: nothing, the words of the field, or a command. */
static bool help(int argc, char **argv, struct rv_err *err)
{
	if (!argc || (argc == 1 && strcmp(argv[0], "help") == 0)) {
		show_tour();
		return true;
	}
	if (strcmp(argv[0], "terms") == 0 && argc == 1) {
		rv_terms_print();
		return true;
	}
	/* Some commands are called as words of the field are. */
	if (argc == 1 && !is_command(argv[0]) && rv_term_print(argv[0]))
		return true;
	return help_of(argc, argv, err);
}

static bool version(int argc, struct rv_err *err)
{
	if (argc)
		return rv_fail(err, RV_USAGE, "version takes no argument");
	rv_out("refval " REFVAL_VERSION "\n");
	return true;
}

static bool is(const char *word, const char *a, const char *b, const char *c)
{
	return strcmp(word, a) == 0 || strcmp(word, b) == 0 ||
	       strcmp(word, c) == 0;
}

int main(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "";
	struct rv_err err = { 0 };
	bool good;

	/* A script whose variable was empty is told so, not answered yes. */
	if (argc < 2) {
		rv_out_to_stderr();
		show_tour();
		return rv_cmd_finish("refval", RV_USAGE);
	}
	if (is(word, "help", "--help", "-h"))
		good = help(argc - 2, argv + 2, &err);
	else if (is(word, "version", "--version", "-V"))
		good = version(argc - 2, &err);
	else
		good = is_command(word) ? become(argv + 1, &err)
					: unknown_command(word, &err);
	return good ? rv_cmd_finish("refval", RV_OK)
		    : rv_cmd_complain("refval", &err);
}
