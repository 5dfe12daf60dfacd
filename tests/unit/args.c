/* SPDX-License-Identifier: Apache-2.0 */
/* args.c - every word of a command line has its effect, or is wrong use. */
#include "../../cmd/frame/args.h"
#include "base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { WORDS = 200 };

static const char *file, *key, *mode;
static bool quiet, plain;
static struct rv_list many;

static const struct rv_opt opts[] = {
	RV_OPT_LETTER('f', "file", "FILE", &file, ""),
	RV_OPT_TEXT("file-key", "FILE", &key, ""),
	RV_OPT_TEXT("mode", "NAME", &mode, ""),
	{ .letter = 'q', .name = "quiet", .help = "", .flag = &quiet },
	{ .letter = 'p', .name = "plain", .help = "", .flag = &plain },
	RV_OPT_LIST("many", "FILE", &many, ""),
	{ 0 },
};
static const struct rv_rule rules[] = {
	{ "file-key", "file many", NULL, "it opens them" },
	{ "quiet", NULL, "plain mode", NULL },
	{ 0 },
};
static const struct rv_cmd cmd = {
	.name = "test", .opts = opts, .rules = rules, .reads = "file many"
};

/* What was read of one line, and what was said of it. */
static struct {
	char copy[WORDS][32];
	char *word[WORDS];
	int n;
	char **operand;
	struct rv_asking ask;
	struct rv_err err;
} line;

static bool run(const struct rv_cmd *c)
{
	char **argv = line.word;
	int argc = line.n;
	bool good;

	file = key = mode = NULL;
	quiet = plain = false;
	many.n = 0;
	line.err = (struct rv_err){ 0 };
	good = rv_args_read(c, &argc, &argv, &line.ask, &line.err);
	line.n = argc;
	line.operand = argv;
	if (!good)
		assert_int_equal(line.err.code, RV_USAGE);
	return good;
}

static void add(const char *word)
{
	assert_true(line.n < WORDS && strlen(word) < sizeof line.copy[0]);
	memcpy(line.copy[line.n], word, strlen(word) + 1);
	line.word[line.n] = line.copy[line.n];
	line.n++;
}

/* Words with one space between; an empty one is two spaces. */
static void split(const char *text)
{
	char word[32];

	line.n = 0;
	add("refval-test");
	for (size_t n; *text; text += n + (text[n] == ' ')) {
		n = strcspn(text, " ");
		assert_true(n < sizeof word);
		memcpy(word, text, n);
		word[n] = '\0';
		add(word);
	}
}

static bool read_line(const char *text)
{
	split(text);
	return run(&cmd);
}

static void refused(const char *text, const char *why)
{
	if (read_line(text))
		fail_msg("%s: taken", text);
	assert_string_equal(line.err.msg, why);
}

static void names_are_never_abbreviated(void **state)
{
	(void)state;
	refused("--fil x", "unknown option --fil, did you mean --file?");
	refused("--fil=x", "unknown option --fil, did you mean --file?");
	refused("--qui", "unknown option --qui");
	refused("--many-more x", "unknown option --many-more");
	refused("--=x", "unknown option --");
	refused("--File x", "unknown option --File, did you mean --file?");
	/* One name that another starts with is itself. */
	assert_true(read_line("--file x"));
	assert_string_equal(file, "x");
	assert_null(key);
	assert_true(read_line("--file-key x --file y"));
	assert_string_equal(key, "x");
	assert_string_equal(file, "y");
}

static void arguments(void **state)
{
	(void)state;
	/* Nothing behind "=" is an argument, and an empty one. */
	assert_true(read_line("--file="));
	assert_string_equal(file, "");
	assert_true(read_line("--file=a=b"));
	assert_string_equal(file, "a=b");
	/* What looks like an option is an argument where one is due. */
	assert_true(read_line("--file --quiet"));
	assert_string_equal(file, "--quiet");
	assert_false(quiet);
	assert_true(read_line("--file -- x"));
	assert_string_equal(file, "--");
	assert_int_equal(line.n, 1);
	refused("--file", "missing argument to --file");
	refused("x --file", "missing argument to --file");
	refused("--quiet=", "--quiet takes no argument");
	refused("--quiet=yes", "--quiet takes no argument");
	refused("--file x --file x", "--file given twice");
	refused("--file= --file=", "--file given twice");
	refused("--quiet --quiet", "--quiet given twice");
}

