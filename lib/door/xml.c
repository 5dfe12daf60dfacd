/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xml.c - the door to libxml2. What it would do quadratically (attributes of
 * one element) or not at all bounded (elements) is counted before it runs;
 * what it can be told by a document to do (entities, DTDs, other encodings)
 * is refused before it runs.
 */
#include "xml.h"

#include <libxml/c14n.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/xmlerror.h>
#include <pthread.h>
#include <stdlib.h>

struct rv_xml {
	xmlDoc *doc;
};

/* ---- what must hold before the parser runs ---- */

struct scan {
	struct rv_span in;
	size_t at;
	size_t elements, depth;
};

static bool starts(const struct scan *s, const char *word)
{
	size_t n = strlen(word);

	return s->in.n - s->at >= n && memcmp(s->in.p + s->at, word, n) == 0;
}

/* Go behind the next @word; to the end when there is none. */
static void skip_past(struct scan *s, const char *word)
{
	while (s->at < s->in.n && !starts(s, word))
		s->at++;
	s->at += s->at < s->in.n ? strlen(word) : 0;
}

/*
 * A tag, at its "<". XML 1.0, 3.1: values are in quotes and hold no "<", so
 * that the quotes of a well-formed tag count its attributes.
 */
static bool scan_tag(struct scan *s, struct rv_err *err)
{
	bool closes = starts(s, "</"), empty = false;
	size_t quotes = 0;

	for (s->at++; s->at < s->in.n && s->in.p[s->at] != '>'; s->at++) {
		uint8_t c = s->in.p[s->at];

		empty = c == '/';
		if (c != '"' && c != '\'')
			continue;
		quotes++;
		for (s->at++; s->at < s->in.n && s->in.p[s->at] != c;)
			s->at++;
	}
	if (quotes > RV_XML_ATTRIBUTES)
		return rv_fail(err, RV_INPUT,
			       "XML: more than %d attributes of one element",
			       RV_XML_ATTRIBUTES);
	if (closes) {
		s->depth -= s->depth > 0;
		return true;
	}
	if (++s->elements > RV_XML_ELEMENTS)
		return rv_fail(err, RV_INPUT, "XML: more than %d elements",
			       RV_XML_ELEMENTS);
	if (!empty && ++s->depth > RV_XML_DEPTH)
		return rv_fail(err, RV_INPUT, "XML: deeper than %d elements",
			       RV_XML_DEPTH);
	return true;
}

static bool scan(struct rv_span text, bool *doctype, struct rv_err *err)
{
	struct scan s = { .in = text };

	if (text.n == 0 || text.n > RV_XML_MAX)
		return rv_fail(err, RV_INPUT,
			       "XML: %zu bytes, 1 to %d are read", text.n,
			       RV_XML_MAX);
	if (!rv_utf8_ok(text) || memchr(text.p, '\0', text.n))
		return rv_fail(err, RV_INPUT, "XML: not in UTF-8");
	while (s.at < s.in.n) {
		if (s.in.p[s.at] != '<') {
			s.at++;
		} else if (starts(&s, "<!--")) {
			skip_past(&s, "-->");
		} else if (starts(&s, "<![CDATA[")) {
			skip_past(&s, "]]>");
		} else if (starts(&s, "<?")) {
			skip_past(&s, "?>");
		} else if (starts(&s, "<!")) {
			*doctype = true;
			return rv_fail(err, RV_INPUT,
				       "XML: a document type declaration");
		} else if (!scan_tag(&s, err)) {
			return false;
		}
	}
	return true;
}

/* ---- libxml2's errors: kept off standard error, memory told apart ---- */

struct quiet {
	xmlStructuredErrorFunc old;
	void *old_context;
	bool no_memory;
};

#if LIBXML_VERSION >= 21200
static void hear(void *context, const xmlError *e)
#else
static void hear(void *context, xmlError *e)
#endif
{
	struct quiet *q = context;

	if (e && e->code == XML_ERR_NO_MEMORY)
		q->no_memory = true;
}

static void start(void)
{
	xmlInitParser();
}

static void quiet_begin(struct quiet *q)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, start);
	/* Both are of this thread; another user of libxml2 keeps its own. */
	q->old = xmlStructuredError;
	q->old_context = xmlStructuredErrorContext;
	xmlSetStructuredErrorFunc(q, hear);
}

static void quiet_end(const struct quiet *q)
{
	xmlResetLastError();
	xmlSetStructuredErrorFunc(q->old_context, q->old);
}

/* ---- documents ---- */

void rv_xml_free(struct rv_xml **x)
{
	if (!*x)
		return;
	xmlFreeDoc((*x)->doc);
	free(*x);
	*x = NULL;
}

bool rv_xml_read(struct rv_span text, struct rv_xml **out, bool *doctype,
		 struct rv_err *err)
{
	RV_AUTO(rv_xml_free) struct rv_xml *x = NULL;
	struct quiet q = { 0 };

