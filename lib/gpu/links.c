/* SPDX-License-Identifier: Apache-2.0 */
/*
 * links.c - which intermediate certificates NVIDIA's roots signed so far: each
 * by the SHA-256 of its DER and of its issuer's. That one signed the other was
 * verified once, and tests/unit/gpu.c does so again, with the certificates of
 * tests/vectors/gpu; that they are such a pair is all that is taken for granted
 * here. A pair that is not listed is verified each time.
 */
#include "gpu.h"

/* clang-format off */
static const struct gpu_link links[] = {
	{ "NVIDIA GH100 Identity",
	  "24713555df10fcfd2cb8941e94a064edd1e14e028be12c6523b2136694bbe5f5",
	  "102bf659d5419614c9d8e6aecebc80454eb26b1df6a769ac720b9a690b167b48" },
	{ "NVIDIA GH100 Provisioner ICA 1",
	  "b20040bdc80f6961a2b9c9493cb804b61f41f1008f14ba80010039f4dd467ee9",
	  "24713555df10fcfd2cb8941e94a064edd1e14e028be12c6523b2136694bbe5f5" },
	{ "NVIDIA LS_10 Provisioner ICA 1",
	  "e74e3ce447d58b7131d3241417a58d202cc43327c657b69498dd80913ce912be",
	  "24713555df10fcfd2cb8941e94a064edd1e14e028be12c6523b2136694bbe5f5" },
	{ "NVIDIA GB100 Identity",
	  "99609b112dd3d0d4ddb8cbe7ba39e259c2c9ae8678e4fe280061537c376fb9d2",
	  "102bf659d5419614c9d8e6aecebc80454eb26b1df6a769ac720b9a690b167b48" },
	{ "NVIDIA GB100 Provisioner ICA 00000",
	  "be14abcc0d4634d3bde71316f0e643529b6037a82f79a64d20865628217b7ad7",
	  "99609b112dd3d0d4ddb8cbe7ba39e259c2c9ae8678e4fe280061537c376fb9d2" },
	{ "NVIDIA Reference Value GH100 CA",
	  "3babc25419fc3da9e06408b37e27f1a19a5fecac3dd2a02865bebc7b583ec5f0",
	  "12977b5115acb0381179279fffeb5a8c4d264971ebb32298023a465fa41df5d1" },
	{ "NVIDIA Reference Value L3 GH100 002",
	  "7677c3c6dab3e5a24a668def3ec0c6969d0c002ec9fc4cdef44d8de17988a449",
	  "3babc25419fc3da9e06408b37e27f1a19a5fecac3dd2a02865bebc7b583ec5f0" },
	{ "NVIDIA Reference Value L3 GH100 003",
	  "6f0dd53b348360253fe7858b6768bc29001e9c03ccecbf7a4d0c921ad2f850ee",
	  "3babc25419fc3da9e06408b37e27f1a19a5fecac3dd2a02865bebc7b583ec5f0" },
	{ "NVIDIA Reference Value GB1XX CA 001",
	  "d0f29af9034b45f7ac5fb2131c35dfc7df90b8ee0178c543a6d928a7c0254a54",
	  "12977b5115acb0381179279fffeb5a8c4d264971ebb32298023a465fa41df5d1" },
	{ "NVIDIA Reference Value L3 GB100-CC 001",
	  "1fe5417cfd73b925740e045cc74a95fc1ae8bba520f6894b02b7f33ea5542364",
	  "d0f29af9034b45f7ac5fb2131c35dfc7df90b8ee0178c543a6d928a7c0254a54" },
	{ "NVIDIA Reference Value LS10 CA",
	  "335c501b24c4fe927bc3d7c062f9645305cade3f953042e32edf42359cfbd2df",
	  "12977b5115acb0381179279fffeb5a8c4d264971ebb32298023a465fa41df5d1" },
	{ "NVIDIA Reference Value L3 LS10 001",
	  "2b896ef626ab812e69f3e8d4513a17739bc229d6687935ac99eaeb4595112507",
	  "335c501b24c4fe927bc3d7c062f9645305cade3f953042e32edf42359cfbd2df" },
};
/* clang-format on */

const struct gpu_link *rv_gpu_links(size_t *n)
{
	*n = RV_LEN(links);
	return links;
}

const struct gpu_link *rv_gpu_link(const struct rv_sha256 *cert,
				   const struct rv_sha256 *issuer)
{
	char a[65], b[65];

	rv_hex(rv_span(cert->b, sizeof cert->b), a);
	rv_hex(rv_span(issuer->b, sizeof issuer->b), b);
	for (size_t i = 0; i < RV_LEN(links); i++)
		if (strcmp(links[i].cert, a) == 0 &&
		    strcmp(links[i].issuer, b) == 0)
			return &links[i];
	return NULL;
}
