/* SPDX-License-Identifier: Apache-2.0 */
/*
 * forms.h - the forms in which answers come, read without any connection.
 */
#ifndef RV_FETCH_FORMS_H
#define RV_FETCH_FORMS_H

#include "base.h"
#include <refval/fetch.h>

/*
 * tcb_info in the page of port 8090: the text of its <textarea>. RV_INPUT
 * when there is none.
 */
RV_MUST bool rv_page_tcb_info(struct rv_span html, struct rv_buf *out,
			      struct rv_err *err);

/*
 * A signed answer of Intel's service: { "KEY": {...}, "signature": "hex" }.
 * @body is the value exactly as it stands there, since it is what was signed.
 */
RV_MUST bool rv_pcs_signed(struct rv_span json, const char *key,
			   struct rv_span *body, struct rv_span *signature,
			   struct rv_err *err);
/* A chain in a header: percent-encoded PEM. */
RV_MUST bool rv_pcs_chain(struct rv_span header, const char *what,
			  struct rv_buf *out, struct rv_err *err);
/* A revocation list as DER, PEM or hex, to DER. */
RV_MUST bool rv_pcs_crl(struct rv_span body, const char *what,
			struct rv_buf *out, struct rv_err *err);

/* The four answers together. Spans borrow. */
struct rv_pcs {
	struct rv_span tcb_info, tcb_info_signature; /* JSON bytes; hex */
	struct rv_span qe_identity, qe_identity_signature;
	struct rv_span tcb_chain, qe_chain, crl_chain; /* PEM */
	struct rv_span pck_crl, root_crl;	       /* DER */
};

/* In the exchange form. */
RV_MUST bool rv_pcs_write(const struct rv_pcs *p, struct rv_buf *out,
			  struct rv_err *err);
/*
 * Is @json collateral of this platform, as far as it says? @next_update is the
 * earliest of those it states.
 */
RV_MUST bool rv_pcs_about(struct rv_span json, const struct rv_platform *p,
			  int64_t *next_update, struct rv_err *err);

#endif
