# SPDX-License-Identifier: Apache-2.0
#: make check-ci     the steps of the workflows in docs/ci, run in a pristine Debian (root, debootstrap); SUITE=trixie

check-ci:
	@SUITE=$(or $(SUITE),trixie) sh tests/oracle/fresh-debian.sh . build/fresh "sh tests/ci/check.sh"

.PHONY: check-ci
