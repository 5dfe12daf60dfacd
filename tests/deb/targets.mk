# SPDX-License-Identifier: Apache-2.0
#: make check-deb    make deb in a pristine Debian 12 and 13, twice: the same bytes; lintian; installed, tested,
#:                   removed (root, debootstrap); SUITE=bookworm|trixie one of them

check-deb:
	@for s in $(or $(subst $(comma), ,$(SUITE)),bookworm trixie); do \
		export SUITE=$$s SHARE='$(CURDIR)'/build/check-deb/$$s; \
		sh tests/oracle/fresh-debian.sh . build/fresh "sh tests/deb/build.sh ~/share" && \
		sh tests/oracle/fresh-debian.sh . build/fresh "sh tests/deb/install.sh ~/share" || exit $$?; done

.PHONY: check-deb
