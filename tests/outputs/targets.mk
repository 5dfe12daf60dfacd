# SPDX-License-Identifier: Apache-2.0
#: make outputs      tests/outputs: what each command says, written anew; read the difference
outputs: all
	@BIN='$(abspath $(B)/bin)' sh tests/outputs/play.sh --write $(or $(FILES),tests/outputs/*.txt)

.PHONY: outputs
