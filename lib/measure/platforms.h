/* SPDX-License-Identifier: Apache-2.0 */
/* platforms.h - what an image is on each platform, in documents of ours. */
#ifndef RV_MEASURE_PLATFORMS_H
#define RV_MEASURE_PLATFORMS_H

#include "base.h"
#include "json.h"

#include <refval/measure.h>

/* From the measurement.* that @image has. RV_INPUT: one is malformed. */
RV_MUST bool rv_platforms_image(const struct rv_image *image,
				struct rv_values_platforms *out,
				struct rv_err *err);
/* The member "platforms"; nothing where there is none. */
void rv_platforms_write(const struct rv_values *v, struct rv_jw *w);
/* Read it back; a @j that is NULL is none. */
RV_MUST bool rv_platforms_json(const rv_json *j,
			       struct rv_values_platforms *out,
			       struct rv_err *err);

#endif
