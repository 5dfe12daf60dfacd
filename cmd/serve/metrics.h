/* SPDX-License-Identifier: Apache-2.0 */
/* metrics.h - GET /metrics, in the text format of Prometheus, version 0.0.4. */
#ifndef RV_SERVE_METRICS_H
#define RV_SERVE_METRICS_H

#include "job.h"

/* Upper ends of the buckets of struct rv_counts, milliseconds; the last one
 * is INT64_MAX. */
extern const int64_t rv_metric_upper[12];

void rv_metrics(const struct rv_front *f, struct rv_grow *to);

#endif