static void letters(void **state)
{
	(void)state;
	assert_true(read_line("-f x"));
	assert_string_equal(file, "x");
	assert_true(read_line("-fx"));
	assert_string_equal(file, "x");
	/* A letter has no "=": that is of its argument. */
	assert_true(read_line("-f=x"));
	assert_string_equal(file, "=x");
	assert_true(read_line("-pfx"));
	assert_true(plain);
	assert_string_equal(file, "x");
	assert_true(read_line("-pf x y"));
	assert_string_equal(file, "x");
	assert_int_equal(line.n, 1);
	refused("-f", "missing argument to -f");
	refused("-pf", "missing argument to -pf");
	refused("-px", "unknown option -x in -px");
	refused("-mode", "unknown option -m in -mode, did you mean --mode?");
	refused("-pp", "--plain given twice");
	refused("-x", "unknown option -x");
	refused("-f x --file y", "--file given twice");
}

static void operands(void **state)
{
	(void)state;
	assert_true(read_line("a --file x b"));
	assert_int_equal(line.n, 2);
	assert_string_equal(line.operand[0], "a");
	assert_string_equal(line.operand[1], "b");
	/* Behind "--" all are operands, the next "--" as well. */
	assert_true(read_line("a -- --file -- -q"));
	assert_int_equal(line.n, 4);
	assert_string_equal(line.operand[1], "--file");
	assert_string_equal(line.operand[2], "--");
	assert_string_equal(line.operand[3], "-q");
	assert_null(file);
	assert_true(read_line("--"));
	assert_int_equal(line.n, 0);
	/* An empty word is an operand, which names no file. */
	assert_true(read_line("a  b"));
	assert_int_equal(line.n, 3);
	assert_string_equal(line.operand[1], "");
}

static void standard_input_is_read_once(void **state)
{
	static const char once[] = "standard input can be read only once, not";
	char want[120];

	(void)state;
	assert_true(read_line("-"));
	assert_string_equal(line.operand[0], "-");
	assert_true(read_line("--file - x"));
	snprintf(want, sizeof want, "%s by an operand and by an operand", once);
	refused("- -", want);
	refused("-- - -", want);
	snprintf(want, sizeof want, "%s by --file and by an operand", once);
	refused("--file - -", want);
	refused("- --file=-", want);
	snprintf(want, sizeof want, "%s by --many and by --many", once);
	refused("--many - --many x --many -", want);
	snprintf(want, sizeof want, "%s by --file and by --many", once);
	refused("--many - -f-", want);
	/* Of an option that reads nothing it is a word like another. */
	assert_true(read_line("--mode - -"));
}

static void a_list_is_full(void **state)
{
	(void)state;
	split("");
	for (int i = 0; i < RV_LIST_MAX; i++)
		add("--many=x");
	assert_true(run(&cmd));
	assert_int_equal(many.n, RV_LIST_MAX);
	split("");
	for (int i = 0; i <= RV_LIST_MAX; i++)
		add("--many=x");
	assert_false(run(&cmd));
	assert_string_equal(line.err.msg, "--many given more than 64 times");
}

/* A table has as many rows as it has: the last one counts as the first. */
static void tables_of_any_length(void **state)
{
	enum { ROWS = 150 };
	static struct rv_opt rows[ROWS + 1];
	static char name[ROWS][16];
	static bool flag[ROWS];
	const struct rv_cmd big = { .name = "big", .opts = rows };

	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		snprintf(name[i], sizeof name[i], "option-%zu", i);
		rows[i] = (struct rv_opt){ .name = name[i],
					   .help = "",
					   .flag = &flag[i] };
	}
	for (size_t i = 0; i < ROWS; i++) {
		char word[24];

		memset(flag, 0, sizeof flag);
		snprintf(word, sizeof word, "--option-%zu", i);
		split(word);
		assert_true(run(&big));
		for (size_t k = 0; k < ROWS; k++)
			assert_int_equal(flag[k], k == i);
	}
	split("--option-150");
	assert_false(run(&big));
	assert_string_equal(
	    line.err.msg,
	    "unknown option --option-150, did you mean --option-10?");
}

