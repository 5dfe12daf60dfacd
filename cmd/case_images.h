/* SPDX-License-Identifier: Apache-2.0 */
/*
 * case_images.h - container images given as files, against the images that the
 * services of the given app-compose name.
 */
#ifndef RV_CASE_IMAGES_H
#define RV_CASE_IMAGES_H

#include "case_run.h"
#include "cmd.h"

/*
 * Is @path a container image: docker archive, OCI layout or archive, dir:
 * folder? Told by the names that are in it; false for whatever else can be
 * read, which is then somebody else's to refuse.
 */
RV_MUST bool rv_is_container_image(const char *path, bool *out,
				   struct rv_err *err);

/*
 * Add a check "image SERVICE" for every service of the case's app-compose, and
 * "image_archive" for every archive of @paths that is none of theirs. After
 * rv_case_compare(), whose compose_hash says whether the machine runs this
 * app-compose. RV_USAGE: archives, but no app-compose.
 */
RV_MUST bool rv_case_images(struct rv_case *c, const struct rv_list *paths,
			    struct rv_err *err);

#endif
