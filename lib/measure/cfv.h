/* SPDX-License-Identifier: Apache-2.0 */
/* cfv.h - the variable store of a firmware, as far as it is measured. */
#ifndef RV_CFV_H
#define RV_CFV_H

#include <refval/types.h>

/* The variables the firmware measures at start, in this order. */
enum rv_variable_name {
	RV_VAR_SECURE_BOOT, /* computed by the firmware, never stored */
	RV_VAR_PK,
	RV_VAR_KEK,
	RV_VAR_DB,
	RV_VAR_DBX,
	RV_VAR_DBT, /* only when present */
	RV_VAR_NAMES,
};

struct rv_cfv {
	struct rv_variable {
		bool present;
		struct rv_span data; /* borrows from the store */
	} variable[RV_VAR_NAMES];
	bool has_enable; /* SecureBootEnable was stored */
	uint8_t enable;
};

/* @store is the CFV section; it must outlive @out. */
RV_MUST bool rv_cfv_read(struct rv_span store, struct rv_cfv *out,
			 struct rv_err *err);

/*
 * The event digest of one variable: UEFI_VARIABLE_DATA with @data, or with no
 * data when the variable is absent.
 */
RV_MUST bool rv_variable_digest(enum rv_variable_name name, struct rv_span data,
				struct rv_sha384 *out, struct rv_err *err);
const char *rv_variable_text(enum rv_variable_name name);

#endif
