# SPDX-License-Identifier: Apache-2.0
#: make check-oci-peers  images made, pushed, pulled and saved by other tools
#: make check-oci-short  the same with skopeo and umoci alone
#: make check-oci-engines  what container engines make of every small layer; as root

check-oci-peers:
	@sh tests/deps.sh peers
	@$(MAKE) --no-print-directory $(AT_ONCE) all
	@tests/oci/peers.sh

check-oci-short: all
	@tests/oci/peers.sh short

# Which engines: all of them are in Debian; each takes minutes. Then of layers of
# three entries N that SEED chooses, as many as there are SECONDS for each.
OCI_ENGINES ?= umoci containerd-overlayfs podman-overlay podman-vfs docker-overlay2
SECONDS ?= 300
# How long each may take for those of two; all of them by default.
PAIR_SECONDS ?=

# $(1): folder, $(2): seconds
define OCI_ENGINES_RUN
	@for e in $(OCI_ENGINES); do echo "$$e"; \
	  unshare -m --propagation private python3 tests/oci/engines.py run $$e $(1)/images \
	    $(abspath $(1))/$$e $(2) > $(1)/$$e.json || exit 1; done
	@python3 tests/oci/engines.py table $(OCI_ENGINES:%=$(1)/%.json) > $(1)/table.tsv.xz
	@python3 tests/oci/engine_check.py $(B)/bin/refval-hash $(1)/table.tsv.xz $(1)/images
endef

check-oci-engines: $(B)/bin/refval-hash
	@rm -rf $(B)/engines && mkdir -p $(B)/engines/pairs/images $(B)/engines/triples/images
	@python3 tests/oci/engine_layers.py $(B)/engines/pairs/images
	$(call OCI_ENGINES_RUN,$(B)/engines/pairs,$(PAIR_SECONDS))
	@python3 tests/oci/engine_layers.py $(B)/engines/triples/images triples $(or $(SEED),1) $(or $(N),3000)
	@python3 tests/oci/engine_check.py $(B)/bin/refval-hash prune $(B)/engines/triples/images
	$(call OCI_ENGINES_RUN,$(B)/engines/triples,$(SECONDS))

.PHONY: check-oci-peers check-oci-short check-oci-engines
