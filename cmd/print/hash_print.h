/* SPDX-License-Identifier: Apache-2.0 */
/* hash_print.h - how images are shown, by every command that reads one. */
#ifndef RV_HASH_PRINT_H
#define RV_HASH_PRINT_H

#include "base.h"
#include <refval.h>

/* A member "sha256:..."; null when @has is false. */
void hash_json_digest(struct rv_jw *w, const char *key, bool has,
		      const struct rv_sha256 *d);
/* The same of what OCI names, by the algorithm that it uses for it. */
void hash_json_oci(struct rv_jw *w, const char *key, bool has,
		   const struct rv_oci_digest *d);
/* The members that refval.hash/1 has for the images of @o. */
void hash_json_images(struct rv_jw *w, const struct rv_oci *o);
RV_MUST bool hash_print_json(const struct rv_oci *o, struct rv_err *err);
void hash_print_text(const char *name, const struct rv_oci *o);

/* Lists of the kinds that are the same, that differ, that are not known. */
void hash_json_kinds(struct rv_jw *w, const enum rv_oci_tri *kind);
void hash_print_kinds(const enum rv_oci_tri *kind);
/* What differs, in words. */
void hash_json_compared(struct rv_jw *w, const struct rv_oci_compared *c);
void hash_print_compared(const struct rv_oci_compared *c);

#endif
