#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The tests of the commands, of the package's command line instead.
# usage: suites.sh WEB FILTER SUITE...     in the top folder
# FILTER is a regular expression of tests (bats -f), "" for all of them.
set -eu
web=$(cd "$1" && pwd) filter=$2
shift 2
bin=$web/obj/bin
mkdir -p "$bin"
for f in cmd/*.c; do
	name=$(basename "$f" .c)
	case $name in
	refval) printf '#!/bin/sh\nexec node %s/npm/cli.js "$@"\n' "$web" > "$bin/refval" ;;
	*) printf '#!/bin/sh\nexec node %s/npm/cli.js %s "$@"\n' "$web" "$name" > "$bin/refval-$name" ;;
	esac
done
chmod +x "$bin"/*
for s; do set -- "$@" "tests/cli/$s.bats"; shift; done
BIN=$bin exec bats ${filter:+-f "$filter"} "$@"
