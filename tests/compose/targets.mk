# SPDX-License-Identifier: Apache-2.0
#: make check-compose-peers  compose files of every kind beside compose's own loader; FILES="more files or folders"

# Go fetches the loader, of the version in go.mod, as it fetches any module;
# Debian's is too old for it.
check-compose-peers: $(B)/bin/refval-hash
	@command -v go > /dev/null || { echo "needs go, of the version in tests/compose/go.mod"; exit 1; }
	@command -v python3 > /dev/null || { echo "needs python3"; exit 1; }
	@rm -rf $(B)/compose && mkdir -p $(B)/compose/files
	@cd tests/compose && GOFLAGS=-mod=readonly go build -o $(abspath $(B))/compose/load .
	@python3 tests/compose/peers.py make \
	  "$$(cd tests/compose && go list -m -f '{{.Dir}}' github.com/compose-spec/compose-go/v2)/schema/compose-spec.json" \
	  $(B)/compose/files tests/vectors docs $(FILES)
	@find $(B)/compose/files -name '*.yaml' | LC_ALL=C sort | xargs -n 200 $(B)/compose/load \
	  > $(B)/compose/answers 2> $(B)/compose/log
	@python3 tests/compose/peers.py check $(B)/bin/refval-hash $(B)/compose/answers

.PHONY: check-compose-peers
