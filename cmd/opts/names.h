/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.h - the names that options take, by number until NULL: for rows of
 * struct rv_opt, and so for complaints, did-you-mean and completion.
 */
#ifndef RV_NAMES_H
#define RV_NAMES_H

#include <stddef.h>

/* Of the installed records; none where they cannot be read. */
const char *rv_name_release(size_t i);
/* What a statement is hashed with. */
const char *rv_name_hash(size_t i);
/* TCB statuses that may be accepted. */
const char *rv_name_status(size_t i);
/* What a PCK certificate says of a platform. */
const char *rv_name_platform(size_t i);
/* Checks of a report; those of images and such have names of their own. */
const char *rv_name_check(size_t i);
const char *rv_name_gpu(size_t i);
const char *rv_name_host_share(size_t i);
const char *rv_name_ovmf(size_t i);
/* Who issues collateral; and what is known of GPUs. */
const char *rv_name_collateral(size_t i);
const char *rv_name_nvidia(size_t i);

#endif
