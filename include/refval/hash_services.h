/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hash_services.h - the images that a compose file runs, and the archives that
 * somebody has: which is which, and at which level.
 */
#ifndef REFVAL_HASH_SERVICES_H
#define REFVAL_HASH_SERVICES_H

#include <refval/hash_audit.h>
#include <refval/hash_image.h>
#include <refval/report.h>
#include <refval/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A container image of the app, read by rv_oci_read(). Borrowed. */
struct rv_container {
	const char *name; /* e.g. its path */
	const struct rv_oci *image;
};

/* What is known of one image that a compose file runs. */
struct rv_service {
	const struct rv_compose_image *image; /* borrows from the audit */
	struct rv_oci_digest pin;
	bool pinned; /* by @pin; else the reference decides nothing */
	/*
	 * RV_YES: it is given, from L3 on. RV_DIFFERS: what is given under its
	 * name is another. RV_UNCHECKED: it is pinned and nothing is given.
	 */
	enum rv_verdict verdict;
	char reason[1024];
	size_t archive; /* the one that @verdict is about; SIZE_MAX: none */
	int level;	/* of it; -1: none */
	struct rv_oci_digest actual;
	bool has_actual;
};

struct rv_services {
	struct rv_service *service; /* in the order of the audit; owned */
	size_t n;
	bool *belongs; /* does archive i belong to some service? owned */
};

/*
 * Which of @n archives are the images of @audit? Only a digest in the compose
 * file can make an image "yes"; the name of an archive only says which service
 * it was meant for. False: memory ran out, or two archives contradict.
 */
RV_API RV_MUST bool rv_services_match(const struct rv_audit *audit,
				      const struct rv_container *archive,
				      size_t n, struct rv_services *out,
				      struct rv_err *err);
RV_API void rv_services_free(struct rv_services *s);

/*
 * What a registry serves for @o, as far as it is known: an index, else a
 * manifest; NULL: the format keeps none.
 */
RV_API const struct rv_oci_sums *rv_oci_top(const struct rv_oci *o);

#ifdef __cplusplus
}
#endif

#endif
