/* SPDX-License-Identifier: Apache-2.0 */
/* html_page.c - what all pages have: their head, and how they look. */
#include "html_page.h"
#include "html_text.h"

static const char style[] =
    ":root{color-scheme:light dark;--fg:#1b1f24;--bg:#fff;--dim:#59636e;"
    "--line:#d1d9e0;--soft:#f6f8fa;--yes:#116329;--no:#b3001b;"
    "--doubt:#7d4e00;--nobg:#ffebe9}"
    "@media screen and (prefers-color-scheme:dark){:root{--fg:#e6edf3;"
    "--bg:#0d1117;--dim:#9198a1;--line:#3d444d;--soft:#161b22;"
    "--yes:#56d364;--no:#ff7b72;--doubt:#e3b341;--nobg:#3c1618}}"
    "*{box-sizing:border-box}"
    "body{margin:0 auto;max-width:64rem;padding:1rem;color:var(--fg);"
    "background:var(--bg);font:1rem/1.5 system-ui,sans-serif;"
    "overflow-wrap:anywhere}"
    "h1{font-size:1.4rem}h2{font-size:1.15rem;margin-top:2rem;"
    "border-bottom:1px solid var(--line)}"
    "code,.v{font:.85rem/1.4 ui-monospace,monospace;overflow-wrap:anywhere}"
    ".verdict{font-size:1.3rem;padding:.6rem 1rem;border:2px solid;"
    "border-radius:.5rem;font-weight:600}"
    ".verdict span{display:block;font-size:1rem;font-weight:400;"
    "color:var(--fg)}"
    "svg.chain,svg.lanes{display:block;width:100%;max-width:32rem;"
    "height:auto;margin:1rem 0}"
    "svg text{font:13px system-ui,sans-serif;fill:currentColor}"
    "svg text.sub{font-size:11px}"
    "svg rect,svg path,svg circle{fill:none;stroke:currentColor;"
    "stroke-width:1.5}"
    "svg .no rect,svg path.no{stroke-width:3}"
    "svg .cannot-tell rect,svg path.cannot-tell{stroke-dasharray:6 3}"
    "svg .unchecked rect,svg path.unchecked{stroke-dasharray:2 3}"
    "svg path.yes,svg path.no,svg path.cannot-tell,svg path.unchecked{"
    "stroke:currentColor}"
    "svg .event circle{fill:var(--bg)}"
    "svg .event circle.full{fill:currentColor}"
    "svg .top{fill:var(--dim);text-anchor:middle}"
    "summary{cursor:pointer}summary b{margin-right:.75rem}"
    ".yes{color:var(--yes)}.no{color:var(--no)}.cannot-tell{"
    "color:var(--doubt)}.unchecked{color:var(--dim)}"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem}"
    "dt,small{color:var(--dim)}dd{margin:0;min-width:0}"
    "ul{padding-left:1.25rem}"
    "ul.layers{display:flex;flex-wrap:wrap;gap:.5rem;padding:0;"
    "list-style:none}"
    "ul.layers li{border:1px solid var(--line);border-radius:.5rem;"
    "padding:.2rem .6rem}"
    ".check{border:1px solid var(--line);border-radius:.5rem;margin:.5rem 0;"
    "padding:.5rem .75rem}.check b{margin-right:.75rem}"
    ".check.bad{border-left:4px solid var(--no)}"
    ".check code{margin-right:.5rem}.check p{margin:.25rem 0}"
    ".pair{display:grid;grid-template-columns:1fr 1fr;gap:.5rem}"
    ".pair.one{grid-template-columns:1fr}"
    ".pair div{background:var(--soft);padding:.35rem .5rem;"
    "border-radius:.3rem;min-width:0}"
    "ol.log{list-style:none;padding:0;margin:0;border-left:2px solid "
    "var(--line)}"
    "ol.log li{padding:.2rem 0 .2rem .75rem;break-inside:avoid}"
    "ol.log li.first{background:var(--nobg);border-left:4px solid var(--no);"
    "print-color-adjust:exact;-webkit-print-color-adjust:exact}"
    "pre.diff{background:var(--soft);padding:.5rem;border-radius:.3rem;"
    "white-space:pre-wrap;overflow-wrap:anywhere;font:.8rem/1.4 "
    "ui-monospace,monospace}"
    "table{border-collapse:collapse;width:100%}td,th{text-align:left;"
    "vertical-align:top;padding:.15rem .4rem;border-bottom:1px solid "
    "var(--line);font-size:.85rem}"
    "del,ins,pre span{text-decoration:none;display:block}"
    "del{color:var(--no)}ins{color:var(--yes)}"
    "@media(max-width:40rem){.pair{grid-template-columns:1fr}"
    "dl{grid-template-columns:1fr;gap:0}dd{margin:0 0 .5rem 1rem}}"
    "@media print{body{max-width:none;font-size:10pt}.check{break-inside:"
    "avoid}h2{break-after:avoid}}";

void rv_html_begin(struct rv_grow *to, const char *title)
{
	/* An icon of no bytes: browsers look for one elsewhere otherwise. */
	rv_grow_text(to, "<!DOCTYPE html><html lang=\"en\"><head><meta "
			 "charset=\"utf-8\"><meta name=\"viewport\" content="
			 "\"width=device-width,initial-scale=1\"><meta "
			 "http-equiv=\"Content-Security-Policy\" content=\""
			 "default-src 'none'; style-src 'unsafe-inline'; "
			 "img-src data:; base-uri 'none'; form-action "
			 "'none'\"><link rel=\"icon\" href=\"data:,\">"
			 "<title>refval: ");
	rv_html_str(to, title);
	rv_grow_printf(to, "</title><style>%s</style></head><body>", style);
}

void rv_html_verdict(struct rv_grow *to, const char *colour, const char *words,
		     const char *why)
{
	rv_grow_printf(to, "<p class=\"verdict %s\">verdict: %s", colour,
		       words);
	if (why && *why) {
		rv_grow_text(to, " <span>");
		rv_html_str(to, why);
		rv_grow_text(to, "</span>");
	}
	rv_grow_text(to, "</p>\n");
}
