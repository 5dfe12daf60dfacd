# SPDX-License-Identifier: Apache-2.0
#: make check-oci-peers  images made, pushed, pulled and saved by other tools
#: make check-oci-short  the same with skopeo and umoci alone
#: make check-oci-engines  what container engines make of every small layer; as root

check-oci-peers:
	@sh tests/deps.sh peers
	@$(MAKE) --no-print-directory $(JOBS) all
	@tests/oci/peers.sh

check-oci-short: all
	@tests/oci/peers.sh short

# Which engines: all of them are in Debian; each takes minutes.
OCI_ENGINES ?= umoci containerd-overlayfs podman-overlay podman-vfs docker-overlay2
check-oci-engines: all
	@rm -rf $(B)/engines && mkdir -p $(B)/engines/images
	@python3 tests/oci/engine_layers.py $(B)/engines/images
	@for e in $(OCI_ENGINES); do echo "$$e"; \
	  unshare -m --propagation private python3 tests/oci/engines.py run $$e $(B)/engines/images \
	    $(abspath $(B))/engines/$$e > $(B)/engines/$$e.json || exit 1; done
	@python3 tests/oci/engines.py table $(OCI_ENGINES:%=$(B)/engines/%.json) > $(B)/engines/table.tsv.xz
	@python3 tests/oci/engine_check.py $(B)/bin/refval-hash $(B)/engines/table.tsv.xz $(B)/engines/images

.PHONY: check-oci-peers check-oci-short check-oci-engines
