/* SPDX-License-Identifier: Apache-2.0 */
/* yaml_in.c - libyaml's parser, bounded. */
#include "yaml_in.h"

#include <yaml.h>

static struct rv_span text_of(const yaml_char_t *s)
{
	return s ? rv_text((const char *)s) : rv_span(NULL, 0);
}

static void close_parser(yaml_parser_t *p)
{
	yaml_parser_delete(p);
}

static void close_event(yaml_event_t *e)
{
	yaml_event_delete(e);
}

static bool complain(const yaml_parser_t *p, struct rv_err *err)
{
	if (p->error == YAML_MEMORY_ERROR)
		return rv_no_memory(err, "yaml");
	return rv_fault_line(err, NULL, p->problem_mark.line + 1, "%s",
			     p->problem ? p->problem : "not YAML");
}

/* Streams begin and end without a word: those give no event. */
static bool translate(const yaml_event_t *e, struct rv_yaml_event *out)
{
	switch (e->type) {
	case YAML_DOCUMENT_START_EVENT:
		out->type = RV_YAML_DOCUMENT;
		return true;
	case YAML_SCALAR_EVENT:
		out->type = RV_YAML_SCALAR;
		out->text =
		    rv_span(e->data.scalar.value, e->data.scalar.length);
		out->anchor = text_of(e->data.scalar.anchor);
		out->tag = text_of(e->data.scalar.tag);
		out->plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
		out->literal =
		    e->data.scalar.style == YAML_LITERAL_SCALAR_STYLE;
		return true;
	case YAML_ALIAS_EVENT:
		out->type = RV_YAML_ALIAS;
		out->text = text_of(e->data.alias.anchor);
		return true;
	case YAML_SEQUENCE_START_EVENT:
		out->type = RV_YAML_LIST;
		out->anchor = text_of(e->data.sequence_start.anchor);
		out->tag = text_of(e->data.sequence_start.tag);
		return true;
	case YAML_MAPPING_START_EVENT:
		out->type = RV_YAML_MAP;
		out->anchor = text_of(e->data.mapping_start.anchor);
		out->tag = text_of(e->data.mapping_start.tag);
		return true;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		out->type = RV_YAML_END;
		return true;
	default:
		return false;
	}
}

static bool has_directive(const yaml_event_t *e)
{
	return e->type == YAML_DOCUMENT_START_EVENT &&
	       (e->data.document_start.version_directive ||
		e->data.document_start.tag_directives.start !=
		    e->data.document_start.tag_directives.end);
}

/* One event. *end: it was the last of the stream. */
static bool step(yaml_parser_t *p, rv_yaml_fn each, void *arg, size_t *depth,
		 bool *end, struct rv_err *err)
{
	RV_AUTO(close_event) yaml_event_t e;
	struct rv_yaml_event ours = { 0 };

	memset(&e, 0, sizeof e);
	if (!yaml_parser_parse(p, &e))
		return complain(p, err);
	*end = e.type == YAML_STREAM_END_EVENT;
	ours.line = e.start_mark.line + 1;
	ours.column = e.start_mark.column + 1;
	if (has_directive(&e))
		return rv_fault_line(err, NULL, ours.line, "a %% directive");
	if (!translate(&e, &ours))
		return true;
	if (ours.type == RV_YAML_END)
		(*depth)--;
	if ((ours.type == RV_YAML_LIST || ours.type == RV_YAML_MAP) &&
	    ++*depth > RV_YAML_DEPTH)
		return rv_fault_line(err, NULL, ours.line,
				     "deeper than %d levels", RV_YAML_DEPTH);
	return each(arg, &ours, err);
}

bool rv_yaml_read(struct rv_span text, rv_yaml_fn each, void *arg,
		  struct rv_err *err)
{
	RV_AUTO(close_parser) yaml_parser_t p;
	size_t depth = 0;
	bool end = false;

	memset(&p, 0, sizeof p);
	if (text.n > RV_YAML_MAX)
		return rv_fail(err, RV_INPUT, "longer than %d bytes",
			       RV_YAML_MAX);
	if (!rv_utf8_ok(text))
		return rv_fail(err, RV_INPUT, "not UTF-8");
	if (!yaml_parser_initialize(&p))
		return rv_no_memory(err, "yaml");
	yaml_parser_set_input_string(
	    &p, text.n ? text.p : (const unsigned char *)"", text.n);
	for (size_t n = 0; !end; n++) {
		if (n > RV_YAML_EVENTS)
			return rv_fail(err, RV_INPUT, "more than %d events",
				       RV_YAML_EVENTS);
		if (!step(&p, each, arg, &depth, &end, err))
			return false;
	}
	return true;
}
