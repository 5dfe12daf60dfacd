/* SPDX-License-Identifier: Apache-2.0 */
/* config_text.h - what of an image's config decides how it runs. */
#ifndef RV_CONFIG_TEXT_H
#define RV_CONFIG_TEXT_H

#include "base.h"
#include "json.h"

/* Canonical JSON (docs/FORMATS.md): no blanks, keys in byte order. */
RV_MUST bool rv_json_canonical(const rv_json *j, struct rv_grow *to,
			       struct rv_err *err);

/* The text of refval-config 1, added to @to. */
RV_MUST bool rv_config_text(const rv_json *config, struct rv_grow *to,
			    struct rv_err *err);

/* Is a member at the top, or in "config", part of it? NULL: absent. */
bool rv_config_keeps(const char *key);
bool rv_config_keeps_run(const char *key, const rv_json *value);

#endif
