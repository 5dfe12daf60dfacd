# SPDX-License-Identifier: Apache-2.0
#: make check-publish-peers  published forms through cosign and cddl of SUITE=sid (network)

check-publish-peers: all
	@sh tests/publish/peers.sh "$(or $(SUITE),sid)"

.PHONY: check-publish-peers
