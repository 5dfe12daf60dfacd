# SPDX-License-Identifier: Apache-2.0
#: make check-publish-peers  published forms through cosign, cddl and the judges of make check (SUITE=sid, network)

check-publish-peers: all
	@sh tests/publish/peers.sh "$(or $(SUITE),sid)"

.PHONY: check-publish-peers
