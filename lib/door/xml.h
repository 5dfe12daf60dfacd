/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xml.h - the only door to libxml2: a document of bounded size, depth and
 * count, in UTF-8, without DTD, entities, network or inclusion; its elements
 * and attributes; Canonical XML 1.1 of a part of it.
 */
#ifndef RV_XML_H
#define RV_XML_H

#include "base.h"

enum {
	RV_XML_MAX = 1 << 20,	    /* bytes of one document */
	RV_XML_ELEMENTS = 4096,	    /* of one document */
	RV_XML_ATTRIBUTES = 64,	    /* of one element, namespaces included */
	RV_XML_DEPTH = 16,	    /* elements in elements */
	RV_XML_CANON_MAX = 8 << 20, /* bytes of its canonical form */
};

struct rv_xml;
struct rv_xml_node; /* an element; borrows from its document */

/*
 * Parse all of @text. *doctype: it has a document type declaration, which is
 * refused like every other fault: RV_INPUT. RV_SYSTEM: out of memory.
 */
RV_MUST bool rv_xml_read(struct rv_span text, struct rv_xml **out,
			 bool *doctype, struct rv_err *err);
void rv_xml_free(struct rv_xml **x);

const struct rv_xml_node *rv_xml_root(const struct rv_xml *x);
/* The first element inside @e, and the next one beside it; NULL: none. */
const struct rv_xml_node *rv_xml_child(const struct rv_xml_node *e);
const struct rv_xml_node *rv_xml_next(const struct rv_xml_node *e);
/* The next element of the document, depth first, in document order. */
const struct rv_xml_node *rv_xml_walk(const struct rv_xml_node *e);
/* Is @e the element @name of the namespace @ns? */
bool rv_xml_is(const struct rv_xml_node *e, const char *ns, const char *name);
/* The local name, for messages. */
const char *rv_xml_name(const struct rv_xml_node *e);
/*
 * The attribute @name of the namespace @ns (NULL: of none), borrowed; false
 * when there is none. An empty one has no bytes.
 */
RV_MUST bool rv_xml_attribute(const struct rv_xml_node *e, const char *ns,
			      const char *name, struct rv_span *out);
/*
 * The text of an element that holds nothing but text, owned; false with
 * RV_INPUT when it holds a comment, an element or anything else.
 */
RV_MUST bool rv_xml_text(const struct rv_xml_node *e, struct rv_buf *out,
			 struct rv_err *err);

/*
 * Canonical XML 1.1 without comments (https://www.w3.org/TR/xml-c14n11/) of
 * @only and all in it, or of the document without @except and all in it.
 * Exactly one of the two is given. @out is owned.
 */
RV_MUST bool rv_xml_canonical(const struct rv_xml *x,
			      const struct rv_xml_node *only,
			      const struct rv_xml_node *except,
			      struct rv_buf *out, struct rv_err *err);

#endif
