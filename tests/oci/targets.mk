# SPDX-License-Identifier: Apache-2.0
#: make check-oci-peers  images made, pushed, pulled and saved by other tools
#: make check-oci-short  the same with skopeo and umoci alone

check-oci-peers:
	@sh tests/deps.sh peers
	@$(MAKE) --no-print-directory $(JOBS) all
	@tests/oci/peers.sh

check-oci-short: all
	@tests/oci/peers.sh short

.PHONY: check-oci-peers check-oci-short
