/* SPDX-License-Identifier: Apache-2.0 */
/* grubtest.c - conditions of grub's configuration: [ and test. */
#include "grubrun.h"

struct test {
	struct rv_grub_run *r;
	const struct rv_grub_words *w;
	size_t at, end;
	bool undecided;
};

static const char *arg(const struct test *t, size_t ahead)
{
	return t->at + ahead < t->end ? t->w->w[t->at + ahead].p : "";
}

static bool is_one_of(const char *s, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(s, list[i]) == 0)
			return true;
	return false;
}

static bool is_binary(const char *s)
{
	static const char *const known[] = {
		"=",   "==",  "!=",  "<",   "<=",   ">",    ">=",  "-eq", "-ge",
		"-gt", "-le", "-lt", "-ne", "-pgt", "-plt", "-nt", "-ot", "-ef",
	};

	return is_one_of(s, known, RV_LEN(known));
}

static bool is_unary(const char *s)
{
	static const char *const known[] = {
		"-n", "-z", "-e", "-f", "-s", "-d"
	};

	return is_one_of(s, known, RV_LEN(known));
}

static bool numbers(struct test *t, const char *op, uint64_t a, uint64_t b)
{
	if (strcmp(op, "-eq") == 0)
		return a == b;
	if (strcmp(op, "-ne") == 0)
		return a != b;
	if (strcmp(op, "-gt") == 0)
		return a > b;
	if (strcmp(op, "-ge") == 0)
		return a >= b;
	if (strcmp(op, "-lt") == 0)
		return a < b;
	if (strcmp(op, "-le") == 0)
		return a <= b;
	t->undecided = true;
	return false;
}

static bool binary(struct test *t)
{
	const char *a = arg(t, 0), *op = arg(t, 1), *b = arg(t, 2);
	uint64_t x = 0, y = 0;

	t->at += 3;
	if (strcmp(op, "=") == 0 || strcmp(op, "==") == 0)
		return strcmp(a, b) == 0;
	if (strcmp(op, "!=") == 0)
		return strcmp(a, b) != 0;
	if (!rv_decimal(rv_text(a), INT32_MAX, &x) ||
	    !rv_decimal(rv_text(b), INT32_MAX, &y))
		t->undecided = true;
	return numbers(t, op, x, y);
}

static bool unary(struct test *t)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	const char *op = arg(t, 0);
	struct rv_grub_text what = t->w->w[t->at + 1];
	enum rv_grub_there there;

	t->at += 2;
	if (op[1] == 'n' || op[1] == 'z')
		return (*what.p != 0) == (op[1] == 'n');
	/* Only -s opens the file, so only that is measured. */
	there = op[1] == 'd' ? RV_GRUB_UNKNOWN
			     : rv_grub_file(t->r, what,
					    op[1] == 's' ? "file" : NULL, &b);
	t->undecided |= there == RV_GRUB_UNKNOWN;
	return there == RV_GRUB_THERE;
}

static bool primary(struct test *t)
{
	bool is_not = false, yes;

	while (t->end - t->at > 1 && strcmp(arg(t, 0), "!") == 0) {
		is_not = !is_not;
		t->at++;
	}
	if (t->end - t->at >= 3 && is_binary(arg(t, 1))) {
		yes = binary(t);
	} else if (t->end - t->at >= 2 && is_unary(arg(t, 0))) {
		yes = unary(t);
	} else if (t->at < t->end && arg(t, 0)[0] != '(') {
		yes = *arg(t, 0) != 0;
		t->at++;
	} else {
		t->undecided = true;
		yes = false;
	}
	return yes != is_not;
}

static bool all_of(struct test *t)
{
	bool yes = primary(t);

	while (!t->undecided && strcmp(arg(t, 0), "-a") == 0) {
		t->at++;
		yes = primary(t) && yes;
	}
	return yes;
}

int rv_grub_test(struct rv_grub_run *r, const struct rv_grub_words *w)
{
	struct test t = { .r = r, .w = w, .at = 1, .end = w->n };
	bool yes;

	for (size_t i = 1; i < w->n; i++)
		if (!w->w[i].known)
			return RV_GRUB_UNDECIDED;
	if (strcmp(w->w[0].p, "[") == 0) {
		if (w->n < 2 || strcmp(w->w[w->n - 1].p, "]") != 0)
			return RV_GRUB_UNDECIDED;
		t.end--;
	}
	if (t.at == t.end)
		return 1;
	yes = all_of(&t);
	while (!t.undecided && strcmp(arg(&t, 0), "-o") == 0) {
		t.at++;
		yes = all_of(&t) || yes;
	}
	if (t.undecided || t.at != t.end)
		return RV_GRUB_UNDECIDED;
	return yes ? 0 : 1;
}
