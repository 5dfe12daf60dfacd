/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bank.c - whose registers a log extends: their names, their hash and what they
 * are before the first event. TPM: TCG PC Client Platform TPM Profile 1.05,
 * section 4.6.2 (PCR attributes) and the table of initial values in 4.6.3:
 * PCRs 17 to 22 are all ones until a dynamic launch.
 */
#include "base.h"

#include <refval/evidence.h>

#include <stdio.h>

enum { DYNAMIC_FIRST = 17, DYNAMIC_LAST = 22 };

static const struct {
	const char *name, *prefix;
	unsigned registers;
	enum rv_alg alg;
} banks[RV_BANKS] = {
	[RV_BANK_TDX] = { "tdx", "rtmr", 4, RV_SHA384 },
	[RV_BANK_TPM_SHA256] = { "tpm-sha256", "pcr", 24, RV_SHA256 },
	[RV_BANK_TPM_SHA384] = { "tpm-sha384", "pcr", 24, RV_SHA384 },
};

const char *rv_bank_name(enum rv_bank bank)
{
	return banks[bank].name;
}

unsigned rv_bank_registers(enum rv_bank bank)
{
	return banks[bank].registers;
}

struct rv_mr rv_bank_register(enum rv_bank bank, unsigned index)
{
	struct rv_mr mr = { .alg = banks[bank].alg };

	snprintf(mr.name, sizeof mr.name, "%s%u", banks[bank].prefix, index);
	mr.n = (uint8_t)rv_alg_size(mr.alg);
	if (bank != RV_BANK_TDX && index >= DYNAMIC_FIRST &&
	    index <= DYNAMIC_LAST)
		memset(mr.b, 0xff, mr.n);
	return mr;
}
