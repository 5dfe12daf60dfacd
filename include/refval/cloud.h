/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cloud.h - machines that a cloud measures and vouches for: the documents of a
 * dstack image for them, and what their platforms sign.
 *
 * Source: dstack 0.6, image build (measurement.gcp.cbor, measurement.aws.cbor
 * and its replay file); docs/FORMATS.md.
 */
#ifndef REFVAL_CLOUD_H
#define REFVAL_CLOUD_H

#include <refval/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * measurement.gcp.cbor, version 1: the Authenticode digest of the image's
 * unified kernel image. RV_INPUT: not just that.
 */
RV_API RV_MUST bool rv_gcp_document(struct rv_span cbor,
				    struct rv_sha256 *uki_auth,
				    struct rv_err *err);
/*
 * measurement.aws.cbor: SHA-256 of PCR4, PCR7 and PCR12 of a NitroTPM, SHA-384
 * each, one behind the other. RV_INPUT: not just that.
 */
RV_API RV_MUST bool rv_aws_document(struct rv_span cbor,
				    struct rv_sha256 *boot_pcr_digest,
				    struct rv_err *err);

/* PCR4, PCR7, PCR12. */
struct rv_aws_boot {
	struct rv_sha384 pcr4, pcr7, pcr12;
	struct rv_sha256 digest; /* boot_pcr_digest */
};

/*
 * measurement.aws.replay.json, version 1: the events that give these values.
 * RV_INPUT: they do not, or it is not just that.
 */
RV_API RV_MUST bool rv_aws_replay(struct rv_span json, struct rv_aws_boot *out,
				  struct rv_err *err);

#ifdef __cplusplus
}
#endif
#endif