	*doctype = false;
	if (!scan(text, doctype, err))
		return false;
	x = calloc(1, sizeof *x);
	if (!x)
		return rv_no_memory(err, "XML");
	quiet_begin(&q);
	x->doc = xmlReadMemory((const char *)text.p, (int)text.n, NULL, "UTF-8",
			       XML_PARSE_NONET | XML_PARSE_NOERROR |
				   XML_PARSE_NOWARNING);
	quiet_end(&q);
	if (q.no_memory)
		return rv_no_memory(err, "XML");
	if (!x->doc || !xmlDocGetRootElement(x->doc))
		return rv_fail(err, RV_INPUT, "XML: not well-formed");
	if (xmlGetIntSubset(x->doc) || x->doc->extSubset) {
		*doctype = true;
		return rv_fail(err, RV_INPUT,
			       "XML: a document type declaration");
	}
	*out = RV_TAKE(x);
	return true;
}

/* The two names of one thing: an opaque element, and libxml2's. */
static const xmlNode *node(const struct rv_xml_node *e)
{
	return (const xmlNode *)(const void *)e;
}

static const struct rv_xml_node *element(const xmlNode *n)
{
	while (n && n->type != XML_ELEMENT_NODE)
		n = n->next;
	return (const struct rv_xml_node *)(const void *)n;
}

const struct rv_xml_node *rv_xml_root(const struct rv_xml *x)
{
	return element(xmlDocGetRootElement(x->doc));
}

const struct rv_xml_node *rv_xml_child(const struct rv_xml_node *e)
{
	return element(node(e)->children);
}

const struct rv_xml_node *rv_xml_next(const struct rv_xml_node *e)
{
	return element(node(e)->next);
}

const struct rv_xml_node *rv_xml_walk(const struct rv_xml_node *e)
{
	const struct rv_xml_node *next = rv_xml_child(e);
	const xmlNode *n = node(e);

	while (!next && n && n->type == XML_ELEMENT_NODE) {
		next = element(n->next);
		n = n->parent;
	}
	return next;
}

bool rv_xml_is(const struct rv_xml_node *e, const char *ns, const char *name)
{
	const xmlNode *n = node(e);

	return n->ns && n->ns->href &&
	       strcmp((const char *)n->ns->href, ns) == 0 &&
	       strcmp((const char *)n->name, name) == 0;
}

const char *rv_xml_name(const struct rv_xml_node *e)
{
	return (const char *)node(e)->name;
}

bool rv_xml_attribute(const struct rv_xml_node *e, const char *ns,
		      const char *name, struct rv_span *out)
{
	for (const xmlAttr *a = node(e)->properties; a; a = a->next) {
		const xmlNode *text = a->children;

		if (strcmp((const char *)a->name, name) != 0)
			continue;
		if (!ns != !a->ns)
			continue;
		if (ns && strcmp((const char *)a->ns->href, ns) != 0)
			continue;
		if (!text) {
			*out = rv_text("");
			return true;
		}
		/* Without entities a value is one run of text. */
		if (text->next || text->type != XML_TEXT_NODE)
			return false;
		*out = rv_text((const char *)text->content);
		return true;
	}
	return false;
}

bool rv_xml_text(const struct rv_xml_node *e, struct rv_buf *out,
		 struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

	for (const xmlNode *n = node(e)->children; n; n = n->next) {
		if (n->type != XML_TEXT_NODE)
			return rv_fail(err, RV_INPUT,
				       "XML: %s holds more than text",
				       rv_xml_name(e));
		rv_grow_text(&g, (const char *)n->content);
	}
	return rv_grow_take(&g, out, err);
}

/* ---- canonical form ---- */

struct part {
	const xmlNode *only, *except;
};

static bool within(const xmlNode *n, const xmlNode *top)
{
	while (n && n != top)
		n = n->type == XML_DOCUMENT_NODE ? NULL : n->parent;
	return n != NULL;
}

/* Attributes and namespaces stand and fall with their element, @parent. */
static int visible(void *context, xmlNode *n, xmlNode *parent)
{
	const struct part *part = context;
	const xmlNode *at = n;

	if (n->type == XML_NAMESPACE_DECL || n->type == XML_ATTRIBUTE_NODE)
		at = parent;
	if (part->only)
		return within(at, part->only);
	return !within(at, part->except);
}

bool rv_xml_canonical(const struct rv_xml *x, const struct rv_xml_node *only,
		      const struct rv_xml_node *except, struct rv_buf *out,
		      struct rv_err *err)
{
	struct part part = { only ? node(only) : NULL,
			     except ? node(except) : NULL };
	struct quiet q = { 0 };
	xmlOutputBuffer *to;
	bool ok = false;
	int n = -1;

	quiet_begin(&q);
	to = xmlAllocOutputBuffer(NULL);
	if (to)
		n = xmlC14NExecute(x->doc, visible, &part, XML_C14N_1_1, NULL,
				   0, to);
	if (to && n >= 0 && !q.no_memory && !to->error) {
		struct rv_span s = rv_span(xmlOutputBufferGetContent(to),
					   xmlOutputBufferGetSize(to));

		if (s.n > RV_XML_CANON_MAX)
			rv_err_set(
			    err, RV_INPUT,
			    "XML: a canonical form of more than %d bytes",
			    RV_XML_CANON_MAX);
		else
			ok = rv_buf_copy(s, out, err);
	} else if (!to || q.no_memory || (to && to->error)) {
		rv_err_no_memory(err, "XML");
	} else {
		rv_err_set(err, RV_INPUT, "XML: has no canonical form");
	}
	if (to)
		xmlOutputBufferClose(to);
	quiet_end(&q);
	return ok;
}
