/* SPDX-License-Identifier: Apache-2.0 */
/*
 * code.c - the stable codes of verification: name, exit code, meaning. Two
 * rows share a name where the same check can find a forgery (1) or something
 * that cannot be read or does not belong here (3).
 */
#include "quote.h"

#include <stdarg.h>
#include <stdio.h>

static const struct {
	const char *name;
	enum rv_code exit;
	const char *text;
} row[RV_QUOTE_CODES] = {
	[RV_QUOTE_OK] = { NULL, RV_OK, "verified" },
	[RV_QUOTE_FORMAT] = { "QUOTE_FORMAT", RV_INPUT,
			      "the quote is cut short, too long, or its lengths disagree" },
	[RV_QUOTE_VERSION] = { "QUOTE_VERSION", RV_INPUT,
			       "a version other than 3, 4 and 5" },
	[RV_QUOTE_KEY_TYPE] = { "KEY_TYPE", RV_INPUT,
				"an attestation key other than ECDSA P-256" },
	[RV_QUOTE_TEE_TYPE] = { "TEE_TYPE", RV_INPUT,
				"neither SGX nor TDX, or TDX in version 3" },
	[RV_QUOTE_QE_VENDOR] = { "QE_VENDOR", RV_INPUT,
				 "not a quote of Intel's quoting enclaves" },
	[RV_QUOTE_BODY] = { "QUOTE_BODY", RV_INPUT,
			    "unknown body type, wrong size, or wrong for this TEE" },
	[RV_QUOTE_CERT_TYPE] = { "CERT_TYPE", RV_INPUT,
				 "unknown or misplaced certification data type" },
	[RV_QUOTE_COLLATERAL_MISSING] = { "COLLATERAL_MISSING", RV_INPUT,
					  "no collateral to verify with" },
	[RV_QUOTE_COLLATERAL_FORMAT] = { "COLLATERAL_FORMAT", RV_INPUT,
					 "collateral unreadable, or a member of it missing" },
	[RV_QUOTE_TCB_INFO_FORMAT] = { "TCB_INFO_FORMAT", RV_INPUT,
				       "TCB Info does not follow its format" },
	[RV_QUOTE_QE_IDENTITY_FORMAT] = { "QE_IDENTITY_FORMAT", RV_INPUT,
					  "QE identity does not follow its format" },
	[RV_QUOTE_PCK_CHAIN_MISSING] = { "PCK_CHAIN_MISSING", RV_INPUT,
					 "no PCK certificate, neither in the quote nor beside it" },
	[RV_QUOTE_PCK_CHAIN_FORMAT] = { "PCK_CHAIN", RV_INPUT,
					"the PCK chain cannot be read" },
	[RV_QUOTE_PCK_CHAIN] = { "PCK_CHAIN", RV_NO,
				 "the PCK chain is not built as Intel builds it" },
	[RV_QUOTE_PCK_CHAIN_UNTRUSTED] = { "PCK_CHAIN_UNTRUSTED", RV_NO,
					   "the PCK chain does not end in the trusted root" },
	[RV_QUOTE_PCK_CHAIN_ROLE] = { "PCK_CHAIN_ROLE", RV_NO,
				      "the PCK chain has a certificate of another role" },
	[RV_QUOTE_PCK_CHAIN_EXPIRED] = { "PCK_CHAIN_EXPIRED", RV_INPUT,
					 "the PCK chain has expired" },
	[RV_QUOTE_PCK_CHAIN_NOT_YET_VALID] = { "PCK_CHAIN_NOT_YET_VALID",
					       RV_INPUT,
					       "the PCK chain is not yet valid" },
	[RV_QUOTE_PCK_CHAIN_REVOKED] = { "PCK_CHAIN_REVOKED", RV_NO,
					 "the PCK chain has a revoked certificate" },
	[RV_QUOTE_TCB_CHAIN_FORMAT] = { "TCB_CHAIN", RV_INPUT,
					"the TCB Info signing chain cannot be read" },
	[RV_QUOTE_TCB_CHAIN] = { "TCB_CHAIN", RV_NO,
				 "the TCB Info signing chain is not built as Intel builds it" },
	[RV_QUOTE_TCB_CHAIN_UNTRUSTED] = { "TCB_CHAIN_UNTRUSTED", RV_NO,
					   "the TCB Info signing chain does not end in the trusted root" },
	[RV_QUOTE_TCB_CHAIN_ROLE] = { "TCB_CHAIN_ROLE", RV_NO,
				      "the TCB Info signing chain has a certificate of another role" },
	[RV_QUOTE_TCB_CHAIN_EXPIRED] = { "TCB_CHAIN_EXPIRED", RV_INPUT,
					 "the TCB Info signing chain has expired" },
	[RV_QUOTE_TCB_CHAIN_NOT_YET_VALID] = { "TCB_CHAIN_NOT_YET_VALID",
					       RV_INPUT,
					       "the TCB Info signing chain is not yet valid" },
	[RV_QUOTE_TCB_CHAIN_REVOKED] = { "TCB_CHAIN_REVOKED", RV_NO,
					 "the TCB Info signing chain has a revoked certificate" },
	[RV_QUOTE_QEID_CHAIN_FORMAT] = { "QEID_CHAIN", RV_INPUT,
					 "the QE identity signing chain cannot be read" },
	[RV_QUOTE_QEID_CHAIN] = { "QEID_CHAIN", RV_NO,
				  "the QE identity signing chain is not built as Intel builds it" },
	[RV_QUOTE_QEID_CHAIN_UNTRUSTED] = { "QEID_CHAIN_UNTRUSTED", RV_NO,
					    "the QE identity signing chain does not end in the trusted root" },
	[RV_QUOTE_QEID_CHAIN_ROLE] = { "QEID_CHAIN_ROLE", RV_NO,
				       "the QE identity signing chain has a certificate of another role" },
	[RV_QUOTE_QEID_CHAIN_EXPIRED] = { "QEID_CHAIN_EXPIRED", RV_INPUT,
					  "the QE identity signing chain has expired" },
	[RV_QUOTE_QEID_CHAIN_NOT_YET_VALID] = { "QEID_CHAIN_NOT_YET_VALID",
						RV_INPUT,
						"the QE identity signing chain is not yet valid" },
	[RV_QUOTE_QEID_CHAIN_REVOKED] = { "QEID_CHAIN_REVOKED", RV_NO,
					  "the QE identity signing chain has a revoked certificate" },
	[RV_QUOTE_CRL_FORMAT] = { "CRL_FORMAT", RV_INPUT,
				  "a revocation list cannot be read" },
	[RV_QUOTE_CRL_MISSING] = { "CRL_MISSING", RV_INPUT,
				   "no revocation list of an issuer that is needed" },
	[RV_QUOTE_CRL_SIGNATURE] = { "CRL_SIGNATURE", RV_NO,
				     "a revocation list with a wrong signature" },
	[RV_QUOTE_CRL_EXPIRED] = { "CRL_EXPIRED", RV_INPUT,
				   "a revocation list has expired" },
	[RV_QUOTE_CRL_NOT_YET_VALID] = { "CRL_NOT_YET_VALID", RV_INPUT,
					 "a revocation list is not yet valid" },
	[RV_QUOTE_TCB_INFO_SIGNATURE_FORMAT] = { "TCB_INFO_SIGNATURE", RV_INPUT,
						 "TCB Info's signature cannot be read" },
	[RV_QUOTE_TCB_INFO_SIGNATURE] = { "TCB_INFO_SIGNATURE", RV_NO,
					  "TCB Info with a wrong signature" },
	[RV_QUOTE_QE_IDENTITY_SIGNATURE_FORMAT] = { "QE_IDENTITY_SIGNATURE",
						    RV_INPUT,
						    "QE identity's signature cannot be read" },
	[RV_QUOTE_QE_IDENTITY_SIGNATURE] = { "QE_IDENTITY_SIGNATURE", RV_NO,
					     "QE identity with a wrong signature" },
	[RV_QUOTE_TCB_INFO_NOT_YET_VALID] = { "TCB_INFO_NOT_YET_VALID",
					      RV_INPUT,
					      "TCB Info is not yet valid" },
	[RV_QUOTE_TCB_INFO_EXPIRED] = { "TCB_INFO_EXPIRED", RV_INPUT,
					"TCB Info has expired" },
	[RV_QUOTE_QE_IDENTITY_NOT_YET_VALID] = { "QE_IDENTITY_NOT_YET_VALID",
						 RV_INPUT,
						 "QE identity is not yet valid" },
	[RV_QUOTE_QE_IDENTITY_EXPIRED] = { "QE_IDENTITY_EXPIRED", RV_INPUT,
					   "QE identity has expired" },
	[RV_QUOTE_TCB_INFO_MISMATCH] = { "TCB_INFO_MISMATCH", RV_INPUT,
					 "TCB Info of another platform or TEE" },
	[RV_QUOTE_QE_IDENTITY_OTHER] = { "QE_IDENTITY_MISMATCH", RV_INPUT,
					 "the identity of another enclave" },
	[RV_QUOTE_PCK_EXTENSION] = { "PCK_EXTENSION", RV_INPUT,
				     "the SGX extension of the PCK certificate is wrong" },
	[RV_QUOTE_TDX_MODULE_MISMATCH] = { "TDX_MODULE_MISMATCH", RV_NO,
					   "the TDX module is not one that TCB Info knows" },
	[RV_QUOTE_QE_REPORT_SIGNATURE] = { "QE_REPORT_SIGNATURE", RV_NO,
					   "the PCK key did not sign the QE report" },
	[RV_QUOTE_QE_REPORT_DATA] = { "QE_REPORT_DATA", RV_NO,
				      "the QE report does not name this attestation key" },
	[RV_QUOTE_QE_IDENTITY_MISMATCH] = { "QE_IDENTITY_MISMATCH", RV_NO,
					    "the QE report is not of the identified enclave" },
	[RV_QUOTE_ATTESTATION_KEY] = { "ATTESTATION_KEY", RV_NO,
				       "the attestation key is no point of P-256" },
	[RV_QUOTE_SIGNATURE] = { "QUOTE_SIGNATURE", RV_NO,
				 "the attestation key did not sign the quote" },
	[RV_QUOTE_TCB_NOT_SUPPORTED] = { "TCB_NOT_SUPPORTED", RV_NO,
					 "the platform is below every TCB level" },
	[RV_QUOTE_TCB_REVOKED] = { "TCB_REVOKED", RV_NO, "the TCB is revoked" },
	[RV_QUOTE_INTERNAL] = { "INTERNAL", RV_SYSTEM,
				"the work could not be done: out of memory, or OpenSSL failed" },
};

const char *rv_quote_code_name(enum rv_quote_code c)
{
	return row[c].name;
}

const char *rv_quote_code_text(enum rv_quote_code c)
{
	return row[c].text;
}

enum rv_code rv_quote_code_exit(enum rv_quote_code c)
{
	return row[c].exit;
}

bool rv_quote_fail(enum rv_quote_code *out, enum rv_quote_code code,
		   struct rv_err *err, const char *fmt, ...)
{
	char msg[440];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof msg, fmt, ap);
	va_end(ap);
	*out = code;
	return rv_fail(err, row[code].exit, "%s: %s", row[code].name, msg);
}
