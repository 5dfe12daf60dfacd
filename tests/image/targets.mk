# SPDX-License-Identifier: Apache-2.0
#: make check-image  make image twice, from two paths, by two users: the same bytes; its programs run in a root of their own (root, network)

check-image: deps-image $(B)/bin/refval-hash
	@BIN='$(CURDIR)/$(B)/bin' sh tests/image/check.sh

.PHONY: check-image