static void rules_hold(void **state)
{
	(void)state;
	refused("--file-key x",
		"--file-key needs --file or --many: it opens them");
	assert_true(read_line("--file-key x --many y"));
	refused("-p --quiet", "--quiet does not go with --plain");
	refused("--mode x -q", "--quiet does not go with --mode");
	assert_true(read_line("--mode x -p"));
	/* An empty argument was given, too. */
	refused("--mode= -q", "--quiet does not go with --mode");
}

static void asked_for(void **state)
{
	(void)state;
	assert_true(read_line("--help"));
	assert_int_equal(line.ask.ask, RV_ASK_HELP);
	/* Whatever stands behind it. */
	assert_true(read_line("-q --version --none"));
	assert_int_equal(line.ask.ask, RV_ASK_VERSION);
	/* ... but not in place of an argument, nor behind "--". */
	assert_true(read_line("--mode --help"));
	assert_int_equal(line.ask.ask, RV_ASK_RUN);
	assert_true(read_line("-- --help"));
	assert_int_equal(line.ask.ask, RV_ASK_RUN);
	assert_int_equal(line.n, 1);
	refused("--help=x", "--help takes no argument but \"all\"");
	refused("--hel", "unknown option --hel, did you mean --help?");
	assert_true(read_line("-h"));
	assert_int_equal(line.ask.ask, RV_ASK_HELP);
	assert_true(read_line("-V"));
	assert_int_equal(line.ask.ask, RV_ASK_VERSION);
	assert_true(read_line("--help all"));
	assert_int_equal(line.ask.ask, RV_ASK_HELP_ALL);
	assert_true(read_line("--help=all"));
	assert_int_equal(line.ask.ask, RV_ASK_HELP_ALL);
	assert_true(read_line(""));
	assert_int_equal(line.n, 0);
	assert_int_equal(line.ask.ask, RV_ASK_RUN);
}

static void what_is_read_is_there(void **state)
{
	(void)state;
	refused("--file no", "--file no: No such file or directory");
	refused("--many x --many no", "--many no: No such file or directory");
	refused("x/y", "x/y: Not a directory");
	/* Of an option that reads nothing it is a word like another. */
	assert_true(read_line("--mode no"));
}

/* Files of all the names that lines here have, in a folder of their own. */
static int make_files(void **state)
{
	static const char *const name[] = { "x",   "y",	      "a",     "b",
					    "a=b", "--",      "=x",    "--file",
					    "-q",  "--quiet", "--help" };
	static char folder[] = "/tmp/refval-args-XXXXXX";

	if (!mkdtemp(folder) || chdir(folder) != 0)
		return -1;
	*state = folder;
	for (size_t i = 0; i < RV_LEN(name); i++) {
		FILE *f = fopen(name[i], "w");

		if (!f || fclose(f) != 0)
			return -1;
	}
	return 0;
}

static int remove_files(void **state)
{
	char command[64];

	snprintf(command, sizeof command, "rm -r %s", (const char *)*state);
	return chdir("/") != 0 || system(command) != 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_never_abbreviated),
		cmocka_unit_test(arguments),
		cmocka_unit_test(letters),
		cmocka_unit_test(operands),
		cmocka_unit_test(standard_input_is_read_once),
		cmocka_unit_test(a_list_is_full),
		cmocka_unit_test(tables_of_any_length),
		cmocka_unit_test(rules_hold),
		cmocka_unit_test(asked_for),
		cmocka_unit_test(what_is_read_is_there),
	};

	return cmocka_run_group_tests(tests, make_files, remove_files);
}
