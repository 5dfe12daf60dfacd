# SPDX-License-Identifier: Apache-2.0
#: make check-nix    what a user of Nix does, by Nix itself in a pristine Debian 12 (Nix 2.8) and 13 (2.26), without a
#:                   cache (root, debootstrap); SUITE=bookworm|trixie one of them, TESTS=1 with the tests

check-nix:
	@for s in $(or $(subst $(comma), ,$(SUITE)),bookworm trixie); do \
		SUITE=$$s sh tests/oracle/fresh-debian.sh . build/fresh "sh tests/nix/check.sh $(if $(TESTS),tests)" || exit $$?; done

.PHONY: check-nix
