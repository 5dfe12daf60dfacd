#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A verdict with an OS image of more than 600 MB to read: the page in Chromium and
# the package's command line beside the program, and their memory.
# usage: bench.sh WEB      in the top folder; BIN is the programs' folder
# shellcheck source=tests/bench/lib.sh
. tests/bench/lib.sh
web=$1 bad=0
bin=${BIN:-$bin}
tool cost
big=$tmp/measured.tar.gz
sh tests/tools/large-image.sh "$big"
gzip -l "$big" | tail -n 1
ask="--evidence docs/auditor-template/evidence --at 2026-04-01"

# It is another image, and the answer no.
# shellcheck disable=SC2046
set -- $(cost sh -c "$bin/refval-verify --image $big $ask > $tmp/native.out; [ \$? = 1 ]")
native=$2
echo "the program: $2 s, $(($3 / 1024)) MiB"
# shellcheck disable=SC2046
set -- $(cost sh -c "node $web/npm/cli.js verify --image $big $ask > $tmp/wasm.out; [ \$? = 1 ]")
cmp "$tmp/native.out" "$tmp/wasm.out"
report "the command line of the package, 0.35 of the program's speed or better" "$2" "$native" 2.857 s || bad=1
report "the command line of the package, memory" "$(($3 / 1024))" 256 1 MiB || bad=1
best=
for _ in $(seq "$runs"); do
	said=$(python3 tests/web/page.py "$web" image "$big")
	echo "the page: $said"
	best=$(echo "$said $best" | jq -s 'min_by(.seconds)')
done
report "the page, 0.35 of the program's speed or better" "$(echo "$best" | jq .seconds)" "$native" 2.857 s || bad=1
report "the page, memory of its process" "$(echo "$best" | jq .mib)" 256 1 MiB || bad=1
exit $bad
