# SPDX-License-Identifier: Apache-2.0
#: make check-options  every option of every command alone and in all pairs; make check runs a share of large tables' pairs

check-options: all
	@OPTION_PAIRS=1 bats tests/cli/options.bats

.PHONY: check-options
