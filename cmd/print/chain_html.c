/* SPDX-License-Identifier: Apache-2.0 */
/* chain_html.c - what a verdict stands on, as a picture. */
#include "chain_html.h"
#include "html_text.h"

#include <stdio.h>

enum {
	WIDTH = 360,
	HIGH = 40, /* of a box */
	STEP = 52, /* from one to the next */
	TRUNK_MAX = 4,
	ROWS_MAX = 80,
	LEFT = 20, /* letters that a box has room for */
	RIGHT = 27,
	WIDE = 48,
	WIDE_BELOW = 53, /* smaller ones */
};

/* What a row of the report is held against, in the words of the field. */
static const struct {
	const char *check, *left, *right;
} known[] = {
	{ "tcb_status", "TCB", "versions of the platform" },
	{ "td_attributes", "attributes", "no debugging" },
	{ "debug", "attributes", "no debug mode" },
	{ "vtpm_signature", "vTPM", "its maker's endorsement" },
	{ "vtpm_quote", "vTPM's quote", "its signature" },
	{ "mrtd", "MRTD", "firmware" },
	{ "rtmr0", "RTMR0", "virtual hardware" },
	{ "rtmr1", "RTMR1", "kernel" },
	{ "rtmr2", "RTMR2", "command line, initramfs" },
	{ "launch_digest", "launch digest", "firmware and image" },
	{ "measurement", "launch digest", "firmware and image" },
	{ "os_image_hash", "os_image_hash", "OS image" },
	{ "compose_hash", "compose-hash", "app-compose.json" },
	{ "mr_config_id", "mr_config_id", "app-compose.json" },
	{ "host_data", "HOST_DATA", "app-compose.json" },
	{ "images", "images", "container images" },
	{ "image_signature", "images", "their signatures" },
	{ "app_key", "app-id", "its key, by the KMS" },
};

struct box {
	const char *title, *below; /* borrowed; @below may be NULL */
	enum rv_verdict verdict;
};

static enum rv_verdict verdict_of(const struct rv_report *r, const char *name)
{
	const struct rv_check *c = rv_report_find(r, name);

	return c ? c->verdict : RV_UNCHECKED;
}

static const char *sign(enum rv_verdict v)
{
	switch (v) {
	case RV_YES:
		return "✓";
	case RV_DIFFERS:
		return "✗";
	case RV_CANNOT_TELL:
		return "?";
	case RV_UNCHECKED:
		break;
	}
	return "–";
}

static void line(struct rv_grow *to, int x1, int y1, int x2, int y2,
		 enum rv_verdict v)
{
	rv_grow_printf(to, "<path class=\"%s\" d=\"M%d %dL%d %d\"/>",
		       rv_verdict_name(v), x1, y1, x2, y2);
}

static void draw(struct rv_grow *to, const struct box *b, int x, int y, int w,
		 size_t letters)
{
	const char *v = rv_verdict_name(b->verdict);

	rv_grow_printf(to,
		       "<g class=\"%s\"><rect x=\"%d\" y=\"%d\" width=\"%d\" "
		       "height=\"%d\" rx=\"6\"/><text x=\"%d\" y=\"%d\">%s ",
		       v, x, y, w, HIGH, x + 8, y + 17, sign(b->verdict));
	rv_html_clipped(to, b->title, letters - 3);
	rv_grow_printf(to, "</text><text class=\"sub\" x=\"%d\" y=\"%d\">",
		       x + 8, y + 32);
	rv_grow_text(to, v);
	if (b->below && *b->below) {
		rv_grow_text(to, ": ");
		rv_html_clipped(to, b->below,
				(letters == WIDE ? WIDE_BELOW : letters) -
				    strlen(v));
	}
	rv_grow_text(to, "</text></g>\n");
}

/* ---- from the root to what was signed ---- */

/* With --explain each link has a row of its own. */
static enum rv_verdict link_of(const struct rv_report *r, const char *part)
{
	const struct rv_check *c = rv_report_find(r, part);

	return c ? c->verdict : verdict_of(r, "quote_signature");
}

static size_t trunk_tdx(const struct rv_verified *c, struct box b[TRUNK_MAX],
			char fmspc[32])
{
	const struct rv_quote_verdict *v = &c->proof.verdict;
	const struct rv_report *r = &c->report;
	enum rv_verdict chain = link_of(r, "quote.pck_chain");

	if (v->has_pck) {
		memcpy(fmspc, "FMSPC ", 6);
		rv_hex(rv_span(v->pck.fmspc, sizeof v->pck.fmspc), fmspc + 6);
	}
	b[0] = (struct box){ c->proof.checked && v->verified && !v->intel_root
				 ? "the root that was given"
				 : "Intel's root",
			     NULL, chain };
	b[1] = (struct box){ "PCK certificate of the processor", fmspc, chain };
	b[2] = (struct box){ "quoting enclave", NULL,
			     link_of(r, "quote.qe_report_signature") };
	b[3] = (struct box){ "quote", rv_proof_headline(&c->proof),
			     verdict_of(r, "quote_signature") };
	return 4;
}

static size_t trunk(const struct rv_verified *c, struct box b[TRUNK_MAX],
		    char fmspc[32])
{
	enum rv_verdict v = verdict_of(&c->report, "quote_signature");
	const struct box amd[] = {
		{ "AMD's root (ARK)", NULL, v },
		{ "key of the processor family (ASK)", NULL, v },
		{ "key of the chip (VCEK), or a cloud's (VLEK)", NULL, v },
		{ "report", rv_snp_proof_headline(&c->snp), v },
	};
	const struct box aws[] = {
		{ "AWS's root", NULL, v },
		{ "certificates of region and host", NULL, v },
		{ "document", rv_nitro_headline(&c->nitro), v },
	};

	if (c->evidence && c->evidence->attester == RV_ATTESTER_SNP) {
		memcpy(b, amd, sizeof amd);
		return RV_LEN(amd);
	}
	if (c->evidence && c->evidence->attester == RV_ATTESTER_NITRO) {
		memcpy(b, aws, sizeof aws);
		return RV_LEN(aws);
	}
	return trunk_tdx(c, b, fmspc);
}

