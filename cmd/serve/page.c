/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page.c - a form that works by itself, and a script that lets files be dropped
 * and text be pasted byte by byte. It only fills in the form: the browser sends
 * that, and shows the report as any page.
 */
#include "page.h"

const char rv_page_policy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:;"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/* Its style stands in it, so that it can be kept as one file. */
const char rv_report_policy[] =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:;"
    " form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

#define ZONE(id, legend, label, hint)                                          \
	"<fieldset class=\"zone\"><legend>" legend "</legend>"                 \
	"<label for=\"" id "\">" label "</label>"                              \
	"<input type=\"file\" id=\"" id "\" name=\"" id "\">"                  \
	"<label for=\"" id "_text\">or its text</label>"                       \
	"<textarea id=\"" id "_text\" name=\"" id "_text\" rows=\"5\""         \
	" spellcheck=\"false\" autocomplete=\"off\" placeholder=\"" hint       \
	"\"></textarea><output for=\"" id " " id "_text\"></output>"           \
	"</fieldset>\n"

/* clang-format off */
const char rv_page_html[] =
    "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">"
    "<meta name=\"viewport\" content=\"width=device-width,"
    "initial-scale=1\"><title>refval: verify a machine</title>"
    "<link rel=\"icon\" href=\"data:,\">"
    "<link rel=\"stylesheet\" href=\"/page.css\">"
    "<script src=\"/page.js\" defer></script></head><body><main>\n"
    "<h1>Which machine is this, and does it run what it should?</h1>\n"
    "<p>Give what the machine said of itself. The report says what its"
    " hardware, firmware, system and app are shown to be, what could not be"
    " told, and what was not checked.</p>\n"
    "<form method=\"post\" action=\"/report\""
    " enctype=\"multipart/form-data\">\n"
    ZONE("evidence", "What the machine said",
	 "A quote, an attestation, or any answer that holds one",
	 "{&quot;quote&quot;: ...} or hex")
    ZONE("compose", "What app it should run <small>(optional)</small>",
	 "The app-compose.json that you reviewed",
	 "{&quot;manifest_version&quot;: ...}")
    "<fieldset><legend>What release it should run"
    " <small>(optional)</small></legend>"
    "<label for=\"release\">The name of a record; without one the report"
    " says which release it is</label>"
    "<input type=\"text\" id=\"release\" name=\"release\" maxlength=\"64\""
    " autocomplete=\"off\" spellcheck=\"false\""
    " placeholder=\"dstack-0.5.8\"></fieldset>\n"
    "<p><button>Verify</button></p></form>\n"
    "<p><small>Sent to this service and nowhere else; nothing is kept. Text is"
    " sent with the line ends that your browser makes of it: where the bytes"
    " count, as in an app-compose.json, give the file.</small></p>\n"
    "</main></body></html>\n";
/* clang-format on */

const char rv_page_css[] =
    ":root{color-scheme:light dark;--fg:#1b1f24;--bg:#fff;--dim:#59636e;"
    "--line:#818b98;--soft:#f6f8fa;--hit:#0b57d0;--on:#fff}\n"
    "@media(prefers-color-scheme:dark){:root{--fg:#e6edf3;--bg:#0d1117;"
    "--dim:#9198a1;--line:#656c76;--soft:#161b22;--hit:#79b8ff;"
    "--on:#0d1117}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0 auto;max-width:48rem;padding:1rem;color:var(--fg);"
    "background:var(--bg);font:1rem/1.5 system-ui,sans-serif;"
    "overflow-wrap:anywhere}\n"
    "h1{font-size:1.4rem;line-height:1.25}\n"
    "small,output{color:var(--dim)}\n"
    "fieldset{margin:0 0 1rem;padding:.75rem 1rem 1rem;min-width:0;"
    "border:1px solid var(--line);border-radius:.5rem}\n"
    "fieldset.over{border:2px dashed var(--hit);background:var(--soft)}\n"
    "legend{font-weight:600;padding:0 .4rem}\n"
    "label{display:block;margin:.5rem 0 .2rem}\n"
    "input,textarea,button{font:inherit;color:inherit;max-width:100%}\n"
    "input[type=text],textarea{width:100%;padding:.4rem .5rem;"
    "background:var(--soft);border:1px solid var(--line);"
    "border-radius:.3rem}\n"
    "textarea{font:.85rem/1.4 ui-monospace,monospace;resize:vertical}\n"
    "output{display:block;min-height:1.5em}\n"
    "button{padding:.5rem 1.5rem;border:0;border-radius:.4rem;"
    "background:var(--hit);color:var(--on);font-weight:600;cursor:pointer}\n"
    ":focus-visible{outline:3px solid var(--hit);outline-offset:2px}\n";

const char rv_page_js[] =
    "'use strict';\n"
    "/* Text becomes a file, for a form would send other line ends. */\n"
    "for (const zone of document.querySelectorAll('.zone')) {\n"
    "  const file = zone.querySelector('input');\n"
    "  const text = zone.querySelector('textarea');\n"
    "  const said = zone.querySelector('output');\n"
    "  const fill = f => {\n"
    "    const d = new DataTransfer();\n"
    "    d.items.add(f);\n"
    "    file.files = d.files;\n"
    "  };\n"
    "  const show = () => {\n"
    "    const f = file.files[0];\n"
    "    said.textContent = f ? f.name + ', ' + f.size + ' bytes' :\n"
    "      text.value ? text.value.length + ' characters' :\n"
    "      'a file can be dropped here';\n"
    "  };\n"
    "  const over = on => e => {\n"
    "    e.preventDefault();\n"
    "    zone.classList.toggle('over', on);\n"
    "  };\n"
    "  file.addEventListener('change', () => { text.value = ''; show(); });\n"
    "  text.addEventListener('input', () => { file.value = ''; show(); });\n"
    "  zone.addEventListener('dragover', over(true));\n"
    "  zone.addEventListener('dragleave', over(false));\n"
    "  zone.addEventListener('drop', e => {\n"
    "    over(false)(e);\n"
    "    const d = e.dataTransfer;\n"
    "    if (d.files.length) { text.value = ''; fill(d.files[0]); }\n"
    "    else { file.value = ''; text.value = d.getData('text/plain'); }\n"
    "    show();\n"
    "  });\n"
    "  zone.closest('form').addEventListener('submit', () => {\n"
    "    if (!text.value) return;\n"
    "    fill(new File([text.value], 'pasted'));\n"
    "    text.disabled = true;\n"
    "  });\n"
    "  addEventListener('pageshow', () => {\n"
    "    if (text.disabled) { text.disabled = false; file.value = ''; }\n"
    "    show();\n"
    "  });\n"
    "}\n";
