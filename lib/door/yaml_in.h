/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yaml_in.h - the door to libyaml: its events, one after the other. What they
 * mean together (duplicate keys, aliases, merges) is for the caller to decide.
 */
#ifndef RV_YAML_IN_H
#define RV_YAML_IN_H

#include "base.h"

enum {
	RV_YAML_DEPTH = 64,
	RV_YAML_EVENTS = 1 << 20,
	RV_YAML_MAX = 1 << 20, /* bytes of text */
};

enum rv_yaml_type {
	RV_YAML_DOCUMENT, /* a document begins */
	RV_YAML_SCALAR,
	RV_YAML_ALIAS,
	RV_YAML_LIST,
	RV_YAML_MAP,
	RV_YAML_END, /* of the list or map */
};

/* Spans are borrowed for the time of the call; empty ones have p = NULL. */
struct rv_yaml_event {
	enum rv_yaml_type type;
	struct rv_span text;   /* scalar: its value; alias: the anchor's name */
	struct rv_span anchor; /* of a scalar, list or map */
	struct rv_span tag;    /* as written in full, e.g. "!reset" */
	bool plain;	       /* a scalar without quotes, not a block */
	bool literal;	       /* a block whose lines are those of the file */
	size_t line, column;   /* from 1 */
};

typedef bool (*rv_yaml_fn)(void *arg, const struct rv_yaml_event *e,
			   struct rv_err *err);

/*
 * Hand every event of @text to @each until it returns false. RV_INPUT: not
 * UTF-8, not YAML, a %-directive, too deep or too long.
 */
RV_MUST bool rv_yaml_read(struct rv_span text, rv_yaml_fn each, void *arg,
			  struct rv_err *err);

#endif