/* ---- from there to what was named ---- */

/* What it is held against, in the few letters there are; NULL: nothing. */
static const char *against(const struct rv_check *c)
{
	static const struct {
		const char *from, *shorter;
	} said[] = {
		{ "the given app-compose.json", "given manifest" },
		{ "sha256 of the given app-compose.json", "given manifest" },
		{ "the given root of the KMS", "given root" },
		{ "computed from the image and the machine shape",
		  "image and shape" },
	};

	if (c->verdict == RV_UNCHECKED || !c->from)
		return NULL;
	for (size_t i = 0; i < RV_LEN(said); i++)
		if (strcmp(c->from, said[i].from) == 0)
			return said[i].shorter;
	return c->from;
}

/* Is it something that was measured and held against something? */
static bool is_row(const struct rv_check *c, struct box *left,
		   struct box *right)
{
	static const char image[] = "image ", of[] = "image_signature ";

	*left = (struct box){ c->name, NULL, RV_UNCHECKED };
	*right = (struct box){ "", against(c), c->verdict };
	for (size_t i = 0; i < RV_LEN(known); i++) {
		if (strcmp(c->name, known[i].check) != 0)
			continue;
		left->title = known[i].left;
		right->title = known[i].right;
		return true;
	}
	if (strncmp(c->name, image, strlen(image)) == 0) {
		left->title = "image";
		right->title = c->name + strlen(image);
		return true;
	}
	if (strncmp(c->name, of, strlen(of)) == 0) {
		left->title = c->name + strlen(of);
		right->title = "its signature";
		right->below = NULL;
		return true;
	}
	if (strncmp(c->name, "pcr", 3) == 0 && !strstr(c->name, "_log")) {
		right->title = "what it should be";
		return true;
	}
	right->title = "what it is bound to";
	return c->layer == RV_LAYER_REPORT_DATA &&
	       strcmp(c->name, "to_check") != 0;
}

/* What the machine's side of a row rests on; NULL: on the quote itself. */
static const char *rests(const struct rv_report *r, const struct rv_check *c,
			 char name[48])
{
	if (strncmp(c->name, "image", 5) == 0)
		return "compose_hash";
	if (strcmp(c->name, "compose_hash") == 0 ||
	    strcmp(c->name, "app_key") == 0 ||
	    strcmp(c->name, "os_image_hash") == 0)
		return rv_report_find(r, "pcr14_log") ? "pcr14_log"
						      : "rtmr3_log";
	snprintf(name, 48, "%.30s_log", c->name);
	return name;
}

/* Its events, where a log says what it consists of; else the quote has it. */
static void set_left(const struct rv_report *r, const struct rv_check *c,
		     enum rv_verdict quote, struct box *left)
{
	char name[48];
	const struct rv_check *on = rv_report_find(r, rests(r, c, name));

	left->verdict = on ? on->verdict : quote;
	left->below = NULL;
	/* What nobody signed is no more than what a log says; and what the
	 * machine says nothing of is in neither. */
	if (left->verdict == RV_YES && quote != RV_YES)
		left->verdict = quote;
	if (!c->actual && c->verdict != RV_YES && c->verdict != RV_DIFFERS)
		left->verdict = RV_UNCHECKED;
	else if (on && strstr(on->name, "_log"))
		left->below = "events";
}

static int rows(const struct rv_verified *c, int y, enum rv_verdict quote,
		struct rv_grow *to)
{
	const struct rv_report *r = &c->report;
	int top = y - (STEP - HIGH), n = 0, last = top;

	for (size_t i = 0; i < r->n && n < ROWS_MAX; i++) {
		struct box left, right;

		if (!is_row(&r->check[i], &left, &right))
			continue;
		set_left(r, &r->check[i], quote, &left);
		line(to, 5, y + HIGH / 2, 14, y + HIGH / 2, left.verdict);
		draw(to, &left, 14, y, 140, LEFT);
		line(to, 154, y + HIGH / 2, 166, y + HIGH / 2, right.verdict);
		draw(to, &right, 166, y, WIDTH - 166 - 2, RIGHT);
		last = y + HIGH / 2;
		y += STEP;
		n++;
	}
	if (n)
		line(to, 5, top, 5, last, quote);
	return y;
}

void rv_chain_html(const struct rv_verified *c, struct rv_grow *to)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct box b[TRUNK_MAX];
	char fmspc[32] = "";
	size_t n = trunk(c, b, fmspc);
	int y = 2;

	for (size_t i = 0; i < n; i++) {
		draw(&g, &b[i], 2, y, WIDTH - 4, WIDE);
		if (i + 1 < n)
			line(&g, WIDTH / 2, y + HIGH, WIDTH / 2, y + STEP,
			     b[i + 1].verdict);
		y += STEP;
	}
	y = rows(c, y, b[n - 1].verdict, &g);
	rv_grow_printf(to,
		       "<svg class=\"chain\" role=\"img\" viewBox=\"0 0 %d %d\""
		       " aria-label=\"What the verdict stands on: each box has "
		       "the word of its row below\">\n",
		       WIDTH, y);
	rv_grow_add(to, g.buf.p, g.buf.n);
	to->failed = to->failed || g.failed;
	rv_grow_text(to, "</svg>\n");
}
